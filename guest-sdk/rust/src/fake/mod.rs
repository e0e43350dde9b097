//! A host for native tests: what it has is what a test set up, everything else is not found or denied, as on a real
//! one. Each thread has its own, so tests run in parallel.
//!
//! ```
//! use roundsman_sdk::{fake::Fake, files};
//! let host = Fake::new();
//! host.file("/proc/loadavg", "0.1 0.2 0.3 1/83 9597\n");
//! let text = host.with(|| files::read_text("/proc/loadavg"));
//! assert!(text.unwrap().starts_with("0.1"));
//! ```

mod calls;
mod contract;
mod granted;
mod world;

use std::cell::RefCell;
use std::rc::Rc;

use crate::bindings::exports::roundsman::check::guest::Guest as _;
use crate::commands::{Completed, Ending};
use crate::files::{Metadata, Mount, Space};
use crate::{Check, Exported, Failure, HostError, MetricInfo, Need, Outcome, Problem, options};

pub(crate) use calls::Current;
pub use contract::contract;
use roundsman_grants::argv::Form;
use world::World;

thread_local! {
    static ENTERED: RefCell<Rc<RefCell<World>>> = RefCell::default();
}

/// A host, and what it has. The methods that set something up may be called between two runs as well.
///
/// ```
/// use roundsman_sdk::fake::Fake;
/// use roundsman_sdk::{HostError, commands::Command, files, state};
///
/// let host = Fake::new();
/// host.files_below("/sys/block", "sda/size\t100\nsdb/size\t200").append("/sys/block/sda/size", "1\n");
/// host.rename("/sys/block/sdb/size", "/sys/block/sdc/size").remove("/sys/block/sdc/size");
/// host.fail_to_read("/sys/block/sda/size", HostError::Io("EIO".into()));
/// host.with(|| {
///     assert_eq!(files::read("/sys/block/sda/size").unwrap_err().errno(), Some("EIO"));
///     assert_eq!(files::stat("/sys/block/sda/size").unwrap().size, 6);
/// });
/// host.heal("/sys/block/sda/size");
/// assert_eq!(host.with(|| files::read_text("/sys/block/sda/size")).unwrap(), "100\n1\n");
///
/// // What is granted, as an operator would grant it: all that is set up, until a test says more.
/// host.grant_files(&["/etc/*"]).grant_metadata(&["/sys/block/*/*"]).grant_unsafe_files(&["/etc/shadow"]);
/// host.grant_command(None, &["/bin/df", "-P"]).command(&["/bin/df", "-P"], "room");
/// host.time_left(5_000_000_000);
/// host.with(|| {
///     assert!(files::read("/sys/block/sda/size").unwrap_err().is_denied());
///     assert_eq!(Command::new(["df", "-P"]).output().unwrap(), "room");
/// });
/// assert_eq!(host.inputs(), [None]);
///
/// // A whole run of a check, and what its options bring.
/// use roundsman_sdk::{Check, Descriptor, Failure, NoOptions, Outcome, clock, commands, log};
///
/// struct Sample;
///
/// impl Check for Sample {
///     type Options = NoOptions;
///
///     fn describe() -> Descriptor {
///         Descriptor::new("sample", "0.1.0", "a sample")
///     }
///
///     fn run(_: NoOptions) -> Result<Outcome, Failure> {
///         log::info("a line");
///         files::usage("/data")?;
///         Ok(Outcome::new(format!("{} s", clock::now() / 1_000_000_000)))
///     }
/// }
///
/// host.set_time(100);
/// assert_eq!(host.run::<Sample>("{}").unwrap_err().message, "/data: does not exist");
/// let space = files::Space {
///     bytes_total: 100,
///     bytes_free: 50,
///     bytes_available: 40,
///     inodes_total: 0,
///     inodes_free: 0,
///     inodes_available: 0,
///     read_only: false,
///     extra: Vec::new(),
/// };
/// let mount = files::Mount {
///     source: "/dev/sda1".into(),
///     path: "/data".into(),
///     filesystem: "ext4".into(),
///     device: 1,
///     root: "/".into(),
///     read_only: false,
///     filesystem_read_only: false,
///     options: Vec::new(),
///     filesystem_options: Vec::new(),
///     extra: Vec::new(),
/// };
/// host.mount(mount, space);
/// assert_eq!(host.run::<Sample>("{}").unwrap().summary, "100 s");
/// assert_eq!(host.log(), ["info: a line", "info: a line"]);
/// assert!(host.validate::<Sample>("{}").unwrap().is_empty() && host.declared::<Sample>("{}").is_none());
///
/// // Whatever can be wrong with a host.
/// host.fail("/data", HostError::TimedOut);
/// assert!(host.run::<Sample>("{}").is_err());
/// host.grant_command_with_input(None, &["/bin/cat"]).command_ends(&["/bin/cat"], Err(HostError::TimedOut));
/// assert!(host.with(|| Command::new(["cat"]).input("x").run()).is_err());
/// let ended = commands::Ending::Signal(9);
/// assert_eq!(ended.to_string(), "signal 9");
/// let link = files::Metadata { kind: files::FileKind::Symlink, ..host.with(|| files::stat("/sys/block/sda/size")).unwrap() };
/// host.metadata("/sys/block/sda/link", link);
///
/// host.fail_to_keep(HostError::Io("ENOSPC".into()));
/// assert!(host.with(|| state::set("key", b"value")).is_err() && host.state("key").is_none());
/// ```
#[derive(Default)]
pub struct Fake {
    world: Rc<RefCell<World>>,
}

