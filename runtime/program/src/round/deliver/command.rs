//! Messages to a program: a broker of the round's own runs it once for each, and answers as a sender does.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use roundsman_order::{DeliveryAnswer, DeliveryOutcome, DeliveryRequest, zabbix};

use super::Prepared;
use super::sender::Sender;
use crate::isolation::default_account;
use roundsman_config::{Buffers, CommandWay, DEFAULT_USER, Limits, RunSettings};
use roundsman_contract::calls::{Reply, commands};
use roundsman_contract::report::Hanging;
use roundsman_contract::{Completed, Ending, Error};
use roundsman_grants::escape;
use roundsman_os::process::fork::{UNBORN, fork_child};
use roundsman_os::process::pipe::pipe;
use roundsman_os::process::rights::may_change_user;
use roundsman_os::process::slot::SlotRow;
use roundsman_os::process::spawn::Running;
use roundsman_os::process::user::{Account, AccountError, SUBSTITUTE};
use roundsman_os::process::{starved, stdio};
use roundsman_sandbox::broker::commands::Commands;

/// Time by which a program must end before the delivery does: to end it with its tree takes three seconds where it hangs in the
/// kernel, and that is told.
const SPARE: Duration = Duration::from_secs(4);

/// What a program may print, in bytes: the begin of it is told where it fails.
const OUTPUT: u64 = 64 << 10;
/// Of that, what is told.
const TOLD: usize = 200;
/// The exit code of a program that wants to be asked later (EX_TEMPFAIL).
const LATER: i32 = 75;
/// Messages of a round: more wait for the next.
const MOST: u64 = 1_000;

/// Whom commands run as where they name nobody: as those of checks. `None` where this process is not root.
///
/// # Errors
/// In words why the account is not known, or why the command cannot be whom it names: one with a uid of runs could signal
/// what reads and runs commands.
pub(crate) fn account(run: &RunSettings, way: &CommandWay) -> Result<Option<Account>, String> {
    if !may_change_user() {
        return Ok(None);
    }
    for user in way.grants.commands.iter().filter_map(|grant| grant.user.as_deref()) {
        // Of one that is not there its own broker says so.
        if let Err(error @ AccountError::OfRuns { .. }) = SlotRow(run.worker_uid).account_beside(user) {
            return Err(format!("{error}: name another as `user`, or change its uid with `usermod --uid`"));
        }
    }
    match default_account(run) {
        Ok(account) => Ok(Some(account)),
        Err(AccountError::Missing(_)) if run.user == DEFAULT_USER => Ok(Some(Account::of_number(SUBSTITUTE))),
        Err(error) => Err(error.to_string()),
    }
}

/// Meaning of a program's exit codes, by the format that it delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// Of a program of the operator's.
    Own,
    /// Of sendmail(1), from `sysexits.h`.
    Sendmail,
    /// Of zabbix_sender(1), which prints how many values were taken.
    ZabbixSender,
}

impl Codes {
    /// Tells whether one speaks against the message, and not of a host, a network or a server that will be there again.
    fn refuse(self, code: i32) -> bool {
        match self {
            Self::Own => code != LATER,
            // EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_NOUSER.
            Self::Sendmail => (64..=67).contains(&code),
            // 1 is that nothing was sent.
            Self::ZabbixSender => ![1, LATER].contains(&code),
        }
    }
}

/// Starts the broker of an output's command.
///
/// # Errors
/// In words why it could not be started.
pub(crate) fn start(
    output: &str,
    way: &CommandWay,
    codes: Codes,
    (requests, steps): Prepared,
    (account, hanging): (Option<Account>, &[Hanging]),
    deadline: Instant,
) -> Result<Sender, String> {
    let made = || pipe().map_err(|error| format!("making a pipe: {}", starved::shown(&error)));
    let ((stdout, answers), (stderr, complaints)) = (made()?, made()?);
    let count = requests.len();
    let (name, way) = (output.to_owned(), way.clone());
    let child = fork_child("roundsman-delivery", || {
        let kept = stdio::keep_only(&[answers.as_fd(), complaints.as_fd()]);
        if kept.is_err() {
            return UNBORN;
        }
        let run = commands(&name, &way, account, hanging, deadline)
            .and_then(|commands| run(commands, &way, codes, requests, &mut File::from(answers)));
        run.map_or_else(|error| tell(&mut File::from(complaints), &error), |()| 0)
    });
    let child = child.map_err(|error| format!("making a process: {}", starved::shown(&error)))?;
    Ok(Sender::of(output, Running { child, stdout, stderr }, steps, count).of_a_command())
}

fn tell(complaints: &mut File, error: &io::Error) -> i32 {
    // There is nobody else to tell.
    let _ = writeln!(complaints, "{error}");
    1
}

