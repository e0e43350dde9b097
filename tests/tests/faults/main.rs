//! Faults that a host meets in years of cron, each produced for real: after every one no process is left, no litter, no
//! result is lost, and the next round is as any other.
#![expect(clippy::disallowed_methods, reason = "rounds that are watched, stopped and killed while they run")]

mod after;
mod corrupt;
mod den;
mod disk;
mod edits;
mod fleet;
mod history;
mod inject;
mod killed;
mod limits;
mod overlap;
mod planted;
mod signals;
mod started;
mod stdio;
mod time;
