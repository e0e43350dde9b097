//! Spellings that earlier versions took, each told with the one that replaces it.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::spans::FileProblem;
use roundsman_grants::denial::toml_key;

/// Placeholder for the name of an output.
const OUTPUT: &str = "output";

/// Takes outputs without a name out of a file, and notes for each what to write: `[[output]]`, and keys right below `[output]`.
pub(crate) fn refuse_unnamed_outputs(table: &mut DeTable<'_>, text: &str, problems: &mut Vec<FileProblem>) {
    let Some((key, value)) = table.get_key_value(OUTPUT) else { return };
    match value.get_ref() {
        DeValue::Array(elements) => {
            let mut taken = BTreeSet::new();
            let refused =
                elements.iter().filter_map(|one| Some(former(one, text, &mut taken, one.get_ref().as_table()?)));
            problems.extend(refused);
            if elements.iter().any(|one| !one.get_ref().is_table()) {
                // The reader says what is wrong with it.
                return;
            }
        }
        DeValue::Table(outputs) if outputs.values().any(|output| !output.get_ref().is_table()) => {
            let rows = outputs.iter().filter(|(_, value)| !value.get_ref().is_table());
            let rows: Vec<_> = rows.collect();
            let help = spelling(&rows, text, &mut BTreeSet::new());
            problems.push(
                FileProblem::new(key.span(), "an output has a name, which messages about it begin with")
                    .with_help(help),
            );
        }
        _ => return,
    }
    table.remove(OUTPUT);
}

/// Returns the problem of one `[[output]]`.
fn former(one: &Spanned<DeValue<'_>>, text: &str, taken: &mut BTreeSet<String>, table: &DeTable<'_>) -> FileProblem {
    let rows: Vec<_> = table.iter().collect();
    let help = spelling(&rows, text, taken);
    FileProblem::new(one.span(), "`[[output]]` is now `[output.NAME]`, with a name of your choice").with_help(help)
}

/// A row of a table.
type Row<'t, 'd> = (&'t Spanned<std::borrow::Cow<'d, str>>, &'t Spanned<DeValue<'d>>);

/// Returns the whole table as it is written now, its values as they stand in the file.
fn spelling(rows: &[Row<'_, '_>], text: &str, taken: &mut BTreeSet<String>) -> String {
    let format = rows.iter().find(|(key, _)| key.get_ref() == "format").and_then(|(_, value)| value.get_ref().as_str());
    let usual = format.filter(|format| super::name::is_valid(format)).unwrap_or("NAME");
    let numbered = (2..).map(|number| format!("{usual}-{number}"));
    let name = std::iter::once(usual.to_owned()).chain(numbered).find(|name| !taken.contains(name));
    let name = name.unwrap_or_default();
    let lines = rows.iter().map(|(key, value)| {
        let value = text.get(value.span()).unwrap_or_default().replace('\n', " ");
        format!("\n{} = {value}", toml_key(key.get_ref()))
    });
    let whole = format!("[output.{}]{}", toml_key(&name), lines.collect::<String>());
    taken.insert(name);
    whole
}
