//! Targets on the host for a process that is not locked: a file, servers, and a terminal that is the round's own.

use std::ffi::CString;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;

use crate::system::{own_terminal, sys};

pub struct Place {
    /// A file that is not there, in a directory where everybody may write.
    pub file: CString,
    /// The same for a directory.
    pub directory: CString,
    pub tcp: TcpListener,
    pub port: u16,
    pub abstract_name: String,
    _abstract: UnixListener,
    outer: i32,
}

impl Place {
    /// Makes it below `directory`. This process must lead no process group: it gets a terminal.
    pub fn new(directory: &Path) -> Self {
        let open = directory.join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o1777)).unwrap();
        let abstract_name = format!("roundsman-inside-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            directory: CString::new(open.join("directory").to_str().unwrap()).unwrap(),
            file: CString::new(open.join("file").to_str().unwrap()).unwrap(),
            port: tcp.local_addr().unwrap().port(),
            tcp,
            _abstract: UnixListener::bind_addr(&address).unwrap(),
            abstract_name,
            outer: own_terminal().unwrap()[0],
        }
    }

    /// Removes what was made, and makes the file where it is wanted.
    pub fn set_up(&self, file: bool) {
        let _ = std::fs::remove_dir(self.directory.to_str().unwrap());
        let _ = std::fs::remove_file(self.file.to_str().unwrap());
        if file {
            std::fs::write(self.file.to_str().unwrap(), "").unwrap();
        }
    }

    /// Tells whether anything was made.
    pub fn is_changed(&self) -> bool {
        [&self.file, &self.directory].iter().any(|path| Path::new(path.to_str().unwrap()).exists())
    }

    /// Counts the bytes that the terminal has shown since the last look.
    pub fn shown(&self) -> usize {
        let mut buffer = [0_u8; 4096];
        let mut shown = 0;
        while let Ok(count @ 1..) = sys(libc::SYS_read, &[self.outer as usize, buffer.as_mut_ptr() as usize, 4096]) {
            shown += count;
        }
        shown
    }
}
