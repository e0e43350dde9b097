//! A volume, a group of volumes or a pool, and what several commands tell of it.

use roundsman_sdk::{Failure, Status};

/// One of them, by a label such as `lvm/vg0/root`, `lvm/vg0`, `zfs/tank`, `btrfs/srv`.
#[derive(Default)]
pub struct Volume {
    pub facts: Vec<String>,
    pub status: Option<Status>,
    pub used_percent: Option<f64>,
    /// Whether it must never be full.
    pub must_have_room: bool,
    pub metadata_percent: Option<f64>,
    pub size: Option<u64>,
    pub free: Option<u64>,
    /// Errors by device.
    pub devices: Vec<(String, u64)>,
    /// Properties that could not be read, with the reason.
    pub broken: Option<Failure>,
}

/// All of them, in the order in which they were met.
#[derive(Default)]
pub struct Volumes(pub Vec<(String, Volume)>);

impl Volumes {
    /// Returns the volume of this label; a new one where there was none.
    pub fn volume(&mut self, label: &str) -> &mut Volume {
        let at = self.0.iter().position(|(it, _)| it == label).unwrap_or_else(|| {
            self.0.push((label.to_owned(), Volume::default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}

impl Volume {
    /// Adds a fact, and what it comes to.
    pub fn fact(&mut self, text: impl Into<String>, status: Status) {
        self.facts.push(text.into());
        self.status = Some(self.status.unwrap_or(Status::Ok).worse(status));
    }
}
