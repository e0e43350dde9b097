//! Configuration: any text gives checks, or faults with their place; never a panic, and no check that a fault named.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

use roundsman_config::lint::lint;
use roundsman_config::{Places, load};
use tempfile::TempDir;

/// Two files of one process: a fuzzer runs one input at a time, and the test takes turns.
struct Files {
    main: PathBuf,
    drop_in: PathBuf,
    _directory: TempDir,
}

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory");
    // As /tmp may be a link.
    let path = directory.path().canonicalize().expect("its path");
    fs::create_dir(path.join("conf.d")).expect("a directory");
    Files { main: path.join("r.toml"), drop_in: path.join("conf.d/d.toml"), _directory: directory }
});

/// The text as a drop-in, and as the main file.
pub fn try_on(input: &[u8]) {
    let uid = FILES._directory.path().metadata().map(|stat| std::os::unix::fs::MetadataExt::uid(&stat)).expect("a uid");
    let places = Places::beside(&FILES.main).expect("an absolute path");
    let write = |path: &PathBuf, text: &[u8]| {
        let mut file = fs::File::create(path).expect("a file");
        file.write_all(text).expect("written");
        // As long ago as any file that nobody is writing: no wait.
        file.set_modified(UNIX_EPOCH).expect("a time");
    };
    write(&FILES.main, b"");
    write(&FILES.drop_in, input);
    let config = load(&places, uid).expect("a drop-in stops no round");
    for refused in &config.refused {
        assert!(!refused.problems.is_empty(), "refused and not told why");
        let named = refused.checks.iter().find(|name| config.checks.contains_key(*name));
        assert!(named.is_none(), "{named:?} is refused and holds");
    }
    drop(lint(&config));

    write(&FILES.drop_in, b"");
    write(&FILES.main, input);
    match load(&places, uid) {
        Ok(config) => drop(lint(&config)),
        Err(error) => assert!(!error.to_string().is_empty(), "stopped and not told why"),
    }
}
