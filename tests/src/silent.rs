//! A file system whose server never answers, by the kernel's own FUSE: who has asked it something cannot be killed.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

/// Mounted until it is dropped; then everyone who waits for it is let go.
///
/// If the process that made it dies, the kernel releases all waiters as well.
#[derive(Debug)]
pub struct Silent {
    path: PathBuf,
    server: Option<JoinHandle<()>>,
}

/// `fuse_in_header` and `fuse_out_header` of `linux/fuse.h`, in bytes.
const REQUEST: usize = 40;
const REPLY: usize = 16;
/// `fuse_init_out`, in bytes.
const GREETING: usize = 64;
/// The opcode of the kernel's greeting, the one message that is answered.
const INIT: u32 = 26;

impl Silent {
    /// Mounts it over a directory. All users reach it.
    ///
    /// # Panics
    /// Not as root, or without FUSE.
    #[must_use]
    pub fn mount(path: &Path) -> Self {
        Self::mount_from(path, "silent")
    }

    /// Returns the same with a source of its own, such as `server:/share`.
    ///
    /// # Panics
    /// As [`Silent::mount`].
    #[must_use]
    pub fn mount_from(path: &Path, source: &str) -> Self {
        let device = OpenOptions::new().read(true).write(true).open("/dev/fuse").expect("FUSE is there");
        // mount(8) hands its own descriptor on, which is its standard input here.
        let options = "fd=0,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions";
        let mounted = Command::new("mount")
            .args(["-i", "-t", "fuse", "-o", options, source])
            .arg(path)
            .stdin(Stdio::from(device.try_clone().expect("a descriptor")))
            .status();
        assert!(mounted.expect("mount(8)").success(), "mounting at {}", path.display());
        Self { path: path.to_owned(), server: Some(std::thread::spawn(move || serve(device))) }
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // By force: the kernel gives up all that waits. Then the server's device has nothing more to read.
        for option in ["-f", "-l"] {
            let _ = Command::new("umount").arg(option).arg(&self.path).stderr(Stdio::null()).status();
        }
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

/// Takes every message, as what nobody has taken can still be killed.
fn serve(mut device: File) {
    let mut message = vec![0; 1 << 20];
    while let Ok(length) = device.read(&mut message) {
        if length >= REQUEST && message[4..8] == INIT.to_ne_bytes() {
            device.write_all(&greeting(&message[8..16])).expect("the kernel takes the greeting");
        }
    }
}

/// Version 7.31, and writes of 64 KiB at most.
fn greeting(unique: &[u8]) -> Vec<u8> {
    let mut reply = Vec::new();
    for number in [(REPLY + GREETING) as u32, 0] {
        reply.extend(number.to_ne_bytes());
    }
    reply.extend(unique);
    let (background, writes) = ([12_u16, 10], [1_u32 << 16, 1]);
    reply.extend([7_u32, 31, 0, 0].into_iter().flat_map(u32::to_ne_bytes));
    reply.extend(background.into_iter().flat_map(u16::to_ne_bytes));
    reply.extend(writes.into_iter().flat_map(u32::to_ne_bytes));
    reply.resize(REPLY + GREETING, 0);
    reply
}
