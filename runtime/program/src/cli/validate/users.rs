//! Accounts that grants and outputs name, looked up on this host: whether a process of ours could become each.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use crate::cli::accounts::useradd;
use roundsman_config::{Check, Config, DEFAULT_SENDER, ReceiverWay};
use roundsman_os::process::slot::SlotRow;
use roundsman_os::process::user::{Account, AccountError};

/// Accounts that grants name and that no run of the check could become. Each is looked up once, however many name it: a
/// directory server may take its time.
pub(super) fn of_grants<'c>(row: SlotRow, checks: impl Iterator<Item = &'c Check>, uid: u32) -> Vec<Finding> {
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
pub(super) fn of_outputs(config: &Config, uid: u32) -> Vec<Finding> {
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
pub(super) fn unmade((name, what): (String, &str)) -> Finding {
    Finding {
        is_error: false,
        check: None,
        message: format!("there is no account `{name}` ({what}) on this host"),
        hint: Some(useradd(&name)),
    }
}
