//! Checks that ask programs, each with what those printed when they were recorded.

mod command;
mod data;
mod hardware;
mod services;
mod volumes;

/// A check, what it is told, and the programs that it asks.
pub struct Case {
    pub name: &'static str,
    pub check: &'static str,
    /// Its options, in TOML.
    pub config: &'static str,
    pub programs: &'static [Program],
    /// What it is granted besides the programs, in TOML.
    pub grant: &'static str,
    /// What the first program prints in a run before, for a check that tells only of what is new.
    pub began: Option<&'static str>,
}

/// A program and what it prints.
pub struct Program {
    pub name: &'static str,
    pub args: &'static [&'static str],
    /// The arguments as a pattern of the shell, which tell it from another of the same name.
    pub asked: &'static str,
    pub printed: Printed,
    pub shape: Shape,
    /// Whether its text is spoilt; that of one which is asked in a first run only is not.
    pub spoilt: bool,
    /// Whether nothing at all is an answer: an empty queue, no updates.
    pub may_be_silent: bool,
    /// Words that stand where there is no number, and say so.
    pub none: &'static [&'static str],
    /// Keys whose absence tells nothing: older or newer versions have none, and the check says so in its page.
    pub optional: &'static [&'static str],
}

/// A text that a program printed.
pub enum Printed {
    /// A recorded file, with replacements that make something of it alarm.
    File(&'static str, &'static [(&'static str, &'static str)]),
    Text(&'static str),
}

/// The form of a text.
#[derive(Clone, Copy, PartialEq)]
pub enum Shape {
    /// One JSON document: every part of it that is not the whole is broken.
    Json,
    /// A JSON document a line.
    JsonLines,
    Lines,
}

const ONE: Program = Program {
    name: "",
    args: &[],
    asked: "*",
    printed: Printed::Text(""),
    shape: Shape::Lines,
    spoilt: true,
    may_be_silent: false,
    none: &[],
    optional: &[],
};
const CASE: Case = Case { name: "", check: "", config: "", programs: &[], grant: "", began: None };

/// Returns all of them.
pub fn all() -> Vec<&'static Case> {
    let families = [services::CASES, data::CASES, hardware::CASES, volumes::CASES, command::CASES];
    families.into_iter().flatten().collect()
}
