//! A path that a component asks for, judged by its text alone, before any system call.

/// Longest path or pattern, in bytes: the kernel's `PATH_MAX`.
pub const LONGEST: usize = 4096;

/// An absolute path in its one spelling: no `.`, no `..`, no empty parts. Only [`RequestedPath::parse`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestedPath(String);

/// Reason why a text is no path that can be asked for or granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("`{0}` is not absolute; write the whole path, from `/` on")]
    Relative(String),
    #[error("`{0}` has the part `{1}`; write the path without it")]
    Dots(String, &'static str),
    #[error("`{0}` has an empty part; write single slashes, and none at the end")]
    EmptyPart(String),
    #[error("the path {0:?} has a NUL, which no path can have")]
    Nul(String),
    #[error("a path of {0} bytes; the longest is {LONGEST}")]
    TooLong(usize),
    #[error("`{0}` is never granted: {1}")]
    Never(String, &'static str),
}

impl RequestedPath {
    /// Judges the spelling of a path. `/` is one.
    ///
    /// # Errors
    /// [`PathError`], also for what is never granted: `/dev`, `/proc/self` and `/proc/thread-self`.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let parts = parts(text)?;
        match never_granted(&parts) {
            Some(reason) => Err(PathError::Never(text.to_owned(), reason)),
            None => Ok(Self(text.to_owned())),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns its parts; none for `/`.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }
}

/// Returns the parts of an absolute path in its one spelling.
pub(super) fn parts(text: &str) -> Result<Vec<&str>, PathError> {
    if text.len() > LONGEST {
        return Err(PathError::TooLong(text.len()));
    }
    if text.contains('\0') {
        return Err(PathError::Nul(text.to_owned()));
    }
    let rest = text.strip_prefix('/').ok_or_else(|| PathError::Relative(text.to_owned()))?;
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    rest.split('/')
        .map(|part| match part {
            "" => Err(PathError::EmptyPart(text.to_owned())),
            "." => Err(PathError::Dots(text.to_owned(), ".")),
            ".." => Err(PathError::Dots(text.to_owned(), "..")),
            part => Ok(part),
        })
        .collect()
}

/// Tells why no grant reaches a path, if that is so whatever the operator writes.
#[must_use]
pub fn never_granted(parts: &[&str]) -> Option<&'static str> {
    match parts {
        ["dev", ..] => Some("a device may hang, or do something when it is read"),
        ["proc", "self" | "thread-self", ..] => Some("it is the runtime's own process, not the check's"),
        ["proc", _, "map_files", ..] => Some("its very names are memory addresses"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_spelling_only() {
        for (text, message) in [
            ("", "`` is not absolute; write the whole path, from `/` on"),
            ("proc/stat", "`proc/stat` is not absolute; write the whole path, from `/` on"),
            ("/proc/../etc/shadow", "`/proc/../etc/shadow` has the part `..`; write the path without it"),
            ("/proc/net/../../etc/x", "`/proc/net/../../etc/x` has the part `..`; write the path without it"),
            ("/proc/./stat", "`/proc/./stat` has the part `.`; write the path without it"),
            ("//proc/stat", "`//proc/stat` has an empty part; write single slashes, and none at the end"),
            ("/proc/1/", "`/proc/1/` has an empty part; write single slashes, and none at the end"),
            ("/a\0b", r#"the path "/a\0b" has a NUL, which no path can have"#),
            ("/dev", "`/dev` is never granted: a device may hang, or do something when it is read"),
            ("/dev/zero", "`/dev/zero` is never granted: a device may hang, or do something when it is read"),
            (
                "/proc/self/status",
                "`/proc/self/status` is never granted: it is the runtime's own process, not the check's",
            ),
        ] {
            assert_eq!(RequestedPath::parse(text).unwrap_err().to_string(), message);
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        assert_eq!(RequestedPath::parse(&long).unwrap_err().to_string(), "a path of 4097 bytes; the longest is 4096");
    }

    #[test]
    fn parts_are_those_between_slashes() {
        for (text, parts) in [("/", &[][..]), ("/a", &["a"]), ("/a/.b/c..", &["a", ".b", "c.."])] {
            assert_eq!(RequestedPath::parse(text).unwrap().parts().collect::<Vec<_>>(), parts);
        }
    }

    proptest! {
        #[test]
        fn what_parses_is_what_its_parts_make(text in "[/.ab\0]{0,12}") {
            if let Ok(path) = RequestedPath::parse(&text) {
                let made = path.parts().map(|part| format!("/{part}")).collect::<String>();
                prop_assert_eq!(if made.is_empty() { "/" } else { &made }, text);
                prop_assert!(path.parts().all(|part| part != "." && part != ".."));
            }
        }
    }
}