impl Fake {
    /// Makes a host that has nothing, at 2026-01-01 00:00 UTC.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `C` with these options, a JSON object. As on a real host a run that fails changes no state.
    ///
    /// # Panics
    /// Where the outcome is not one that the descriptor allows, as the host would refuse it.
    pub fn run<C: Check>(&self, config: &str) -> Result<Outcome, Failure> {
        let before = self.world.borrow().state.clone();
        let result = self.with(|| Exported::<C>::run(config.to_owned()));
        match &result {
            Ok(outcome) => contract::judge(&C::describe(), outcome),
            Err(_) => self.world.borrow_mut().state = before,
        }
        result
    }

    /// Has `C` judge its options: the needs that they bring, or what is wrong with them.
    pub fn validate<C: Check>(&self, config: &str) -> Result<Vec<Need>, Vec<Problem>> {
        self.with(|| options::read::<C>(config).map(|options| C::needs(&options)))
    }

    /// Returns the metrics that these options of `C` bring, where it tells that.
    ///
    /// # Panics
    /// With what is wrong with the options.
    pub fn declared<C: Check>(&self, config: &str) -> Option<Vec<MetricInfo>> {
        let options = self.with(|| options::read::<C>(config));
        C::metrics(&options.unwrap_or_else(|problems| panic!("{problems:?}")))
    }

    /// Calls `action` with this as its host.
    pub fn with<T>(&self, action: impl FnOnce() -> T) -> T {
        struct Leave(Rc<RefCell<World>>);
        impl Drop for Leave {
            fn drop(&mut self) {
                ENTERED.set(std::mem::take(&mut self.0));
            }
        }
        let _leave = Leave(ENTERED.replace(self.world.clone()));
        action()
    }

