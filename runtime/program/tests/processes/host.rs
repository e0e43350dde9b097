//! Tools of scenes: scratch files, other processes as `/proc` shows them, and a program run to its end.

use std::ffi::CString;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::pipes::{Drained, drain};
use roundsman_os::process::restrictions::Restrictions;
use roundsman_os::process::spawn::{Launch, Running, environment, start};
use roundsman_os::process::tree;

use crate::scenes::SCENE_FLAG;

/// The uid of `nobody`, who may do nothing.
pub const NOBODY: u32 = 65534;

/// A directory (0755) of this scene, removed at its end.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("roundsman-scene-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o755).create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns a file with this content and mode.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// This program, to play another scene.
pub fn scene(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([SCENE_FLAG, name]);
    command
}

/// Returns a `sleep` that no other scene starts: its argument is the mark.
pub fn mark() -> String {
    format!("3{:06}", std::process::id())
}

/// Counts the processes that have this argument and are alive.
pub fn alive(mark: &str) -> usize {
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    pids.filter(|pid| {
        let cmdline = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        cmdline.split(|byte| *byte == 0).any(|argument| argument == mark.as_bytes()) && !is_dead(pid)
    })
    .count()
}

/// A zombie is dead: who has to reap it may take its time.
fn is_dead(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state follows the name, which is in parentheses and may hold any character: proc_pid_stat(5).
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'))
}

/// Waits until something holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !holds() {
        assert!(Instant::now() < end, "still not: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn within(seconds: f64) -> Instant {
    Instant::now() + Duration::from_secs_f64(seconds)
}

/// Returns a program with nothing special.
pub fn launch(argv: &[&str]) -> Launch {
    let argv: Vec<CString> = argv.iter().map(|text| CString::new(*text).unwrap()).collect();
    Launch {
        program: argv[0].clone(),
        argv,
        env: environment([]).unwrap(),
        input: None,
        account: None,
        cpu: Duration::from_secs(60),
        memory: None,
        may_gain_privileges: false,
        restrictions: Restrictions::default(),
    }
}

pub fn shell(script: &str) -> Launch {
    launch(&["/bin/sh", "-c", script])
}

/// Result of a program.
#[derive(Debug)]
pub struct Ran {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Ran {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }
}

/// Runs a program to its end, within 20 s and 1 MiB. This process must have adopted orphans.
pub fn run(launch: &Launch) -> Ran {
    let Running { child, stdout, stderr } = start(launch, within(5.0)).unwrap();
    let drained = drain(stdout, stderr, &child, None, 1 << 20, within(20.0)).unwrap();
    let ended = tree::kill(child, &[], within(5.0)).unwrap();
    match drained {
        Drained::Ended { stdout, stderr } => Ran { exit: ended.leader.unwrap(), stdout, stderr },
        other => panic!("it did not end by itself: {other:?}"),
    }
}
