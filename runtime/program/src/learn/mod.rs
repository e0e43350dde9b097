//! Grants from what components ask for and from what a run used. Pure.

pub mod learned;
pub mod wanted;
