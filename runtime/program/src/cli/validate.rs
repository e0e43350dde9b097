//! `validate`: the whole configuration judged, without running a check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::ValueEnum;
use serde_json::json;

use super::doctor::useradd;
use super::run::not_begun;
use super::{accounts, exit, print, standalone, things};
use crate::round::run_outcome::{Answered, Goal, RunOutcome};
use crate::round::subject::subject;
use crate::round::verdict::accept;
use roundsman_config::lint::lint;
use roundsman_config::{Check, Config, DEFAULT_SENDER, Places, ReceiverWay, RefusedFile, load_with_candidates};
use roundsman_contract::subject::CheckSubject;
use roundsman_contract::{Descriptor, Judgement, MetricInfo, Need, OptionProblem};
use roundsman_grants::denial::toml_key;
use roundsman_grants::escape;
use roundsman_grants::{CommandGrant, EnvValue};
use roundsman_os::process::restrictions::SignalScope;
use roundsman_os::process::running;
use roundsman_os::process::slot::SlotRow;
use roundsman_os::process::spawn::SEARCH_PATH;
use roundsman_os::process::user::{Account, AccountError};
use roundsman_sandbox::broker::commands::chain;
use roundsman_sandbox::worker::ExportAnswer;
use roundsman_sandbox::zygote::Zygote;
use roundsman_store::private::Private;
use roundsman_verdict::judge::descriptor::metrics_reason;
use roundsman_verdict::judge::thresholds;

/// Longest text of a component about one thing, in bytes.
const LONGEST_SAID: usize = 1 << 10;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Drop-ins to judge as if they stood in conf.d
    file: Vec<PathBuf>,
    /// Treat a lint as an error
    #[arg(long)]
    strict: bool,
    /// Look up no program, account or device of this host
    #[arg(long)]
    offline: bool,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Something found. An error stands in the way of a check; a lint is allowed, and seldom meant.
struct Finding {
    is_error: bool,
    /// `None` where it is about a file.
    check: Option<String>,
    message: String,
    hint: Option<String>,
}

/// Runs the command: exit 0, or 78 where there is an error.
pub(crate) fn validate(args: &Args, places: &Places) -> u8 {
    let zygote = Zygote::start();
    let uid = rustix::process::geteuid().as_raw();
    let (findings, checks) = match load_with_candidates(places, &args.file, uid) {
        Err(error) => (vec![Finding::error(None, error.to_string(), None)], 0),
        Ok(config) => {
            let mut findings: Vec<Finding> = config.refused.iter().map(refused).collect();
            if let Err(error) = ask(&zygote, &config, args.offline, &mut findings) {
                print::complain(&format!("roundsman validate: {error:#}"));
                return not_begun(&error);
            }
            findings.extend(config.strangers.iter().map(|file| stranger(file)));
            findings.extend(lint(&config).into_iter().map(|lint| {
                let place = format!("{}:{}", escape::path(&lint.origin.file), lint.origin.line);
                Finding::lint(&lint.check, format!("{place}: {}", lint.message), lint.help)
            }));
            if !args.offline {
                findings.extend(config.checks.values().flat_map(|check| programs(check, uid)));
                findings.extend(bounds(&config));
                findings.extend(of_grants(
                    SlotRow(config.run.worker_uid),
                    config.checks.values().filter(|check| check.enabled),
                    uid,
                ));
                findings.extend(of_outputs(&config, uid));
                if uid == 0 {
                    findings.extend(accounts::missing(&config).into_iter().map(unmade));
                }
            }
            (findings, config.checks.len())
        }
    };
    let errors = findings.iter().filter(|finding| finding.is_error).count();
    let printed = print::page(&match args.format {
        Format::Text => text(&findings, checks, errors),
        Format::Json => json(&findings, checks),
    });
    if errors > 0 || (args.strict && !findings.is_empty()) { exit::CONFIG } else { printed }
}

/// A file among the drop-ins that looks like one and is none.
fn stranger(file: &Path) -> Finding {
    let is_hidden = file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let (why, what) = match (file.is_dir(), is_hidden) {
        (true, _) => ("files in a subdirectory are not read as drop-ins", "move what is in it up"),
        (false, true) => ("the names of drop-ins begin with no dot", "rename it"),
        (false, false) => ("the names of drop-ins end in `.toml`", "rename it"),
    };
    Finding {
        is_error: false,
        check: None,
        message: format!("{} is not read: {why}", escape::path(file)),
        hint: Some(format!("{what}; to switch a check off, write `enabled = false` in an override")),
    }
}

