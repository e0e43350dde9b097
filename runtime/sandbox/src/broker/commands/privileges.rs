//! Programs that get more rights than their user has, and what a failed command tells of them: here they get none, unless the
//! grant says so, and most that lack them do not say why they failed.

use std::ffi::CStr;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::getxattr;

use roundsman_contract::{Completed, Ending};
use roundsman_grants::escape::clip;
use roundsman_os::process::spawn::SEARCH_PATH;

/// Bytes of each output in which programs are looked for: the first lines say what failed.
const LOOKED_AT: usize = 4 << 10;
/// Words of an output that may name one.
const MOST_WORDS: usize = 200;
/// Bytes of a path that are told.
const LONGEST_PATH: usize = 256;
/// Programs that make another user of who starts them: a grant has `user` for that, and they say themselves why they failed.
const OF_USERS: [&str; 4] = ["sudo", "doas", "su", "pkexec"];
/// Attribute of a file in which the kernel keeps its capabilities.
const CAPABILITIES: &CStr = c"security.capability";

/// Returns what would have given a failed command more rights: its own file, or that of a program that it names in its output.
pub(super) fn lacking(program: &str, completed: &Completed) -> Option<String> {
    if completed.ending == Ending::Code(0) {
        return None;
    }
    let outputs = [&completed.standard_output, &completed.standard_error].map(|it| named(it));
    let programs = std::iter::once(program.to_owned()).chain(outputs.into_iter().flatten());
    let (path, rights) = programs.into_iter().find_map(|path| rights(&path).map(|rights| (path, rights)))?;
    Some(format!("`{}` {rights}", clip(&path, LONGEST_PATH)))
}

/// Returns the programs that an output names: by their path, or as who says something (`ping: socket: …`). Only directories
/// in which programs are searched are looked into: elsewhere a name could lead to a file system that does not answer.
fn named(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(&output[..output.len().min(LOOKED_AT)]);
    let mut programs = Vec::new();
    for word in text.split_whitespace().take(MOST_WORDS) {
        let path = word.trim_matches(|it: char| !(it.is_ascii_alphanumeric() || it == '/'));
        if let Some((directory, name)) = path.rsplit_once('/')
            && SEARCH_PATH.split(':').any(|it| it == directory)
            && !name.is_empty()
        {
            programs.push(format!("{directory}/{name}"));
        }
    }
    let speakers = text.lines().filter_map(|line| line.split_once(": ")).map(|(who, _)| who.trim());
    let is_name =
        |who: &&str| !who.is_empty() && !who.contains(|it: char| it == '/' || it == '\0' || it.is_whitespace());
    for who in speakers.filter(is_name).take(MOST_WORDS) {
        programs.extend(SEARCH_PATH.split(':').map(|directory| format!("{directory}/{who}")));
    }
    programs
}

/// Says what the file of a program gives whoever starts it; `None` where that is nothing.
fn rights(path: &str) -> Option<&'static str> {
    if OF_USERS.contains(&path.rsplit('/').next().unwrap_or_default()) {
        return None;
    }
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let mode = metadata.mode();
    if mode & libc::S_ISUID != 0 {
        return Some("is set-uid");
    }
    // Without the right to execute, the bit means a lock.
    if mode & libc::S_ISGID != 0 && mode & libc::S_IXGRP != 0 {
        return Some("is set-gid");
    }
    let has = getxattr(Path::new(path), CAPABILITIES, &mut Vec::<u8>::with_capacity(64)).is_ok();
    has.then_some("has file capabilities")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_where_programs_are_and_nowhere_else() {
        let found = |text: &str| named(text.as_bytes());
        assert_eq!(found("CMD /bin/ping -4 -n"), ["/bin/ping"]);
        assert_eq!(found("(/usr/bin/sudo)"), ["/usr/bin/sudo"]);
        assert_eq!(found("ping: socket: Operation not permitted"), speakers("ping"));
        assert!(found("/mnt/nfs/ping /home/a/bin/x /bin/ /usr/bin/../../mnt/x a/b: c\nno such: thing").is_empty());
        assert!(named(&[0xff; 10]).is_empty());
    }

    fn speakers(who: &str) -> Vec<String> {
        SEARCH_PATH.split(':').map(|directory| format!("{directory}/{who}")).collect()
    }
}
