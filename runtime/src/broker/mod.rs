//! The real host: decides each request of one run by its grants, and carries it out.

pub mod commands;
