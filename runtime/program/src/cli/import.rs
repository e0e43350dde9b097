//! `import`: drop-ins for what a host runs already.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{exit, print};
use roundsman_config::import::{
    ImportOptions, ImportSource, Imported, Include, Renamed, SourceForm, import as imported,
};
use roundsman_config::{Places, faults, load};
use roundsman_contract::quantity::parse_duration;
use roundsman_grants::escape;

/// Bytes of a file that is taken over: more is no configuration.
const MAX_FILE: u64 = 4 << 20;
/// Files that one may include, in all.
const MAX_INCLUDED: usize = 1_000;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// nrpe.cfg, mrpe.cfg, telegraf.conf, a crontab, a timer of systemd, or Checkmk's directory local/
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Interval of a check if its file names none
    #[arg(long, value_name = "TIME", default_value = "1m")]
    every: String,
    /// A line of the crontab that is a check, by its number; all others stay jobs
    #[arg(long = "line", value_name = "N")]
    lines: Vec<usize>,
    /// Write the lines of nrpe.cfg that call these checks from then on into this new file
    #[arg(long, value_name = "FILE")]
    nrpe_out: Option<PathBuf>,
}

/// Prints drop-ins, and tells how many lines were left. Reads only, and runs nothing.
pub(crate) fn import(args: &Args, places: &Places) -> u8 {
    if let Err(error) = parse_duration(&args.every) {
        print::complain(&format!("roundsman import --every: {error}"));
        return exit::USAGE;
    }
    let Read { sources, left } = match sources(&args.files) {
        Ok(read) => read,
        Err(error) => {
            print::complain(&format!("roundsman import: {error:#}"));
            return exit::DATA;
        }
    };
    let crontabs = sources.iter().filter(|source| matches!(source.form, SourceForm::Crontab { .. })).count();
    if !args.lines.is_empty() && crontabs != 1 {
        print::complain(&format!("roundsman import --line: a line of one crontab, and there are {crontabs}"));
        return exit::USAGE;
    }
    let faults = |text: &str| faults(text, places);
    let options =
        ImportOptions { every: args.every.clone(), lines: args.lines.clone(), taken: taken(places), faults: &faults };
    let found = imported(&sources, &options);
    if let Some(path) = &args.nrpe_out
        && let Err(error) = write_other_half(path, &found)
    {
        print::complain(&format!("roundsman import --nrpe-out: {error:#}"));
        return exit::NOT_STORED;
    }
    let comments: String = left.iter().map(|why| format!("# not read: {}\n", escape::line(why))).collect();
    let printed = print::page(&(comments + &found.drop_ins));
    left.iter().for_each(|why| print::complain(&format!("roundsman import: not read: {why}")));
    print::complain(&format!("{} taken, {} left: the comments say why", found.names.len(), found.left));
    found.errors.iter().for_each(|error| print::complain(&format!("roundsman import: {error}")));
    match found.errors.is_empty() {
        true => printed,
        false => exit::DATA,
    }
}

/// Returns the names that the configuration has; one that cannot be read has none.
fn taken(places: &Places) -> BTreeMap<String, String> {
    let checks = load(places, rustix::process::geteuid().as_raw()).map(|config| config.checks).unwrap_or_default();
    checks.into_keys().map(|name| (name, "the configuration".to_owned())).collect()
}

/// Files that were read.
pub(super) struct Read {
    pub sources: Vec<ImportSource>,
    /// Included ones that were not, and why.
    pub left: Vec<String>,
}

