//! Chains on a real file system, judged for root. The temporary directory is one where all may write and only their own.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

use tempfile::TempDir;

use super::*;

const ROOT: u32 = 0;
const NOBODY: u32 = 65534;
const SEARCH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// A directory of root's, and one below it where all may write.
struct Tree(TempDir);

impl Tree {
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        let open = tree.at("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        tree
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.at(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

fn judged(argv: &[&str]) -> Result<(), String> {
    let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
    judge(&argv, SEARCH, ROOT).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(argv: &[&str], because: &str) {
    let error = judged(argv).expect_err("it was found safe");
    assert!(error.contains(because), "{error}");
}

#[test]
fn what_the_host_has_is_safe() {
    for argv in [
        &["/bin/true"][..],
        &["/bin/sh", "-c", "exit"],
        &["/usr/bin/env", "sh", "-c", "exit"],
        &["/usr/bin/env", "-S", "perl -e 1"],
        &["/usr/bin/timeout", "5", "/bin/true"],
        &["/usr/bin/ldd", "/bin/true"],
    ] {
        assert_eq!(judged(argv), Ok(()), "{argv:?}");
    }
}

#[test]
fn an_interpreter_is_judged_like_the_program() {
    let tree = Tree::new();
    let shell = tree.file("open/shell", fs::read("/bin/sh").unwrap());
    let script = tree.file("script", format!("#!{shell}\n"));
    refused(
        &[&script],
        &format!("it runs the interpreter {shell}: {} is writable by its group and everyone", tree.at("open")),
    );
    // By a link that root made into such a directory.
    let link = tree.at("shell");
    symlink(&shell, &link).unwrap();
    refused(&[&tree.file("linked", format!("#! {link} -e\n"))], "is writable by");
    // An own file of somebody else's, in a directory of root's.
    let foreign = tree.file("foreign", fs::read("/bin/sh").unwrap());
    chown(&foreign, Some(NOBODY), None).unwrap();
    let script = tree.file("script", format!("#!{foreign}\n"));
    refused(&[&script], "belongs to uid 65534");
    let of_nobody = judge(&[script], SEARCH, NOBODY);
    assert!(of_nobody.is_ok(), "it is the user's own: {of_nobody:?}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the kernel itself is asked how far it goes")]
fn interpreters_of_interpreters_are_judged_to_the_end_and_no_further_than_the_kernel_goes() {
    let tree = Tree::new();
    let script = |number: u32, interpreter: &str| tree.file(&number.to_string(), format!("#!{interpreter}\n"));
    let mut last = script(0, "/bin/sh");
    for number in 1..5 {
        last = script(number, &last);
    }
    assert_eq!(judged(&[&last]), Ok(()), "five interpreters");
    assert!(std::process::Command::new(&last).output().is_ok(), "the kernel runs five");
    let six = script(5, &last);
    refused(&[&six], "more than 5 interpreters");
    let error = std::process::Command::new(&six).output().expect_err("the kernel refuses six");
    assert_eq!(error.raw_os_error(), Some(libc::ELOOP));
    // The innermost counts.
    script(0, &tree.file("open/shell", "#!/bin/sh\n"));
    refused(&[&last], "is writable by");
    let circle = tree.at("circle");
    refused(&[&tree.file("circle", format!("#!{circle}\n"))], "more than 5 interpreters");
}

#[test]
fn what_env_finds_is_judged_and_so_is_where_it_looks() {
    let tree = Tree::new();
    let evil = tree.at("open");
    let script = |line: &str| tree.file("script", format!("#!/usr/bin/env {line}\n"));
    tree.file("open/tool", "#!/bin/sh\n");
    let absolute = tree.at("open/tool");
    refused(&[&script(&absolute)], "it runs the program");
    refused(&[&script(&format!("-S PATH={evil} tool -x"))], "is writable by");
    // Nothing is there yet, and anybody may put it there.
    refused(&[&script(&format!("-S PATH={evil}:/usr/bin absent-tool"))], "is writable by");
    refused(&[&script(&format!("-S PATH={evil}:/usr/bin sh"))], "is writable by");
    assert_eq!(judged(&[&script(&format!("-S PATH=/usr/bin:{evil} sh"))]), Ok(()), "it is found before");
    refused(&["/usr/bin/env", "-C", &evil, "./tool"], "is writable by");
    refused(&[&script("-S ${TOOL}")], "cannot be judged");
    let argv = [script("tool")];
    let error = judge(&argv, &format!("{evil}:/usr/bin"), ROOT).unwrap_err().to_string();
    assert!(error.contains("is writable by"), "PATH of the grant: {error}");
    // Without a format of its own it is handed to a shell: that is safe, and it is too.
    tree.file("words", "echo\n");
    assert_eq!(judged(&["/usr/bin/env", &tree.at("words")]), Ok(()));
}

#[test]
fn the_script_of_a_known_interpreter_is_judged() {
    let tree = Tree::new();
    let script = tree.file("open/x.py", "print()\n");
    for argv in [
        &["/usr/bin/perl", "-w", &script][..],
        &["/bin/sh", &script, "argument"],
        &["/usr/bin/env", "sh", &script],
        &["/usr/bin/timeout", "5", "/bin/sh", &script],
        &["/usr/bin/awk", "-f", &script],
    ] {
        refused(argv, "it runs the script");
    }
    assert_eq!(judged(&["/bin/sh", "-c", "true", &script]), Ok(()), "an argument of the program");
    assert_eq!(judged(&["/bin/cat", &script]), Ok(()), "no interpreter");
    let safe = tree.file("x.py", "print()\n");
    assert_eq!(judged(&["/bin/sh", &safe, &script]), Ok(()), "an argument of the script");
    refused(&["/bin/sh", &tree.at("open/absent")], "is writable by");
    assert_eq!(judged(&["/bin/sh", &tree.at("absent")]), Ok(()), "nobody else can make it: the shell will say so");
    refused(&["/bin/sh", "/tmp/../tmp/roundsman-absent"], "is writable by");
    // A shell under another name.
    let link = tree.at("tool");
    symlink("/bin/sh", &link).unwrap();
    refused(&[&link, &script], "it runs the script");
    // What a wrapper runs.
    let program = tree.file("open/program", "#!/bin/sh\n");
    refused(&["/usr/bin/nice", "-n", "5", &program], "it runs the program");
    // Commands run in `/`.
    refused(&["/usr/bin/nice", "-n", "5", program.trim_start_matches('/')], "it runs the program");
    refused(&["/usr/bin/find", "/", "-exec", &program, "{}", ";"], "it runs the program");
    // A launcher that the wrapper finds in PATH, with a script that is read and not executed.
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();
    refused(&["/usr/bin/timeout", "-k", "1", "5", "sh", &script], "it runs the script");
    refused(&["/usr/bin/nice", "timeout", "5", "env", "perl", &script], "it runs the script");
    assert_eq!(judged(&["/usr/bin/timeout", "5", "sh", &safe]), Ok(()));
    assert_eq!(judged(&["/usr/bin/timeout", "5", "cat", &script]), Ok(()), "no interpreter");
    let ProgramFormat::Elf { loader: Some(loader) } =
        head::format(&fs::read("/bin/true").unwrap(), &File::open("/bin/true").unwrap()).unwrap()
    else {
        panic!("no loader")
    };
    refused(&[loader.to_str().unwrap(), &program], "it runs the program");
}

#[test]
fn the_loader_is_judged() {
    let tree = Tree::new();
    let mut program = fs::read("/bin/true").unwrap();
    let loader = match head::format(&program[..4096], &File::open("/bin/true").unwrap()).unwrap() {
        ProgramFormat::Elf { loader: Some(loader) } => loader.to_str().unwrap().to_owned(),
        other => panic!("{other:?}"),
    };
    let at = program.windows(loader.len()).position(|text| text == loader.as_bytes()).unwrap();
    let evil = format!("/tmp/{:06}", std::process::id() % 1_000_000);
    program[at..at + loader.len()].fill(0);
    program[at..at + evil.len()].copy_from_slice(evil.as_bytes());
    let program = tree.file("program", program);
    // Nobody has put it into /tmp yet, and all may.
    refused(&[&program], &format!("it runs the loader {evil}: /tmp is writable by"));
    fs::copy("/bin/true", &evil).unwrap();
    chown(&evil, Some(NOBODY), None).unwrap();
    let foreign = judged(&[&program]);
    fs::remove_file(&evil).unwrap();
    assert!(foreign.as_ref().is_err_and(|error| error.contains("belongs to uid 65534")), "{foreign:?}");
}
