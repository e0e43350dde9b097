//! Performance data, read back by Icinga 2 itself (`parse_performance_data`, package icinga2-bin).

use std::process::{Command, Stdio};

use serde_json::Value;

/// Of what a plugin printed, the items behind its one `|`, which is on the first line.
///
/// # Panics
/// If there are more, or it is elsewhere.
#[must_use]
#[track_caller]
pub fn items(output: &str) -> Vec<String> {
    assert!(output.matches('|').count() <= 1, "{output}");
    let first = output.lines().next().expect("a line");
    let items = first.split_once(" | ").map_or("", |(_, items)| items);
    assert_eq!(output.contains('|'), first.contains('|'), "{output}");
    // As Icinga splits (`PluginUtility::SplitPerfdata`): no label of ours has a blank or a quote.
    items.split(' ').filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Items as Icinga takes them, read in one start of it: objects with `label`, `value`, `unit`, `warn`, `crit`, `min`, `max`.
///
/// # Panics
/// If it is missing, or refuses one.
#[must_use]
pub fn parse(items: &[String]) -> Vec<Value> {
    let read = parse_or_refuse(items);
    let refused = items.iter().zip(&read).find(|(_, read)| read.is_null());
    assert_eq!(refused, None, "Icinga refuses it");
    read
}

/// Works as [`parse`], with null for what Icinga refuses.
///
/// # Panics
/// If it is missing.
#[must_use]
pub fn parse_or_refuse(items: &[String]) -> Vec<Value> {
    let list: Vec<String> = items.iter().map(|item| format!("  \"{item}\"")).collect();
    let script = format!(
        "var read = []\nfor (item in [\n{}\n]) {{\n  try {{\n    var p = parse_performance_data(item)\n    read.add({{ label = p.label, \
         value = p.value, unit = p.unit, counter = p.counter, warn = p.warn, crit = p.crit, min = p.min, max = p.max }})\n\
         }} except {{\n    read.add(null)\n  }}\n}}\nJson.encode(read)\n",
        list.join(",\n")
    );
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("items.conf");
    std::fs::write(&file, script).expect("written");
    let output = Command::new("icinga2")
        .args(["console", "--file"])
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .expect("icinga2, of the package icinga2-bin");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // The console shows a value as JSON: a text of JSON here.
    let text: String = serde_json::from_str(said.trim()).unwrap_or_else(|error| panic!("{error}: {said}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
