//! Disks, controllers and sensors, as their own tools tell of them.

use super::Printed::{File, Text};
use super::Shape::Json;
use super::{CASE, Case, ONE, Program};

pub const CASES: &[Case] = &[
    Case {
        name: "ipmitool",
        check: "ipmi",
        programs: &[Program {
            name: "ipmitool",
            args: &["sdr", "elist"],
            printed: File("checks/ipmi/tests/sdr", &[]),
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "ipmi-sensors",
        check: "ipmi",
        programs: &[Program {
            name: "ipmi-sensors",
            args: &["--comma-separated-output", "--no-header-output", "--output-sensor-state"],
            none: &["N/A"],
            printed: Text(
                "4,CPU1 Temp,Temperature,Nominal,54.00,C,'OK'\n71,FAN1,Fan,Critical,0.00,RPM,'At or Below (<=) Lower Critical Threshold'\n\
                 85,PS2 Status,Power Supply,Nominal,N/A,N/A,'Presence detected'\n",
            ),
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "multipathd json",
        check: "multipath",
        programs: &[Program {
            name: "multipathd",
            args: &["show", "maps", "json"],
            printed: File("checks/multipath/tests/maps-failed", &[]),
            shape: Json,
            optional: &["path_faults"],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "multipathd raw",
        check: "multipath",
        programs: &[Program {
            name: "multipathd",
            args: &["show", "paths", "raw", "format", "%m|%d|%t|%T"],
            printed: Text(
                "mpatha|sda|active|ready\nmpatha|sdb|failed|faulty\nmpathb|sdc|active|ready\nmpathb|sdd|active|ready\n",
            ),
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "smartctl ata",
        check: "smart",
        config: "disks = [{ device = \"/dev/null\" }]",
        programs: &[Program {
            name: "smartctl",
            args: &["--json=c", "-x", "-n", "standby", "/dev/null"],
            printed: File("checks/smart/tests/ata.json", &[]),
            shape: Json,
            optional: &["serial_number", "power_on_time", "hours", "temperature", "current"],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "smartctl nvme",
        check: "smart",
        config: "disks = [{ device = \"/dev/null\" }]",
        programs: &[Program {
            name: "smartctl",
            args: &["--json=c", "-x", "-n", "standby", "/dev/null"],
            printed: File("checks/smart/tests/nvme.json", &[]),
            shape: Json,
            optional: &["serial_number", "power_on_time", "hours", "temperature", "current"],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "storcli",
        check: "storage_controller",
        programs: &[Program {
            name: "storcli64",
            args: &["/call", "show", "all", "J"],
            printed: File("checks/storage_controller/tests/storcli-call", &[]),
            shape: Json,
            optional: &["Cachevault_Info", "Temp"],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "storcli drives",
        check: "storage_controller",
        programs: &[Program {
            name: "storcli64",
            args: &["/call/eall/sall", "show", "all", "J"],
            printed: File("checks/storage_controller/tests/storcli-drives", &[]),
            shape: Json,
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "ssacli",
        check: "storage_controller",
        programs: &[Program {
            name: "ssacli",
            args: &["ctrl", "all", "show", "config", "detail"],
            printed: File("checks/storage_controller/tests/ssacli", &[]),
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "arcconf",
        check: "storage_controller",
        programs: &[Program {
            name: "arcconf",
            args: &["getconfig", "1"],
            printed: File("checks/storage_controller/tests/arcconf", &[]),
            ..ONE
        }],
        ..CASE
    },
];
