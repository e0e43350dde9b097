//! `check --watch`: the check once more whenever its component changes, or what configures it.
//!
//! Each run is a process of its own, which reads everything anew: this one knows names of files, and nothing that is in them.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::process::Signal;

use super::check::{self, Args};
use super::{exit, print, standalone};
use roundsman_config::{ComponentPath, Places, load};
use roundsman_grants::escape;
use roundsman_os::process::deadline::poll_until;
use roundsman_os::process::fork::{UNBORN, fork_child};
use roundsman_os::process::interrupt::Interrupt;
use roundsman_os::process::pidfd::{Child, Exit};
use roundsman_os::process::{signals, stdio};
use roundsman_store::components::identity::Identity;

/// Time between two looks at the files.
const LOOK: Duration = Duration::from_millis(100);
/// Looks at which nothing has changed before a change counts as whole: a linker writes in pieces.
const SETTLED: u32 = 3;
/// Time of a run to end by itself, where a signal has come.
const GRACE: Duration = Duration::from_millis(300);

/// Runs the check, and again after each change, until a signal comes or nobody reads standard output any more. Returns the
/// exit code of the last run that ended by itself.
pub(crate) fn watch(args: &Args, places: &Places) -> u8 {
    match watched(args, places) {
        Ok(code) => code,
        Err(error) => super::unknown(&format!("--watch: {error}")),
    }
}

fn watched(args: &Args, places: &Places) -> io::Result<u8> {
    let interrupt = Interrupt::watch()?;
    let mut last = exit::UNKNOWN;
    loop {
        let files = match Files::of(args, places) {
            // Ctrl-C goes to all that the terminal started.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(last),
            files => files?,
        };
        // Before the run: what changes meanwhile is run once more.
        let before = files.look();
        let (ended, came) = run(args, places, &interrupt)?;
        match ended {
            Exit::Code(code) => last = u8::try_from(code).unwrap_or(exit::UNKNOWN),
            Exit::Signal(_) if came => {}
            Exit::Signal(signal) => {
                print::complain(&format!("the run was ended by {}", signals::name(signal)));
                last = exit::UNKNOWN;
            }
        }
        if came {
            return Ok(last);
        }
        let Some(changed) = files.changed(before, &interrupt)? else { return Ok(last) };
        print::complain(&format!("{} has changed, it runs again", escape::path(&changed)));
    }
}

/// Runs the check in a process of its own, and says whether a signal came meanwhile, which that is passed and takes as any
/// plugin does.
fn run(args: &Args, places: &Places, interrupt: &Interrupt) -> io::Result<(Exit, bool)> {
    let mut child = forked(|| Ok(check::once(args, places)))?;
    let for_ever = Instant::now() + Duration::from_secs(u32::MAX.into());
    let mut fds = [PollFd::new(&child, PollFlags::IN), PollFd::new(interrupt, PollFlags::IN)];
    poll_until(&mut fds, for_ever)?;
    let came = interrupt.received();
    // One that has told its verdict is about to end by itself.
    let ends = poll_until(&mut [PollFd::new(&child, PollFlags::IN)], Instant::now() + GRACE)?;
    if let Some(signal) = came.filter(|_| !ends) {
        child.signal(Signal::from_named_raw(signal).unwrap_or(Signal::TERM))?;
    }
    Ok((child.wait()?, came.is_some()))
}

/// Forks a process that has the signals of a program that was started.
fn forked(work: impl FnOnce() -> io::Result<u8>) -> io::Result<Child> {
    fork_child("roundsman", || match stdio::at_start().and_then(|()| work()) {
        Ok(code) => code.into(),
        Err(error) => {
            print::complain(&error.to_string());
            UNBORN
        }
    })
}

/// The files that a run depends on.
#[derive(Debug, Clone, PartialEq)]
struct Files {
    /// Paths that its component may have.
    component: Vec<PathBuf>,
    /// Files of the configuration besides drop-ins.
    configuration: Vec<PathBuf>,
    /// Directories of drop-ins.
    layers: Vec<PathBuf>,
}

/// Identity of each file; `None` if it was not there.
type Looked = Vec<(PathBuf, Option<Identity>)>;

