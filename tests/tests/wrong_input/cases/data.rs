//! Backups, databases and queues of mail.

use super::Printed::{File, Text};
use super::Shape::{Json, JsonLines};
use super::{CASE, Case, ONE, Program};

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
];
