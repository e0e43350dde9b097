//! The grant of a program, and the decision whether a check may run it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::argv::{Form, GrantedArgv};
use super::denial::{Refusal, Remedy};
use super::{GrantKind, Grants};

/// Permission to run one program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommandGrant {
    pub id: Option<String>,
    pub argv: GrantedArgv,
    pub user: Option<String>,
    /// Default: what the run has left.
    pub timeout: Option<Duration>,
    /// RLIMIT_AS of the program, in bytes.
    pub memory: Option<u64>,
    /// Bytes of stdout and stderr; default `limits.output`.
    pub output: Option<u64>,
    pub env: BTreeMap<String, EnvValue>,
    pub stdin: StdinGrant,
    pub may_gain_privileges: bool,
    pub bounds: CommandBounds,
}

/// Restrictions of a command, beyond those of all commands; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandBounds {
    /// It makes no socket that leads out of the host.
    pub no_network: bool,
    /// It signals only what it started itself.
    pub own_signals: bool,
    /// Processes that its user may have at a time.
    pub processes: Option<u64>,
    /// All the capabilities of a command that runs as root, the first in the lowest bit.
    pub capabilities: Option<u64>,
}

impl CommandGrant {
    /// Returns the grant of a program as it is, with nothing named but its argv.
    #[must_use]
    pub fn of(argv: GrantedArgv) -> Self {
        Self {
            id: None,
            argv,
            user: None,
            timeout: None,
            memory: None,
            output: None,
            env: BTreeMap::new(),
            stdin: StdinGrant::None,
            may_gain_privileges: false,
            bounds: CommandBounds::default(),
        }
    }
}

impl CommandGrant {
    /// Returns the files whose content the program gets.
    pub fn secrets(&self) -> impl Iterator<Item = &Path> {
        let of_environment = self.env.values().filter_map(|value| match value {
            EnvValue::File(path) => Some(path.as_path()),
            EnvValue::Text(_) => None,
        });
        let of_input = match &self.stdin {
            StdinGrant::File(path) => Some(path.as_path()),
            StdinGrant::None | StdinGrant::Component => None,
        };
        of_environment.chain(of_input)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnvValue {
    Text(String),
    /// The content of this file, read when the program is started.
    File(PathBuf),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StdinGrant {
    /// `/dev/null`.
    #[default]
    None,
    /// The component may give input.
    Component,
    /// The content of this file.
    File(PathBuf),
}

/// An argv that was asked for and granted. Only [`Grants::command`] makes one: what starts a program takes it.
#[derive(Debug, Clone)]
pub struct AllowedCommand<'a> {
    grant: &'a CommandGrant,
    argv: Vec<String>,
}

impl AllowedCommand<'_> {
    #[must_use]
    pub fn grant(&self) -> &CommandGrant {
        self.grant
    }

    /// Returns the program by its absolute path, then its arguments.
    #[must_use]
    pub fn argv(&self) -> &[String] {
        &self.argv
    }

    /// It is granted, but the host is not as the grant supposes, and has to be mended first.
    #[must_use]
    pub fn refused(&self, reason: String) -> Refusal {
        Refusal { kind: GrantKind::Commands, target: shown(&self.argv), remedy: Remedy::Nothing { reason } }
    }
}

impl CommandGrant {
    /// Tells whether this grant allows a program to be run with these arguments, and to be given input.
    #[must_use]
    pub fn allows(&self, argv: &[String], input: bool) -> bool {
        self.argv.matches(argv) && (!input || self.stdin == StdinGrant::Component)
    }
}

impl Grants {
    /// Decides whether a program may be run with these arguments, and be given input. The first grant that allows it
    /// holds.
    ///
    /// # Errors
    /// A [`Refusal`] with what would allow it.
    pub fn command(&self, argv: &[String], input: bool) -> Result<AllowedCommand<'_>, Refusal> {
        let matching: Vec<&CommandGrant> = self.commands.iter().filter(|grant| grant.argv.matches(argv)).collect();
        if let Some(grant) = matching.iter().find(|grant| grant.allows(argv, input)) {
            let program = grant.argv.program().to_owned();
            let argv = std::iter::once(program).chain(argv.iter().skip(1).cloned()).collect();
            return Ok(AllowedCommand { grant, argv });
        }
        let remedy = match matching.first() {
            Some(grant) => {
                let (form, argv) = (grant.argv.form(), grant.argv.written());
                Remedy::Command { form, argv, input: true, because: None }
            }
            None if argv.iter().any(|argument| argument.contains('\0')) => {
                Remedy::Nothing { reason: "an argument has a NUL, which no argument can have".to_owned() }
            }
            None if argv.is_empty() => Remedy::Nothing { reason: "the argv is empty".to_owned() },
            None => self.meant_as_a_pattern(argv, input).unwrap_or_else(|| Remedy::Command {
                form: Form::Literal,
                argv: argv.to_vec(),
                input,
                because: None,
            }),
        };
        Err(Refusal { kind: GrantKind::Commands, target: shown(argv), remedy })
    }

