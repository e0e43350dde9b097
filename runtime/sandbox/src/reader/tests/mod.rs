//! Rows A of the attacks, against the real host and against trees made for a test.

#![expect(clippy::disallowed_methods, reason = "a test starts programs and threads that the reader has to stand")]

mod denied;
mod host;
mod inside;
mod names;
mod race;
mod tree;

use std::path::Path;

use super::*;
use roundsman_contract::{Denial, Error, Exceeded, Metadata};
use roundsman_grants::path_pattern::PathPattern;

/// Result for each path of a pattern.
type Found<T> = Result<Vec<(String, Result<T, Error>)>, Error>;

const LIMITS: ReadLimits = ReadLimits { file: 1 << 20, read: 16 << 20, entries: 65_536 };

impl ReadLimits {
    fn budget(self) -> Budget {
        Budget::new(self).unwrap()
    }
}

fn grants(files: &[&str], metadata: &[&str]) -> Grants {
    let patterns = |texts: &[&str]| texts.iter().map(|text| PathPattern::parse(text).unwrap()).collect();
    Grants { files: patterns(files), metadata: patterns(metadata), ..Grants::default() }
}

fn reader(root: &Root, grants: Grants, budget: Budget, own: Vec<u32>) -> Reader {
    reader_beside(root, grants, budget, own, &[])
}

/// Beside checks whose grants name these secrets.
fn reader_beside(root: &Root, grants: Grants, budget: Budget, own: Vec<u32>, secrets: &[&str]) -> Reader {
    let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    let ours = Ours { pids: own, ..Ours::default() };
    Reader::new(ReaderContext { check: "a".to_owned(), grants: Rc::new(grants), secrets }, root, budget, ours)
}

/// On this host, with these files granted.
fn host(files: &[&str]) -> Reader {
    reader(&Root::Host, grants(files, &[]), LIMITS.budget(), vec![std::process::id()])
}

/// In a tree, with these files and metadata granted.
fn tree(root: &Path, files: &[&str], metadata: &[&str]) -> Reader {
    reader(&Root::At(root.to_owned()), grants(files, metadata), LIMITS.budget(), Vec::new())
}

impl Reader {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, Error> {
        match self.serve(&Call::Read { path: path.to_owned() }) {
            Reply::Files(Answer::Data(data)) => Ok(data),
            Reply::Error(error) => Err(error),
            other => panic!("{other:?}"),
        }
    }

    fn read_at(&mut self, path: &str, offset: u64, max: u64) -> Result<Piece, Error> {
        match self.serve(&Call::ReadAt { path: path.to_owned(), offset, max }) {
            Reply::Files(Answer::Piece(piece)) => Ok(piece),
            Reply::Error(error) => Err(error),
            other => panic!("{other:?}"),
        }
    }

    fn read_glob(&mut self, pattern: &str) -> Found<Vec<u8>> {
        match self.serve(&Call::ReadGlob { pattern: pattern.to_owned() }) {
            Reply::Files(Answer::Contents(contents)) => {
                Ok(contents.into_iter().map(|one| (one.path, one.data)).collect())
            }
            Reply::Error(error) => Err(error),
            other => panic!("{other:?}"),
        }
    }

    fn paths(&mut self, pattern: &str) -> Vec<String> {
        self.read_glob(pattern).unwrap().into_iter().map(|(path, _)| path).collect()
    }

    fn stat(&mut self, path: &str) -> Result<Metadata, Error> {
        match self.serve(&Call::Stat { path: path.to_owned() }) {
            Reply::Files(Answer::Metadata(metadata)) => Ok(metadata),
            Reply::Error(error) => Err(error),
            other => panic!("{other:?}"),
        }
    }

    fn stat_glob(&mut self, pattern: &str) -> Found<Metadata> {
        match self.serve(&Call::StatGlob { pattern: pattern.to_owned() }) {
            Reply::Files(Answer::Entries(entries)) => {
                Ok(entries.into_iter().map(|one| (one.path, one.metadata)).collect())
            }
            Reply::Error(error) => Err(error),
            other => panic!("{other:?}"),
        }
    }
}

/// Returns the denial that a request must have met.
fn denied<T: std::fmt::Debug>(result: Result<T, Error>) -> Denial {
    match result {
        Err(Error::Denied(denial)) => denial,
        other => panic!("not denied: {other:?}"),
    }
}

fn limit(key: &str, value: u64) -> Error {
    Error::Limit(Exceeded::new(key, value))
}
