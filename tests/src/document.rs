//! Reads from the documents what a program can compare: fenced blocks and tables.

use std::fs;

use crate::root;

/// A fenced block. `mark` is what follows the three backticks: a language, and what a test is to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub mark: String,
    pub text: String,
}

/// A command of a `console` block, and what it prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub command: String,
    pub output: String,
}

/// Returns the text of a document, by its path below the root.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the pages that tell users how to use the program: the README and the pages of `docs/`, by name.
///
/// # Panics
/// If the folder cannot be read.
#[must_use]
pub fn pages() -> Vec<String> {
    let docs = names("docs").into_iter().filter(|name| name.ends_with(".md"));
    std::iter::once("README.md".to_owned()).chain(docs.map(|name| format!("docs/{name}"))).collect()
}

/// Returns every page of the repository that people read: `pages`, the others at the top, and those of checks, SDKs and
/// examples.
///
/// # Panics
/// If a folder cannot be read.
#[must_use]
pub fn all_pages() -> Vec<String> {
    let top = names("").into_iter().filter(|name| name.ends_with(".md") && name != "README.md");
    let inner = ["checks", "guest-sdk"]
        .into_iter()
        .flat_map(|folder| names(folder).into_iter().map(move |name| format!("{folder}/{name}/README.md")));
    let all = pages()
        .into_iter()
        .chain(top)
        .chain(inner)
        .chain(["examples/README.md", "examples/python-mdraid/README.md"].map(str::to_owned));
    all.filter(|page| root().join(page).is_file()).collect()
}

/// The names in a folder of the repository, sorted.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Returns the blocks with this mark on all pages, each with the page that it is on.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn marked(mark: &str) -> Vec<(String, Block)> {
    let found: Vec<(String, Block)> = pages()
        .into_iter()
        .flat_map(|page| blocks(&read(&page)).into_iter().map(move |block| (page.clone(), block)))
        .filter(|(_, block)| block.mark == mark)
        .collect();
    assert!(!found.is_empty(), "no page has a block marked `{mark}`");
    found
}

/// Returns the text of the one block with this mark.
///
/// # Panics
/// If there are several.
#[must_use]
pub fn only(mark: &str) -> String {
    let found = marked(mark);
    let [(_, block)] = &found[..] else { panic!("one block is marked `{mark}`, not {}", found.len()) };
    block.text.clone()
}

/// Returns the fenced blocks, in order.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(mark)) => open = Some(Block { mark: mark.to_owned(), text: String::new() }),
            (Some(block), Some("")) => {
                blocks.push(block.clone());
                open = None;
            }
            (Some(block), _) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block is not closed");
    blocks
}

/// Returns the commands of a `console` block: lines that begin with `$ `, each followed by its output.
#[must_use]
pub fn commands(block: &Block) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), shown.last_mut()) {
            (Some(command), _) => shown.push(Shown { command: command.to_owned(), output: String::new() }),
            (None, Some(last)) => last.output.extend([line, "\n"]),
            (None, None) => panic!("output before any command: {line}"),
        }
    }
    shown
}

/// Returns the cells of the table whose heading begins with these cells, row by row, without the heading. `\|` is a bar.
///
/// # Panics
/// If there is no such table.
#[must_use]
pub fn table(text: &str, heading: &[&str]) -> Vec<Vec<String>> {
    let mut lines = text
        .lines()
        .map(cells)
        .skip_while(|cells| !cells.iter().map(String::as_str).take(heading.len()).eq(heading.iter().copied()));
    lines.next().unwrap_or_else(|| panic!("no table with the heading {heading:?}"));
    // The line of dashes below the heading.
    lines.skip(1).take_while(|cells| !cells.is_empty()).collect()
}

/// Returns the rows of every table, headings and lines of dashes too.
#[must_use]
pub fn table_rows(text: &str) -> Vec<Vec<String>> {
    text.lines().map(cells).filter(|cells| !cells.is_empty()).collect()
}

fn cells(line: &str) -> Vec<String> {
    let Some(line) = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|')) else {
        return Vec::new();
    };
    line.replace("\\|", "\0").split('|').map(|cell| cell.trim().replace('\0', "|")).collect()
}

/// Returns the texts in backticks.
#[must_use]
pub fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
