//! A list of mounts that is none, or names what is not there, for the check `disk`.

use roundsman_tests::Host;

use crate::each;
use crate::seen::Seen;

const MOUNT: &str = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";

/// Lists, and words that a report of each must have.
const LISTS: [(&str, &[&str]); 8] = [
    ("", &[]),
    ("N/A\n", &["mountinfo"]),
    ("Error: cannot read: Connection refused\n", &["mountinfo"]),
    ("22 1 8:1 / /\n", &["mountinfo"]),
    ("22 1 8:1 / / rw,relatime shared:1 -\n", &["mountinfo"]),
    ("22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n23 22 8:2 / /srv rw", &["mountinfo"]),
    // What was unmounted since is no file system.
    ("22 1 8:1 / /gone rw,relatime - ext4 /dev/sda1 rw\n", &[]),
    ("99999999999999999999 1 8:1 / / rw - ext4 /dev/sda1 rw\n", &[]),
];

#[test]
fn a_list_of_mounts_that_is_none_is_told() {
    each(&LISTS, |(list, words)| {
        let host = Host::new();
        host.drop_in(
            "it",
            "[check.it]\nwasm = \"disk.wasm\"\nevery = \"1m\"\n[check.it.config]\nexpected = [\"/srv\"]\n\
             [check.it.grant]\nfilesystems = \"mounted\"\n",
        );
        let run = |list: &str| {
            host.file("root/proc/self/mountinfo", list);
            let below = host.path("root").display().to_string();
            Seen::of(&host.run(["check", "it", "--root", &below, "--format", "json"]))
        };
        let well = run(MOUNT).and_then(|seen| seen.told(&["/srv"]));
        let spoilt = run(list).and_then(|seen| seen.told(words));
        well.err().into_iter().chain(spoilt.err().map(|fault| format!("{list:?}: {fault}"))).collect()
    });
}
