//! A file to be taken over, and whose form it has.

use super::{ImportOptions, Line, crontab, local, mrpe, nrpe, telegraf, timer};

/// A file, or the programs of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSource {
    pub path: String,
    pub form: SourceForm,
}

/// The program that a file belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceForm {
    /// With what `command_prefix` of the main file puts before each command.
    Nrpe {
        text: String,
        prefix: Option<String>,
    },
    Mrpe {
        text: String,
    },
    /// Programs below a directory.
    Local {
        programs: Vec<String>,
    },
    Telegraf {
        text: String,
    },
    Crontab {
        text: String,
        whose: Whose,
    },
    /// A timer of systemd, and the unit that it starts, if that was found.
    Timer {
        text: String,
        service: Option<String>,
    },
}

/// The account that the lines of a crontab run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Each line names an account.
    EachLine,
    Account(String),
    Unknown,
}

impl ImportSource {
    /// Makes a text, by its place and what it says.
    ///
    /// # Errors
    /// A text of no form that is known.
    pub fn of(path: &str, text: String) -> Result<Self, String> {
        let mut parts = path.rsplit('/');
        let (name, directory) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let any = |test: fn(&str) -> bool| text.lines().map(str::trim).any(test);
        let form = if name.ends_with(".timer") || any(|line| line == "[Timer]") {
            SourceForm::Timer { text, service: None }
        } else if any(|line| line.starts_with("[[inputs.exec]]")) {
            SourceForm::Telegraf { text }
        } else if any(|line| line.starts_with("command[")) || !nrpe::includes(&text).is_empty() {
            return Ok(Self::included(path, text));
        } else if name.contains("mrpe") {
            SourceForm::Mrpe { text }
        } else if any(is_cron) {
            // `crontab -l >crontab` is a user's, whose commands stand where that of the host has an account.
            let bare = name == "crontab" && directory != "etc" && !crontab::may_name_accounts(&text);
            let system = (name == "crontab" && !bare) || directory == "cron.d";
            let spool = directory == "crontabs" || directory == "cron";
            let whose = match (system, spool) {
                (true, _) => Whose::EachLine,
                (false, true) => Whose::Account(name.to_owned()),
                (false, false) => Whose::Unknown,
            };
            SourceForm::Crontab { text, whose }
        } else {
            return Err(format!(
                "{path}: no file of NRPE (`command[NAME]=…`), Checkmk (mrpe.cfg, or the directory local/), Telegraf \
                 (`[[inputs.exec]]`), cron (five fields and a command) or systemd (NAME.timer)"
            ));
        };
        Ok(Self { path: path.to_owned(), form })
    }

    /// Makes a text that a file of NRPE includes.
    #[must_use]
    pub fn included(path: &str, text: String) -> Self {
        let prefix = nrpe::setting(&text, "command_prefix");
        Self { path: path.to_owned(), form: SourceForm::Nrpe { text, prefix } }
    }

    /// Remarks on the whole file.
    pub(super) fn notes(&self) -> Vec<String> {
        match &self.form {
            SourceForm::Nrpe { text, .. } => {
                let user = nrpe::setting(text, "nrpe_user").map(|user| {
                    format!("NRPE runs these as {user}; here `run.user` does, unless a grant says `user = \"{user}\"`. A plugin that keeps files in its home needs `env = {{ HOME = … }}` in its grant")
                });
                let arguments = (nrpe::setting(text, "dont_blame_nrpe").as_deref() == Some("1"))
                    .then(|| "dont_blame_nrpe=1 lets the network choose arguments: set it to 0".to_owned());
                user.into_iter().chain(arguments).map(|note| super::drop_in::comment(&note)).collect()
            }
            SourceForm::Crontab { whose: Whose::Account(account), .. } => {
                vec![super::drop_in::comment(&format!("the crontab of {account}"))]
            }
            SourceForm::Crontab { whose: Whose::Unknown, .. } => {
                vec![
                    "whose crontab it is, is not known: give a grant `user = \"NAME\"` where `run.user` will not do"
                        .to_owned(),
                ]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn lines(&self, options: &ImportOptions) -> Vec<Line> {
        match &self.form {
            SourceForm::Nrpe { text, prefix } => nrpe::lines(text, prefix.as_deref()),
            SourceForm::Mrpe { text } => mrpe::lines(text),
            SourceForm::Local { programs } => local::lines(programs),
            SourceForm::Telegraf { text } => telegraf::lines(text),
            SourceForm::Crontab { text, whose } => crontab::lines(text, whose, &options.lines),
            SourceForm::Timer { text, service } => timer::lines(&self.path, text, service.as_deref()),
        }
    }

    /// Returns the name of the unit that a timer starts.
    #[must_use]
    pub fn unit(&self) -> Option<String> {
        match &self.form {
            SourceForm::Timer { text, .. } => Some(timer::unit(&self.path, text)),
            _ => None,
        }
    }

    /// Other files that this one names.
    #[must_use]
    pub fn includes(&self) -> Vec<nrpe::Include> {
        match &self.form {
            SourceForm::Nrpe { text, .. } => nrpe::includes(text),
            _ => Vec::new(),
        }
    }
}

/// Tells whether a line begins with the five fields of a crontab, or a word for them.
fn is_cron(line: &str) -> bool {
    if line.starts_with('@') {
        return line.split_whitespace().nth(1).is_some();
    }
    let field = |word: &str| word.chars().all(|it| it.is_ascii_alphanumeric() || "*/,-".contains(it));
    let words: Vec<&str> = line.split_whitespace().take(6).collect();
    words.len() == 6
        && words[..5].iter().all(|word| field(word))
        && words[0].starts_with(|it: char| it == '*' || it.is_ascii_digit())
}
