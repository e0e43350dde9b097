//! The groups that an operator names, and what their processes use.

use roundsman_sdk::files::{read_glob, read_text, stat};
use roundsman_sdk::glob::matches;
use roundsman_sdk::text::shown;
use roundsman_sdk::{Context, Error, Failure, Subcheck};

use crate::options::{Group, NAME, Options};
use crate::stat::{Process, resident};
use crate::{CGROUP, CMDLINE, cpu};

/// The groups with their processes, in the order of the options.
pub struct Groups<'a>(pub Vec<(&'a Group, Vec<&'a Process>)>);

/// What a group uses. A process that ends meanwhile uses nothing.
#[derive(Debug)]
pub struct Usage {
    pub rss: u64,
    pub threads: u64,
    /// Where the option asks for it and the kernel tells it.
    pub open_files: Option<u64>,
    /// In percent of one CPU; `None` in a first run.
    pub cpu: Option<f64>,
    /// In seconds; `None` of a group without processes.
    pub oldest: Option<f64>,
}

/// Adds command lines and control groups, where an option needs them.
pub fn complete(all: &mut [Process], options: &Options) -> Result<(), Failure> {
    if options.groups.iter().any(|it| it.cmdline.is_some()) {
        let blanks = |text: &[u8]| shown(text).trim_end_matches('\0').replace('\0', " ");
        add(all, CMDLINE, |process, text| process.cmdline = Some(blanks(text)))?;
    }
    if options.reads_cgroups() {
        add(all, CGROUP, |process, text| process.cgroup = Some(control_group(&shown(text)).to_owned()))?;
    }
    Ok(())
}

/// The path of version 2, whose line begins with `0::`, or else the longest one of version 1.
fn control_group(text: &str) -> &str {
    let paths = || text.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let unified = text.lines().find_map(|line| line.strip_prefix("0::")).filter(|path| *path != "/");
    unified.or_else(|| paths().max_by_key(|path| path.len())).unwrap_or("")
}

fn add(all: &mut [Process], pattern: &str, set: impl Fn(&mut Process, &[u8])) -> Result<(), Failure> {
    let mut found = read_glob(pattern)?;
    let pid = |path: &str| path.split('/').nth(2).and_then(|it| it.parse::<u32>().ok());
    found.sort_unstable_by_key(|(path, _)| pid(path));
    for process in all {
        let at = found.binary_search_by_key(&Some(process.pid), |(path, _)| pid(path));
        if let Some(Ok(text)) = at.ok().map(|at| &found[at].1) {
            set(process, text);
        }
    }
    Ok(())
}

impl<'a> Groups<'a> {
    pub fn of(all: &'a [Process], options: &'a Options) -> Self {
        let members = |group: &'a Group| all.iter().filter(|it| belongs(it, group)).collect();
        Self(options.groups.iter().map(|group| (group, members(group))).collect())
    }

    /// Measures what each group uses, or says why that is not known; adds a subcheck where no time of a CPU ever will be.
    pub fn usage(
        &self,
        options: &Options,
        uptime: Result<f64, Failure>,
    ) -> (Vec<Result<Usage, Failure>>, Option<Subcheck>) {
        if self.0.is_empty() {
            return (Vec::new(), None);
        }
        let (rates, unkept) = cpu::rates(self.0.iter().flat_map(|(_, members)| members.iter().copied()));
        let usage = |members: &Vec<&Process>| {
            let uptime = uptime.clone()?;
            let started = members.iter().map(|it| it.started).min();
            Ok(Usage {
                rss: sum(members, rss)?.unwrap_or_default(),
                threads: members.iter().map(|it| it.threads).sum(),
                open_files: if options.open_files { sum(members, open_files)? } else { None },
                cpu: cpu::percent(members, &rates),
                oldest: started.map(|it| (uptime - it as f64 / 100.0).max(0.0)),
            })
        };
        (self.0.iter().map(|(_, members)| usage(members)).collect(), unkept)
    }
}

/// The sum of what each tells; `None` where one of them does not tell it at all.
fn sum(members: &[&Process], tell: fn(&Process) -> Result<Option<u64>, Failure>) -> Result<Option<u64>, Failure> {
    let mut all = Some(0_u64);
    for process in members {
        all = all.zip(tell(process)?).map(|(all, one)| all.saturating_add(one));
    }
    Ok(all)
}

fn rss(process: &Process) -> Result<Option<u64>, Failure> {
    let path = format!("/proc/{}/status", process.pid);
    match read_text(&path) {
        Ok(text) => Ok(Some(resident(&text).context(path)?.unwrap_or_default())),
        Err(error) if gone(&error) => Ok(Some(0)),
        Err(error) => Err(error.into()),
    }
}

/// Before Linux 6.2 the size of this directory is 0 however many files are open: that is not known then.
fn open_files(process: &Process) -> Result<Option<u64>, Failure> {
    match stat(&format!("/proc/{}/fd", process.pid)) {
        Ok(metadata) => Ok((metadata.size > 0 || process.state == crate::stuck::ZOMBIE).then_some(metadata.size)),
        Err(error) if gone(&error) => Ok(Some(0)),
        Err(error) => Err(error.into()),
    }
}

fn gone(error: &Error) -> bool {
    error.is_not_found() || error.errno() == Some("ESRCH")
}

/// Threads of the kernel belong to no group: their names are anyone's to take.
fn belongs(process: &Process, group: &Group) -> bool {
    let fits = |glob: &Option<String>, text: Option<&str>| match glob {
        Some(glob) => text.is_some_and(|text| matches(glob, text)),
        None => true,
    };
    let name = |glob: &String| {
        // A name of as many characters as the kernel keeps may have been longer.
        matches(glob, &process.name) || process.name.len() == NAME && glob.starts_with(process.name.as_str())
    };
    !process.of_kernel
        && group.program.as_ref().is_none_or(name)
        && fits(&group.cmdline, process.cmdline.as_deref())
        && fits(&group.cgroup, process.cgroup.as_deref())
}
