//! Services of the host: systemd, the journal, time, updates.

use super::Printed::{File, Text};
use super::Shape::{Json, JsonLines};
use super::{CASE, Case, ONE, Program};

pub const CASES: &[Case] = &[
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
];
