//! The test of a check in Rust.

use super::scene::RecordedScene;
use crate::recording::Recording;
use roundsman_contract::{Completed, Ending, Error, FileKind, Metadata, Mount, Outcome, Space, Status};

/// Writes the test; the check's type is named after the component, as its author may have done.
pub fn test(recording: &Recording, scene: &RecordedScene, ending: Option<&Outcome>) -> String {
    let name = type_name(&recording.component.file_stem().unwrap_or_default().to_string_lossy());
    let mut lines = vec![
        format!("//! A recorded run of `{}`: put it beside the check, and name the check's type.", recording.check),
        String::new(),
        "use roundsman_sdk::fake::Fake;".to_owned(),
        String::new(),
        format!("use super::{name};"),
        String::new(),
        "#[test]".to_owned(),
        "fn the_recorded_run_ends_as_it_did() {".to_owned(),
        "    let host = Fake::new();".to_owned(),
    ];
    lines.extend(host(scene).into_iter().map(|line| format!("    {line};")));
    lines.push(format!("    let result = host.run::<{name}>({:?});", recording.options));
    lines.extend(expected(ending).into_iter().map(|line| format!("    {line};")));
    lines.push("}\n".to_owned());
    lines.join("\n")
}

fn host(scene: &RecordedScene) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(now) = scene.now {
        lines.push(format!("host.set_time({})", now.div_euclid(1_000_000_000)));
    }
    for (path, content) in &scene.files {
        match content {
            Ok(content) => lines.push(format!("host.file({path:?}, {})", bytes(content))),
            Err(Error::NotFound) => {}
            Err(error) => {
                lines.push(format!("host.file({path:?}, \"\").fail_to_read({path:?}, {})", self::error(error)))
            }
        }
    }
    for (path, metadata) in &scene.metadata {
        match metadata {
            Ok(metadata) => lines.push(format!("host.metadata({path:?}, {})", self::metadata(metadata))),
            Err(Error::NotFound) => {}
            Err(error) => lines.push(format!("host.fail({path:?}, {})", self::error(error))),
        }
    }
    lines.extend(
        scene.patterns.iter().map(|(pattern, error)| format!("host.fail({pattern:?}, {})", self::error(error))),
    );
    lines.extend(mounts(scene));
    for (argv, ended) in &scene.commands {
        let ended = match ended {
            Ok(completed) => format!("Ok({})", self::completed(completed)),
            Err(error) => format!("Err({})", self::error(error)),
        };
        lines.push(format!("host.command_ends(&{argv:?}, {ended})"));
    }
    if let Some(patterns) = &scene.granted_files {
        lines.push(format!("host.grant_files(&{patterns:?})"));
    }
    for granted in scene.granted_commands.iter().flatten() {
        lines.push(format!("host.grant_command({:?}, &{:?})", granted.id, granted.argv));
    }
    for (key, value) in &scene.state {
        lines.push(format!("host.with(|| roundsman_sdk::state::set({key:?}, {})).unwrap()", byte_slice(value)));
    }
    lines
}

fn mounts(scene: &RecordedScene) -> Vec<String> {
    let mut lines = Vec::new();
    for mount in &scene.mounts {
        let space = scene.spaces.get(&mount.path).and_then(|space| space.as_ref().ok());
        lines.push(format!("host.mount({}, {})", self::mount(mount), self::space(space)));
    }
    for (path, space) in &scene.spaces {
        match space {
            Ok(space) if !scene.mounts.iter().any(|mount| mount.path == *path) => {
                let plain = Mount {
                    source: String::new(),
                    path: path.clone(),
                    filesystem: String::new(),
                    device: 0,
                    root: "/".to_owned(),
                    read_only: space.read_only,
                    filesystem_read_only: space.read_only,
                    options: Vec::new(),
                    filesystem_options: Vec::new(),
                    extra: Vec::new(),
                };
                lines.push(format!("host.mount({}, {})", self::mount(&plain), self::space(Some(space))));
            }
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => lines.push(format!("host.fail({path:?}, {})", self::error(error))),
        }
    }
    lines
}

fn expected(ending: Option<&Outcome>) -> Vec<String> {
    let Some(outcome) = ending else { return vec!["assert!(result.is_err(), \"{result:?}\")".to_owned()] };
    let metrics: Vec<String> =
        outcome.metrics.iter().map(|metric| format!("({:?}, {})", metric.name, number(metric.value))).collect();
    vec![
        "let outcome = result.unwrap()".to_owned(),
        format!("assert_eq!(outcome.status, roundsman_sdk::Status::{})", status(outcome.status)),
        format!("assert_eq!(outcome.summary, {:?})", outcome.summary),
        format!("assert_eq!(outcome.details, {:?} as [&str; {}])", outcome.details, outcome.details.len()),
        "let metrics: Vec<(&str, f64)> = outcome.metrics.iter().map(|metric| (&*metric.name, metric.value)).collect()"
            .to_owned(),
        format!("assert_eq!(metrics, [{}] as [(&str, f64); {}])", metrics.join(", "), metrics.len()),
    ]
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "Ok",
        Status::Warning => "Warning",
        Status::Critical => "Critical",
        Status::Unknown => "Unknown",
    }
}