fn refused(file: &RefusedFile) -> Finding {
    let lost = (!file.checks.is_empty()).then(|| format!("not run for that: {}", file.checks.join(", ")));
    Finding::error(None, file.problems.join("\n"), lost)
}

/// Asks each component to describe itself and to judge the options of its checks.
fn ask(zygote: &Zygote, config: &Config, is_offline: bool, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    let subjects: Vec<CheckSubject> =
        config.checks.values().map(|check| subject(check, &Private::default(), config)).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let judge = |subject: &CheckSubject, descriptor: &_| match config.checks.get(&subject.name) {
        Some(check) => accept(subject, descriptor, &check.thresholds),
        None => Ok(()),
    };
    let mut all = standalone::several(
        zygote,
        subjects,
        Goal::Validate,
        config,
        Path::new("/"),
        &judge,
        standalone::DefaultAccount::Configured,
    )?;
    all.sort_by(|one, other| one.name.cmp(&other.name));
    for outcome in all {
        if let Some(check) = config.checks.get(&outcome.name) {
            findings.extend(answered(check, outcome, is_offline));
        }
    }
    Ok(())
}

fn answered(check: &Check, outcome: RunOutcome, is_offline: bool) -> Vec<Finding> {
    let name = &check.name;
    match outcome.result {
        Err(failure) => {
            vec![Finding::error(
                Some(name),
                format!("{}: {}", failure.kind.word(), said(&failure.message)),
                failure.hint,
            )]
        }
        Ok(Answered::Said(ExportAnswer::Judgement(judgement))) => {
            let descriptor = outcome.component.map(|component| Rc::clone(&component.descriptor)).unwrap_or_default();
            judged(check, judgement, &descriptor, is_offline)
        }
        Ok(_) => Vec::new(),
    }
}

/// Returns what a component's judgement of the options of a check brings to light.
fn judged(check: &Check, judgement: Judgement, descriptor: &Descriptor, is_offline: bool) -> Vec<Finding> {
    let name = &check.name;
    let Judgement { problems, needs, metrics } = judgement;
    if !problems.is_empty() {
        return problems.iter().map(|problem| Finding::error(Some(name), option(problem), place(check))).collect();
    }
    let too_many = (!is_offline).then(|| things::too_many(check, &needs)).flatten();
    let needs = needs.iter().chain(&descriptor.needs);
    let mut findings: Vec<Finding> = needs
        .filter(|need| !need.optional && !need.access.is_met_in_part(&check.grants))
        .map(|need| ungranted(name, need))
        .collect();
    findings.extend(too_many.map(|(message, hint)| Finding::lint(name, said(&message), hint)));
    let Some(metrics) = metrics else { return findings };
    let all: Vec<MetricInfo> = descriptor.metrics.iter().cloned().chain(metrics).collect();
    if let Some(reason) = metrics_reason(&all) {
        findings.push(Finding::error(Some(name), format!("options: {}", said(&reason)), place(check)));
        return findings;
    }
    // All that a run can report with these options is known now.
    let declared = Descriptor { metrics: all, free_metrics: false, ..descriptor.clone() };
    let unfit = thresholds::problems(&check.thresholds, &declared);
    findings.extend(unfit.iter().map(|problem| Finding::error(Some(name), problem.to_string(), None)));
    findings
}

fn option(problem: &OptionProblem) -> String {
    match problem.key.as_str() {
        "" => format!("options: {}", said(&problem.message)),
        key => format!("option `{}`: {}", said(key), said(&problem.message)),
    }
}

/// Returns the words of a component: of one line, which they cannot leave for one of ours, and no longer than one reads.
fn said(text: &str) -> String {
    escape::line(&escape::clip(text, LONGEST_SAID))
}

fn place(check: &Check) -> Option<String> {
    let (file, line) = (escape::path(&check.origin.file), check.origin.line);
    Some(format!("see [check.{}.config] in {file}, the check is at line {line}", toml_key(&check.name)))
}

fn ungranted(check: &str, need: &Need) -> Finding {
    let (what, hint) = match (&need.access, need.access.remedy()) {
        (access, Some(remedy)) => (access.shown(), remedy.toml(check)),
        (access, None) => {
            let capability = said(access.capability());
            (capability.clone(), format!("roundsman {} has no `{capability}` to grant", env!("CARGO_PKG_VERSION")))
        }
    };
    Finding::lint(check, format!("needs {}, which is not granted: {}", said(&what), said(&need.reason)), hint)
}

