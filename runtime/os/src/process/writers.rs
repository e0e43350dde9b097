//! Asks the kernel, by a lease, if a process has a file open for writing: fcntl(2) "Leases".
#![expect(unsafe_code, reason = "the commands of leases have no safe wrapper")]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

/// Command of fcntl(2), from `include/uapi/asm-generic/fcntl.h`; libc lacks it for most targets.
const F_SETSIG: libc::c_int = 10;

/// Tells whether a file is open for writing anywhere on this host. `file` is open for reading only.
///
/// Says no if the kernel does not tell: the file is another user's, or its file system has no leases. NFS 4 says yes
/// of a file that its server has not delegated to this host, whoever has it open.
#[must_use]
pub fn has_writer(file: &File) -> bool {
    // A lease can be had only while nobody has the file open for writing. Whoever opens it so in the moment until the lease
    // is given back waits that long, and its holder gets a signal: not SIGIO, which would end it, but one that nobody hears.
    let leased = fcntl(file, F_SETSIG, libc::SIGURG).and_then(|()| fcntl(file, libc::F_SETLEASE, libc::F_RDLCK));
    let refused = leased.is_err_and(|error| error.raw_os_error() == Some(libc::EAGAIN));
    // Where there is none this is an error that says so.
    let _ = fcntl(file, libc::F_SETLEASE, libc::F_UNLCK);
    refused
}

fn fcntl(file: &File, command: libc::c_int, argument: libc::c_int) -> io::Result<()> {
    // SAFETY: both commands take an integer, and touch no memory of this process.
    if unsafe { libc::fcntl(file.as_raw_fd(), command, argument) } == 0 {
        return Ok(());
    }
    Err(io::Error::last_os_error())
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_writer_is_seen_while_it_has_the_file_open() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.into_temp_path();
        let reader = File::open(&path).unwrap();
        let _other_reader = File::open(&path).unwrap();
        assert!(!has_writer(&reader));
        let mut writer = OpenOptions::new().append(true).open(&path).unwrap();
        assert!(has_writer(&reader));
        writer.write_all(b"x").unwrap();
        drop(writer);
        assert!(!has_writer(&reader));
        // The lease was given back: nobody who opens the file waits.
        OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
        assert!(!has_writer(&reader));
    }

    #[test]
    fn what_has_no_leases_has_no_writer() {
        assert!(!has_writer(&File::open("/dev/null").unwrap()));
        assert!(!has_writer(&File::open("/proc/self/stat").unwrap()));
    }
}