/// Returns what runs the program of an output, unless one of these processes of it is still there.
fn commands(
    output: &str,
    way: &CommandWay,
    account: Option<Account>,
    hanging: &[Hanging],
    deadline: Instant,
) -> io::Result<Commands> {
    let limits = Limits { output: OUTPUT, commands: MOST, ..Limits::default() };
    let buffers = Buffers { all: 4 * OUTPUT, runs: 1 };
    let own = deadline.checked_sub(SPARE).unwrap_or(deadline);
    let mut commands = Commands::new(output, way.grants.clone(), limits, account, buffers, own)?;
    commands.remember(hanging);
    Ok(commands)
}

/// Runs the program for each message until one has to wait.
fn run(
    mut commands: Commands,
    way: &CommandWay,
    codes: Codes,
    requests: Vec<DeliveryRequest>,
    answers: &mut File,
) -> io::Result<()> {
    let argv: Vec<String> = way.grants.commands.first().and_then(|grant| grant.argv.only_argv()).unwrap_or_default();
    for request in requests {
        let called = commands.run(&argv, Some(request.body.text().into_bytes()), OUTPUT);
        let reply = called.unwrap_or_else(|failure| Reply::Error(Error::other("failed", failure.message)));
        let (outcome, dropped, reason) = match reply {
            Reply::Commands(commands::Answer::Completed(completed))
                if codes == Codes::ZabbixSender && is_delivery(&completed, &way.delivered) =>
            {
                zabbix::judge(&String::from_utf8_lossy(&completed.standard_output))
            }
            reply => {
                let (outcome, reason) = judged(reply, &way.delivered, codes);
                (outcome, 0, reason)
            }
        };
        let left = commands.take_left();
        for hanging in &left {
            answers.write_all(format!("{}\n", serde_json::to_string(hanging)?).as_bytes())?;
        }
        let reason = left.first().map_or(reason, |hanging| {
            escape::line(&format!(
                "the command {hanging}: SIGKILL does not end it, and no other is started while it is there"
            ))
        });
        let (status, retry_after, question, answer) = (None, None, None, None);
        let answer = DeliveryAnswer { id: request.id, outcome, status, retry_after, reason, dropped, question, answer };
        let line = serde_json::to_string(&answer).map_err(io::Error::from)?;
        answers.write_all(format!("{line}\n").as_bytes())?;
        // What is behind one that is tried again waits for it.
        if outcome != DeliveryOutcome::Done {
            break;
        }
    }
    Ok(())
}

fn is_delivery(completed: &Completed, delivered: &[i32]) -> bool {
    matches!(completed.ending, Ending::Code(code) if delivered.contains(&code))
}

/// Returns what the end of a program means for its message.
fn judged(reply: Reply, delivered: &[i32], codes: Codes) -> (DeliveryOutcome, String) {
    match reply {
        Reply::Commands(commands::Answer::Completed(completed)) if is_delivery(&completed, delivered) => {
            (DeliveryOutcome::Done, String::new())
        }
        Reply::Commands(commands::Answer::Completed(Completed { ending, standard_output, standard_error, .. })) => {
            let said = if standard_error.is_empty() { standard_output } else { standard_error };
            let said: String = String::from_utf8_lossy(&said).trim().chars().take(TOLD).collect();
            let said = if said.is_empty() { said } else { format!(": {said}") };
            let (outcome, ended) = match ending {
                Ending::Code(LATER) => (DeliveryOutcome::Later, "the command asks for later (exit code 75)".to_owned()),
                Ending::Code(code) => {
                    let outcome = if codes.refuse(code) { DeliveryOutcome::Refused } else { DeliveryOutcome::Later };
                    (outcome, format!("the command ended with exit code {code}"))
                }
                Ending::Signal(signal) => (DeliveryOutcome::Later, format!("signal {signal} ended the command")),
            };
            (outcome, escape::line(&format!("{ended}{said}")))
        }
        Reply::Error(Error::TimedOut) => (
            DeliveryOutcome::Later,
            "the command did not end in time: see what it waits for, or raise `delivery.deadline`".to_owned(),
        ),
        Reply::Error(Error::NotFound) => (DeliveryOutcome::Later, "the command does not exist: install it".to_owned()),
        Reply::Error(Error::Denied(denial)) => {
            (DeliveryOutcome::Later, escape::line(&format!("the command is not started: {}", denial.hint)))
        }
        Reply::Error(Error::Io(number)) => {
            (DeliveryOutcome::Later, format!("the command could not be started: {number}"))
        }
        Reply::Error(Error::Other(why)) => (DeliveryOutcome::Later, escape::line(&why.message)),
        other => (DeliveryOutcome::Later, format!("the command: {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_that_is_away_leads_to_is_for_later() {
        let refused = |codes: Codes| (0..=255).filter(|code| codes.refuse(*code)).collect::<Vec<_>>();
        assert_eq!(refused(Codes::Sendmail), [64, 65, 66, 67]);
        assert!(!Codes::ZabbixSender.refuse(1) && Codes::ZabbixSender.refuse(255));
        assert!(Codes::Own.refuse(1) && !Codes::Own.refuse(LATER));
    }
}
