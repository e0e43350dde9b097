//! Typing into the terminal of who started the round (B22).
#![expect(unsafe_code, reason = "an ioctl that no library has")]

use std::fs::{self, File};
use std::os::fd::AsRawFd as _;
use std::process::Command;

use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::tree::adopt_orphans;
use roundsman_os::process::user::Account;

use crate::Scene;
use crate::host::{NOBODY, Scratch, launch, run, scene};
use crate::scenes::SCENE_FLAG;

pub const SCENES: &[Scene] = &[
    ("start_nothing_is_typed_into_a_terminal", nothing_is_typed),
    ("_nothing_is_typed_into_a_terminal", inner_nothing_is_typed),
    ("_types_by_what_it_has", || types(false)),
    ("_types_by_name", || types(true)),
];

fn nothing_is_typed() {
    let exe = std::env::current_exe().unwrap();
    let inner = format!("'{}' {SCENE_FLAG} _nothing_is_typed_into_a_terminal", exe.display());
    let status = Command::new("/usr/bin/script").args(["-qec", &inner, "/dev/null"]).status();
    assert!(status.unwrap().success());
}

fn inner_nothing_is_typed() {
    adopt_orphans().unwrap();
    assert!(allows_typing(), "dev.tty.legacy_tiocsti is 0 here: nobody can type, and nothing is shown");
    for scene_name in ["_types_by_what_it_has", "_types_by_name"] {
        assert!(scene(scene_name).status().unwrap().success(), "without defence {scene_name}");
    }
    let scratch = Scratch::new();
    let program = scratch.file("program", fs::read(std::env::current_exe().unwrap()).unwrap(), 0o755);
    let typed = |scene_name: &str, account: Option<Account>| {
        let mut launch = launch(&[&program, SCENE_FLAG, scene_name]);
        launch.account = account;
        match run(&launch).exit {
            Exit::Code(0) => true,
            Exit::Code(101) => false,
            other => panic!("{other:?}"),
        }
    };
    let nobody = || Some(Account::of_number(NOBODY));
    assert!(!typed("_types_by_what_it_has", None));
    assert!(!typed("_types_by_what_it_has", nobody()));
    assert!(!typed("_types_by_name", nobody()));
    // A grant of a command that runs as root has granted this: no session keeps root from a terminal that has a name.
    assert!(typed("_types_by_name", None));
}

/// Tells whether this kernel lets any process type; otherwise only one that may administrate the system can.
fn allows_typing() -> bool {
    fs::read_to_string("/proc/sys/dev/tty/legacy_tiocsti").map_or(true, |value| value.trim() == "1")
}

/// Types a letter wherever it can, and panics where that is nowhere: its terminal, its descriptors, or each terminal that has
/// a name.
fn types(by_name: bool) {
    let mut files: Vec<File> = Vec::new();
    if by_name {
        let names = fs::read_dir("/dev/pts").unwrap().map(|entry| entry.unwrap().path());
        files.extend(names.filter(|path| !path.ends_with("ptmx")).filter_map(|path| File::open(path).ok()));
    } else {
        files.extend(File::open("/dev/tty").ok());
    }
    let inherited = if by_name { 0..0 } else { 0..64 };
    let all = inherited.chain(files.iter().map(|file| file.as_raw_fd()));
    let letter = b'#';
    // SAFETY: it reads one byte, which is there.
    let typed = all.filter(|fd| unsafe { libc::ioctl(*fd, libc::TIOCSTI, &raw const letter) } == 0).count();
    assert!(typed > 0, "it typed nowhere");
}
