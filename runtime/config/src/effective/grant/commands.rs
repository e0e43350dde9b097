//! The keys of a granted command.

use std::path::Path;

use crate::effective::page::{PageRow, row, row_below};
use crate::effective::values::{list, path, size, time};
use crate::grant::command_bounds::capability_names;
use roundsman_grants::denial::toml_text;
use roundsman_grants::{CommandBounds, CommandGrant, EnvValue, StdinGrant};

/// A secret is shown as the file that holds it.
pub(crate) fn command(granted: &CommandGrant) -> Vec<PageRow> {
    let mut rows: Vec<PageRow> = granted.id.as_deref().map(|id| row("id", toml_text(id))).into_iter().collect();
    rows.push(row(granted.argv.form().key(), list(granted.argv.written().iter().map(|text| toml_text(text)))));
    rows.extend(granted.user.as_deref().map(|user| row("user", toml_text(user))));
    rows.extend(granted.timeout.map(|timeout| row("timeout", time(timeout))));
    rows.extend(granted.memory.map(|memory| row("memory", size(memory))));
    rows.extend(granted.output.map(|output| row("output", size(output))));
    rows.extend(granted.env.iter().map(|(name, value)| {
        let value = match value {
            EnvValue::Text(text) => toml_text(text),
            EnvValue::File(file) => file_table(file),
        };
        row_below("env", name, value)
    }));
    rows.push(row(
        "stdin",
        match &granted.stdin {
            StdinGrant::None => toml_text("none"),
            StdinGrant::Component => toml_text("component"),
            StdinGrant::File(file) => file_table(file),
        },
    ));
    rows.push(row("may_gain_privileges", granted.may_gain_privileges.to_string()));
    rows.extend(bounds(&granted.bounds));
    rows
}

fn bounds(bounds: &CommandBounds) -> impl Iterator<Item = PageRow> {
    let capabilities = bounds.capabilities.map(|kept| list(capability_names(kept).map(|name| toml_text(&name))));
    [
        bounds.no_network.then(|| row("network", false.to_string())),
        bounds.own_signals.then(|| row("signals", toml_text("own"))),
        bounds.processes.map(|count| row("processes", count.to_string())),
        capabilities.map(|names| row("capabilities", names)),
    ]
    .into_iter()
    .flatten()
}

pub(crate) fn file_table(file: &Path) -> String {
    format!("{{ file = {} }}", path(file))
}
