//! Checks that read files of the kernel, each with a tree of them as one was recorded.

use roundsman_tests::document::{blocks, read};
use roundsman_tests::{Host, Output};

/// A check and the files that it reads.
pub struct Tree {
    pub check: &'static str,
    pub config: &'static str,
    /// What it is granted, where that is not what its page has for a check of its name.
    pub grant: &'static str,
    /// Ends of the paths of files that the page's grants cover, and this check has no use for.
    pub unread: &'static [&'static str],
    /// Whether its numbers are of how many things there are, so that one less is no fault.
    pub counts: bool,
    /// Paths and texts.
    pub files: &'static [(&'static str, &'static str)],
    /// Files of a path and a recorded text each.
    pub records: &'static [(&'static str, &'static str)],
    /// Directories with recorded tables of what is in them: a path, a tab and a text in each line.
    pub tables: &'static [(&'static str, &'static str)],
}

const TREE: Tree =
    Tree { check: "", config: "", grant: "", unread: &[], counts: false, files: &[], records: &[], tables: &[] };

/// All of them.
pub const TREES: &[Tree] = &[
    Tree { check: "bonding", records: &[("/proc/net/bonding/bond0", "checks/bonding/tests/in-order")], ..TREE },
    Tree {
        check: "certificate",
        config: "files = [\"/etc/ssl/app.pem\"]",
        grant: "files = [\"/etc/ssl/app.pem\"]",
        records: &[("/etc/ssl/app.pem", "tests/tests/wrong_input/lasting.pem")],
        ..TREE
    },
    Tree {
        check: "cpu",
        files: &[
            (
                "/proc/pressure/cpu",
                "some avg10=0.31 avg60=0.12 avg300=0.03 total=1234567\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
            ),
            (
                "/proc/pressure/io",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=81234\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=71234\n",
            ),
        ],
        records: &[("/proc/stat", "checks/cpu/tests/stat")],
        ..TREE
    },
    Tree {
        check: "diskio",
        files: &[("/sys/block/vda/stat", ""), ("/sys/block/sda/stat", ""), ("/sys/block/dm-0/dm/name", "vg0-root\n")],
        records: &[("/proc/diskstats", "checks/diskio/tests/diskstats")],
        ..TREE
    },
    Tree {
        check: "ecc",
        unread: &["mc0/ce_count"],
        tables: &[("/sys/devices/system/edac/mc", "checks/ecc/tests/controllers")],
        ..TREE
    },
    Tree {
        check: "file",
        config: "must_contain = ['^result: success$']\nnumbers = [{ name = \"saved\", pattern = '^bytes: (\\d+)$' }]",
        grant: "files = [\"/var/lib/backup/status\"]",
        files: &[("/var/lib/backup/status", "result: success\nbytes: 1073741824\n")],
        ..TREE
    },
    Tree {
        check: "hba",
        unread: &["rx_words"],
        tables: &[("/sys/class/fc_host", "checks/hba/tests/two-ports")],
        ..TREE
    },
    Tree {
        check: "jobs",
        config: "jobs = [{ name = \"backup\", every = \"1000000d\" }]",
        files: &[
            ("/var/lib/roundsman-jobs/backup.start", "1796000000\n"),
            ("/var/lib/roundsman-jobs/backup.exit", "0\n"),
            ("/var/lib/roundsman-jobs/backup.end", "1796000600\n"),
            ("/var/lib/roundsman-jobs/backup.success", "1796000600\n"),
        ],
        ..TREE
    },
    Tree {
        check: "kernel",
        files: &[
            ("/proc/uptime", "91234.56 180000.10\n"),
            ("/proc/sys/kernel/osrelease", "6.1.0-50-amd64\n"),
            ("/proc/sys/kernel/tainted", "0\n"),
            ("/proc/sys/kernel/hung_task_detect_count", "0\n"),
            ("/boot/vmlinuz-6.1.0-50-amd64", ""),
        ],
        ..TREE
    },
    Tree {
        check: "limits",
        files: &[
            ("/proc/net/netstat", "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 3 3\n"),
            ("/proc/net/sockstat", "sockets: used 171\nTCP: inuse 5 orphan 0 tw 2 alloc 8 mem 1\nUDP: inuse 1 mem 0\n"),
            ("/proc/net/softnet_stat", "00001234 00000000 00000003 00000000 00000000\n"),
        ],
        tables: &[("/proc", "checks/limits/tests/proc")],
        ..TREE
    },
    Tree {
        check: "load",
        files: &[("/proc/loadavg", "0.52 0.58 0.59 1/467 12345\n"), ("/sys/devices/system/cpu/online", "0-3\n")],
        ..TREE
    },
    Tree {
        check: "mdraid",
        records: &[("/proc/mdstat", "checks/mdraid/tests/clean.mdstat")],
        tables: &[("/sys/block", "checks/mdraid/tests/clean.sys")],
        ..TREE
    },
    Tree {
        check: "memory",
        records: &[
            ("/proc/meminfo", "checks/memory/tests/meminfo-server"),
            ("/proc/spl/kstat/zfs/arcstats", "checks/memory/tests/arcstats"),
        ],
        ..TREE
    },
    Tree {
        check: "netif",
        config: "ignore = []",
        records: &[("/proc/net/dev", "checks/netif/tests/dev")],
        tables: &[("/sys/class/net", "checks/netif/tests/sys")],
        ..TREE
    },
    Tree {
        check: "nfs",
        files: &[("/proc/self/mountinfo", "")],
        records: &[("/proc/1/mountstats", "checks/nfs/tests/mountstats")],
        ..TREE
    },
    Tree {
        check: "processes",
        counts: true,
        config: "groups = [{ name = \"worker\", program = \"worker\" }]",
        files: &[
            ("/proc/uptime", "91234.56 180000.10\n"),
            (
                "/proc/7/stat",
                "7 (worker) S 1 7 7 0 -1 4194560 180 39 0 161 26 72 19 14 20 0 6 0 99900 51064832 4866 18446744073709551615 1 1 0 0 0 0 0 4096 1256 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            ),
            (
                "/proc/8/stat",
                "8 (idle) S 1 8 8 0 -1 4194560 180 39 0 161 26 72 19 14 20 0 1 0 99900 51064832 4866 18446744073709551615 1 1 0 0 0 0 0 4096 1256 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            ),
        ],
        ..TREE
    },
    Tree {
        check: "sensors",
        tables: &[
            ("/sys/class/hwmon", "checks/sensors/tests/chips"),
            ("/sys/class/thermal", "checks/sensors/tests/zones"),
        ],
        ..TREE
    },
];

/// A host whose root directory is a tree.
pub struct Rooted {
    host: Host,
    pub files: Vec<(String, String)>,
}

impl Rooted {
    /// Makes the host.
    pub fn new(tree: &Tree) -> Self {
        let host = Host::new();
        host.keep_code("code-of-tests");
        let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        let mut files: Vec<(String, String)> = tree.files.iter().map(own).collect();
        files.extend(tree.records.iter().map(|(path, record)| ((*path).to_owned(), read(record))));
        for (below, table) in tree.tables {
            let table = read(table);
            let entries = table.lines().filter_map(|line| line.split_once('\t'));
            files.extend(entries.map(|(path, text)| (format!("{below}/{path}"), format!("{text}\n"))));
        }
        for (path, text) in &files {
            host.file(&format!("root{path}"), text);
        }
        host.drop_in(
            "it",
            &format!(
                "[check.it]\nwasm = \"{0}.wasm\"\nevery = \"1m\"\n[check.it.config]\n{1}\n{2}",
                tree.check,
                tree.config,
                if tree.grant.is_empty() { grants(tree.check) } else { format!("[check.it.grant]\n{}\n", tree.grant) }
            ),
        );
        Self { host, files }
    }

    /// Writes another text into a file.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        self.host.file(&format!("root{path}"), text);
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.host.path(&format!("root{path}"))).expect("a file");
    }

    /// Runs the check below the tree.
    pub fn run(&self) -> Output {
        self.through(&[])
    }

    /// Runs it while this file can be opened and not read: each look at it fails so.
    pub fn unreadable(&self, path: &str, error: &str) -> Output {
        let whole = self.host.path(&format!("root{path}")).display().to_string();
        let inject = format!("inject=read,pread64,readv,preadv:error={error}");
        let calls = "trace=read,pread64,readv,preadv";
        self.through(&["strace", "-f", "-qq", "-o", "/dev/null", "-P", &whole, "-e", calls, "-e", &inject])
    }

    fn through(&self, programs: &[&str]) -> Output {
        // Each run is the first one.
        let _ = std::fs::remove_dir_all(self.host.path("state"));
        let below = self.host.path("root").display().to_string();
        self.host.run_through(programs, ["check", "it", "--root", &below, "--keep-state", "--format", "json"])
    }
}

/// Returns the tables of grants of the drop-in of a check's page.
fn grants(check: &str) -> String {
    let page = read(&format!("checks/{check}/README.md"));
    let (_, section) = page.split_once("\n## Drop-in").expect("a section \"Drop-in\"");
    let table: toml::Table = blocks(section).remove(0).text.parse().expect("TOML");
    let grant = table["check"][check]["grant"].as_table().expect("grants");
    let granted = grant.iter().filter(|(key, _)| *key != "user").map(|(key, value)| format!("{key} = {value}\n"));
    format!("[check.it.grant]\n{}", granted.collect::<String>())
}
