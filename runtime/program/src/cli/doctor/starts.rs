//! Starters of rounds on this host: cron, the timer of systemd, both or nobody.

use std::fs;
use std::path::Path;

/// Programs that read /etc/cron.d.
const DAEMONS: [&str; 3] = ["usr/sbin/cron", "usr/sbin/crond", "usr/sbin/fcron"];
/// Files of systemd-cron, which makes timers of crontabs: no daemon of its own runs.
const GENERATORS: [&str; 2] = [
    "lib/systemd/system-generators/systemd-crontab-generator",
    "usr/lib/systemd/system-generators/systemd-crontab-generator",
];
/// Files and directories in which cron finds lines.
const CRONTABS: [&str; 4] = ["etc/cron.d", "etc/crontab", "var/spool/cron/crontabs/root", "var/spool/cron/root"];
const TIMER: &str = "etc/systemd/system/timers.target.wants/roundsman.timer";
/// There where systemd has started the host, sd_booted(3).
const SYSTEMD: &str = "run/systemd/system";

/// State of the cron daemon of a host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Daemon {
    #[default]
    Missing,
    Stopped,
    Running,
}

/// Everything on a host that starts rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Starts {
    /// The first file with a line for cron.
    line: Option<String>,
    cron: Daemon,
    /// Whether roundsman.timer is enabled.
    timer: bool,
    systemd: bool,
}

impl Starts {
    /// Looks at a host whose root directory this is.
    pub(crate) fn look(root: &Path) -> Self {
        let is_there = |name: &&str| root.join(name).exists();
        let systemd = root.join(SYSTEMD).is_dir();
        let generated = GENERATORS.iter().any(is_there);
        let cron = match DAEMONS.iter().any(is_there) {
            _ if systemd && generated => Daemon::Running,
            true if cron_runs(&root.join("proc")) => Daemon::Running,
            false if !generated => Daemon::Missing,
            _ => Daemon::Stopped,
        };
        // A link that leads nowhere as seen from outside counts: it is enabled.
        let timer = root.join(TIMER).symlink_metadata().is_ok();
        Self { line: CRONTABS.iter().find_map(|name| line_in(&root.join(name))), cron, timer, systemd }
    }

    /// Returns what that means; an error is what is wrong, and what to write to mend it.
    pub(crate) fn judged(&self) -> Result<String, (String, String)> {
        let lacking = match (&self.line, self.cron) {
            (Some(line), Daemon::Running | Daemon::Stopped) if self.timer => {
                return Err((
                    format!("cron ({line}) and roundsman.timer both start rounds: two begin each minute"),
                    "systemctl disable --now roundsman.timer".to_owned(),
                ));
            }
            (Some(line), Daemon::Running) => return Ok(format!("cron starts rounds: {line}")),
            _ if self.timer && self.systemd => return Ok("roundsman.timer starts rounds".to_owned()),
            (Some(line), Daemon::Stopped) => (
                format!("{line} is there, and the cron daemon does not run"),
                if self.systemd { "start cron: systemctl start cron (or crond)" } else { "start the cron daemon" },
            ),
            (Some(line), Daemon::Missing) => {
                (format!("{line} is there, and no cron daemon is"), "install cron and start it")
            }
            (None, daemon) => (
                format!(
                    "no crontab names roundsman run{}",
                    if daemon == Daemon::Missing { ", and there is no cron daemon" } else { "" }
                ),
                "write a line such as that of README into /etc/cron.d/roundsman",
            ),
        };
        Err(self.without_cron(lacking))
    }

    /// Completes what cron lacks by what could start rounds in its place.
    fn without_cron(&self, (lacking, mend): (String, &str)) -> (String, String) {
        let timer = if self.timer { ", and roundsman.timer is enabled where no systemd runs" } else { "" };
        let instead = if self.systemd {
            "systemctl enable --now roundsman.timer"
        } else {
            "have what starts programs here, such as that of a container, start roundsman run each minute"
        };
        (format!("nothing starts rounds: {lacking}{timer}"), format!("{mend}, or: {instead}"))
    }
}

/// Tells whether a process is named as a cron daemon is: each of them carries the name of its file.
fn cron_runs(proc: &Path) -> bool {
    let Ok(processes) = fs::read_dir(proc) else { return false };
    let mut names = processes.filter_map(|process| fs::read_to_string(process.ok()?.path().join("comm")).ok());
    names.any(|name| DAEMONS.iter().any(|daemon| daemon.ends_with(&format!("/{}", name.trim_end()))))
}

