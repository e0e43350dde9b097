//! From a component's path to its compiled code and its descriptor.

pub mod bytes;
pub mod cache;
pub mod identity;
