//! The kernel: processes, users, pipes, who may own a file, how one is replaced. All of the `unsafe` but that
//! of machine code and the allocator.

pub mod process;
pub mod safe_path;
pub mod replace;
pub mod secret;
