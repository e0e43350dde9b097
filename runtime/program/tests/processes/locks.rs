//! Locks between rounds, which a test has to fork to see.

use std::path::Path;

use roundsman_os::process::fork::fork_child;
use roundsman_os::process::pidfd::Exit;
use roundsman_store::locks::{LockTarget, Locks, TakenLock};

use crate::Scene;
use crate::host::Scratch;

pub const SCENES: &[Scene] = &[
    ("lock_of_another_process_is_told_by_its_pid", of_another_process),
    ("lock_is_not_kept_by_a_fork_that_lives_on", not_kept_by_a_fork),
    ("lock_file_that_is_a_link_or_a_pipe_is_refused", link_or_pipe_is_refused),
];

/// Takes the lock in another process, and returns its exit code: 0 if it has the lock, 1 if this process holds it.
fn another(directory: &Path, subject: LockTarget<'_>) -> Exit {
    let parent = std::process::id();
    let mut child = fork_child("another", || match Locks::open(directory).and_then(|locks| locks.take(subject)) {
        Ok(TakenLock::Ours) => 0,
        Ok(TakenLock::By(pid)) if pid == parent => 1,
        _ => 2,
    })
    .unwrap();
    child.wait().unwrap()
}

fn of_another_process() {
    let scratch = Scratch::new();
    let locks = Locks::open(scratch.path()).unwrap();
    assert_eq!(locks.take(LockTarget::Check("disk")).unwrap(), TakenLock::Ours);
    assert_eq!(locks.take(LockTarget::Check("disk")).unwrap(), TakenLock::By(std::process::id()));
    assert_eq!(another(scratch.path(), LockTarget::Check("disk")), Exit::Code(1));
    assert_eq!(another(scratch.path(), LockTarget::Check("load")), Exit::Code(0));
    assert_eq!(another(scratch.path(), LockTarget::Group("disk", 0)), Exit::Code(0));
    locks.release(LockTarget::Check("disk"));
    assert_eq!(another(scratch.path(), LockTarget::Check("disk")), Exit::Code(0));
}

fn not_kept_by_a_fork() {
    let scratch = Scratch::new();
    let locks = Locks::open(scratch.path()).unwrap();
    assert_eq!(locks.take(LockTarget::Check("disk")).unwrap(), TakenLock::Ours);
    let (reads, writes) = std::io::pipe().unwrap();
    // It has all descriptors of this process, and lives on while the lock is let go.
    let mut child = fork_child("heir", || i32::from(rustix::io::read(&reads, &mut [0]) != Ok(1))).unwrap();
    locks.release(LockTarget::Check("disk"));
    assert_eq!(another(scratch.path(), LockTarget::Check("disk")), Exit::Code(0));
    // As it is where the holder's end lets go of it.
    assert_eq!(locks.take(LockTarget::Check("disk")).unwrap(), TakenLock::Ours);
    drop(locks);
    assert_eq!(another(scratch.path(), LockTarget::Check("disk")), Exit::Code(0));
    rustix::io::write(&writes, b"x").unwrap();
    assert_eq!(child.wait().unwrap(), Exit::Code(0));
}

fn link_or_pipe_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.path().join("locks");
    std::os::unix::fs::symlink("/etc/hostname", &path).unwrap();
    assert!(Locks::open(scratch.path()).is_err());
    std::fs::remove_file(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert!(Locks::open(scratch.path()).unwrap_err().to_string().contains("regular"));
}
