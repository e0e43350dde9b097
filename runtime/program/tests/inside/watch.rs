//! A process that watches a round from outside, and tells the workers inside.

use std::fs;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;

use roundsman_os::process::fork::fork_child;
use roundsman_os::process::pidfd::Child;

use crate::system::{pause, shared};

/// Numbers that all processes of a scene share.
pub struct Board {
    /// The workers may go on.
    pub go: &'static AtomicU32,
    /// Number of workers that have begun.
    pub begun: &'static AtomicU32,
    /// The zygote, the brokers and the workers of the round, in the order in which they were forked; unused places are 0.
    children: &'static [AtomicU32; 16],
}

impl Board {
    pub fn new() -> &'static Self {
        let [go, begun] = shared::<2>();
        Box::leak(Box::new(Self { go, begun, children: shared() }))
    }

    /// In a worker: waits until it may go on.
    pub fn wait(&self) {
        while self.go.load(SeqCst) == 0 {
            pause();
        }
    }

    pub fn children(&self) -> Vec<u32> {
        self.children.iter().map(|pid| pid.load(SeqCst)).filter(|pid| *pid != 0).collect()
    }

    /// In a worker: all processes of the round but itself, once there are the round, the worker's own broker, and two
    /// other workers with theirs. The zygote, the oldest of all, is among them until it becomes the worker of the last check.
    pub fn others(&self, round: u32) -> Vec<u32> {
        let own = std::process::id();
        loop {
            let children = self.children();
            if children.contains(&own) && children.len() >= 6 {
                return children.into_iter().filter(|pid| *pid != own).chain([round]).collect();
            }
            pause();
        }
    }

    /// Starts a process that keeps the list of children of this one, and does `more` with it now and then until that
    /// says it is done.
    pub fn watch(&'static self, more: impl Fn(&[u32]) -> bool) -> Child {
        let round = std::process::id();
        fork_child("watcher", || {
            loop {
                let children = children(round, &["roundsman-zygot", "roundsman-broke", "roundsman-worke"]);
                for (place, index) in self.children.iter().zip(0..) {
                    place.store(children.get(index).copied().unwrap_or(0), SeqCst);
                }
                if more(&children) {
                    return 0;
                }
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        })
        .unwrap()
    }
}

/// Returns the children of a process that have one of these names, oldest first.
pub fn children(of: u32, names: &[&str]) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    let named = |pid: &u32| names.is_empty() || names.contains(&name(*pid).as_str());
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).filter(named).collect()
}

pub fn name(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}
