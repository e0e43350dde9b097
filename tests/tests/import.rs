//! `import`: files as companies and Debian's packages have them, and what comes of each, line by line.

use std::fs;
use std::path::{Path, PathBuf};

use roundsman_tests::{Host, Output, built, root};

/// The cases, each a directory with `args`, the files, and what is printed; `make bless` writes that.
fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/cases/import")).expect("cases");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    assert!(cases.len() >= 10, "{cases:?}");
    cases
}

/// Runs a case.
fn run(host: &Host, case: &Path, more: &[&str]) -> Output {
    let args = fs::read_to_string(case.join("args")).expect("args");
    let mut lines = args.lines();
    let file = case.join(lines.next().expect("a file")).display().to_string();
    host.run(["import", &file].into_iter().chain(lines).chain(more.iter().copied()))
}

#[test]
fn each_file_becomes_drop_ins_that_hold_and_comments() {
    for case in cases() {
        let host = Host::new();
        let output = run(&host, &case, &[]);
        // Without the place of this repository.
        let plain = |text: &str| text.replace(&format!("{}/", case.display()), "/host/");
        let said = format!("exit code {}\n{}", output.code, plain(&output.stderr));
        for (name, text) in [("expected.toml", &plain(&output.stdout)), ("expected.txt", &said)] {
            let path = case.join(name);
            if std::env::var_os("BLESS").is_some() {
                fs::write(&path, text).expect("written");
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(*text, expected, "{}: `make bless` writes it anew", path.display());
        }
        // What is printed is a drop-in as it is; accounts and programs are those of another host.
        host.drop_in("imported", &output.stdout);
        let validated = host.run(["validate", "--offline"]);
        assert!(validated.stdout.contains(" 0 errors"), "{}: {validated}", case.display());
        let taken = output.stderr.split(' ').next().unwrap_or_default();
        assert!(validated.stdout.starts_with(&format!("{taken} check")), "{}: {validated}", case.display());
    }
}

#[test]
fn files_of_debians_packages_are_taken_over() {
    let host = Host::new();
    let nrpe = built("debian/nagios-nrpe-server/etc/nagios/nrpe.cfg", "test");
    let output = host.run(["import", nrpe.to_str().expect("UTF-8")]);
    // Files that it includes are there where the package is installed.
    assert!(output.code == 0 && output.stderr.ends_with("5 taken, 0 left: the comments say why\n"), "{output}");
    host.drop_in("nrpe", &output.stdout);
    let validated = host.run(["validate", "--offline"]);
    assert!(validated.stdout.starts_with("5 checks, 0 errors"), "{validated}");

    // Crontabs: jobs all of them, each told with its line.
    for (path, jobs) in [
        ("cron-daemon-common/etc/crontab", 4),
        ("sysstat/etc/cron.d/sysstat", 2),
        ("mdadm/etc/cron.d/mdadm", 1),
        ("certbot/etc/cron.d/certbot", 1),
        ("anacron/etc/cron.d/anacron", 1),
    ] {
        let path = built(&format!("debian/{path}"), "test");
        let output = host.run(["import", path.to_str().expect("UTF-8")]);
        let said = format!("0 taken, {jobs} left: the comments say why\n");
        assert_eq!((output.code, output.stderr), (0, said), "{}", path.display());
        assert_eq!(output.stdout.matches(", not taken: ").count(), jobs, "{}", output.stdout);
    }
}

#[test]
fn the_other_half_is_what_nrpe_calls_then() {
    let host = Host::new();
    let path = host.path("new.cfg");
    let path = path.to_str().expect("UTF-8");
    let case = root().join("tests/cases/import/web_server");
    assert_eq!(run(&host, &case, &["--nrpe-out", path]).code, 0);
    let other_half = fs::read_to_string(path).expect("a file");
    assert!(other_half.contains("command[check_raid]=/usr/bin/roundsman status check_raid\n"), "{other_half}");
    assert!(!other_half.contains("check_queue"), "{other_half}");
    // It is never written over what is there.
    let again = run(&host, &case, &["--nrpe-out", path]);
    assert_eq!((again.code, fs::read_to_string(path).expect("a file")), (74, other_half), "{again}");
}

#[test]
fn a_name_of_the_configuration_is_taken() {
    let host = Host::new();
    host.drop_in("users", "[check.check_users]\nwasm = \"plugin.wasm\"\nevery = \"5m\"\n");
    let output = run(&host, &root().join("tests/cases/import/web_server"), &[]);
    assert_eq!(output.code, 65, "{output}");
    assert!(output.stderr.contains("the name `check_users` is taken by the configuration"), "{output}");
    assert!(output.stdout.contains("[check.check_load]"), "all others are taken: {output}");
}

#[test]
fn what_is_no_file_to_take_over_is_said() {
    let host = Host::new();
    let toml = host.file("x.conf", "[section]\nkey = 1\n");
    let binary = host.file("y.cfg", b"command[x]=/\xff\n");
    for (path, said) in [(toml, "no file of NRPE"), (binary, "not UTF-8"), (host.path("none.cfg"), "none.cfg")] {
        let output = host.run(["import", path.to_str().expect("UTF-8")]);
        assert_eq!((output.code, output.stdout.as_str()), (65, ""), "{output}");
        assert!(output.stderr.contains(said), "{output}");
    }
    let nrpe = host.file("nrpe.cfg", "command[x]=/x\n");
    let nrpe = nrpe.to_str().expect("UTF-8");
    assert_eq!(host.run(["import", nrpe, "--line", "1"]).code, 64);
    assert_eq!(host.run(["import", nrpe, "--every", "soon"]).code, 64);
}

/// A host with a check of `name` that runs `sh`, and an `nrpe.cfg` with these lines.
fn host_with(name: &str, script: &str, nrpe: &str) -> (Host, String) {
    let host = Host::new();
    host.drop_in(
        name,
        &format!(
            "[check.{name}]\nwasm = \"plugin.wasm\"\nevery = \"5m\"\n[[check.{name}.grant.command]]\nargv = [\"/bin/sh\", \"-c\", {script:?}]\n"
        ),
    );
    let path = host.file("nrpe.cfg", nrpe);
    let path = path.to_str().expect("UTF-8").to_owned();
    (host, path)
}

#[test]
fn old_and_new_are_compared_in_status_and_words() {
    let script = "echo 'DISK OK - 5 MB free | a=5MB'";
    let nrpe = "nrpe_user=nobody\n\
                command[disk]=echo 'DISK OK - 77 MB free | a=77MB'\n\
                command[other]=true\n\
                command[arg]=/x $ARG1$\n";
    let (host, path) = host_with("disk", script, nrpe);
    let output = host.run(["compare", &path, "--times", "2"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_eq!(output.stdout, "1 of 2 alike\nother: there is no check `other`\n");

    let differs = host.file("differs.cfg", "nrpe_user=nobody\ncommand[disk]=echo 'DISK CRITICAL - full'; exit 2\n");
    let output = host.run(["compare", differs.to_str().expect("UTF-8")]);
    let said = "0 of 1 alike\ndisk: old CRITICAL 'DISK CRITICAL - full', new OK 'OK: 5 MB free'\n";
    assert_eq!((output.code, output.stdout.as_str()), (0, said), "{output}");

    let silent = host.file("silent.cfg", "nrpe_user=nobody\ncommand[disk]=echo 'a password is required' >&2; exit 1\n");
    let output = host.run(["compare", silent.to_str().expect("UTF-8")]);
    let said = "disk: old WARNING '' (standard error: 'a password is required'), new OK 'OK: 5 MB free'\n";
    assert_eq!((output.code, output.stdout.as_str()), (0, format!("0 of 1 alike\n{said}").as_str()), "{output}");
}

#[test]
fn the_old_line_runs_as_the_user_of_its_file() {
    let (host, path) = host_with("who", "echo 65534", "nrpe_user=nobody\ncommand[who]=id -u\n");
    assert_eq!(host.run(["compare", &path]).stdout, "1 of 1 alike\n");
    // Words that are no number tell whom it was.
    let named = host.file("named.cfg", "nrpe_user=nobody\ncommand[who]=id -un\n");
    let output = host.run(["compare", named.to_str().expect("UTF-8")]);
    assert!(output.stdout.contains("old OK 'nobody'"), "{output}");

    let nobody_named = host.file("none.cfg", "command[who]=id -u\n");
    let output = host.run(["compare", nobody_named.to_str().expect("UTF-8")]);
    assert_eq!((output.code, output.stdout.as_str()), (65, ""), "{output}");
    assert!(output.stderr.contains("no `nrpe_user`"), "{output}");

    let root = host.file("root.cfg", "nrpe_user=root\ncommand[who]=id -un\n");
    let output = host.run(["compare", root.to_str().expect("UTF-8")]);
    assert!(output.stdout.contains("old OK 'root'"), "{output}");
}

#[test]
fn a_plugin_has_the_home_that_a_service_of_its_user_has() {
    let nrpe = "nrpe_user=nobody\ncommand[home]=echo \"$HOME of $USER and $LOGNAME\"\n";
    let (host, path) = host_with("home", "echo \"$HOME\"", nrpe);
    let output = host.run(["compare", &path]);
    // Debian's own entry of `nobody`; Fedora's has `/`.
    let home = fs::read_to_string("/etc/passwd").expect("accounts");
    let home = home.lines().find(|line| line.starts_with("nobody:")).and_then(|line| line.split(':').nth(5));
    let said = format!("old OK '{} of nobody and nobody', new OK 'OK: /'", home.expect("a home"));
    assert!(output.stdout.contains(&said), "{output}");
}

#[test]
fn a_line_that_calls_us_already_is_not_compared() {
    let nrpe = "nrpe_user=nobody\ncommand[x]=/usr/bin/roundsman status x\n";
    let (host, path) = host_with("x", "echo fine", nrpe);
    let output = host.run(["compare", &path]);
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.starts_with("0 of 1 alike\nx: it calls roundsman already"), "{output}");
}