    /// Returns the `argv_pattern` to write if an `argv` of the grants would allow this one as a pattern.
    fn meant_as_a_pattern(&self, argv: &[String], input: bool) -> Option<Remedy> {
        let literal = self.commands.iter().filter(|grant| grant.argv.form() == Form::Literal);
        let matching = |written: &Vec<String>| GrantedArgv::pattern(written).is_ok_and(|pattern| pattern.matches(argv));
        let written = literal.map(|grant| grant.argv.written()).find(matching)?;
        let because = Some("an `argv` is literal, wildcards hold in an `argv_pattern`".to_owned());
        Some(Remedy::Command { form: Form::Pattern, argv: written, input, because })
    }
}

/// Returns an argv for a person to read: an argument in quotes where it would be misread without.
pub fn shown(argv: &[String]) -> String {
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-./=:,@%+".contains(c));
    let shown: Vec<String> =
        argv.iter().map(|text| if plain(text) { text.clone() } else { format!("{text:?}") }).collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn grant(texts: &[&str], stdin: StdinGrant) -> CommandGrant {
        CommandGrant { stdin, ..CommandGrant::of(GrantedArgv::pattern(&argv(texts)).unwrap()) }
    }

    fn grants(commands: Vec<CommandGrant>) -> Grants {
        Grants { commands, ..Grants::default() }
    }

    fn hint(refused: Result<AllowedCommand<'_>, Refusal>) -> String {
        refused.unwrap_err().remedy.toml("a")
    }

    #[test]
    fn the_program_is_that_of_the_grant() {
        let grants = grants(vec![grant(&["/usr/bin/df", "-P", "*"], StdinGrant::None)]);
        for name in ["df", "/usr/bin/df"] {
            let allowed = grants.command(&argv(&[name, "-P", "/"]), false).unwrap();
            assert_eq!(allowed.argv(), argv(&["/usr/bin/df", "-P", "/"]));
        }
    }

    #[test]
    fn nothing_is_granted_by_default_and_the_denial_says_what_to_write() {
        let nothing = Grants::default();
        let denial = nothing.command(&argv(&["/usr/bin/df", "a b"]), false).unwrap_err();
        assert_eq!((denial.kind.word(), &*denial.target), ("commands", r#"/usr/bin/df "a b""#));
        assert_eq!(denial.remedy.toml("disk"), "[[check.disk.grant.command]]\nargv = [\"/usr/bin/df\", \"a b\"]");
        let by_name = hint(nothing.command(&argv(&["df"]), false));
        assert!(by_name.starts_with("# write the program's absolute path\n"), "{by_name}");
        assert_eq!(hint(nothing.command(&[], false)), "# the argv is empty");
        assert!(hint(nothing.command(&argv(&["a", "\0"]), false)).starts_with("# an argument has a NUL"));
    }

    #[test]
    fn the_denials_toml_allows_it() {
        for asked in [&["/bin/x", "*", "a\nb", "[", "-x", ""][..], &["/bin/x"]] {
            let asked = argv(asked);
            let hint = hint(Grants::default().command(&asked, false));
            let table: toml::Table = hint.parse().unwrap();
            let written = table["check"]["a"]["grant"]["command"][0]["argv"].as_array().unwrap();
            let written: Vec<String> = written.iter().map(|text| text.as_str().unwrap().to_owned()).collect();
            assert!(GrantedArgv::literal(&written).unwrap().matches(&asked), "{hint}");
        }
    }

    #[test]
    fn a_pattern_of_before_is_told_its_key() {
        let star =
            CommandGrant::of(GrantedArgv::literal(&argv(&["/usr/sbin/smartctl", "-H", "/dev/sd[a-z]"])).unwrap());
        let grants = grants(vec![grant(&["/bin/x", "*"], StdinGrant::None), star]);
        assert_eq!(
            hint(grants.command(&argv(&["smartctl", "-H", "/dev/sda"]), false)),
            "# an `argv` is literal, wildcards hold in an `argv_pattern`\n[[check.a.grant.command]]\n\
             argv_pattern = [\"/usr/sbin/smartctl\", \"-H\", \"/dev/sd[a-z]\"]"
        );
        let other = hint(grants.command(&argv(&["/usr/sbin/smartctl", "-H", "/dev/nvme0"]), false));
        assert!(other.starts_with("[[check.a.grant.command]]\nargv = "), "{other}");
    }

    #[test]
    fn input_is_granted_apart() {
        let without = grant(&["/bin/x", "*"], StdinGrant::None);
        let with = grant(&["/bin/x", "a"], StdinGrant::Component);
        let both = grants(vec![without, with]);
        assert!(both.command(&argv(&["x", "b"]), false).is_ok());
        assert_eq!(both.command(&argv(&["x", "a"]), true).unwrap().grant().stdin, StdinGrant::Component);
        let refused = both.command(&argv(&["x", "b"]), true);
        assert_eq!(
            hint(refused),
            "[[check.a.grant.command]]\nargv_pattern = [\"/bin/x\", \"*\"]\nstdin = \"component\""
        );
    }
}
