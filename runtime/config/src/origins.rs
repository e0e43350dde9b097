//! Places where each key of a configuration was written.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::Origin;
use super::assemble::Given;
use super::resolve::ResolvedFile;

/// Place of each key, by the path of the key. Keys of overrides are under the check that they change.
#[derive(Debug)]
pub struct Origins(BTreeMap<Vec<String>, Origin>);

impl Origins {
    /// Returns the keys of files that hold, in the order in which one is laid over the other.
    pub fn of(files: &[Given]) -> Self {
        let mut origins = Self(BTreeMap::new());
        let mut overrides = BTreeMap::new();
        for given in files {
            let source = ResolvedFile::new(&given.file, &given.text);
            // It was read as TOML before.
            let Ok(file) = DeTable::parse(&given.text) else { continue };
            let mut places = BTreeMap::new();
            walk(file.get_ref(), &source, &mut Vec::new(), &mut places);
            for (mut path, origin) in places {
                match path.first_mut() {
                    Some(table) if table == "override" => {
                        "check".clone_into(table);
                        overrides.insert(path, origin);
                    }
                    _ => {
                        origins.0.insert(path, origin);
                    }
                }
            }
        }
        // Whichever file has the check, what overrides it holds.
        origins.0.extend(overrides);
        origins
    }

    /// Returns the place of a key; `None` where none is written, and the built-in value holds.
    pub fn place(&self, path: &[&str]) -> Option<&Origin> {
        let written = |path: &[&str]| {
            let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
            // Of a value that is a table, such as `{ file = "/path" }`, the place of its first key.
            self.0.range(path.clone()..).next().filter(|(key, _)| key.starts_with(&path)).map(|(_, origin)| origin)
        };
        written(path).or_else(|| match path {
            ["check", _, key @ ..] => {
                let defaults: Vec<&str> = [&["defaults"], key].concat();
                written(&defaults).or_else(|| written(key).filter(|_| key.first() == Some(&"limits")))
            }
            _ => None,
        })
    }
}

/// The keys of a table that hold no table; of a list of tables also those of its elements, which are counted.
fn walk(
    table: &DeTable<'_>,
    source: &ResolvedFile<'_>,
    path: &mut Vec<String>,
    places: &mut BTreeMap<Vec<String>, Origin>,
) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(inner) => walk(inner, source, path, places),
            value => {
                places.insert(path.clone(), source.origin(&key.span()));
                for (number, element) in value.as_array().into_iter().flatten().enumerate() {
                    if let DeValue::Table(inner) = element.get_ref() {
                        path.push(number.to_string());
                        walk(inner, source, path, places);
                        path.pop();
                    }
                }
            }
        }
        path.pop();
    }
}
