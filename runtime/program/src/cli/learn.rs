//! `check --learn`: a run with the needs that the component declares, and the smallest grant that it used.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::Path;
use std::rc::Rc;

use anyhow::bail;

use super::inspect::access;
use super::print;
use super::standalone::{self, DefaultAccount};
use crate::learn::learned::{Learned, unused};
use crate::learn::wanted::{NeededGrants, wanted};
use crate::round::run_outcome::{Answered, Goal, RunOutcome};
use roundsman_config::Config;
use roundsman_config::lint::lint_program;
use roundsman_contract::calls::tape::{LONGEST_TAPE, Taping};
use roundsman_contract::subject::CheckSubject;
use roundsman_contract::{Access, Need};
use roundsman_grants::argv::GrantedArgv;
use roundsman_grants::escape::line;
use roundsman_grants::{CommandGrant, Grants};
use roundsman_sandbox::worker::ExportAnswer;
use roundsman_sandbox::zygote::Zygote;
use roundsman_verdict::judge::MessageLines;
use roundsman_verdict::judge::Verdict;

/// A run that is learnt from.
#[derive(Debug)]
pub struct Learning {
    grants: Rc<Grants>,
    needs: Vec<Need>,
}

impl Learning {
    /// Asks the component what it needs, has that allowed, and grants it to the subject for one run.
    ///
    /// # Errors
    /// The component does not answer, or nobody allows what it needs.
    pub(crate) fn begin(
        zygote: &Zygote,
        subject: &mut CheckSubject,
        config: &Config,
        caller: DefaultAccount,
        yes: bool,
    ) -> anyhow::Result<Self> {
        let needs = needs(zygote, subject, config, caller)?;
        let NeededGrants { grants, new, refused } = wanted(&subject.grants, &needs);
        let refused = refused.iter().map(|(need, why)| format!("not allowed: {}: {}", line(&access(need)), line(why)));
        refused.for_each(|line| print::complain(&line));
        if !new.is_empty() {
            allow(&subject.name, &new, yes)?;
        }
        subject.grants = Rc::new(grants);
        if subject.grants.gives_content() {
            subject.secrets = Rc::clone(&config.secrets);
        }
        subject.tape = Taping::Record(LONGEST_TAPE);
        Ok(Self { grants: Rc::clone(&subject.grants), needs })
    }

    /// Writes what the run used, as TOML to paste; what was denied and what was not used are comments.
    pub(crate) fn learnt(&self, outcome: &RunOutcome, root: &Path) -> String {
        let Some(tape) = &outcome.trace.tape else {
            return comment("Nothing is learnt, as the run was not begun or has not ended.");
        };
        let mut page = comment("What this one run used; another may use more.");
        if tape.cut {
            page += &comment("It made more calls than a recording holds: what the last ones used is missing.");
        }
        page += &Learned::of(tape, &self.grants, &|path| leads_to(root, path)).toml(&outcome.name);
        let denials = outcome.trace.denials.iter();
        page.extend(denials.map(|denial| comment(&format!("denied: {} {}", denial.capability, denial.target))));
        let unused = unused(&self.needs, tape).into_iter();
        page.extend(unused.map(|need| comment(&format!("not used: {}: {}", access(need), need.reason))));
        page
    }
}

/// Puts the verdict on the run before what was learnt from it.
pub(crate) fn headed(verdict: &Verdict, learnt: &str) -> String {
    comment(&format!("{}: {}", verdict.check, MessageLines::of(verdict).first())) + learnt
}

/// Writes a comment of TOML, of one line whatever the text.
fn comment(text: &str) -> String {
    format!("# {}\n", line(text))
}

/// Returns what a component needs with these options.
fn needs(
    zygote: &Zygote,
    subject: &CheckSubject,
    config: &Config,
    caller: DefaultAccount,
) -> anyhow::Result<Vec<Need>> {
    let outcome =
        standalone::one(zygote, subject.clone(), Goal::Validate, config, Path::new("/"), &|_, _| Ok(()), caller)?;
    let RunOutcome { component: Some(component), result, .. } = outcome else {
        bail!(
            "{}",
            outcome.result.map_or_else(|failure| standalone::told(&failure), |_| "it did not describe itself".into())
        )
    };
    let mut needs = component.descriptor.needs.clone();
    match result {
        Ok(Answered::Said(ExportAnswer::Judgement(judgement))) => needs.extend(judgement.needs),
        Ok(_) => {}
        Err(failure) => bail!("{}", standalone::told(&failure)),
    }
    Ok(needs)
}

/// Asks a person to allow the needs, unless `--yes` did.
fn allow(check: &str, needs: &[&Need], yes: bool) -> anyhow::Result<()> {
    let mut asked = format!("{check} needs, for this one run:\n");
    for need in needs {
        let _ = writeln!(asked, "  {}: {}", line(&access(need)), line(&need.reason));
        for (message, _) in command(&need.access).iter().flat_map(lint_program) {
            let _ = writeln!(asked, "    look: {}", line(&message));
        }
    }
    print::complain_page(asked.trim_end());
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        bail!("--learn: nobody can be asked, as standard input is no terminal: write --yes to allow what it needs");
    }
    print::complain("Allow this? [y/N]");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => bail!("--learn: it is not run, as its needs were not allowed"),
    }
}

/// Returns the grant that a need for a command asks for.
fn command(need: &Access) -> Option<CommandGrant> {
    let Access::Command { form, argv } = need else { return None };
    GrantedArgv::parse(*form, argv).ok().map(CommandGrant::of)
}

/// Returns the place below `root` where a path leads by links, if that is another one.
fn leads_to(root: &Path, path: &str) -> Option<String> {
    let below = root.join(path.trim_start_matches('/'));
    let target = std::fs::canonicalize(&below).ok()?;
    let target = Path::new("/").join(target.strip_prefix(root).ok()?);
    target.to_str().filter(|target| *target != path).map(str::to_owned)
}