    /// Adds a regular file. One that is there already keeps its inode and gets this content; a new one may get that of one that
    /// was removed.
    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.world.borrow_mut().file(path).content = content.as_ref().to_vec();
        self
    }

    /// Adds files below a directory as a recorded table has them: a line for each, its path, a tab, and its content, which gets
    /// a line end.
    ///
    /// # Panics
    /// With a line that has no tab.
    pub fn files_below(&self, root: &str, table: &str) -> &Self {
        for line in table.lines() {
            let (path, text) = line.split_once('\t').unwrap_or_else(|| panic!("no tab in {line:?}"));
            self.file(&format!("{root}/{path}"), format!("{text}\n"));
        }
        self
    }

    /// Appends to a file.
    pub fn append(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.world.borrow_mut().file(path).content.extend(content.as_ref());
        self
    }

    /// Adds another name for a file.
    pub fn rename(&self, from: &str, to: &str) -> &Self {
        self.world.borrow_mut().rename(from, to);
        self
    }

    /// No file any more.
    pub fn remove(&self, path: &str) -> &Self {
        self.world.borrow_mut().files.remove(path);
        self
    }

    /// Every call for this path, or with this pattern, brings this error, until [`Fake::heal`].
    pub fn fail(&self, path: &str, error: HostError) -> &Self {
        self.world.borrow_mut().failing.insert(path.into(), error);
        self
    }

    /// Works as [`Fake::fail`], for the content alone: metadata are told.
    pub fn fail_to_read(&self, path: &str, error: HostError) -> &Self {
        self.world.borrow_mut().unreadable.insert(path.into(), error);
        self
    }

    /// Nothing can be kept any more, with this error.
    pub fn fail_to_keep(&self, error: HostError) -> &Self {
        self.world.borrow_mut().unkept = Some(error);
        self
    }

    /// Makes a path fail no longer.
    pub fn heal(&self, path: &str) -> &Self {
        let mut world = self.world.borrow_mut();
        world.failing.remove(path);
        world.unreadable.remove(path);
        self
    }

    /// Sets the metadata of a path: a directory, a link, or a file whose age or owner matters.
    pub fn metadata(&self, path: &str, metadata: Metadata) -> &Self {
        self.world.borrow_mut().file(path).metadata = Some(metadata);
        self
    }

    /// Adds a mounted file system and its space.
    pub fn mount(&self, mount: Mount, space: Space) -> &Self {
        self.world.borrow_mut().mounts.push((mount, space));
        self
    }

    /// Patterns that are granted, as an operator's `files`. Without a call of this every path that is asked for is granted.
    ///
    /// # Panics
    /// With what is wrong with a pattern.
    pub fn grant_files(&self, patterns: &[&str]) -> &Self {
        self.world.borrow_mut().granted.files(patterns);
        self
    }

    /// Patterns whose metadata are granted, and no content, as an operator's `metadata`. With a call of this, only what was
    /// granted is.
    ///
    /// # Panics
    /// With what is wrong with a pattern.
    pub fn grant_metadata(&self, patterns: &[&str]) -> &Self {
        self.world.borrow_mut().granted.metadata(patterns);
        self
    }

    /// Adds paths of what no pattern grants, as an operator's `unsafe_files`; only beside [`Fake::grant_files`].
    pub fn grant_unsafe_files(&self, paths: &[&str]) -> &Self {
        self.world.borrow_mut().granted.unsafe_files(paths);
        self
    }

    /// Adds a command that writes this to standard output and exits with 0; it is granted.
    pub fn command(&self, argv: &[&str], output: impl AsRef<[u8]>) -> &Self {
        let standard_output = output.as_ref().to_vec();
        let ending = Ending::Code(0);
        self.command_ends(
            argv,
            Ok(Completed { ending, standard_output, standard_error: Vec::new(), duration: 0, extra: Vec::new() }),
        )
    }

    /// Adds a command that ends like this; it is granted.
    pub fn command_ends(&self, argv: &[&str], result: Result<Completed, HostError>) -> &Self {
        let argv: Vec<String> = argv.iter().map(|it| it.to_string()).collect();
        self.world.borrow_mut().commands.insert(argv, result);
        self
    }

    /// Grants a command as an operator writes it: an `argv_pattern` where an argument has a wildcard, else an `argv`.
    /// With a call of this, only what was granted so is.
    ///
    /// # Panics
    /// With what is wrong with the argv.
    pub fn grant_command(&self, id: Option<&str>, argv: &[&str]) -> &Self {
        self.grant(id, argv, false)
    }

    /// Does as [`Fake::grant_command`], and the check may give the program something to read (`stdin = "component"`).
    ///
    /// # Panics
    /// With what is wrong with the argv.
    pub fn grant_command_with_input(&self, id: Option<&str>, argv: &[&str]) -> &Self {
        self.grant(id, argv, true)
    }

    fn grant(&self, id: Option<&str>, argv: &[&str], input: bool) -> &Self {
        let wild = argv.iter().skip(1).any(|it| it.contains(['*', '?', '[']));
        let form = if wild { Form::Pattern } else { Form::Literal };
        self.world.borrow_mut().granted.command(id, form, argv, input);
        self
    }

    /// Nanoseconds that the run has left, as [`commands::time_left`](crate::commands::time_left) tells them.
    pub fn time_left(&self, nanoseconds: u64) -> &Self {
        self.world.borrow_mut().time_left = Some(nanoseconds);
        self
    }

    /// Returns what commands were given to read, in the order of the runs.
    pub fn inputs(&self) -> Vec<Option<Vec<u8>>> {
        self.world.borrow().inputs.clone()
    }

    /// Sets the clock, in seconds since 1970 UTC.
    pub fn set_time(&self, seconds: u64) -> &Self {
        self.world.borrow_mut().now = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000_000);
        self
    }

    /// Returns what was logged, each as `level: message`.
    pub fn log(&self) -> Vec<String> {
        self.world.borrow().log.clone()
    }

    /// Returns what the check keeps at a key.
    pub fn state(&self, key: &str) -> Option<Vec<u8>> {
        self.world.borrow().state.get(key).cloned()
    }
}
