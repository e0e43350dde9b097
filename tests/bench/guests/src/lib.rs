//! Parts that the components of the benchmark share with the native programs that they are measured against.
#![forbid(unsafe_code)]

pub mod stat;
pub mod table;
