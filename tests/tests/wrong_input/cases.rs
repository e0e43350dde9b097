//! Checks that ask programs, each with what those printed when they were recorded.

/// A check, what it is told, and the programs that it asks.
pub struct Case {
    pub name: &'static str,
    pub check: &'static str,
    /// Its options, in TOML.
    pub config: &'static str,
    pub programs: &'static [Program],
    /// What it is granted besides the programs, in TOML.
    pub grant: &'static str,
    /// What the first program prints in a run before, for a check that tells only of what is new.
    pub began: Option<&'static str>,
}

/// A program and what it prints.
pub struct Program {
    pub name: &'static str,
    pub args: &'static [&'static str],
    /// The arguments as a pattern of the shell, which tell it from another of the same name.
    pub asked: &'static str,
    pub printed: Printed,
    pub shape: Shape,
    /// Whether its text is spoilt; that of one which is asked in a first run only is not.
    pub spoilt: bool,
    /// Whether nothing at all is an answer: an empty queue, no updates.
    pub may_be_silent: bool,
    /// Words that stand where there is no number, and say so.
    pub none: &'static [&'static str],
    /// Keys whose absence tells nothing: older or newer versions have none, and the check says so in its page.
    pub optional: &'static [&'static str],
}

/// A text that a program printed.
pub enum Printed {
    /// A recorded file, with replacements that make something of it alarm.
    File(&'static str, &'static [(&'static str, &'static str)]),
    Text(&'static str),
}

/// The form of a text.
#[derive(Clone, Copy, PartialEq)]
pub enum Shape {
    /// One JSON document: every part of it that is not the whole is broken.
    Json,
    /// A JSON document a line.
    JsonLines,
    Lines,
}

use Printed::{File, Text};
use Shape::{Json, JsonLines, Lines};

const ONE: Program = Program {
    name: "",
    args: &[],
    asked: "*",
    printed: Text(""),
    shape: Lines,
    spoilt: true,
    may_be_silent: false,
    none: &[],
    optional: &[],
};
const CASE: Case = Case { name: "", check: "", config: "", programs: &[], grant: "", began: None };

/// All of them.
pub const CASES: &[Case] = &[
    Case {
        name: "restic",
        check: "backup",
        programs: &[Program {
            name: "restic",
            args: &["snapshots", "--json"],
            printed: File("checks/backup/tests/restic-0.18", &[]),
            shape: Json,
            optional: &["summary"],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "borg",
        check: "backup",
        programs: &[Program {
            name: "borg",
            args: &["list", "--json", "/srv/borg"],
            printed: File("checks/backup/tests/borg-1.4", &[]),
            shape: Json,
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "psql",
        check: "database",
        programs: &[Program {
            name: "psql",
            args: &["-X", "-A", "-t", "-F", "\t", "-c", "select state, count(1)"],
            printed: Text("active\t12\nidle\t3.5\n"),
            may_be_silent: true,
            none: &[""],
            ..ONE
        }],
        ..CASE
    },
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
        name: "jobs",
        check: "jobs",
        config: "timers = [\"good.timer\", \"bad.timer\"]",
        grant: "files = [\"/var/lib/roundsman-jobs/*.start\", \"/var/lib/roundsman-jobs/*.exit\", \"/var/lib/roundsman-jobs/*.end\", \"/var/lib/roundsman-jobs/*.success\"]",
        programs: &[Program {
            name: "systemctl",
            args: &[
                "show",
                "--all",
                "--property=Id,Unit,ActiveState,Result,ExecMainStatus,ExecMainStartTimestamp,ExecMainExitTimestamp",
                "--",
                "*.timer",
                "*.service",
            ],
            printed: File("checks/jobs/tests/timers-252", &[]),
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "journal",
        check: "journal",
        config: "critical = [\"I/O error\"]",
        programs: &[
            Program {
                name: "journalctl",
                args: &["-o", "json", "--no-pager", "-q", "--all", "--cursor=*"],
                asked: "*--cursor=*",
                printed: File("checks/journal/tests/entries", &[]),
                shape: JsonLines,
                optional: &["SYSLOG_IDENTIFIER"],
                ..ONE
            },
            Program {
                name: "journalctl",
                args: &["-o", "json", "--no-pager", "-q", "--all", "-n", "1"],
                spoilt: false,
                ..ONE
            },
        ],
        began: Some(
            "{\"__CURSOR\":\"s=113561ac5daa48988c2e67a2c5672e06;i=1;b=0123456789abcdef0123456789abcdef;m=f4240;t=661755f778440;x=83a131c2f12ed19f\",\"MESSAGE\":\"x\",\"__REALTIME_TIMESTAMP\":\"1796006601000000\"}\n",
        ),
        ..CASE
    },
    Case {
        name: "postqueue -j",
        check: "mailqueue",
        programs: &[Program {
            name: "postqueue",
            args: &["-j"],
            printed: File("checks/mailqueue/tests/postqueue-j", &[]),
            shape: JsonLines,
            may_be_silent: true,
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "mailq",
        check: "mailqueue",
        programs: &[Program {
            name: "mailq",
            printed: File("checks/mailqueue/tests/mailq-postfix", &[]),
            may_be_silent: true,
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "exim",
        check: "mailqueue",
        programs: &[Program {
            name: "exim",
            args: &["-bp"],
            printed: File("checks/mailqueue/tests/mailq-exim", &[]),
            may_be_silent: true,
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
    Case {
        name: "systemctl json",
        check: "systemd",
        config: "expected = [\"works\", \"cron\"]\nrestarts = true",
        programs: &[
            Program {
                name: "systemctl",
                args: &["list-units", "--all", "--plain", "--no-legend", "--full", "--output=json"],
                asked: "list-units*",
                printed: File("checks/systemd/tests/list-252.json", &[]),
                shape: Json,
                ..ONE
            },
            Program {
                name: "systemctl",
                args: &["show", "--property=Id,NRestarts", "--", "works.service", "cron.service"],
                printed: File("checks/systemd/tests/show-252", &[]),
                ..ONE
            },
        ],
        ..CASE
    },
    Case {
        name: "systemctl table",
        check: "systemd",
        programs: &[Program {
            name: "systemctl",
            args: &["list-units", "--all", "--plain", "--no-legend", "--full", "--output=json"],
            printed: File("checks/systemd/tests/list-252.txt", &[]),
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "chronyc",
        check: "timesync",
        programs: &[
            Program {
                name: "chronyc",
                args: &["-n", "-c", "tracking"],
                asked: "*tracking",
                printed: File("checks/timesync/tests/chrony-synchronised", &[]),
                ..ONE
            },
            Program {
                name: "chronyc",
                args: &["-n", "-c", "sources"],
                printed: File("checks/timesync/tests/chrony-sources", &[]),
                may_be_silent: true,
                ..ONE
            },
        ],
        ..CASE
    },
    Case {
        name: "ntpq",
        check: "timesync",
        config: "from = \"ntpq\"",
        programs: &[
            Program {
                name: "ntpq",
                args: &["-c", "rv 0 leap,stratum,offset,rootdelay,rootdisp"],
                asked: "*rv*",
                printed: Text("leap=00, stratum=2, offset=+0.020, rootdelay=1.220, rootdisp=12.310\n"),
                ..ONE
            },
            Program { name: "ntpq", args: &["-pn"], printed: File("checks/timesync/tests/ntpq-peers", &[]), ..ONE },
        ],
        ..CASE
    },
    Case {
        name: "timedatectl",
        check: "timesync",
        config: "from = \"timedatectl\"",
        programs: &[Program {
            name: "timedatectl",
            args: &["show"],
            printed: Text("Timezone=Etc/UTC\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=yes\n"),
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "apt-get",
        check: "updates",
        programs: &[Program {
            name: "apt-get",
            args: &["-s", "dist-upgrade"],
            printed: File("checks/updates/tests/apt-get-12", &[]),
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "dnf",
        check: "updates",
        programs: &[Program {
            name: "dnf",
            args: &["-C", "-q", "updateinfo", "list", "--updates"],
            printed: Text(
                "RHSA-2026:1234 Important/Sec. openssl-1:3.0.7-25.el9.x86_64\nRHBA-2026:0815 bugfix         bash-5.1.8-9.el9.x86_64\n",
            ),
            may_be_silent: true,
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "zypper",
        check: "updates",
        programs: &[Program {
            name: "zypper",
            args: &["--non-interactive", "--no-refresh", "list-patches"],
            printed: File("checks/updates/tests/zypper-patches-1.14", &[]),
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "lvm",
        check: "volumes",
        programs: &[
            Program {
                name: "lvs",
                args: &["--reportformat", "json"],
                printed: File("checks/volumes/tests/lvs-full", &[]),
                shape: Json,
                ..ONE
            },
            Program {
                name: "vgs",
                args: &["--reportformat", "json"],
                printed: File("checks/volumes/tests/vgs-missing", &[]),
                shape: Json,
                ..ONE
            },
        ],
        ..CASE
    },
    Case {
        name: "zpool",
        check: "volumes",
        programs: &[
            Program {
                name: "zpool",
                args: &["list", "-Hp", "-o", "name,size,allocated,free,health"],
                asked: "list*",
                may_be_silent: true,
                none: &["-"],
                printed: Text(
                    "tank\t996432412672\t523432412672\t473000000000\tDEGRADED\nold\t996432412672\t523432412672\t473000000000\tONLINE\n",
                ),
                ..ONE
            },
            Program {
                name: "zpool",
                args: &["status", "-p"],
                printed: File("checks/volumes/tests/zpool-status", &[]),
                ..ONE
            },
        ],
        ..CASE
    },
    Case {
        name: "btrfs",
        check: "volumes",
        programs: &[
            Program {
                name: "btrfs",
                args: &["--format", "json", "device", "stats", "/srv"],
                asked: "*stats*",
                printed: File(
                    "checks/volumes/tests/btrfs-stats",
                    &[("\"read_io_errs\": \"0\"", "\"read_io_errs\": \"7\"")],
                ),
                shape: Json,
                ..ONE
            },
            Program {
                name: "btrfs",
                args: &["--format", "json", "filesystem", "df", "/srv"],
                printed: File("checks/volumes/tests/btrfs-df", &[]),
                shape: Json,
                ..ONE
            },
        ],
        ..CASE
    },
    Case {
        name: "command numbers",
        check: "command",
        config: "numbers = [{ name = \"queued\", pattern = 'queued: (?<value>\\S+)' }, { name = \"oldest\", pattern = 'oldest: (?<value>\\S+)' }]",
        programs: &[Program { name: "queue-status", printed: Text("queued: 12\noldest: 3.5\n"), ..ONE }],
        ..CASE
    },
    Case {
        name: "command json",
        check: "command",
        config: "json = [{ name = \"depth\", path = \"/queues/{queue}/depth\" }, { name = \"health\", path = \"/status\", status = { green = \"ok\", \"*\" = \"critical\" } }]",
        programs: &[Program {
            name: "queues",
            printed: Text(
                "{\"status\": \"green\", \"queues\": {\"mail\": {\"depth\": 4}, \"web\": {\"depth\": 7.5}}}\n",
            ),
            shape: Json,
            // Names of queues, which come and go.
            optional: &["mail", "web"],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "command rows",
        check: "command",
        config: "rows = { separator = \"\\t\", columns = [\"pool\", \"cap\", \"health\"], labels = [\"pool\"], numbers = { cap = { unit = \"percent\" } }, status = { column = \"health\", ONLINE = \"ok\", \"*\" = \"critical\" } }",
        programs: &[Program {
            name: "pools",
            printed: Text("tank\t57\tONLINE\nold\t3.5\tONLINE\n"),
            none: &["-", ""],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "command prometheus",
        check: "command",
        config: "format = \"prometheus\"\nseries = [{ from = \"app_up\", name = \"up\" }]\nseries_prefix = \"x_\"",
        programs: &[Program {
            name: "metrics",
            printed: Text("# TYPE app_up gauge\napp_up 1\napp_latency{part=\"a\"} 0.25\n"),
            none: &["nan"],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "command influx",
        check: "command",
        config: "format = \"influx\"\nseries = [{ from = \"cpu_usage\", name = \"usage\" }]",
        programs: &[Program { name: "lines", printed: Text("cpu,host=a usage=0.5\n"), ..ONE }],
        ..CASE
    },
];
