//! Package managers, and what a host has of a package under each from its first installation to its end.

use std::fs;

use sha2::{Digest as _, Sha256};

use crate::scratch::Scratch;
use crate::{NEWER, VERSION};

/// Checks all of a host but the kernel's settings, which are this machine's.
#[track_caller]
pub fn assert_content(doctor: &str) {
    let lacking: Vec<&str> =
        doctor.lines().filter(|line| line.starts_with("lacking ") || line.starts_with("fatal ")).collect();
    assert!(lacking.iter().all(|line| line.starts_with("lacking  links ")), "{doctor}");
    assert!(doctor.lines().any(|line| line.starts_with("ok       user ")), "{doctor}");
}

const RESULTS: &str = "var/lib/roundsman/results";
/// A check that is CRITICAL.
const BAD: &str =
    "[check.bad]\nwasm = \"command.wasm\"\nevery = \"5m\"\n[[check.bad.grant.command]]\nargv = [\"/bin/false\"]\n";
/// The forms of what is stored beside that of this version.
const BEFORE: u32 = 0;
const AFTER: u32 = 2;
/// Returns a key that this version does not know.
fn strange(schema: u32) -> String {
    format!("\"of_version_{schema}\"")
}

/// Writes what is stored as the version before or after this one would have, and returns the results.
fn stamp(scratch: &Scratch, schema: u32) -> String {
    let mut stamped = 0;
    for entry in fs::read_dir(scratch.path("var/lib/roundsman")).expect("the state") {
        let path = entry.expect("an entry").path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let Some((line, body)) = text.split_once('\n') else { continue };
        let ["roundsman", kind, "1", _] = line.split(' ').collect::<Vec<_>>()[..] else { continue };
        let (key, mut body) = (strange(schema), body.to_owned());
        if !body.contains(&key) {
            body = body.replacen('{', &format!("{{{key}:1,"), 1);
        }
        let sum: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(&path, format!("roundsman {kind} {schema} {sum}\n{body}")).expect("written");
        stamped += 1;
    }
    assert!(stamped >= 2, "results and state at least");
    scratch.read(RESULTS)
}

/// Checks that what operators said holds: a pause and an acknowledgement.
#[track_caller]
fn assert_silenced(scratch: &Scratch) {
    let silences = scratch.succeeds("roundsman status --problems");
    assert!(silences.contains("ordered") && silences.contains("known"), "{silences}");
    let acknowledged = scratch.run("roundsman status bad");
    assert!(acknowledged.code == 2 && acknowledged.stdout.contains("acknowledged by"), "{acknowledged}");
}

/// A package manager: how it installs a file, whatever version is there, how it removes, and the names of the packages.
pub struct Manager {
    pub install: &'static str,
    pub remove: &'static str,
    pub purge: Option<&'static str>,
    pub file: fn(&str) -> String,
}

