//! Place in a component that did not return: the functions under way, by the names and lines that it carries itself.

use rustc_demangle::demangle;
use wasmtime::{FrameInfo, FrameSymbol, WasmBacktrace};

use roundsman_grants::escape::{clip, line};

/// Calls that are looked at, innermost first: of an endless recursion there are thousands.
pub(crate) const MOST_FRAMES: usize = 48;
/// Lines that are told: of one call there are several where functions were made a part of it.
const MOST_LINES: usize = 24;
/// Longest name of a function or of a file, in bytes as JSON.
const LONGEST_NAME: usize = 200;
/// Longest name that is read as one of Rust, in bytes.
const LONGEST_MANGLED: usize = 4 << 10;
/// Beginnings of the names of functions of Rust's standard library, which say nothing of where a panic was.
const OF_THE_LIBRARY: [&str; 6] = ["__rust", "alloc::", "core::", "panic_abort::", "rust_panic", "std::"];
/// The place of its source, where a toolchain comes without it.
const LIBRARY: &str = "/rustc/";

/// One function that was under way.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    /// As it is written in the source; `None` where the component does not say.
    name: Option<String>,
    /// `FILE:LINE:COLUMN`.
    source: Option<String>,
    /// Its number among the functions of its module.
    number: u32,
}

impl Place {
    fn is_of_the_library(&self) -> bool {
        let begins = |text: &Option<String>, with: &[&str]| {
            text.as_deref().is_some_and(|text| with.iter().any(|begin| text.starts_with(begin)))
        };
        begins(&self.name, &OF_THE_LIBRARY) || begins(&self.source, &[LIBRARY])
    }
}

/// Lists the functions that were under way, innermost first; none where the component carries no names.
pub fn of(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let frames = backtrace.frames();
    lines(&frames.iter().flat_map(places).collect::<Vec<_>>(), frames.len() == MOST_FRAMES)
}

/// Names the functions of one call: those that the compiler made a part of it, then the one that was called.
fn places(frame: &FrameInfo) -> Vec<Place> {
    let number = frame.func_index();
    if frame.symbols().is_empty() {
        return vec![Place { name: frame.func_name().map(written), source: None, number }];
    }
    let called = frame.symbols().len() - 1;
    let of = |(at, symbol): (usize, &FrameSymbol)| {
        // The name of the function that was called has its crate and module; lines alone come without them.
        let own = frame.func_name().filter(|_| at == called);
        let name = own.or_else(|| symbol.name()).map(written);
        Place { name, source: symbol.file().map(|file| source(file, symbol)), number }
    };
    frame.symbols().iter().enumerate().map(of).collect()
}

/// Reads a name as Rust makes it of the one in the source; names of other languages stay as they are.
fn written(name: &str) -> String {
    let shown = if name.len() > LONGEST_MANGLED { name.to_owned() } else { format!("{:#}", demangle(name)) };
    clip(&line(&shown), LONGEST_NAME)
}

fn source(file: &str, symbol: &FrameSymbol) -> String {
    let numbers = [symbol.line(), symbol.column()].into_iter().flatten().map(|number| format!(":{number}"));
    clip(&line(file), LONGEST_NAME) + &numbers.collect::<String>()
}

/// Writes each function in a line, one that calls itself once. `cut` says that there are more.
fn lines(places: &[Place], cut: bool) -> Vec<String> {
    if places.iter().all(|place| place.name.is_none()) {
        return Vec::new();
    }
    let library = places.iter().take_while(|place| place.is_of_the_library()).count();
    // All of them would be none.
    let places = if library < places.len() { &places[library..] } else { places };
    let runs: Vec<&[Place]> = places.chunk_by(|one, other| one == other).collect();
    let mut lines: Vec<String> = runs.iter().take(MOST_LINES).map(|run| told(run)).collect();
    if cut || runs.len() > MOST_LINES {
        lines.push("and further out".to_owned());
    }
    lines
}

/// Writes one function, which calls itself where there are several.
fn told(run: &[Place]) -> String {
    let Place { name, source, number } = &run[0];
    let name = name.clone().unwrap_or_else(|| format!("function {number}, which has no name"));
    let source = source.iter().map(|source| format!(", {source}"));
    let times = (run.len() > 1).then(|| format!(" ({} times)", run.len()));
    std::iter::once(format!("in {name}")).chain(source).chain(times).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, source: &str) -> Place {
        let named = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Place { name: named(name), source: named(source), number: 7 }
    }

    #[test]
    fn each_function_has_its_line_and_one_that_calls_itself_one() {
        let inner = place("disk::read", "src/lib.rs:3:4");
        let places = [inner.clone(), inner, place("", ""), place("disk::run", "")];
        let told = ["in disk::read, src/lib.rs:3:4 (2 times)", "in function 7, which has no name", "in disk::run"];
        assert_eq!(lines(&places, false), told);
        assert_eq!(lines(&places, true)[3], "and further out");
    }

    #[test]
    fn where_a_panic_was_is_told_and_not_what_makes_one() {
        let panic = [place("__rustc::rust_panic", ""), place("std::panicking::panic_with_hook", "")];
        assert_eq!(lines(&[&panic[..], &[place("disk::run", "")]].concat(), false), ["in disk::run"]);
        assert_eq!(lines(&panic, false).len(), 2, "there is nothing else");
        let inlined =
            [place("expect<u64>", "/rustc/59/library/core/src/option.rs:1:2"), place("disk::run", "src/lib.rs:3:4")];
        assert_eq!(lines(&inlined, false), ["in disk::run, src/lib.rs:3:4"]);
        let called = [place("disk::run", ""), place("std::sys::call", "")];
        assert_eq!(lines(&called, false).len(), 2, "what called it is left");
    }

    #[test]
    fn without_names_there_is_nothing_to_tell() {
        assert!(lines(&[place("", ""), place("", "")], true).is_empty());
        assert!(lines(&[], false).is_empty());
    }

    #[test]
    fn there_is_a_bound_whatever_a_component_says() {
        let many: Vec<Place> = (0..1000).map(|number| place(&number.to_string(), "")).collect();
        let told = lines(&many, false);
        assert_eq!((told.len(), told[MOST_LINES].as_str()), (MOST_LINES + 1, "and further out"));
        for name in ["x".repeat(1 << 20), format!("_RNv{}", "C".repeat(4000)), "\n\u{1b}[2J".repeat(1000)] {
            let written = written(&name);
            assert!(written.len() <= 4 * LONGEST_NAME && !written.contains(['\n', '\u{1b}']), "{written}");
        }
    }

    #[test]
    fn names_of_rust_are_as_they_are_in_the_source() {
        for (name, shown) in [
            ("_ZN4disk4read17h0123456789abcdefE", "disk::read"),
            ("_RNvCs15kBYyAo9fc_7mycrate7example", "mycrate::example"),
            ("main", "main"),
            ("PyEval_EvalFrame", "PyEval_EvalFrame"),
        ] {
            assert_eq!(written(name), shown);
        }
    }
}
