//! Programs that grants name, looked up on this host: whether each can be run, and whether its bounds would hold.

use super::finding::Finding;
use roundsman_config::{Check, Config};
use roundsman_grants::{CommandGrant, EnvValue};
use roundsman_os::process::restrictions::SignalScope;
use roundsman_os::process::running;
use roundsman_os::process::spawn::SEARCH_PATH;
use roundsman_os::process::user::Account;
use roundsman_sandbox::broker::commands::chain;

const OWN_ACCOUNT: &str = "user = \"an account that runs nothing else\", beside `processes`";

/// Granted programs that are not there, or that others could replace, with what they become when they are run.
pub(super) fn programs(check: &Check, uid: u32) -> Vec<Finding> {
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
pub(super) fn bounds(config: &Config) -> Vec<Finding> {
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
