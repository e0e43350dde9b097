//! What there is: one file, or all that a pattern matches.

use roundsman_sdk::files::{self, FileKind, Metadata};
use roundsman_sdk::{Error, Failure, Problem};

use crate::options::Options;

/// A file that is there.
pub struct Seen {
    pub path: String,
    pub metadata: Metadata,
    /// `None` where nothing is to be looked for in it.
    pub content: Option<Result<Vec<u8>, Error>>,
}

/// All files that a pattern matches.
#[derive(Default)]
pub struct Many {
    /// Path and metadata of each that is no longer written.
    pub settled: Vec<(String, Metadata)>,
    /// How many are still being written.
    pub fresh: usize,
    /// What could not be looked at.
    pub failed: Vec<Error>,
}

impl Many {
    /// The file that was written last; of several, the one whose path comes last.
    pub fn newest(&self) -> Option<&(String, Metadata)> {
        self.settled.iter().max_by_key(|(_, it)| it.modified)
    }
}

/// Whether a path is a pattern.
pub fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// The path or pattern that the options name, or the only one granted.
pub fn choose(options: &Options) -> Result<String, Failure> {
    if let Some(path) = &options.path {
        return Ok(path.clone());
    }
    let granted = files::granted();
    let paths: Vec<&String> = granted.files.iter().chain(&granted.metadata).collect();
    match paths.as_slice() {
        [path] => Ok((*path).clone()),
        _ => {
            let message = format!("is needed: {} paths are granted, not a single one", paths.len());
            Err(Failure::options(vec![Problem::new("path", message)]))
        }
    }
}

/// The file at a path; `None` where there is none, or it is still being written.
pub fn one(path: &str, now: i64, options: &Options) -> Result<Option<Seen>, Failure> {
    let metadata = match files::stat_followed(path) {
        Err(error) if error.is_not_found() => return Ok(None),
        metadata => metadata?,
    };
    if metadata.kind != FileKind::Regular {
        return Err(Failure::new(format!("{path} is not a regular file")));
    }
    if options.is_settled(&metadata, now) { read(path, metadata, options.reads_content(path)) } else { Ok(None) }
}

/// The file, with its content where that is looked at.
pub fn read(path: &str, metadata: Metadata, with_content: bool) -> Result<Option<Seen>, Failure> {
    let content = match with_content.then(|| files::read(path)) {
        Some(Err(error)) if error.is_not_found() => return Ok(None),
        // What to grant is said with the failure.
        Some(Err(error)) if error.is_denied() => return Err(error.into()),
        content => content,
    };
    Ok(Some(Seen { path: path.to_owned(), metadata, content }))
}

/// The regular files that a pattern matches, in the end of links too. One that vanishes meanwhile is none of them.
pub fn many(pattern: &str, now: i64, options: &Options) -> Result<Many, Failure> {
    let mut all = Many::default();
    for (path, metadata) in files::stat_glob(pattern)? {
        let followed = match metadata {
            Ok(it) if it.kind == FileKind::Symlink => files::stat_followed(&path),
            metadata => metadata,
        };
        match followed {
            Ok(it) if it.kind != FileKind::Regular => {}
            Ok(it) if options.is_settled(&it, now) => all.settled.push((path, it)),
            Ok(_) => all.fresh += 1,
            Err(error) if error.is_not_found() => {}
            Err(error) => all.failed.push(error),
        }
    }
    Ok(all)
}
