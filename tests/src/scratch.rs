//! A directory for one test, removed when it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Below the system's temporary directory: its parents are root's, whatever the umask was where the sources lie.
pub struct Scratch {
    path: PathBuf,
    _removed: TempDir,
}

impl Scratch {
    #[expect(clippy::new_without_default, reason = "it makes a directory")]
    #[must_use]
    pub fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { path: fs::canonicalize(directory.path()).unwrap(), _removed: directory }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file with mode 0644, and its directories with 0755.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path.join(name);
        let mut directory = self.path.clone();
        for part in Path::new(name).parent().into_iter().flat_map(Path::components) {
            directory.push(part);
            fs::create_dir_all(&directory).unwrap();
            fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        // As long ago as any file that nobody is writing.
        fs::File::options().append(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        path
    }
}