impl Files {
    /// Finds them, in a process that ends with what it has read.
    fn of(args: &Args, places: &Places) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let (mut reader, writer) = (File::from(OwnedFd::from(reader)), File::from(OwnedFd::from(writer)));
        let mut child = forked(|| {
            let found = postcard::to_allocvec(&component(args.check(), places)).map_err(io::Error::other)?;
            (&writer).write_all(&found)?;
            Ok(0)
        })?;
        drop(writer);
        let mut found = Vec::new();
        reader.read_to_end(&mut found)?;
        if matches!(child.wait()?, Exit::Signal(_)) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let component: Vec<PathBuf> = postcard::from_bytes(&found).map_err(io::Error::other)?;
        Ok(match args.names_a_file() {
            true => Self { component, configuration: Vec::new(), layers: Vec::new() },
            false => Self {
                component,
                configuration: vec![places.main.clone(), places.lock()],
                layers: places.layers.clone(),
            },
        })
    }

    fn look(&self) -> (Looked, Looked) {
        let drop_ins = self.layers.iter().flat_map(|layer| {
            let inside = std::fs::read_dir(layer).into_iter().flatten().flatten().map(|entry| entry.path());
            // An editor keeps files of its own beside the one that it writes.
            let mut inside: Vec<PathBuf> =
                inside.filter(|path| path.extension().is_some_and(|it| it == "toml")).collect();
            inside.sort();
            inside
        });
        let configuration = self.configuration.iter().cloned().chain(drop_ins).map(looked);
        (self.component.iter().cloned().map(looked).collect(), configuration.collect())
    }

    /// Waits until a file is another one than before, and stays as it is; `None` where a signal came, or nobody reads any more.
    fn changed(&self, before: (Looked, Looked), interrupt: &Interrupt) -> io::Result<Option<PathBuf>> {
        let (mut latest, mut same) = (before.clone(), 0);
        loop {
            let stdout = io::stdout();
            let mut fds =
                [PollFd::new(interrupt, PollFlags::IN), PollFd::from_borrowed_fd(stdout.as_fd(), PollFlags::empty())];
            if poll_until(&mut fds, Instant::now() + LOOK)? {
                // One that nobody heard would end this process as it stands.
                let _ = interrupt.received();
                return Ok(None);
            }
            let now = self.look();
            same = if now == latest { same + 1 } else { 0 };
            latest = now;
            if same >= SETTLED
                && let Some(changed) = difference(&before, &latest)
            {
                return Ok(Some(changed));
            }
        }
    }
}

/// Returns the first file that is another one. A component that is gone is no change: a build is about to write it.
fn difference(before: &(Looked, Looked), now: &(Looked, Looked)) -> Option<PathBuf> {
    let other = |(path, _): &&(PathBuf, Option<Identity>), before: &Looked, now: &Looked| {
        let find = |looked: &Looked| looked.iter().find(|(name, _)| name == path).and_then(|(_, identity)| *identity);
        find(before) != find(now)
    };
    let configuration = now.1.iter().chain(&before.1).find(|file| other(file, &before.1, &now.1));
    let is_there = now.0.iter().any(|(_, identity)| identity.is_some());
    let component = now.0.iter().find(|file| is_there && other(file, &before.0, &now.0));
    component.or(configuration).map(|(path, _)| path.clone())
}

fn looked(path: PathBuf) -> (PathBuf, Option<Identity>) {
    let identity = rustix::fs::stat(&path).ok().map(|stat| Identity::of(&stat));
    (path, identity)
}

/// Finds where the component of a check may be; nowhere, where the configuration does not say.
fn component(check: &str, places: &Places) -> Vec<PathBuf> {
    let is_file = check::names_a_file(check);
    let (component, directories) = if is_file {
        let component = standalone::subject(Path::new(check)).component;
        let directories = standalone::config(places, &component).paths.checks;
        (Some(component), directories)
    } else {
        let config = load(places, rustix::process::geteuid().as_raw()).ok();
        let found = config.as_ref().and_then(|config| config.checks.get(check)).map(|check| check.component.clone());
        (found, config.map(|config| config.paths.checks).unwrap_or_default())
    };
    match component {
        Some(ComponentPath::At(path)) => vec![path],
        Some(ComponentPath::Named(name)) => directories.iter().map(|directory| directory.join(&name)).collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, changed: Option<i64>) -> (PathBuf, Option<Identity>) {
        let identity = changed.map(|changed| Identity { device: 1, inode: 2, size: 3, modified: 0, changed });
        (name.into(), identity)
    }

    #[test]
    fn a_component_that_is_gone_is_no_change_and_one_that_came_back_is() {
        let with = |changed| (vec![file("/a.wasm", changed)], vec![file("/conf.d", Some(1))]);
        assert_eq!(difference(&with(Some(1)), &with(Some(1))), None);
        assert_eq!(difference(&with(Some(1)), &with(None)), None);
        assert_eq!(difference(&with(None), &with(Some(1))), Some("/a.wasm".into()));
        assert_eq!(difference(&with(Some(1)), &with(Some(2))), Some("/a.wasm".into()));
    }

    #[test]
    fn a_drop_in_that_came_went_or_changed_is_a_change() {
        let with = |drop_ins: Vec<(PathBuf, Option<Identity>)>| (vec![file("/a.wasm", Some(1))], drop_ins);
        let one = || vec![file("/conf.d/a.toml", Some(1))];
        for other in [vec![], vec![file("/conf.d/a.toml", Some(2))]] {
            assert_eq!(difference(&with(one()), &with(other.clone())), Some("/conf.d/a.toml".into()));
            assert_eq!(difference(&with(other), &with(one())), Some("/conf.d/a.toml".into()));
        }
    }
}
