//! Decides what each receiver is told, and what its cursor is after each answer. Pure: no file, no clock, no network.

pub mod backoff;
pub mod cursor;
pub mod filter;
pub mod letter;
pub mod measured;
pub mod message;
pub mod receiver_place;
pub mod runs;
pub mod subject;
pub mod telling;
pub mod template;
pub mod values;
