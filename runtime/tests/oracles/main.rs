//! The outputs, read by the programs that they are written for.
#![expect(clippy::disallowed_methods, reason = "the programs that read our outputs are started here")]

mod nagiosplugin;
mod perfdata;
mod promtool;
mod sample;
