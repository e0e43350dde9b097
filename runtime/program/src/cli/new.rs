//! `new` and `wit`: what an author begins with, in a folder of their own.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::{exit, print};
use crate::project::{Language, NewFile, ProjectName, contract, files};
use roundsman_grants::escape;

#[derive(Debug, clap::Args)]
pub struct NewArgs {
    /// The check, and the folder that is made for it: words of small letters joined by -
    name: String,
    /// The language that it is written in
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    language: Language,
    /// Take the SDK from the language's registry, once it is published there; otherwise it is written into vendor/ (Rust only)
    #[arg(long)]
    registry: bool,
}

#[derive(Debug, clap::Args)]
pub struct WitArgs {
    /// A folder for the files of the contract; it is made if it is not there
    directory: PathBuf,
}

impl ValueEnum for Language {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Rust, Self::Python, Self::Javascript, Self::C]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Javascript => "javascript",
            Self::C => "c",
        }))
    }
}

/// Makes a folder with a check that builds, and its tests.
pub fn new(args: &NewArgs) -> u8 {
    let name = match ProjectName::parse(&args.name) {
        Ok(name) => name,
        Err(why) => {
            print::complain(&format!("roundsman new {}: {why}", escape::line(&args.name)));
            return exit::USAGE;
        }
    };
    if args.registry && args.language != Language::Rust {
        print::complain("roundsman new --registry: only the SDK for Rust is taken from a registry; leave it out");
        return exit::USAGE;
    }
    let folder = Path::new(name.as_str());
    if let Err(error) = make(folder, &files(&name, args.language, args.registry)) {
        print::complain(&format!("roundsman new: {}: {error:#}", escape::path(folder)));
        return exit::NOT_STORED;
    }
    let shown = name.as_str();
    print::page(&format!("{shown}/ is made; {shown}/README.md has the next commands: {}\n", args.language.commands()))
}

/// Writes the contract into a folder.
pub(crate) fn wit(args: &WitArgs) -> u8 {
    let made = fs::create_dir_all(&args.directory).context("making the folder");
    if let Err(error) = made.and_then(|()| write_all(&args.directory, &contract())) {
        print::complain(&format!("roundsman wit: {}: {error:#}", escape::path(&args.directory)));
        return exit::NOT_STORED;
    }
    let count = contract().len();
    print::page(&format!("{} has the contract, {count} files\n", escape::path(&args.directory)))
}

/// Makes the folder of a project with all of its files, or none of it: a half would be in the way of the next attempt.
fn make(folder: &Path, files: &[NewFile]) -> anyhow::Result<()> {
    // A folder that is there is somebody's work.
    fs::create_dir(folder).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow!("is there already; take another name, or another folder to be in"),
        _ => anyhow::Error::new(error).context("making the folder"),
    })?;
    write_all(folder, files).map_err(|error| match fs::remove_dir_all(folder) {
        Ok(()) => error.context("nothing of it was kept"),
        Err(_) => error.context("a part of it is left, to be removed"),
    })
}

/// Writes files that are not there yet, and the folders above them. Where one cannot be written, those before it are taken away.
fn write_all(folder: &Path, files: &[NewFile]) -> anyhow::Result<()> {
    let mut written = Vec::new();
    for NewFile { path, content } in files {
        let path = folder.join(path);
        if let Err(error) = write(&path, content, &mut written) {
            // What cannot be taken away is what was just written there: the error says enough.
            written.iter().for_each(|path| drop(fs::remove_file(path)));
            return Err(error.context(escape::path(&path)));
        }
    }
    Ok(())
}

fn write(path: &Path, content: &[u8], written: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all).context("making the folder")?;
    let mut file = fs::File::create_new(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow!("is there already, and is not written over"),
        _ => error.into(),
    })?;
    written.push(path.to_owned());
    Ok(file.write_all(content)?)
}
