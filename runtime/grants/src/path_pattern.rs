//! Patterns of paths: absolute, a glob by segment.

use serde::{Deserialize, Serialize};

use crate::glob::{Glob, GlobError};

use super::requested_path::{self, PathError, RequestedPath};

/// A pattern as the operator wrote it, checked. `*`, `?` and `[a-z]` stay within one part of the path and match no
/// leading dot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathPattern {
    text: String,
    segments: Vec<Segment>,
}

/// Reason why a text is no pattern of paths.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathPatternError {
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("`{0}` has `**`, which is not supported; write one `*` for each level, such as `/var/log/*/*.log`")]
    DoubleStar(String),
    #[error("`{pattern}`: {error}")]
    Glob { pattern: String, error: GlobError },
}

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Segment(Glob);

impl Segment {
    fn matches(&self, name: &str) -> bool {
        // As in a shell: what is hidden is meant only by who writes its dot.
        (!name.starts_with('.') || self.0.first_literal() == Some('.')) && self.0.matches(name)
    }

    /// True for some pairs that have no name in common, never false for a pair that has one.
    fn may_intersect(&self, other: &Self) -> bool {
        match (self.0.literal(), other.0.literal()) {
            (Some(name), _) => other.matches(&name),
            (None, Some(name)) => self.matches(&name),
            (None, None) => self.0.intersects(&other.0),
        }
    }

    /// Tells whether one has all names of the other: false for some pairs where it has, never true for a pair that has not.
    fn covers(&self, other: &Self) -> bool {
        match other.0.literal() {
            Some(name) => self.matches(&name),
            None if self.0.as_str() == "*" => other.0.first_literal() != Some('.'),
            None => self == other,
        }
    }
}

