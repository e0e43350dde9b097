//! Accounts of our own processes that this host lacks. Each of them then has a uid that no account has.

use crate::isolation::default_account;
use roundsman_config::{Config, DEFAULT_SENDER, ReceiverWay};
use roundsman_os::process::user::{Account, AccountError};
use roundsman_store::release::fetcher;
use roundsman_store::release::reference::Reference;

/// Names each account that this configuration needs and the host lacks, with what names it.
pub(crate) fn missing(config: &Config) -> Vec<(String, &'static str)> {
    let mut missing = Vec::new();
    if matches!(default_account(&config.run), Err(AccountError::Missing(_))) {
        missing.push((config.run.user.clone(), "run.user"));
    }
    let sends = config.receivers.iter().any(|receiver| matches!(receiver.way, ReceiverWay::Url(_)));
    if sends && lacks(&config.delivery.user, DEFAULT_SENDER) {
        missing.push((config.delivery.user.clone(), "delivery.user"));
    }
    let is_remote = |text: &str| matches!(Reference::parse(text), Ok(Reference::Remote(_)));
    if config.lock.0.values().any(|pin| is_remote(&pin.reference)) && lacks(fetcher::USER, fetcher::USER) {
        missing.push((fetcher::USER.to_owned(), "which fetches releases"));
    }
    missing
}

/// Tells whether there is no such account. Those of packages are local: no directory service is asked for them.
fn lacks(name: &str, packaged: &str) -> bool {
    if name == packaged {
        return Account::local(name).is_none();
    }
    matches!(Account::of_name(name), Err(AccountError::Missing(_)))
}

/// Returns the command that makes the account of `run.user`.
pub(crate) fn useradd(name: &str) -> String {
    format!("useradd --system --user-group --no-create-home --shell /usr/sbin/nologin {name}")
}
