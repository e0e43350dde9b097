//! Every configuration in `tests/cases/config`, with the whole text that an operator gets to see of it.
//!
//! A case is a directory: `roundsman.toml`, `conf.d/*.toml`, `expected.txt`. `BLESS=1` writes the texts anew; read the diff.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use roundsman::config::lint::lint;
use roundsman::config::{Places, load};

#[test]
fn each_configuration_is_told_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/config");
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = String::new();
    let mut count = 0;
    for case in sorted(&cases) {
        let told = tell(&case);
        let expected = case.join("expected.txt");
        if bless {
            fs::write(&expected, &told).unwrap();
        }
        let known = fs::read_to_string(&expected).unwrap_or_default();
        if told != known {
            let name = case.file_name().unwrap_or_default().to_string_lossy();
            writeln!(wrong, "\n===== {name}: expected\n{known}\n===== {name}: is\n{told}").unwrap();
        }
        count += 1;
    }
    assert!(count > 20, "only {count} cases found in {}", cases.display());
    assert!(wrong.is_empty(), "{wrong}");
}

/// All that is said of one case, its directory written `DIR`.
fn tell(case: &Path) -> String {
    let copy = Copy::of(case);
    let places = Places::beside(&copy.path.join("roundsman.toml")).unwrap();
    let mut out = String::new();
    match load(&places, rustix::process::geteuid().as_raw()) {
        Err(error) => writeln!(out, "{error}").unwrap(),
        Ok(config) => {
            for refused in &config.refused {
                writeln!(out, "{}", refused.problems.join("\n")).unwrap();
                writeln!(out, "-- refused: {}", refused.checks.join(" ")).unwrap();
            }
            for lint in lint(&config) {
                let origin = lint.origin;
                let place = format!("{}:{}", origin.file.display(), origin.line);
                writeln!(out, "{place}: {}: {}\n  = {}", lint.check, lint.message, lint.help).unwrap();
            }
            let names: Vec<&str> = config.checks.keys().map(String::as_str).collect();
            writeln!(out, "-- holds: {}", names.join(" ")).unwrap();
        }
    }
    out.replace(copy.path.to_str().unwrap(), "DIR")
}

/// The files of a case where no umask and no owner of the sources matters.
struct Copy {
    path: PathBuf,
    _removed: tempfile::TempDir,
}

impl Copy {
    fn of(case: &Path) -> Self {
        let directory = tempfile::TempDir::new().unwrap();
        // The umask of who runs the tests holds for a new directory.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = fs::canonicalize(directory.path()).unwrap().join("etc");
        copy_tree(case, &path);
        Self { path, _removed: directory }
    }
}

fn copy_tree(from: &Path, to: &Path) {
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    fs::create_dir(to).unwrap();
    set(to, 0o755);
    for path in sorted(from) {
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
            set(&target, 0o644);
        }
    }
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