pub const DEBIAN: Manager = Manager {
    install: "dpkg --force-confdef --force-confold --install",
    remove: "dpkg --remove roundsman",
    purge: Some("dpkg --purge roundsman"),
    file: |version| {
        format!("roundsman_{version}-1_{}.deb", if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" })
    },
};

// The database of rpm knows no package here, and so nothing that ours needs.
pub const FEDORA: Manager = Manager {
    install: "rpm --upgrade --oldpackage --replacepkgs --nodeps",
    remove: "rpm --erase roundsman",
    purge: None,
    file: |version| format!("roundsman-{version}-1.{}.rpm", std::env::consts::ARCH),
};

impl Manager {
    pub fn install(&self, scratch: &Scratch, version: &str) {
        scratch.succeeds(&format!("{} /packages/{}", self.install, (self.file)(version)));
        let said = scratch.succeeds("zcat /usr/share/man/man1/roundsman-doctor.1.gz >/dev/null && roundsman --version");
        assert!(said.starts_with("roundsman "), "{said}");
    }

    /// Installs, runs, upgrades, goes back, removes; twice, as the second time finds what the first one left.
    pub fn lives(&self, scratch: &Scratch) {
        for time in 0..2 {
            self.install(scratch, VERSION);
            let stopped = scratch.succeeds("roundsman doctor");
            assert!(stopped.contains("roundsman is there, and the cron daemon does not run"), "{stopped}");
            let doctor = scratch.succeeds("cron && roundsman doctor");
            assert_content(&doctor);
            assert!(doctor.contains("cron starts rounds: /etc/cron.d/roundsman"), "{doctor}");
            assert_eq!(scratch.succeeds("roundsman validate --strict"), "3 checks, 0 errors, 0 lints\n");
            // A choice of the operator, which no version takes back.
            let main = scratch.path("etc/roundsman/roundsman.toml");
            fs::write(&main, "[run]\nsplay = \"0s\"\n").expect("written");
            if time == 0 {
                let lines = scratch.cron_runs_a_round();
                assert!(!lines.contains("UNKNOWN"), "{lines}");
                // What the postinst compiled is what the round ran.
                assert!(fs::read_dir(scratch.path("var/cache/roundsman")).expect("the cache").count() > 3);
            } else {
                let line = scratch.read("etc/cron.d/roundsman");
                let line = line.lines().find_map(|line| line.strip_prefix("* * * * * root ")).expect("the line");
                assert_eq!(scratch.succeeds(line), "");
            }
            // One that stays bad, so that there is something to acknowledge.
            let bad = scratch.path("etc/roundsman/conf.d/bad.toml");
            fs::write(&bad, BAD).expect("written");
            scratch.succeeds("roundsman run --cron --only bad");
            let silence = "roundsman pause disk --for 2d --reason ordered && roundsman ack bad --reason known --sticky";
            scratch.succeeds(silence);
            for (version, schema) in [(NEWER, BEFORE), (VERSION, AFTER)] {
                let results = stamp(scratch, schema);
                self.install(scratch, version);
                assert_eq!(scratch.read(RESULTS), results, "installing runs nothing");
                assert_silenced(scratch);
                assert_eq!(fs::read_to_string(&main).expect("the main file"), "[run]\nsplay = \"0s\"\n");
                assert_eq!(scratch.succeeds("roundsman run --cron --all"), "");
                assert_silenced(scratch);
                // What only the other version knows is there still, should that come back.
                let kept = scratch.read(RESULTS);
                assert!(
                    kept.starts_with("roundsman results 1 ") && kept.contains(&strange(schema)),
                    "{schema}: {kept}"
                );
            }
            fs::remove_file(bad).expect("removed");
            scratch.succeeds("logrotate --force --state /tmp/logrotate /etc/logrotate.d/roundsman");
            assert_eq!(scratch.succeeds("stat -c '%a %U:%G' /var/log/roundsman.log"), "640 root:roundsman\n");
            self.goes(scratch);
        }
    }

    /// Removes the package: cron's line, where it stays, is silent; a purge leaves what the operator wrote.
    pub fn goes(&self, scratch: &Scratch) {
        fs::write(scratch.path("etc/roundsman/conf.d/mine.toml"), "").expect("written");
        scratch.succeeds(self.remove);
        assert!(!scratch.path("usr/bin/roundsman").exists() && scratch.path("var/lib/roundsman/results").exists());
        let Some(purge) = self.purge else { return };
        let line = scratch.read("etc/cron.d/roundsman");
        let line = line.lines().find_map(|line| line.strip_prefix("* * * * * root ")).expect("the line");
        assert_eq!(scratch.succeeds(line), "", "silent after the removal");
        scratch.succeeds(purge);
        for gone in [
            "var/lib/roundsman",
            "var/cache/roundsman",
            "var/log/roundsman.log",
            "etc/cron.d/roundsman",
            "usr/lib/roundsman",
        ] {
            assert!(!scratch.path(gone).exists(), "{gone}");
        }
        assert!(scratch.path("etc/roundsman/conf.d/mine.toml").exists());
    }
}
