//! One array as `/sys/block/mdN/md` shows it (the kernel's md.rst).

use roundsman_sdk::Failure;
use roundsman_sdk::parse::{Field, ParseError};
use roundsman_sdk::tree::Thing;

#[derive(Debug, PartialEq)]
pub struct Array {
    /// Such as `clean`, `active` and `inactive`.
    pub state: String,
    /// A place for arrays that firmware describes: no array itself.
    pub container: bool,
    /// Such as `raid1`.
    pub level: String,
    pub disks: Option<u64>,
    /// `None` of a level that has nothing to spare, such as `raid0`.
    pub degraded: Option<u64>,
    /// Running action: `idle`, `check`, `recover`…; `None` of such a level.
    pub action: Option<String>,
    /// Percent.
    pub done: Option<f64>,
    pub mismatches: Option<u64>,
    pub members: Vec<Member>,
}

/// A disk of an array.
#[derive(Debug, PartialEq)]
pub struct Member {
    pub name: String,
    /// Words of its state: `in_sync`, `faulty`, `spare`…
    pub state: String,
    pub errors: Option<u64>,
}

impl Member {
    pub fn is(&self, word: &str) -> bool {
        self.state.split(',').any(|it| it == word)
    }
}

/// `None` of one that vanished while the check looked, and of a device that is left of one: it is `clear`.
pub fn parse(files: &Thing) -> Result<Option<Array>, Failure> {
    let Some(state) = files.parsed("md/array_state", word)?.filter(|it| it != "clear") else { return Ok(None) };
    let mut members = Vec::new();
    for file in files.files() {
        let Some(name) = file.strip_prefix("md/dev-").and_then(|rest| rest.strip_suffix("/state")) else { continue };
        // A disk that was taken out meanwhile is none.
        if let Some(state) = files.parsed(file, word)? {
            let errors = files.parsed(&format!("md/dev-{name}/errors"), |it| it.integer())?;
            members.push(Member { name: name.to_owned(), state, errors });
        }
    }
    Ok(Some(Array {
        state,
        container: files.find("md/metadata_version")?.is_some_and(|it| is_container(it.text())),
        level: files.find("md/level")?.map(|it| it.text().to_owned()).unwrap_or_default(),
        disks: files.parsed("md/raid_disks", raid_disks)?.flatten(),
        degraded: files.parsed("md/degraded", |it| it.integer())?,
        action: files.parsed("md/sync_action", word)?,
        done: files.parsed("md/sync_completed", done)?.flatten(),
        mismatches: files.parsed("md/mismatch_cnt", |it| it.integer())?,
        members,
    }))
}

/// `external:imsm` and `external:ddf`; arrays within have `external:/md127/0`.
fn is_container(version: &str) -> bool {
    version.strip_prefix("external:").is_some_and(|rest| !rest.starts_with('/'))
}

fn word(field: &Field) -> Result<String, ParseError> {
    match field.text() {
        "" => Err(field.error("is no state")),
        text => Ok(text.to_owned()),
    }
}

/// `2`, or `4 (3)` while the number of disks changes; nothing where the array does not know it yet.
fn raid_disks(field: &Field) -> Result<Option<u64>, ParseError> {
    if field.text().is_empty() {
        return Ok(None);
    }
    field.split_once(' ').map_or_else(|_| field.clone(), |(now, _)| now).integer().map(Some)
}

/// `none`, `delayed`, or `4224 / 129024` sectors.
fn done(field: &Field) -> Result<Option<f64>, ParseError> {
    let Ok((done, all)) = field.split_once('/') else { return Ok(None) };
    let (done, all): (u64, u64) = (done.trimmed().integer()?, all.trimmed().integer()?);
    Ok((all > 0).then(|| done as f64 / all as f64 * 100.0))
}