/// Returns the first file at or in a path with a line that starts rounds.
fn line_in(path: &Path) -> Option<String> {
    if path.is_dir() {
        let mut files: Vec<_> = fs::read_dir(path).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        return files.iter().filter(|file| !file.is_dir() && is_read(file)).find_map(|file| line_in(file));
    }
    let text = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&text);
    let starts = |line: &str| !line.trim_start().starts_with('#') && line.contains("roundsman run");
    text.lines().any(starts).then(|| roundsman_grants::escape::path(path))
}

/// Tells whether every cron reads a file of this name in /etc/cron.d: Debian's passes over a dot, and so over what package
/// managers leave behind.
fn is_read(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().as_encoded_bytes();
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: Option<&str> = Some("/etc/cron.d/roundsman");

    fn judged(line: Option<&str>, cron: Daemon, timer: bool, systemd: bool) -> Result<String, (String, String)> {
        Starts { line: line.map(str::to_owned), cron, timer, systemd }.judged()
    }

    #[test]
    fn one_that_runs_is_right() {
        assert_eq!(
            judged(LINE, Daemon::Running, false, true),
            Ok("cron starts rounds: /etc/cron.d/roundsman".to_owned())
        );
        for (line, cron) in [(LINE, Daemon::Missing), (None, Daemon::Running), (None, Daemon::Missing)] {
            assert_eq!(judged(line, cron, true, true), Ok("roundsman.timer starts rounds".to_owned()));
        }
    }

    #[test]
    fn both_none_and_what_does_not_run_say_what_to_do() {
        let (run, stopped, missing) = (Daemon::Running, Daemon::Stopped, Daemon::Missing);
        for (line, cron, timer, systemd, said, mend) in [
            (LINE, run, true, true, "both start rounds", "systemctl disable --now roundsman.timer"),
            (LINE, stopped, true, false, "both start rounds", "systemctl disable --now roundsman.timer"),
            (LINE, stopped, false, true, "the cron daemon does not run", "(or crond), or: systemctl enable"),
            (LINE, missing, false, true, "no cron daemon is", "install cron and start it, or: systemctl enable"),
            (LINE, missing, true, false, "roundsman.timer is enabled where no systemd runs", "install cron and start"),
            (LINE, missing, false, false, "no cron daemon is", "have what starts programs here"),
            (None, run, false, true, "no crontab names roundsman run", "/etc/cron.d/roundsman"),
            (None, missing, true, false, "and there is no cron daemon, and roundsman.timer is enabled", "container"),
        ] {
            let (text, hint) = judged(line, cron, timer, systemd).unwrap_err();
            assert!(text.contains(said) && hint.contains(mend), "{text} {hint}");
        }
    }

    #[test]
    fn a_host_is_looked_at() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(Starts::look(root.path()), Starts::default());
        let put = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("etc/cron.d/other", "# roundsman run\n* * * * * root true\n");
        put("etc/cron.d/roundsman.dpkg-old", "* * * * * root /usr/bin/roundsman run --cron\n");
        put("usr/sbin/cron", "");
        put("proc/12/comm", "crony\n");
        assert_eq!(Starts::look(root.path()), Starts { cron: Daemon::Stopped, ..Starts::default() });
        put("etc/cron.d/roundsman", "* * * * * root /usr/bin/roundsman run --cron\n");
        put("proc/13/comm", "cron\n");
        fs::create_dir_all(root.path().join(TIMER).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("/nowhere", root.path().join(TIMER)).unwrap();
        let line = Some(root.path().join("etc/cron.d/roundsman").display().to_string());
        let found = Starts { line, cron: Daemon::Running, timer: true, systemd: false };
        assert_eq!(Starts::look(root.path()), found);
        // systemd-cron starts what crontabs say where systemd runs.
        fs::remove_file(root.path().join("usr/sbin/cron")).unwrap();
        put(GENERATORS[0], "");
        assert_eq!(Starts::look(root.path()).cron, Daemon::Stopped);
        fs::create_dir_all(root.path().join(SYSTEMD)).unwrap();
        assert_eq!(Starts::look(root.path()), Starts { systemd: true, ..found });
    }
}
