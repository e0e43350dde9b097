//! `new` and `wit`: what an author begins with, in a folder of their own.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::{exit, print};
use crate::project::{Language, Name, NewFile, RULE, contract, files};
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
    let Some(name) = Name::parse(&args.name) else {
        print::complain(&format!("roundsman new {}: a name is {RULE}", escape::line(&args.name)));
        return exit::USAGE;
    };
    if args.registry && args.language != Language::Rust {
        print::complain("roundsman new --registry: only the SDK for Rust is taken from a registry; leave it out");
        return exit::USAGE;
    }
    let folder = Path::new(name.as_str());
    // A folder that is there is somebody's work.
    let made = fs::create_dir(folder)
        .context("making the folder")
        .and_then(|()| write_all(folder, &files(&name, args.language, args.registry)));
    if let Err(error) = made {
        print::complain(&format!("roundsman new: {}: {error:#}", escape::path(folder)));
        return exit::NOT_STORED;
    }
    let shown = name.as_str();
    print::page(&format!("{shown}/ is made; {shown}/README.md has the next commands: {}\n", args.language.commands()))
}

/// Writes the contract into a folder.
pub fn wit(args: &WitArgs) -> u8 {
    let made = fs::create_dir_all(&args.directory).context("making the folder");
    if let Err(error) = made.and_then(|()| write_all(&args.directory, &contract())) {
        print::complain(&format!("roundsman wit: {}: {error:#}", escape::path(&args.directory)));
        return exit::NOT_STORED;
    }
    let count = contract().len();
    print::page(&format!("{} has the contract, {count} files\n", escape::path(&args.directory)))
}

/// Writes files that are not there yet, and the folders above them.
fn write_all(folder: &Path, files: &[NewFile]) -> anyhow::Result<()> {
    for NewFile { path, content } in files {
        let path = folder.join(path);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above).with_context(|| escape::path(above))?;
        }
        let written = fs::File::create_new(&path).and_then(|mut file| file.write_all(content));
        written.with_context(|| escape::path(&path))?;
    }
    Ok(())
}
