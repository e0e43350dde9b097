//! The outputs, and what the configuration takes, read by the programs that they are written for or taken from.
#![expect(clippy::disallowed_methods, reason = "the programs that read our outputs are started here")]

mod crontab;
mod nagiosplugin;
mod otlp;
mod perfdata;
mod promtool;
mod sample;