/// Granted programs that are not there, or that others could replace, with what they become when they are run.
fn programs(check: &Check, uid: u32) -> Vec<Finding> {
    let judged = check.grants.commands.iter().filter_map(|grant| {
        let error = chain::judge(&grant.argv.spelled_out(), search_path(grant), uid).err()?;
        Some(Finding::lint(&check.name, format!("its program {}: {error}", grant.argv.program()), String::new()))
    });
    judged.collect()
}

/// Returns `PATH` as the program gets it, unless it is in a file, which only the program is to see.
fn search_path(grant: &CommandGrant) -> &str {
    match grant.env.get("PATH") {
        Some(EnvValue::Text(path)) => path,
        Some(EnvValue::File(_)) | None => SEARCH_PATH,
    }
}

/// Bounds that other grants of the configuration, or this host, keep from holding: such a command would not run, or not as
/// the operator means it.
fn bounds(config: &Config) -> Vec<Finding> {
    let commands = || {
        let checks = config.checks.values();
        checks.flat_map(|check| check.grants.commands.iter().map(move |grant| (check, grant)))
    };
    let scoped = commands().filter(|(_, grant)| grant.bounds.own_signals).filter_map(|(check, _)| {
        let error = SignalScope::prepare().err()?;
        Some(Finding::error(Some(&check.name), format!("signals = \"own\": {error}"), None))
    });
    let counted = commands().filter(|(_, grant)| grant.bounds.processes.is_some());
    let shared = counted.filter_map(|(check, grant)| {
        Some(Finding::error(
            Some(&check.name),
            format!(
                "`processes` counts all processes of its user, and {}",
                other_use(config, check, grant.user.as_deref()?)?
            ),
            Some(OWN_ACCOUNT.to_owned()),
        ))
    });
    let busy = commands().filter(|(_, grant)| grant.bounds.processes.is_some()).filter_map(|(check, grant)| {
        let user = grant.user.as_deref()?;
        let running = running::of_user(Account::local(user)?.uid);
        let message =
            format!("`processes` counts all processes of its user, and `{user}` has {running} at this moment");
        (running > 0).then(|| Finding::lint(&check.name, message, OWN_ACCOUNT.to_owned()))
    });
    scoped.chain(shared).chain(busy).collect()
}

const OWN_ACCOUNT: &str = "user = \"an account that runs nothing else\", beside `processes`";

/// Returns what else runs processes as this user.
fn other_use(config: &Config, own: &Check, user: &str) -> Option<String> {
    if user == config.run.user {
        return Some(format!("`{user}` is run.user, as which all checks read and run commands"));
    }
    let other = config.checks.values().find(|check| {
        let grants = &check.grants;
        let users = grants.commands.iter().filter_map(|grant| grant.user.as_deref()).chain(grants.user.as_deref());
        check.name != own.name && users.into_iter().any(|other| other == user)
    });
    other.map(|other| format!("the check `{}` has the user `{user}` too", other.name))
}

/// Accounts that grants name and that no run of the check could become. Each is looked up once, however many name it: a
/// directory server may take its time.
fn of_grants<'c>(row: SlotRow, checks: impl Iterator<Item = &'c Check>, uid: u32) -> Vec<Finding> {
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for check in checks {
        let of_commands = check.grants.commands.iter().filter_map(|grant| grant.user.as_deref());
        for user in check.grants.user.as_deref().into_iter().chain(of_commands).collect::<BTreeSet<_>>() {
            named.entry(user).or_default().push(&check.name);
        }
    }
    let mut findings = Vec::new();
    for (user, checks) in named {
        let Some((why, hint)) = out_of_reach(row, user, uid) else { continue };
        findings.extend(
            checks.into_iter().map(|check| Finding::lint(check, format!("its grant's user: {why}"), hint.to_owned())),
        );
    }
    findings
}