/// Writes a number of an outcome, of which none is NaN.
fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "f64::INFINITY".to_owned(),
        f64::NEG_INFINITY => "f64::NEG_INFINITY".to_owned(),
        value => format!("{value:?}"),
    }
}

/// Writes `disk_health` or `disk-health` as `DiskHealth`.
fn type_name(component: &str) -> String {
    let words = component.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut characters = word.chars();
        characters.next().map(|first| first.to_uppercase().chain(characters).collect::<String>()).unwrap_or_default()
    };
    words.map(capital).collect()
}

fn bytes(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| byte_slice(bytes), |text| format!("{text:?}"))
}

fn byte_slice(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}

fn error(error: &Error) -> String {
    let kind = match error {
        Error::Denied(denial) => format!(
            "Denied(roundsman_sdk::Denial {{ capability: {:?}.into(), target: {:?}.into(), hint: String::new(), extra: Vec::new() }})",
            denial.capability, denial.target
        ),
        Error::NotFound => "NotFound".to_owned(),
        Error::Limit(limit) => format!(
            "Limit(roundsman_sdk::Exceeded {{ key: {:?}.into(), value: {}, extra: Vec::new() }})",
            limit.key, limit.value
        ),
        Error::TimedOut => "TimedOut".to_owned(),
        Error::Io(number) => format!("Io({number:?}.into())"),
        Error::Other(other) => format!(
            "Other(roundsman_sdk::Otherwise {{ code: {:?}.into(), message: {:?}.into(), extra: Vec::new() }})",
            other.code, other.message
        ),
    };
    format!("roundsman_sdk::HostError::{kind}")
}

fn completed(completed: &Completed) -> String {
    let ending = match completed.ending {
        Ending::Code(code) => format!("Code({code})"),
        Ending::Signal(signal) => format!("Signal({signal})"),
    };
    format!(
        "roundsman_sdk::commands::Completed {{ ending: roundsman_sdk::commands::Ending::{ending}, standard_output: {}.to_vec(), \
         standard_error: {}.to_vec(), duration: 0, extra: Vec::new() }}",
        byte_slice(&completed.standard_output),
        byte_slice(&completed.standard_error)
    )
}

fn metadata(metadata: &Metadata) -> String {
    let kind = match metadata.kind {
        FileKind::Regular => "Regular",
        FileKind::Directory => "Directory",
        FileKind::Symlink => "Symlink",
        FileKind::Fifo => "Fifo",
        FileKind::Socket => "Socket",
        FileKind::BlockDevice => "BlockDevice",
        FileKind::CharacterDevice => "CharacterDevice",
        FileKind::Other => "Other",
    };
    let link = metadata.link_target.as_ref().map_or("None".to_owned(), |target| format!("Some({target:?}.into())"));
    let Metadata { size, modified, device, inode, owner, group, mode, .. } = metadata;
    format!(
        "roundsman_sdk::files::Metadata {{ kind: roundsman_sdk::files::FileKind::{kind}, size: {size}, modified: {modified}, \
         device: {device}, inode: {inode}, owner: {owner}, group: {group}, mode: 0o{mode:o}, link_target: {link}, extra: Vec::new() }}"
    )
}

fn mount(mount: &Mount) -> String {
    let owned = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}.into()")).collect();
        format!("vec![{}]", texts.join(", "))
    };
    let Mount { source, path, filesystem, device, root, read_only, filesystem_read_only, .. } = mount;
    format!(
        "roundsman_sdk::files::Mount {{ source: {source:?}.into(), path: {path:?}.into(), filesystem: {filesystem:?}.into(), \
         device: {device}, root: {root:?}.into(), read_only: {read_only}, filesystem_read_only: {filesystem_read_only}, \
         options: {}, filesystem_options: {}, extra: Vec::new() }}",
        owned(&mount.options),
        owned(&mount.filesystem_options)
    )
}

/// Writes a space; an empty one where the run did not ask for it.
fn space(space: Option<&Space>) -> String {
    let of = |field: fn(&Space) -> u64| space.map_or(0, field);
    format!(
        "roundsman_sdk::files::Space {{ bytes_total: {}, bytes_free: {}, bytes_available: {}, inodes_total: {}, inodes_free: {}, \
         inodes_available: {}, read_only: {}, extra: Vec::new() }}",
        of(|space| space.bytes_total),
        of(|space| space.bytes_free),
        of(|space| space.bytes_available),
        of(|space| space.inodes_total),
        of(|space| space.inodes_free),
        of(|space| space.inodes_available),
        space.is_some_and(|space| space.read_only)
    )
}
