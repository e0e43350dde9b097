//! Components: from the path of one to its compiled code and its descriptor.

pub mod bytes;
pub mod cache;
pub mod identity;
