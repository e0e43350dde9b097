//! Processes: made, confined, watched and ended. Everything here is for processes of one thread; the few modules that
//! need `unsafe` say why at their head.

mod account_files;
pub mod deadline;
pub mod errno;
mod exec;
pub mod filter;
pub mod fork;
pub mod interrupt;
mod keyring;
pub mod orphan_tag;
pub mod memfd;
mod name_service;
pub mod required_syscalls;
pub mod network;
pub mod pidfd;
pub mod pipe;
pub mod pipes;
pub mod record_lock;
pub mod relro;
pub mod restrictions;
pub mod rights;
pub mod running;
pub mod signals;
pub mod slot;
pub mod spawn;
pub mod starved;
pub mod stdio;
pub mod shared_counters;
pub mod tree;
pub mod user;
pub mod writers;
