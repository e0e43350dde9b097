//! Which mounts are looked at.

use roundsman_sdk::files::Mount;

use crate::options::Options;

/// Those that no option excludes: of several at one place the last, which covers the others; of several of one device
/// the first, for they share their space. What is expected is looked at in any case.
pub fn wanted(all: Vec<Mount>, options: &Options) -> Vec<Mount> {
    let mut wanted: Vec<Mount> = Vec::new();
    for (i, mount) in all.iter().enumerate() {
        let expected = options.expected.contains(&mount.path);
        let covered = all[i + 1..].iter().any(|later| later.path == mount.path);
        let shared = mount.source.starts_with("/dev/") && wanted.iter().any(|it| it.source == mount.source);
        let excluded = any(&options.exclude_types, &mount.filesystem) || any(&options.exclude_mounts, &mount.path);
        if !covered && (expected || !shared && !excluded) {
            wanted.push(mount.clone());
        }
    }
    wanted
}

/// Whether one of the globs matches; `*` stands for any characters, `?` for one.
pub fn any(globs: &[String], text: &str) -> bool {
    globs.iter().any(|glob| matches(glob.as_bytes(), text.as_bytes()))
}

fn matches(glob: &[u8], text: &[u8]) -> bool {
    match (glob, text) {
        ([], rest) => rest.is_empty(),
        ([b'*', glob @ ..], _) => (0..=text.len()).any(|skip| matches(glob, &text[skip..])),
        ([b'?', glob @ ..], [_, text @ ..]) => matches(glob, text),
        ([literal, glob @ ..], [first, text @ ..]) => literal == first && matches(glob, text),
        _ => false,
    }
}
