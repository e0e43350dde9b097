//! A memory module and its counts of errors.

use roundsman_sdk::Failure;
use roundsman_sdk::parse::{Field, ParseError};
use roundsman_sdk::tree::Thing;

/// A module, or what a controller cannot say of which module it is.
pub struct Module {
    /// Its controller and the name that the firmware or an operator gave it: `mc0 CPU1_DIMM_A1`.
    pub label: String,
    pub correctable: Result<u64, Failure>,
    pub uncorrectable: Result<u64, Failure>,
}

/// Returns the modules of a controller, and what it counts for none of them.
pub fn modules(controller: &Thing) -> Vec<Module> {
    let mut all: Vec<Module> = Vec::new();
    for file in controller.files() {
        if let Some(directory) = file.strip_suffix("/dimm_ce_count") {
            all.push(match controller.find(&format!("{directory}/dimm_label")) {
                Ok(label) => {
                    let own = label.as_ref().map(Field::text).filter(|it| !it.is_empty()).unwrap_or(directory);
                    module(controller, own, &format!("{directory}/dimm_"))
                }
                // Under another label its counts would be those of another module.
                Err(error) => {
                    let failure = Failure::from(error);
                    let label = format!("{} {directory}", controller.name);
                    Module { label, correctable: Err(failure.clone()), uncorrectable: Err(failure) }
                }
            });
        }
    }
    if all.is_empty() {
        let rows = controller.files().filter_map(|file| file.strip_suffix("/ce_count"));
        all.extend(rows.map(|row| module(controller, row, &format!("{row}/"))));
    }
    tell_apart(&mut all);
    let of_none = if all.is_empty() { "" } else { "noinfo_" };
    if !matches!(controller.find(&format!("ce_{of_none}count")), Ok(None)) {
        let name = if all.is_empty() { "all modules" } else { "module unknown" };
        let count = |kind: &str| controller.required(&format!("{kind}_{of_none}count"), natural);
        let label = format!("{} {name}", controller.name);
        all.push(Module { label, correctable: count("ce"), uncorrectable: count("ue") });
    }
    all
}

/// Reads a module; `before` is what stands before `ce_count` in the names of its files.
fn module(controller: &Thing, name: &str, before: &str) -> Module {
    let count = |kind: &str| controller.required(&format!("{before}{kind}_count"), natural);
    Module { label: format!("{} {name}", controller.name), correctable: count("ce"), uncorrectable: count("ue") }
}

fn natural(field: &Field) -> Result<u64, ParseError> {
    field.integer()
}

/// Numbers the modules of one label: some firmware gives all of them the same.
fn tell_apart(modules: &mut [Module]) {
    let labels: Vec<String> = modules.iter().map(|it| it.label.clone()).collect();
    for (i, module) in modules.iter_mut().enumerate() {
        if labels.iter().filter(|it| **it == labels[i]).count() > 1 {
            module.label = format!("{} ({})", module.label, labels[..i].iter().filter(|it| **it == labels[i]).count());
        }
    }
}
