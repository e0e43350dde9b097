//! Options of `check` that grant what a component's file may reach, one or more for each kind of grant.

use anyhow::{Context as _, anyhow, bail};

use roundsman_grants::argv::{Form, GrantedArgv};
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::{CommandGrant, Filesystems, GrantKind, Grants};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// With FILE.wasm: allow reading of these files
    #[arg(long, value_name = "GLOB")]
    allow_file: Vec<String>,
    /// With FILE.wasm: allow looking at names, sizes, times and owners of these
    #[arg(long, value_name = "GLOB")]
    allow_metadata: Vec<String>,
    /// With FILE.wasm: allow this mount point, or `mounted` for all
    #[arg(long, value_name = "MOUNT|mounted")]
    allow_filesystem: Vec<String>,
    /// With FILE.wasm: allow this program with these arguments, split as a shell splits words
    #[arg(long, value_name = "ARGV")]
    allow_command: Vec<String>,
    /// With FILE.wasm: allow this program with arguments that match these patterns, split as a shell splits words
    #[arg(long, value_name = "ARGV")]
    allow_command_pattern: Vec<String>,
}

impl Args {
    /// Tells whether nothing is granted.
    pub(super) fn is_empty(&self) -> bool {
        let Self { allow_file, allow_metadata, allow_filesystem, allow_command, allow_command_pattern } = self;
        [allow_file, allow_metadata, allow_filesystem, allow_command, allow_command_pattern]
            .into_iter()
            .all(Vec::is_empty)
    }

    /// Returns what they grant.
    ///
    /// # Errors
    /// One is no pattern, mount point or command line.
    pub(super) fn grants(&self) -> anyhow::Result<Grants> {
        let paths = |kind: GrantKind, typed: &[String]| {
            let parsed = typed.iter().map(|text| PathPattern::parse(text)).collect::<Result<Vec<_>, _>>();
            parsed.with_context(|| kind.row().flag.unwrap_or_default())
        };
        let filesystems = match self.allow_filesystem.as_slice() {
            [] => Filesystems::None,
            list if list.iter().any(|mount| mount == "mounted") => Filesystems::Mounted,
            list => match list.iter().find(|mount| !mount.starts_with('/')) {
                Some(wrong) => bail!("--allow-filesystem `{wrong}`: write a mount point, or `mounted` for all"),
                None => Filesystems::At(list.to_vec()),
            },
        };
        Ok(Grants {
            files: paths(GrantKind::Files, &self.allow_file)?,
            metadata: paths(GrantKind::Metadata, &self.allow_metadata)?,
            filesystems,
            commands: self.commands()?,
            unsafe_files: Vec::new(),
            user: None,
        })
    }

    fn commands(&self) -> anyhow::Result<Vec<CommandGrant>> {
        let literal = self.allow_command.iter().map(|text| ("--allow-command", Form::Literal, text));
        let patterns = self.allow_command_pattern.iter().map(|text| ("--allow-command-pattern", Form::Pattern, text));
        literal.chain(patterns).map(|(option, form, text)| command(option, form, text)).collect()
    }
}

fn command(option: &str, form: Form, text: &str) -> anyhow::Result<CommandGrant> {
    let words = shlex::split(text).ok_or_else(|| anyhow!("{option} `{text}`: a quote is not closed"))?;
    let argv = GrantedArgv::parse(form, &words).with_context(|| format!("{option} `{text}`"))?;
    Ok(CommandGrant::of(argv))
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundsman_grants::GRANT_KINDS;

    #[test]
    fn each_kind_of_grant_has_its_option() {
        let command = <Args as clap::Args>::augment_args(clap::Command::new("check"));
        let options: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
        for flag in GRANT_KINDS.iter().filter_map(|row| row.flag) {
            assert!(options.contains(&flag.trim_start_matches("--")), "{flag} is not among {options:?}");
        }
    }
}