/// Returns the files with all that they include, each once, in the order in which NRPE reads them. One that is included and
/// not there is left out, as others may be; one that is named is an error.
pub(super) fn sources(files: &[PathBuf]) -> anyhow::Result<Read> {
    let (mut sources, mut left) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<(PathBuf, Option<String>)> = files.iter().rev().map(|file| (file.clone(), None)).collect();
    while let Some((path, prefix)) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        if seen.len() > files.len() + MAX_INCLUDED {
            bail!("{}: more than {MAX_INCLUDED} files are included", escape::path(&path));
        }
        let mut source = match read(&path, files.contains(&path)) {
            Ok(source) => source,
            Err(error) if !files.contains(&path) => {
                left.push(format!("{error:#}"));
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut prefix = prefix;
        if let SourceForm::Nrpe { prefix: own, .. } = &mut source.form {
            // It holds for all that NRPE reads.
            *own = own.take().or(prefix);
            prefix = own.clone();
        }
        let beside = path.parent().unwrap_or(Path::new("."));
        let mut included = Vec::new();
        for include in source.includes() {
            match include {
                Include::File(file) => included.push(beside.join(file)),
                Include::Directory(directory) => match configuration_files(&beside.join(directory)) {
                    Ok(files) => included.extend(files),
                    Err(error) => left.push(format!("{error:#}")),
                },
            }
        }
        waiting.extend(included.into_iter().rev().map(|file| (file, prefix.clone())));
        sources.push(source);
    }
    Ok(Read { sources, left })
}

/// Reads a file; one that is included has the form of who includes it, whatever it says.
fn read(path: &Path, named: bool) -> anyhow::Result<ImportSource> {
    let shown = escape::path(path);
    let metadata = fs::metadata(path).with_context(|| shown.clone())?;
    if metadata.is_dir() {
        // What is granted is absolute.
        let programs = programs(&std::path::absolute(path).with_context(|| shown.clone())?)?;
        return Ok(ImportSource { path: shown, form: SourceForm::Local { programs } });
    }
    if metadata.len() > MAX_FILE {
        bail!("{shown}: is larger than any configuration, {} bytes", metadata.len());
    }
    let text = String::from_utf8(fs::read(path).with_context(|| shown.clone())?).map_err(|error| {
        anyhow::anyhow!("{shown}: is no text: byte {} is not UTF-8", error.utf8_error().valid_up_to())
    })?;
    if !named {
        return Ok(ImportSource::included(&shown, text));
    }
    let mut source = ImportSource::of(&shown, text).map_err(anyhow::Error::msg)?;
    if let (Some(unit), SourceForm::Timer { service, .. }) = (source.unit(), &mut source.form) {
        *service = unit_file(path, &unit)?;
    }
    Ok(source)
}

/// Directories in which systemd looks for units, in its order.
const UNITS: [&str; 4] =
    ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"];

/// Returns the text of the unit that a timer starts: beside the timer, or where systemd looks for it.
fn unit_file(timer: &Path, unit: &str) -> anyhow::Result<Option<String>> {
    if unit.contains('/') {
        return Ok(None);
    }
    let beside = timer.parent().unwrap_or(Path::new("."));
    for directory in [beside].into_iter().chain(UNITS.map(Path::new)) {
        let path = directory.join(unit);
        match fs::read_to_string(&path) {
            Ok(text) => return Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| escape::path(&path)),
        }
    }
    Ok(None)
}

/// Returns the programs of Checkmk's `local/`: those in it, and those in its directories whose name is a number of seconds.
fn programs(directory: &Path) -> anyhow::Result<Vec<String>> {
    let mut programs = Vec::new();
    for path in entries(directory)? {
        let metadata = fs::metadata(&path).with_context(|| escape::path(&path))?;
        let seconds = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.parse::<u64>().is_ok());
        if metadata.is_dir() && seconds {
            programs.extend(entries(&path)?.into_iter().filter(|path| is_program(path)));
        } else if is_program(&path) {
            programs.push(path);
        }
    }
    Ok(programs.iter().map(|path| path.to_string_lossy().into_owned()).collect())
}

fn is_program(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && fs::metadata(path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

/// Returns the `*.cfg` below a directory, in the order of their names.
fn configuration_files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    const DEEPEST: usize = 8;
    let mut files = Vec::new();
    let mut waiting = vec![(directory.to_owned(), 0)];
    while let Some((directory, depth)) = waiting.pop() {
        for path in entries(&directory)? {
            if path.is_dir() && depth < DEEPEST {
                waiting.push((path, depth + 1));
            } else if path.extension().is_some_and(|ending| ending == "cfg") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn entries(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read =
        || -> std::io::Result<Vec<PathBuf>> { fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect() };
    let mut paths = read().with_context(|| escape::path(directory))?;
    paths.sort();
    Ok(paths)
}

/// Writes what NRPE is to call instead. A file that is there already is left alone: it may be what is taken over.
fn write_other_half(path: &Path, imported: &Imported) -> anyhow::Result<()> {
    let comment = "# Whoever NRPE runs these as must read the results: usermod --append --groups roundsman nagios\n";
    let line = |name: &Renamed| format!("command[{}]=/usr/bin/roundsman status {}\n", name.theirs, name.ours);
    let lines: String = std::iter::once(comment.to_owned()).chain(imported.names.iter().map(line)).collect();
    let mut file = fs::File::create_new(path).with_context(|| escape::path(path))?;
    file.write_all(lines.as_bytes()).with_context(|| escape::path(path))
}
