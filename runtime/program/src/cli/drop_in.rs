//! The drop-in that `inspect` writes from what a component says of itself.

use std::fmt::Write as _;
use std::path::Path;

use super::inspect::help;
use roundsman_contract::{Access, Descriptor, Need};
use roundsman_grants::denial::{argv_line, toml_key, toml_text};
use roundsman_grants::escape::{self, is_dangerous, line};
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::{GRANT_KINDS, GrantKind};

/// A drop-in with every option as a comment and every need as a grant, or as the comment that one can be made of.
pub fn toml(file: &Path, descriptor: &Descriptor) -> String {
    let name = toml_key(&descriptor.name);
    // What is no UTF-8 cannot be said in TOML: it is shown, and has to be renamed.
    let named = file.file_name().map_or(file, Path::new);
    let wasm = named.to_str().map_or_else(|| escape::path(named), str::to_owned);
    let mut page = format!("# {} {}: {}\n", descriptor.name, line(&descriptor.version), line(&descriptor.summary));
    let _ = writeln!(page, "[check.{name}]\nwasm = {}\nevery = \"1m\"", toml_text(&wasm));
    if !descriptor.options.is_empty() {
        let _ = writeln!(page, "\n[check.{name}.config]");
    }
    for option in &descriptor.options {
        let value = option.default_value.as_deref().map_or_else(|| "…".to_owned(), json_as_toml);
        let mark = if option.required { "" } else { "# " };
        let _ = writeln!(page, "{mark}{} = {value}   # {}", toml_key(&option.key), line(&help(option)));
    }
    page + &grants(&name, &descriptor.needs)
}

/// Returns what the component needs, as grants. Installed as it is, this lets it read `/proc` and `/sys`, and see what is
/// mounted; what reaches further, and each command, stands in comments: whoever wrote the component asked for it, and the
/// operator allows it.
fn grants(name: &str, needs: &[Need]) -> String {
    let mut page = String::new();
    let wanted = |wanted: GrantKind| {
        needs.iter().filter_map(move |need| match &need.access {
            Access::Paths { kind, pattern } if *kind == wanted => Some((pattern, need)),
            _ => None,
        })
    };
    for row in &GRANT_KINDS {
        let wanted: Vec<_> = wanted(row.kind).collect();
        match row.kind {
            GrantKind::Files | GrantKind::Metadata => page.push_str(&reads(row.key, &wanted)),
            GrantKind::Filesystems => page.push_str(&filesystems(row.key, &wanted)),
            // Denied files are never proposed, and commands have tables of their own, below.
            GrantKind::UnsafeFiles | GrantKind::Commands => {}
        }
    }
    if !page.is_empty() {
        page.insert_str(0, &format!("\n[check.{name}.grant]\n"));
    }
    let commands = needs.iter().filter_map(|need| match &need.access {
        Access::Command { form, argv } => Some((argv_line(*form, argv), need)),
        _ => None,
    });
    for (number, (argv, need)) in commands.enumerate() {
        if number == 0 {
            page.push_str("\n# It asks for commands. A command that you allow loses its `# `:\n");
        }
        let reason = line(&need.reason);
        let _ = writeln!(page, "# [[check.{name}.grant.command]]\n# {argv}   # {reason}");
    }
    page
}

/// Returns a list of mount points, or the word for all of them.
fn filesystems(key: &str, mounts: &[(&String, &Need)]) -> String {
    let mounts: Vec<String> = mounts.iter().map(|(mount, _)| toml_text(mount)).collect();
    match mounts.join(", ").as_str() {
        "" => String::new(),
        all @ "\"mounted\"" => format!("{key} = {all}\n"),
        listed => format!("{key} = [{listed}]\n"),
    }
}