impl PathPattern {
    /// Checks a pattern.
    ///
    /// # Errors
    /// [`PathPatternError`] says what is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, PathPatternError> {
        let parts = requested_path::parts(text)?;
        if parts.iter().any(|part| part.contains("**")) {
            return Err(PathPatternError::DoubleStar(text.to_owned()));
        }
        let segments = parts
            .iter()
            .map(|part| Glob::parse(part).map(Segment))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| PathPatternError::Glob { pattern: text.to_owned(), error })?;
        // A class of one character is a literal, and `[.][.]` a way up: no path that is asked for has such a part.
        for dots in [".", ".."] {
            if segments.iter().any(|segment| segment.0.literal().as_deref() == Some(dots)) {
                return Err(PathError::Dots(text.to_owned(), dots).into());
            }
        }
        let pattern = Self { text: text.to_owned(), segments };
        let literals = pattern.literal_parts();
        let literals: Vec<&str> = literals.iter().map(String::as_str).collect();
        match requested_path::never_granted(&literals) {
            Some(reason) => Err(PathError::Never(text.to_owned(), reason).into()),
            None => Ok(pattern),
        }
    }

    /// Returns the pattern that matches this path and nothing else.
    #[must_use]
    pub fn of(path: &str) -> String {
        let mut text = String::new();
        for character in path.chars() {
            if matches!(character, '*' | '?' | '[') {
                text.extend(['[', character, ']']);
            } else {
                text.push(character);
            }
        }
        text
    }

    /// Returns the text as the operator wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Tells how many parts a path has that it matches.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.segments.len()
    }

    #[must_use]
    pub fn matches(&self, path: &RequestedPath) -> bool {
        path.parts().count() == self.depth() && self.matches_start(path.parts())
    }

    /// Tells whether a path that begins with these parts could match.
    #[must_use]
    pub fn matches_start<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> bool {
        let mut segments = self.segments.iter();
        parts.into_iter().all(|part| segments.next().is_some_and(|segment| segment.matches(part)))
    }

    /// Tells whether some path could match both. True for some pairs that have none in common, never false for one that has.
    #[must_use]
    pub fn may_intersect(&self, other: &Self) -> bool {
        self.depth() == other.depth()
            && self.segments.iter().zip(&other.segments).all(|(one, two)| one.may_intersect(two))
    }

    /// Tells whether this matches every path that `other` matches. False for some pairs where it does, never true where
    /// it does not.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.depth() == other.depth() && self.segments.iter().zip(&other.segments).all(|(one, two)| one.covers(two))
    }

    /// Returns the parts before the first that has a wildcard.
    #[must_use]
    pub fn literal_parts(&self) -> Vec<String> {
        self.segments.iter().map_while(|segment| segment.0.literal()).collect()
    }

    /// Returns the name that the part at `index` must have, where it has no wildcard.
    #[must_use]
    pub fn literal_part(&self, index: usize) -> Option<String> {
        self.segments.get(index).and_then(|segment| segment.0.literal())
    }

    /// Returns the one path that it matches, where it has no wildcard.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        let parts = self.literal_parts();
        (parts.len() == self.depth()).then(|| format!("/{}", parts.join("/")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> PathPattern {
        PathPattern::parse(text).unwrap()
    }

    fn path(text: &str) -> RequestedPath {
        RequestedPath::parse(text).unwrap()
    }

    #[test]
    fn refusals_teach() {
        for (text, message) in [
            ("proc/stat", "`proc/stat` is not absolute; write the whole path, from `/` on"),
            ("*/stat", "`*/stat` is not absolute; write the whole path, from `/` on"),
            ("/var/../etc/*", "`/var/../etc/*` has the part `..`; write the path without it"),
            ("/var//log", "`/var//log` has an empty part; write single slashes, and none at the end"),
            ("/var/log/", "`/var/log/` has an empty part; write single slashes, and none at the end"),
            ("/a\0", r#"the path "/a\0" has a NUL, which no path can have"#),
            (
                "/proc/**/stat",
                "`/proc/**/stat` has `**`, which is not supported; write one `*` for each level, such as `/var/log/*/*.log`",
            ),
            ("/dev/sd[a-z]", "`/dev/sd[a-z]` is never granted: a device may hang, or do something when it is read"),
            (
                "/proc/self/stat*",
                "`/proc/self/stat*` is never granted: it is the runtime's own process, not the check's",
            ),
            ("/[d]ev/sda", "`/[d]ev/sda` is never granted: a device may hang, or do something when it is read"),
            ("/srv/[.][.]/etc", "`/srv/[.][.]/etc` has the part `..`; write the path without it"),
            ("/[.]", "`/[.]` has the part `.`; write the path without it"),
            ("/a/[b", "`/a/[b`: `[b` has a `[` without its `]`; a literal bracket is written `[[]`"),
        ] {
            assert_eq!(PathPattern::parse(text).unwrap_err().to_string(), message);
        }
        assert!(PathPattern::parse(&format!("/{}", "a".repeat(4096))).is_err());
    }

    #[test]
    fn a_wildcard_stays_in_its_part_and_sees_nothing_hidden() {
        for (text, yes, no) in [
            ("/", &["/"][..], &["/a"][..]),
            (
                "/proc/*/stat",
                &["/proc/1/stat"],
                &["/proc/stat", "/proc/1/task/stat", "/proc/.x/stat", "/proc/1/stat/x"],
            ),
            ("/var/log/*.log", &["/var/log/a.log"], &["/var/log/.log", "/var/log/.a.log", "/var/log/a/b.log"]),
            ("/var/?x", &["/var/ax"], &["/var/.x", "/var/x"]),
            ("/var/[.a]x", &["/var/ax"], &["/var/.x"]),
            ("/home/*/.cache", &["/home/a/.cache"], &["/home/.a/.cache"]),
            ("/home/a/.[a-c]*", &["/home/a/.cache"], &["/home/a/.d", "/home/a/cache"]),
            ("/a[*]", &["/a*"], &["/ab"]),
            ("/[.]a", &["/.a"], &["/a"]),
        ] {
            for name in yes {
                assert!(pattern(text).matches(&path(name)), "{text} should match {name}");
            }
            for name in no {
                assert!(!pattern(text).matches(&path(name)), "{text} should not match {name}");
            }
        }
    }

    #[test]
    fn a_walk_knows_where_it_could_still_match() {
        let files = pattern("/sys/class/*/*/state");
        assert!(files.matches_start([]));
        assert!(files.matches_start(["sys", "class", "net"]));
        assert!(!files.matches_start(["sys", "block"]));
        assert!(!files.matches_start(["sys", "class", ".x"]));
        assert!(!files.matches_start(["sys", "class", "net", "lo", "state", "more"]));
        assert_eq!(files.literal_parts(), ["sys", "class"]);
        assert_eq!((files.literal_part(4).as_deref(), files.literal_part(3)), (Some("state"), None));
        assert_eq!((files.literal(), pattern("/a[*]").literal().as_deref()), (None, Some("/a*")));
    }

    #[test]
    fn patterns_that_have_nothing_in_common() {
        for (one, two, expected) in [
            ("/a/*", "/a/b", true),
            ("/a/*", "/*/b", true),
            ("/a/*", "/b/*", false),
            ("/a/*", "/a/*/*", false),
            ("/a/*", "/a/.b", false),
            ("/a/x*", "/a/*y", true),
            ("/a/x*", "/a/y*", false),
            ("/a/[a-c]", "/a/[d-f]", false),
            ("/a/[a-c]?", "/a/[c-f]*z", true),
        ] {
            assert_eq!(pattern(one).may_intersect(&pattern(two)), expected, "{one} and {two}");
            assert_eq!(pattern(two).may_intersect(&pattern(one)), expected, "{two} and {one}");
        }
    }

    /// The definition, without a thought for time: over the text of the whole path, not by segment.
    fn slow(pattern: &[char], path: &[char], at_start: bool) -> bool {
        let wild = |character: char| character != '/' && !(at_start && character == '.');
        match (pattern, path) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                (slow(rest, path, at_start) && !(at_start && path.first() == Some(&'.')))
                    || path.split_first().is_some_and(|(first, after)| wild(*first) && slow(pattern, after, false))
            }
            (['?', rest @ ..], [first, after @ ..]) => wild(*first) && slow(rest, after, false),
            ([literal, rest @ ..], [first, after @ ..]) => literal == first && slow(rest, after, *first == '/'),
            _ => false,
        }
    }

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn a_pattern_covers_what_is_in_it() {
        for (one, two, covers) in [
            ("/a/*", "/a/b", true),
            ("/a/*", "/a/b*", true),
            ("/a/b*", "/a/bc", true),
            ("/a/b*", "/a/b*", true),
            ("/a/b*", "/a/*", false),
            ("/a/*", "/a/.b*", false),
            ("/a/*", "/a/b/c", false),
            ("/a/b", "/a/*", false),
        ] {
            assert_eq!(pattern(one).covers(&pattern(two)), covers, "{one} {two}");
        }
    }

    proptest! {
        #[test]
        fn as_the_definition_says(text in "(/[ab.*?]{1,4}){1,4}", name in "(/[ab.]{1,3}){1,4}") {
            if let (Ok(pattern), Ok(path)) = (PathPattern::parse(&text), RequestedPath::parse(&name)) {
                prop_assert_eq!(pattern.matches(&path), slow(&chars(&text), &chars(&name), false));
            }
        }

        #[test]
        fn a_common_path_means_intersection(one in "(/[ab.*?]{1,3}){2}", two in "(/[ab.*?]{1,3}){2}", name in "(/[ab.]{1,3}){2}") {
            if let (Ok(one), Ok(two), Ok(path)) =
                (PathPattern::parse(&one), PathPattern::parse(&two), RequestedPath::parse(&name))
            {
                if one.matches(&path) && two.matches(&path) {
                    prop_assert!(one.may_intersect(&two));
                }
                if one.covers(&two) {
                    prop_assert!(one.matches(&path) || !two.matches(&path));
                }
                if one.matches(&path) {
                    let parts: Vec<&str> = path.parts().collect();
                    prop_assert!((0..=parts.len()).all(|end| one.matches_start(parts[..end].iter().copied())));
                }
            }
        }

        #[test]
        fn a_path_has_a_pattern_of_its_own(name in "(/[ab.*?\\[\\]!^-]{1,4}){1,3}", other in "(/[ab.*?\\[\\]!^-]{1,4}){1,3}") {
            if let (Ok(path), Ok(other)) = (RequestedPath::parse(&name), RequestedPath::parse(&other)) {
                let own = PathPattern::parse(&PathPattern::of(&name)).unwrap();
                prop_assert!(own.matches(&path));
                prop_assert_eq!(own.matches(&other), path == other);
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = PathPattern::parse(&text);
        }
    }
}
