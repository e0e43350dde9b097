//! Grants of files: whatever is allowed, a slow matcher of its own allows too, for the path that was asked for and for
//! the one that it led to.

use roundsman_grants::Grants;
use roundsman_grants::hard_deny;
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::requested_path::RequestedPath;
use roundsman_grants::scope::Scope;

use super::reference::{characters, first, is_small, matches};

/// Lines: a granted pattern, the path asked for, the path it leads to, a pattern asked for.
pub fn try_on(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut lines = text.split('\n');
    let [granted, asked, resolved, glob] = [(); 4].map(|()| lines.next().unwrap_or_default());
    let path = RequestedPath::parse(asked);
    if path.is_ok() {
        assert!(asked.starts_with('/') && !asked.contains('\0'), "{asked:?}");
        assert!(!asked.split('/').any(|part| part == "." || part == ".."), "{asked:?}");
    }
    let Ok(pattern) = PathPattern::parse(granted) else { return };
    if let Ok(path) = &path
        && small(granted, asked)
    {
        assert_eq!(pattern.matches(path), slow(granted, asked), "{granted:?} {asked:?}");
    }
    // What a literal is written as matches that literal.
    if let Some(literal) = pattern.literal() {
        assert!(RequestedPath::parse(&literal).is_ok_and(|literal| pattern.matches(&literal)), "{granted:?}");
    }

    let grants = Grants { files: vec![pattern.clone()], ..Grants::default() };
    let scope = Scope { grants: &grants, own: &[4711], secrets: &[] };
    if let Ok(allowed) = scope.content(asked) {
        allow(granted, asked);
        if allowed.admits(resolved).is_ok() && resolved != asked {
            let same_tree = tree(asked).is_some() && tree(asked) == tree(resolved);
            assert!(same_tree || slow_or_large(granted, resolved), "{granted:?} {asked:?} {resolved:?}");
            assert!(hard_deny::reason(&parts(resolved)).is_none(), "{resolved:?}");
        }
    }
    // A check that is granted metadata of nothing gets that of granted files.
    if scope.metadata(asked).is_ok() {
        assert!(slow_or_large(granted, asked), "{granted:?} {asked:?}");
    }
    if let Ok(allowed) = scope.contents(glob) {
        if let Some(Ok(found)) = allowed.path(asked) {
            allow(granted, asked);
            assert!(slow_or_large(glob, found.path().as_str()), "{glob:?} {asked:?}");
            for depth in 0..parts(asked).len() {
                assert!(allowed.may_enter(&parts(asked)[..depth]), "{granted:?} {glob:?} {asked:?} at {depth}");
            }
        }
    } else if let (Ok(other), Ok(path)) = (PathPattern::parse(glob), &path) {
        assert!(!(other.matches(path) && pattern.matches(path)), "{granted:?} and {glob:?} have {asked:?} in common");
    }
}

/// What must hold of each path whose content is allowed.
fn allow(granted: &str, asked: &str) {
    assert!(slow_or_large(granted, asked), "{granted:?} {asked:?}");
    let parts = parts(asked);
    assert!(hard_deny::reason(&parts).is_none(), "{asked:?}");
    assert!(!matches!(parts[..], ["dev", ..] | ["proc", "self" | "thread-self" | "4711", ..]), "{asked:?}");
}

fn slow_or_large(granted: &str, asked: &str) -> bool {
    !small(granted, asked) || slow(granted, asked)
}

fn small(granted: &str, asked: &str) -> bool {
    granted.split('/').zip(asked.split('/')).all(|(glob, part)| is_small(glob, part))
}

/// Part by part; what is hidden is matched by whoever writes its dot.
fn slow(granted: &str, asked: &str) -> bool {
    let (globs, parts) = (parts(granted), parts(asked));
    let part_matches = |(glob, part): (&&str, &&str)| {
        let glob = characters(glob);
        (!part.starts_with('.') || first(&glob) == Some('.')) && matches(&glob, &characters(part))
    };
    globs.len() == parts.len() && globs.iter().zip(&parts).all(part_matches)
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty()).collect()
}

/// The tree of the kernel's that a path lies in.
fn tree(path: &str) -> Option<&'static str> {
    match parts(path)[..] {
        ["proc", ..] => Some("proc"),
        ["sys", "fs", "cgroup", ..] => Some("cgroup"),
        ["sys", ..] => Some("sys"),
        _ => None,
    }
}
