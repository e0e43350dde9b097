//! The real host: decides each request of one run by its grants, and carries it out.

mod clock;
mod logging;
mod state;
