//! Volumes of LVM, ZFS and btrfs.

use super::Printed::{File, Text};
use super::Shape::Json;
use super::{CASE, Case, ONE, Program};

pub const CASES: &[Case] = &[
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
];
