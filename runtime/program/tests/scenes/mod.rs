//! Plays scenes: tests that each run in a process of their own with one thread. A scene may change users, limits,
//! descriptors and signals, fork, and adopt orphans, without touching another.
//!
//! `cargo test --test NAME [PART OF A SCENE'S NAME]…`

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Argument that has this program play one scene.
pub const SCENE_FLAG: &str = "--scene";
/// A name and what it does; it panics where something is wrong. One whose name begins with `_` is started by others.
pub type Scene = (&'static str, fn());

/// No scene takes a tenth of this.
const PATIENCE: Duration = Duration::from_secs(120);

/// Plays one scene, or all whose names contain an argument, as many at a time as there are
/// processors.
pub fn play_all(scenes: &[&[Scene]]) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name] = arguments.as_slice()
        && flag == SCENE_FLAG
    {
        let scene = scenes.iter().copied().flatten().find(|scene| scene.0 == name);
        scene.expect("a scene of this name").1();
        return ExitCode::SUCCESS;
    }
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let chosen = scenes.iter().copied().flatten().filter(|(name, _)| {
        !name.starts_with('_') && (filters.is_empty() || filters.iter().any(|filter| name.contains(*filter)))
    });
    let queue = Mutex::new(chosen);
    let failed = Mutex::new(Vec::new());
    let mut out = std::io::stdout();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some((name, _)) = next else { break };
                    let started = Instant::now();
                    let (ended, text) = play(name);
                    let good = ended.is_ok_and(|status| status.success());
                    let word = if good { "ok" } else { "FAILED" };
                    let line = format!("scene {name} ... {word} ({:.1} s)\n", started.elapsed().as_secs_f32());
                    std::io::stdout().write_all(line.as_bytes()).unwrap();
                    if !good {
                        failed.lock().unwrap().push((name, text));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    for (name, text) in &failed {
        write!(out, "\n---- {name} ----\n{text}").unwrap();
    }
    writeln!(out, "\nscenes: {} failed", failed.len()).unwrap();
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a scene to its end, and gives what it said.
fn play(name: &str) -> (Result<ExitStatus, String>, String) {
    let mut said = File::from(rustix::fs::memfd_create("said", rustix::fs::MemfdFlags::CLOEXEC).unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([SCENE_FLAG, name])
        .stdin(Stdio::null())
        .stdout(said.try_clone().unwrap())
        .stderr(said.try_clone().unwrap())
        .spawn()
        .unwrap();
    let end = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Ok(status),
            None if Instant::now() > end => {
                child.kill().unwrap();
                child.wait().unwrap();
                break Err("it hangs".to_owned());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let mut text = Vec::new();
    said.rewind().unwrap();
    said.read_to_end(&mut text).unwrap();
    (status.clone(), format!("{status:?}\n{}", String::from_utf8_lossy(&text)))
}
