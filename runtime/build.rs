//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The places that the start of a program fills in, 27000, as a list of 10 KB and not of 650: musl reads it from 1.2.4 on,
    // glibc from a version on that is newer than some hosts.
    if std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "musl") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
