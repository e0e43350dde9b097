//! Every configuration in `tests/cases/config`, with the whole text that an operator gets to see of it.
//!
//! A case is a directory: `roundsman.toml`, `conf.d/*.toml`, `expected.txt`. `BLESS=1` writes the texts anew; read the diff.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use roundsman_config::lint::lint;
use roundsman_config::{Config, Origin, Places, effective, load};

#[test]
fn each_configuration_is_told_as_expected() {
    corpus("config", 20, tell);
}

/// Cases of more than one file, some with a directory of packages, `usr`: what holds in the end, and who said so.
#[test]
fn each_table_holds_as_expected() {
    corpus("effective", 5, |case| {
        let copy = Copy::of(case);
        copy.told(match effective(&copy.places(), uid()) {
            Err(error) => format!("{error}\n"),
            Ok(effective) => problems(&effective.config) + &written(&effective.to_toml(), case),
        })
    });
}

/// Returns the lines of a table that are not built-in values; of the first case all.
fn written(table: &str, case: &Path) -> String {
    let all = case.ends_with("one_host");
    table.lines().filter(|line| all || !line.ends_with("# default")).map(|line| format!("{line}\n")).collect()
}

/// The output of `roundsman config` is a main file that says the same.
#[test]
fn what_holds_is_read_again_as_the_same() {
    let mut count = 0;
    for case in ["config", "effective"].iter().flat_map(|corpus| sorted(&cases(corpus))) {
        let copy = Copy::of(&case);
        let Ok(one) = effective(&copy.places(), uid()) else { continue };
        let table = one.to_toml();
        let again = Copy::of(&case);
        fs::remove_dir_all(again.path.join("conf.d")).ok();
        fs::remove_dir_all(again.path.join("usr")).ok();
        fs::write(again.path.join("roundsman.toml"), &table).unwrap();
        let two = load(&again.places(), uid()).unwrap_or_else(|error| panic!("{}: {error}\n{table}", case.display()));
        assert!(two.refused.is_empty(), "{}: {:?}\n{table}", case.display(), two.refused);
        assert_eq!(without_places(one.config), without_places(two), "{}\n{table}", case.display());
        count += 1;
    }
    assert!(count > 20, "only {count} configurations hold");
}

/// Returns every field of a configuration but where it was written, and the digest of that.
fn without_places(mut config: Config) -> String {
    let nowhere = Origin { file: PathBuf::new(), line: 0 };
    // Of the files, which are others here.
    config.digest = None;
    for check in config.checks.values_mut() {
        check.origin = nowhere.clone();
        check.changed_by.clear();
        check.thresholds.values_mut().flatten().for_each(|entry| entry.origin = nowhere.clone());
    }
    config.outputs.iter_mut().for_each(|output| output.origin = nowhere.clone());
    config.receivers.iter_mut().for_each(|receiver| receiver.origin = nowhere.clone());
    config.refused.clear();
    config.idle_overrides.clear();
    config.sources.clear();
    format!("{config:#?}")
}

fn cases(corpus: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases").join(corpus)
}

/// Compares what is told of each case, of which there have to be some, with its `expected.txt`.
fn corpus(name: &str, least: usize, tell: impl Fn(&Path) -> String) {
    let cases = cases(name);
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
    assert!(count > least, "only {count} cases found in {}", cases.display());
    assert!(wrong.is_empty(), "{wrong}");
}

fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Returns all that is said of one case, its directory written `DIR`.
fn tell(case: &Path) -> String {
    let copy = Copy::of(case);
    let mut out = String::new();
    match load(&copy.places(), uid()) {
        Err(error) => writeln!(out, "{error}").unwrap(),
        Ok(config) => {
            out += &problems(&config);
            let names: Vec<&str> = config.checks.keys().map(String::as_str).collect();
            writeln!(out, "-- holds: {}", names.join(" ")).unwrap();
        }
    }
    copy.told(out)
}

/// Lists errors and lints.
fn problems(config: &Config) -> String {
    let mut out = String::new();
    for refused in &config.refused {
        writeln!(out, "{}", refused.problems.join("\n")).unwrap();
        writeln!(out, "-- refused: {}", refused.checks.join(" ")).unwrap();
    }
    for lint in lint(config) {
        let origin = lint.origin;
        let place = format!("{}:{}", origin.file.display(), origin.line);
        writeln!(out, "{place}: {}: {}\n  = {}", lint.check, lint.message, lint.help).unwrap();
    }
    out
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

    /// Returns the main file, and drop-ins of packages below the operator's.
    fn places(&self) -> Places {
        let mut places = Places::beside(&self.path.join("roundsman.toml")).unwrap();
        places.layers.insert(0, self.path.join("usr"));
        places
    }

    /// With this directory written as `DIR`.
    fn told(&self, text: String) -> String {
        text.replace(self.path.to_str().unwrap(), "DIR")
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
            long_ago(&target);
        }
    }
    long_ago(to);
}

/// As long ago as what nobody is writing.
fn long_ago(path: &Path) {
    fs::File::open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
