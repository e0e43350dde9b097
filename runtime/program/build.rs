//! Options of the linker, and the files that `roundsman new` and `roundsman wit` write.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folders of the repository whose files are in the program.
const EMBEDDED: [&str; 6] =
    ["templates", "wit", "guest-sdk/rust", "guest-sdk/python/roundsman_sdk", "guest-sdk/c", "runtime/grants"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    // The places that the start of a program fills in, 27000, as a list of 10 KB and not of 650: musl reads it from 1.2.4 on,
    // glibc from a version on that is newer than some hosts.
    if env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "musl") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    println!("cargo::rerun-if-env-changed=ROUNDSMAN_LLD");
    println!("cargo::rerun-if-changed=symbol-order.txt");
    if let Some(folder) = env::var_os("ROUNDSMAN_LLD") {
        order_functions(&PathBuf::from(folder));
    }
    embed()
}

/// Links the program by the `ld.lld` of this folder, which is the toolchain's, and puts together what a round runs: a process of a
/// round is short, and most of its time goes into pages that it is the first to touch. A name of the list that is no function
/// any more is left out, so that an old list costs speed alone.
fn order_functions(lld: &Path) {
    let list = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("symbol-order.txt");
    println!("cargo::rustc-link-arg-bins=-B{}", lld.display());
    println!("cargo::rustc-link-arg-bins=-fuse-ld=lld");
    println!("cargo::rustc-link-arg-bins=-Wl,--symbol-ordering-file={},--no-warn-symbol-ordering", list.display());
}

/// Lists the embedded files, each by its path in the repository, as an array of Rust.
fn embed() -> io::Result<()> {
    // Of this build, and not of the one that compiled this script: a folder may be moved together with what was built in it.
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = package.ancestors().nth(2).expect("the repository").to_owned();
    let mut files = Vec::new();
    for folder in EMBEDDED {
        println!("cargo::rerun-if-changed=../../{folder}");
        collect(&root.join(folder), folder != "templates", &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root).expect("below the repository").display();
        // Writing to memory does not fail.
        let _ = writeln!(list, "    ({:?}, include_bytes!({:?})),", name.to_string(), file.display().to_string());
    }
    list.push(']');
    fs::write(PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("embedded.rs"), list)
}

/// Collects what a project needs: of what is `vendored` no tests, nothing that was built, and no link, as `wit/` has the same files.
fn collect(folder: &Path, vendored: bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let built = ["target", "node_modules", ".venv", "__pycache__", "build", "Cargo.lock", "package-lock.json"];
        let test = vendored && (name == "tests.rs" || name.ends_with("_tests.rs"));
        if built.contains(&name.as_str())
            || test
            || name.starts_with('.') && name.ends_with("_cache")
            || name.ends_with(".wasm")
        {
            continue;
        }
        match entry.file_type()? {
            kind if kind.is_dir() => collect(&entry.path(), vendored, files)?,
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(())
}
