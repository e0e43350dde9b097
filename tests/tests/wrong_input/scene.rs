//! A host on which programs print what a test says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use roundsman_tests::{Host, root};
use serde_json::Value;

use crate::cases::{Case, Printed};
use crate::seen::Seen;

/// One host with one check, whose programs print recorded texts until they are told another.
pub struct Scene<'a> {
    host: Host,
    case: &'a Case,
}

impl<'a> Scene<'a> {
    /// Makes the host.
    pub fn new(case: &'a Case) -> Self {
        let host = Host::new();
        host.keep_code("code-of-tests");
        let mut toml = format!(
            "[check.it]\nwasm = \"{}.wasm\"\nevery = \"1m\"\n[check.it.config]\n{}\n[check.it.grant]\n{}\n",
            case.check, case.config, case.grant
        );
        let mut scripts: Vec<(&str, String)> = Vec::new();
        for (at, program) in case.programs.iter().enumerate() {
            let out = host.file(&format!("printed/{at}"), text(&program.printed));
            let line = format!("{}) exec cat '{}' ;;\n", program.asked, out.display());
            match scripts.iter_mut().find(|(name, _)| *name == program.name) {
                Some((_, lines)) => lines.push_str(&line),
                None => scripts.push((program.name, line)),
            }
            let path = host.path(&format!("bin/{}", program.name)).display().to_string();
            let argv: Vec<Value> = [path.as_str()].iter().chain(program.args).map(|it| Value::from(*it)).collect();
            let key = if program.args.iter().any(|it| it.contains('*')) { "argv_pattern" } else { "argv" };
            toml.push_str(&format!("[[check.it.grant.command]]\n{key} = {}\n", Value::from(argv)));
        }
        for (name, lines) in scripts {
            let script = host.file(&format!("bin/{name}"), format!("#!/bin/sh\ncase \"$*\" in\n{lines}esac\n"));
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        host.drop_in("it", &toml);
        Self { host, case }
    }

    /// Lets a program print this.
    pub fn prints(&self, at: usize, printed: impl AsRef<[u8]>) {
        self.host.file(&format!("printed/{at}"), printed);
    }

    /// Returns what a program printed when it was recorded.
    pub fn recorded(&self, at: usize) -> String {
        text(&self.case.programs[at].printed)
    }

    /// Runs the check, after one run that remembers where it began, if it is one that tells only of what is new.
    pub fn run(&self) -> Result<Seen, String> {
        let Some(began) = self.case.began else {
            return Seen::of(&self.host.run(["check", "it", "--format", "json"]));
        };
        let _ = fs::remove_dir_all(self.host.path("state"));
        let printed = fs::read(self.host.path("printed/0")).expect("what it prints");
        self.prints(0, began);
        self.prints(1, began);
        let round = || self.host.run(["check", "it", "--keep-state", "--format", "json"]);
        let first = round();
        assert_eq!(first.json()["failure"], Value::Null, "{first}");
        self.prints(0, printed);
        Seen::of(&round())
    }
}

impl Scene<'_> {
    /// Returns an error where what a monitoring system gets is more than lines of text, or its first line has no status.
    pub fn plain(&self) -> Result<(), String> {
        let output = self.host.run(["check", "it", "--format", "nagios"]);
        let odd = output.stdout.chars().any(|it| it.is_control() && it != '\n');
        let first = output.stdout.lines().next().unwrap_or_default();
        let starts = ["OK", "WARNING", "CRITICAL", "UNKNOWN"].iter().any(|it| first.contains(it));
        if odd || !starts || output.code > 3 { Err(format!("for Nagios: {output}")) } else { Ok(()) }
    }
}

fn text(printed: &Printed) -> String {
    match printed {
        Printed::Text(text) => (*text).to_owned(),
        Printed::File(path, changes) => {
            let path = root().join(path);
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            changes.iter().fold(text, |text, (from, to)| {
                assert!(text.contains(from), "{from} is not in {}", path.display());
                text.replace(from, to)
            })
        }
    }
}
