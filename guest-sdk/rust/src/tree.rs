//! Files of many things below one directory, as sysfs and `/proc` have them: a directory for each, small files in it.
//!
//! ```
//! use roundsman_sdk::fake::Fake;
//! use roundsman_sdk::tree::{self, Thing, Tree};
//!
//! let host = Fake::new();
//! host.file("/sys/class/fc_host/host0/port_state", "Online\n").file("/sys/class/fc_host/host0/speed", "16\n");
//! let Tree { things, errors } = host.with(|| tree::read("/sys/class/fc_host", &["*/port_state", "*/speed"])).unwrap();
//! assert!(errors.is_empty());
//! let port: &Thing = &things[0];
//! assert_eq!((port.name.as_str(), port.files().count()), ("host0", 2));
//! assert_eq!(port.find("port_state").unwrap().unwrap().text(), "Online");
//! assert_eq!(port.parsed("speed", |text| text.integer::<u32>()).unwrap(), Some(16));
//! assert!(port.required("serial", |text| text.integer::<u32>()).is_err());
//! ```

use crate::files::read_glob_text;
use crate::parse::{Field, ParseError};
use crate::{Context, Error, Failure};

/// The things of a directory, as far as they could be read.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Sorted by name.
    pub things: Vec<Thing>,
    /// Patterns that could not be looked for, each with the reason.
    pub errors: Vec<Error>,
}

/// One of them, with those of its files that were asked for.
#[derive(Clone, Debug)]
pub struct Thing {
    /// The name of its directory.
    pub name: String,
    path: String,
    files: Vec<(String, Result<String, Error>)>,
}

/// Reads what these patterns match below `root`, such as `*/port_state` below `/sys/class/fc_host`: many files in one
/// call each. The part of a path that follows `root` names the thing, the rest its file. A pattern that is not granted
/// is an error; what else goes wrong with one is kept beside what the others found.
pub fn read(root: &str, patterns: &[&str]) -> Result<Tree, Error> {
    let mut tree = Tree::default();
    for pattern in patterns {
        match read_glob_text(&format!("{root}/{pattern}")) {
            // What to grant is said with the error.
            Err(error) if error.is_denied() => return Err(error),
            Err(error) => tree.errors.push(error),
            Ok(all) => all.into_iter().for_each(|(path, text)| tree.add(root, &path, text)),
        }
    }
    Ok(tree)
}

impl Tree {
    fn add(&mut self, root: &str, path: &str, text: Result<String, Error>) {
        let below = path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/'));
        let Some((name, file)) = below.and_then(|rest| rest.split_once('/')) else { return };
        let at = match self.things.binary_search_by(|it| it.name.as_str().cmp(name)) {
            Ok(at) => at,
            Err(at) => {
                let thing = Thing { name: name.into(), path: format!("{root}/{name}"), files: Vec::new() };
                self.things.insert(at, thing);
                at
            }
        };
        self.things[at].files.push((file.into(), text));
    }
}

impl Thing {
    /// Returns the names of its files, in the order of the patterns.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(file, _)| file.as_str())
    }

    /// Returns the text of a file without white space around it; `None` where there is no such file, or was none any
    /// more when it was read: things vanish between two files.
    pub fn find(&self, file: &str) -> Result<Option<Field<'_>>, Error> {
        match self.files.iter().find(|(it, _)| it == file) {
            None => Ok(None),
            Some((_, Ok(text))) => Ok(Some(Field::new(text.trim()))),
            Some((_, Err(error))) if error.is_not_found() || error.errno() == Some("ENODEV") => Ok(None),
            Some((_, Err(error))) => Err(error.clone()),
        }
    }

    /// Reads a file by `parse`; `None` as with [`Thing::find`]. What does not parse is named by its path.
    pub fn parsed<'a, T>(
        &'a self,
        file: &str,
        parse: impl FnOnce(&Field<'a>) -> Result<T, ParseError>,
    ) -> Result<Option<T>, Failure> {
        let Some(field) = self.find(file)? else { return Ok(None) };
        parse(&field).map(Some).context(format_args!("{}/{file}", self.path))
    }

    /// Reads as [`Thing::parsed`], of a file that must be there.
    pub fn required<'a, T>(
        &'a self,
        file: &str,
        parse: impl FnOnce(&Field<'a>) -> Result<T, ParseError>,
    ) -> Result<T, Failure> {
        let missing = || Failure::new(format!("{}/{file}: does not exist, or is not granted", self.path));
        self.parsed(file, parse)?.ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HostError;
    use crate::fake::Fake;

    #[test]
    fn files_are_grouped_by_what_they_are_of() {
        let host = Fake::new();
        host.file("/sys/c/b/state", "up\n").file("/sys/c/a/state", "down\n").file("/sys/c/a/stat/rx", "5x\n");
        host.fail_to_read("/sys/c/b/state", HostError::Io("ENODEV".into()));
        host.fail("/sys/c/*/speed", HostError::TimedOut);
        let tree = host.with(|| read("/sys/c", &["*/state", "*/stat/*", "*/speed"]).unwrap());
        let names: Vec<_> = tree.things.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(tree.errors.len(), 1);
        let [a, b] = &tree.things[..] else { panic!("{tree:?}") };
        assert_eq!(a.find("state").unwrap().unwrap().text(), "down");
        assert_eq!(a.files().collect::<Vec<_>>(), ["state", "stat/rx"]);
        // It vanished between the list and the look.
        assert!(b.find("state").unwrap().is_none());
        let error = a.parsed("stat/rx", |it| it.integer::<u8>()).unwrap_err();
        assert_eq!(error.message, "/sys/c/a/stat/rx: line 1, column 1: \"5x\" is not a whole number");
        let error = a.required("speed", |it| it.integer::<u8>()).unwrap_err();
        assert_eq!(error.message, "/sys/c/a/speed: does not exist, or is not granted");
    }
}
