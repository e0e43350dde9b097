//! Processes: made, confined, watched and ended. Everything here is for processes of one thread; the few modules that
//! need `unsafe` say why at their head.

pub mod errno;
pub mod fork;
pub mod memfd;
pub mod pidfd;
pub mod signals;
pub mod stdio;
pub mod user;