/// Accounts that outputs name and that no process of theirs could become. Of `roundsman-net`, which need not be there, only one
/// that is.
fn of_outputs(config: &Config, uid: u32) -> Vec<Finding> {
    let row = SlotRow(config.run.worker_uid);
    let mut named: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for receiver in &config.receivers {
        let (key, users): (_, Vec<&str>) = match &receiver.way {
            ReceiverWay::Url(_) => ("delivery.user", vec![&config.delivery.user]),
            ReceiverWay::Command(way) => {
                ("its command's user", way.grants.commands.iter().filter_map(|grant| grant.user.as_deref()).collect())
            }
        };
        for user in users {
            if user != DEFAULT_SENDER || Account::local(user).is_some() {
                named.entry((key, user)).or_default().push(&receiver.name);
            }
        }
    }
    let lint = |((key, user), outputs): ((&str, &str), Vec<&str>)| {
        let (why, hint) = out_of_reach(row, user, uid)?;
        let outputs = outputs.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = format!("output {outputs}: {key}: {why}");
        Some(Finding { is_error: false, check: None, message, hint: Some(hint.to_owned()) })
    };
    named.into_iter().filter_map(lint).collect()
}

/// Tells why no process that this user starts could become that account, and what to do.
fn out_of_reach(row: SlotRow, user: &str, uid: u32) -> Option<(String, &'static str)> {
    match row.account_beside(user) {
        Err(error @ AccountError::OfRuns { .. }) => {
            Some((error.to_string(), "name another account in `user`, or change its uid with `usermod --uid`"))
        }
        Err(error @ AccountError::Missing(_)) => {
            Some((error.to_string(), "name an account of this host in `user`, or make it with `useradd --system`"))
        }
        Err(error) => Some((error.to_string(), "such a run fails while that is so: `getent passwd` shows it")),
        Ok(account) if uid != 0 && account.uid != uid => {
            Some((format!("only root may become `{user}`"), "start rounds as root, or take `user` out"))
        }
        Ok(_) => None,
    }
}

/// Reports an account of our own processes that the host lacks; they run under a uid that no account has.
fn unmade((name, what): (String, &str)) -> Finding {
    Finding {
        is_error: false,
        check: None,
        message: format!("there is no account `{name}` ({what}) on this host"),
        hint: Some(useradd(&name)),
    }
}

impl Finding {
    fn error(check: Option<&str>, message: String, hint: Option<String>) -> Self {
        Self { is_error: true, check: check.map(str::to_owned), message, hint }
    }

    fn lint(check: &str, message: String, hint: String) -> Self {
        let hint = Some(hint).filter(|hint| !hint.is_empty());
        Self { is_error: false, check: Some(check.to_owned()), message, hint }
    }
}

fn text(findings: &[Finding], checks: usize, errors: usize) -> String {
    let mut page = String::new();
    for (finding, checks) in alike(findings) {
        let word = if finding.is_error { "error" } else { "lint" };
        let about = about(&checks);
        let indented =
            finding.hint.iter().flat_map(|hint| hint.lines()).map(|line| format!("\n  {}", escape::line(line)));
        // Messages about files have lines of their own: the place, and the underline.
        let message = finding.message.lines().map(escape::line).collect::<Vec<_>>().join("\n");
        page.push_str(&format!("{word}: {about}{message}{}\n", indented.collect::<String>()));
    }
    let lints = findings.len() - errors;
    page + &format!("{}, {}, {}\n", counted(checks, "check"), counted(errors, "error"), counted(lints, "lint"))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Each thing that was found once, with the checks that it was found of: a component that is missing is missing for all.
fn alike(findings: &[Finding]) -> Vec<(&Finding, Vec<&str>)> {
    let mut told: Vec<(&Finding, Vec<&str>)> = Vec::new();
    for finding in findings {
        let same = |(other, _): &&mut (&Finding, Vec<&str>)| {
            (other.is_error, &other.message, &other.hint) == (finding.is_error, &finding.message, &finding.hint)
        };
        match told.iter_mut().find(same) {
            Some((_, checks)) => checks.extend(finding.check.as_deref()),
            None => told.push((finding, finding.check.as_deref().into_iter().collect())),
        }
    }
    told
}

fn about(checks: &[&str]) -> String {
    match checks {
        [] => String::new(),
        [one] => format!("check `{one}`: "),
        [one, two] => format!("checks `{one}` and `{two}`: "),
        [one, two, others @ ..] => format!("checks `{one}`, `{two}` and {} more: ", others.len()),
    }
}

fn json(findings: &[Finding], checks: usize) -> String {
    let listed = findings.iter().map(|finding| {
        let level = if finding.is_error { "error" } else { "lint" };
        json!({ "level": level, "check": finding.check, "message": finding.message, "hint": finding.hint })
    });
    let object = json!({ "schema": 1, "checks": checks, "findings": listed.collect::<Vec<_>>() });
    escape::json(&object.to_string()) + "\n"
}
