//! Who starts rounds on this host: cron, the timer of systemd, both or nobody.

use std::fs;
use std::path::Path;

/// Daemons that read /etc/cron.d.
const DAEMONS: [&str; 5] = [
    "usr/sbin/cron",
    "usr/sbin/crond",
    "usr/sbin/fcron",
    "lib/systemd/system-generators/systemd-crontab-generator",
    "usr/lib/systemd/system-generators/systemd-crontab-generator",
];
/// Files and directories in which cron finds lines.
const CRONTABS: [&str; 4] = ["etc/cron.d", "etc/crontab", "var/spool/cron/crontabs/root", "var/spool/cron/root"];
const TIMER: &str = "etc/systemd/system/timers.target.wants/roundsman.timer";

/// What was found of those who start rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Starts {
    /// The first file with a line for cron.
    line: Option<String>,
    daemon: bool,
    timer: bool,
}

impl Starts {
    /// Looks at a host whose root directory this is.
    pub fn look(root: &Path) -> Self {
        Self {
            line: CRONTABS.iter().find_map(|name| line_in(&root.join(name))),
            daemon: DAEMONS.iter().any(|name| root.join(name).exists()),
            // A link that leads nowhere as seen from outside counts: it is enabled.
            timer: root.join(TIMER).symlink_metadata().is_ok(),
        }
    }

    /// Returns what that means; an error is what is wrong, and what to write to mend it.
    pub fn judged(&self) -> Result<String, (String, String)> {
        match self {
            Self { line: Some(line), daemon: true, timer: false } => Ok(format!("cron starts rounds: {line}")),
            Self { timer: true, line, daemon } if line.is_none() || !daemon => {
                Ok("roundsman.timer starts rounds".to_owned())
            }
            Self { line: Some(line), timer: true, .. } => Err((
                format!("cron ({line}) and roundsman.timer both start rounds: two begin each minute"),
                "systemctl disable --now roundsman.timer".to_owned(),
            )),
            Self { line: Some(line), .. } => Err((
                format!("nothing starts rounds: {line} is there, and no cron daemon is"),
                "install cron, or: systemctl enable --now roundsman.timer".to_owned(),
            )),
            Self { line: None, daemon, .. } => Err((
                format!("nothing starts rounds: no crontab names roundsman run{}", if *daemon { "" } else { ", and there is no cron daemon" }),
                "write a line such as that of README into /etc/cron.d/roundsman, or: systemctl enable --now roundsman.timer"
                    .to_owned(),
            )),
        }
    }
}

/// The first file at or in a path with a line that starts rounds.
fn line_in(path: &Path) -> Option<String> {
    if path.is_dir() {
        let mut files: Vec<_> = fs::read_dir(path).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        return files.iter().filter(|file| !file.is_dir()).find_map(|file| line_in(file));
    }
    let text = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&text);
    let starts = |line: &str| !line.trim_start().starts_with('#') && line.contains("roundsman run");
    text.lines().any(starts).then(|| roundsman_grants::escape::path(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(line: Option<&str>, daemon: bool, timer: bool) -> Result<String, (String, String)> {
        Starts { line: line.map(str::to_owned), daemon, timer }.judged()
    }

    #[test]
    fn one_of_both_is_right_and_the_other_cases_say_what_to_do() {
        let line = Some("/etc/cron.d/roundsman");
        assert_eq!(judged(line, true, false), Ok("cron starts rounds: /etc/cron.d/roundsman".to_owned()));
        for (line, daemon) in [(line, false), (None, true), (None, false)] {
            assert_eq!(judged(line, daemon, true), Ok("roundsman.timer starts rounds".to_owned()));
        }
        let (both, hint) = judged(line, true, true).unwrap_err();
        assert!(both.contains("both start rounds") && hint.contains("disable --now roundsman.timer"), "{both} {hint}");
        let (none, hint) = judged(line, false, false).unwrap_err();
        assert!(none.contains("no cron daemon") && hint.contains("install cron"), "{none} {hint}");
        let (none, hint) = judged(None, true, false).unwrap_err();
        assert!(none.contains("no crontab") && hint.contains("/etc/cron.d/roundsman"), "{none} {hint}");
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
        put("usr/sbin/cron", "");
        assert_eq!(Starts::look(root.path()), Starts { daemon: true, ..Starts::default() });
        put("etc/cron.d/roundsman", "* * * * * root /usr/bin/roundsman run --cron\n");
        fs::create_dir_all(root.path().join(TIMER).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("/nowhere", root.path().join(TIMER)).unwrap();
        let line = Some(root.path().join("etc/cron.d/roundsman").display().to_string());
        assert_eq!(Starts::look(root.path()), Starts { line, daemon: true, timer: true });
    }
}