/// Returns a list of patterns, those beyond `/proc` and `/sys` in comments.
fn reads(key: &str, patterns: &[(&String, &Need)]) -> String {
    if patterns.is_empty() {
        return String::new();
    }
    if patterns.iter().all(|(pattern, _)| is_of_the_kernel(pattern)) {
        let patterns: Vec<String> = patterns.iter().map(|(pattern, _)| toml_text(pattern)).collect();
        return format!("{key} = [{}]\n", patterns.join(", "));
    }
    let mut list = format!("{key} = [\n    # A pattern beyond /proc and /sys that you allow loses its `# `:\n");
    for (pattern, need) in patterns {
        let mark = if is_of_the_kernel(pattern) { "" } else { "# " };
        let _ = writeln!(list, "    {mark}{},   # {}", toml_text(pattern), line(&need.reason));
    }
    list + "]\n"
}

/// Tells whether a pattern matches nothing but what the kernel tells in `/proc` and `/sys`.
fn is_of_the_kernel(pattern: &str) -> bool {
    PathPattern::parse(pattern).is_ok()
        && ["/proc/", "/sys/"].iter().any(|top| pattern.strip_prefix(top).is_some_and(|rest| !rest.is_empty()))
}

/// Returns a default as the component writes it, in the words of the configuration.
fn json_as_toml(text: &str) -> String {
    let value = serde_json::from_str::<toml::Value>(text);
    // A text of several lines would leave the comment that it stands in.
    let toml = value.map(|value| value.to_string()).ok().filter(|toml| !toml.contains(is_dangerous));
    toml.unwrap_or_else(|| toml_text(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundsman_grants::argv::Form;

    fn need(access: Access) -> Need {
        Need {
            access,
            reason: "it says so\n[check.forged.grant]\nfiles = [\"/etc/shadow\"]".to_owned(),
            optional: false,
        }
    }

    /// Returns what is live of the drop-in, as the configuration reads it.
    fn granted(needs: &[Need]) -> (String, toml::Table) {
        let text = grants("x", needs);
        let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        (
            text,
            table.get("check").map_or_else(toml::Table::new, |check| check["x"]["grant"].as_table().unwrap().clone()),
        )
    }

    #[test]
    fn what_the_kernel_tells_is_granted_as_it_is() {
        let needs = ["/proc/meminfo", "/sys/class/fc_host/*/port_state"]
            .map(|file| need(Access::paths(GrantKind::Files, file)));
        let (text, table) = granted(&[&needs[..], &[need(Access::paths(GrantKind::Filesystems, "mounted"))]].concat());
        assert_eq!(
            text,
            "\n[check.x.grant]\nfiles = [\"/proc/meminfo\", \"/sys/class/fc_host/*/port_state\"]\nfilesystems = \"mounted\"\n"
        );
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn what_reaches_further_and_each_command_is_a_comment() {
        let beyond =
            ["/etc/*", "/var/log/x", "/*/meminfo", "/proc", "/sys", "/proc/../etc/passwd", "/[p]roc/x", "proc/x"];
        let commands = [&["/usr/bin/df", "*"][..], &[]];
        let mut needs: Vec<Need> = beyond.iter().map(|file| need(Access::paths(GrantKind::Files, file))).collect();
        needs.extend(beyond.iter().map(|file| need(Access::paths(GrantKind::Metadata, file))));
        needs.extend(commands.iter().map(|argv| need(Access::command(Form::Literal, argv))));
        needs.push(need(Access::command(Form::Pattern, &["/bin/sh", "-c", "*"])));
        let (text, table) = granted(&needs);
        for key in ["files", "metadata"] {
            assert_eq!(table[key].as_array().unwrap().len(), 0, "{text}");
        }
        assert_eq!(table.len(), 2, "no command is live: {text}");
        assert!(
            text.lines().any(|line| line.starts_with("# argv_pattern = [\"/bin/sh\", \"-c\", \"*\"]   # ")),
            "{text}"
        );
        assert!(!text.lines().any(|line| line.starts_with("[check.forged")), "{text}");
        // Without the marks all of it is what was asked for.
        let allowed: String = text.lines().map(|line| line.replacen("# \"", "\"", 1) + "\n").collect();
        let table: toml::Table = allowed.parse().unwrap();
        assert_eq!(table["check"]["x"]["grant"]["files"].as_array().unwrap().len(), beyond.len(), "{allowed}");
    }
}
