//! `compare`: what NRPE runs beside what runs here. It is a command of its own, as it runs things.

use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};

use super::{exit, print};
use roundsman_config::Places;
use roundsman_config::import::{Old, Said, account, commands};
use roundsman_contract::Ending;
use roundsman_grants::escape;
use roundsman_os::process::restrictions::Restrictions;
use roundsman_os::process::spawn::{Launch, environment};
use roundsman_os::process::tree;
use roundsman_os::process::user::Account;
use roundsman_sandbox::broker::commands::{ExecutionBounds, NotCompleted, execute};

/// Time of a command, as much as NRPE gives a command where its file says nothing (`command_timeout`).
const TIME: Duration = Duration::from_secs(60);
/// Bytes that either may print.
const OUTPUT: u64 = 1 << 20;
/// Runs of one command: who wants more wants a round.
const MOST_TIMES: u32 = 100;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// nrpe.cfg, as it was before: its commands are run as its nrpe_user
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How many times each is run
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=MOST_TIMES as i64))]
    times: u32,
}

/// Our own program, and where it finds the configuration.
struct Ours {
    program: CString,
    main: Vec<u8>,
}

/// Environment that NRPE gives its commands.
struct Theirs {
    /// `None` where that is who we are.
    account: Option<Account>,
    env: Vec<(&'static str, Vec<u8>)>,
}

/// Result of the comparison of one command.
enum Likeness {
    Alike,
    Differ(String),
    NotCompared(String),
}

/// Prints how many are alike, and each that is not.
pub(crate) fn compare(args: &Args, places: &Places) -> u8 {
    match compared(args, places) {
        Ok(text) => print::page(&text),
        Err(error) => {
            print::complain(&format!("roundsman compare: {error:#}"));
            exit::DATA
        }
    }
}

fn compared(args: &Args, places: &Places) -> anyhow::Result<String> {
    let sources = super::import::sources(std::slice::from_ref(&args.file))?.sources;
    let all: Vec<Old> = sources.iter().flat_map(commands).collect();
    if all.is_empty() {
        bail!("{}: no `command[NAME]=…` that can be run without arguments from the network", escape::path(&args.file));
    }
    let user = sources.iter().find_map(account);
    let theirs = Theirs { account: whom(user.as_deref(), &args.file)?, env: env_of(user.as_deref()) };
    let config =
        super::loaded(places).map_err(|_| anyhow!("without a configuration there is nothing to compare with"))?;
    tree::adopt_orphans().context("adopting what commands leave")?;
    let program = std::env::current_exe().context("this program")?;
    let c_string = |path: &Path| CString::new(path.as_os_str().as_encoded_bytes()).context("a path");
    let ours = Ours { program: c_string(&program)?, main: places.main.as_os_str().as_encoded_bytes().to_vec() };

    let (mut alike, mut lines) = (0, Vec::new());
    for old in &all {
        let likeness = if config.checks.contains_key(&old.ours) {
            times(old, &theirs, &ours, args.times)
        } else {
            Likeness::NotCompared(format!("there is no check `{}`", old.ours))
        };
        match likeness {
            Likeness::Alike => alike += 1,
            Likeness::Differ(why) | Likeness::NotCompared(why) => lines.push(format!("{}: {why}", old.name)),
        }
    }
    lines.insert(0, format!("{alike} of {} alike", all.len()));
    Ok(lines.iter().map(|line| escape::line(line) + "\n").collect())
}

/// Returns the account of NRPE; `None` where that is who we are. Root runs nothing as root that the file does not say it
/// should.
fn whom(user: Option<&str>, file: &Path) -> anyhow::Result<Option<Account>> {
    let root = rustix::process::geteuid().is_root();
    let Some(user) = user else {
        if root {
            bail!("{}: no `nrpe_user`, and as root nothing of it is run: add the line", escape::path(file));
        }
        return Ok(None);
    };
    let account = Account::of_name(user)?;
    match account.is_current() {
        true => Ok(None),
        false if root => Ok(Some(account)),
        false => bail!("its commands run as {user}: start this as root or as {user}"),
    }
}

/// Returns what a service manager gives a service of this account: a plugin may keep files in its home.
fn env_of(user: Option<&str>) -> Vec<(&'static str, Vec<u8>)> {
    let Some(user) = user else { return Vec::new() };
    let names = ["USER", "LOGNAME"].map(|key| (key, user.as_bytes().to_vec()));
    names.into_iter().chain(Account::home(user).map(|home| ("HOME", home))).collect()
}

/// Runs both so many times. The first difference is told.
fn times(old: &Old, theirs: &Theirs, ours: &Ours, times: u32) -> Likeness {
    if old.line.contains("roundsman status") || old.line.contains("roundsman check") {
        return Likeness::NotCompared("it calls roundsman already: compare the file as it was before".to_owned());
    }
    let (mut differences, mut first) = (0, None);
    for _ in 0..times {
        let (was, is) = match (run_old(old, theirs), run_ours(old, ours)) {
            (Ok(was), Ok(is)) => (was, is),
            (Err(why), _) => return Likeness::NotCompared(format!("the old: {why}")),
            (_, Err(why)) => return Likeness::NotCompared(format!("the new: {why}")),
        };
        if !was.is_like(&is) {
            differences += 1;
            first.get_or_insert_with(|| format!("old {}, new {}", was.shown(), is.shown()));
        }
    }
    match first {
        None => Likeness::Alike,
        Some(first) if times == 1 => Likeness::Differ(first),
        Some(first) => Likeness::Differ(format!("{differences} of {times} times; {first}")),
    }
}

/// Runs a command as NRPE does: by a shell.
fn run_old(old: &Old, theirs: &Theirs) -> Result<Said, String> {
    let env: Vec<(&str, &[u8])> = theirs.env.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    run(c"/bin/sh", &["sh", "-c", &old.line], &env, theirs.account.clone())
}

fn run_ours(old: &Old, ours: &Ours) -> Result<Said, String> {
    run(&ours.program, &["roundsman", "check", &old.ours], &[("ROUNDSMAN_CONFIG", &ours.main)], None)
}

fn run(
    program: &std::ffi::CStr,
    argv: &[&str],
    env: &[(&str, &[u8])],
    account: Option<Account>,
) -> Result<Said, String> {
    let text = |error: std::ffi::NulError| error.to_string();
    let launch = Launch {
        program: program.to_owned(),
        argv: argv.iter().map(|word| CString::new(*word)).collect::<Result<_, _>>().map_err(text)?,
        env: environment(env.iter().copied()).map_err(text)?,
        input: None,
        account,
        cpu: TIME * 2,
        memory: None,
        // It may call sudo, as it does under NRPE.
        may_gain_privileges: true,
        restrictions: Restrictions::default(),
    };
    let bounds = ExecutionBounds { output: OUTPUT, deadline: Instant::now() + TIME, asker: None };
    match execute(&launch, &bounds, &mut Vec::new()) {
        Ok(completed) => match completed.ending {
            Ending::Code(code) => {
                let [output, error] =
                    [&completed.standard_output, &completed.standard_error].map(|it| String::from_utf8_lossy(it));
                Ok(Said::of(code, &output, &error))
            }
            Ending::Signal(signal) => Err(format!("signal {signal} ended it")),
        },
        Err(NotCompleted::Start(error)) => Err(error.to_string()),
        Err(NotCompleted::Full) => Err(format!("it printed more than {OUTPUT} bytes")),
        Err(NotCompleted::TimedOut { .. }) => Err(format!("it did not end within {} s", TIME.as_secs())),
        Err(NotCompleted::Broken(error)) => Err(error.to_string()),
    }
}
