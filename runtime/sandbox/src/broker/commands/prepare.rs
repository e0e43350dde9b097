//! Preparation of a granted program: a path that only its owners can change, a user, an environment, an input.

use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::process::geteuid;
use rustix::thread::CapabilitySet;

use super::chain::{self, ChainError};
use crate::broker::identity::{self, Own};
use roundsman_grants::commands::AllowedCommand;
use roundsman_grants::{CommandBounds, CommandGrant, EnvValue, StdinGrant};
use roundsman_os::process::errno;
use roundsman_os::process::memfd::Memfd;
use roundsman_os::process::network::NetworkFilter;
use roundsman_os::process::restrictions::{Restrictions, SignalScope};
use roundsman_os::process::rights::may_change_user;
use roundsman_os::process::spawn::{Launch, environment};
use roundsman_os::process::tree::GRACE;
use roundsman_os::process::user::{Account, AccountError};
use roundsman_os::safe_path::SafePathError;
use roundsman_os::secret::{SecretError, read_secret};

/// Why a granted program is not started.
pub(super) enum NotPrepared {
    /// The host is not as the grant supposes; the text says how to mend it.
    Denied(String),
    NotFound,
    /// The name of the error number.
    Io(String),
    Other(String),
}

impl From<SecretError> for NotPrepared {
    fn from(error: SecretError) -> Self {
        Self::Denied(error.to_string())
    }
}

/// Gathers all that an allowed program will have. `time` is its wall clock.
pub(super) fn prepare(
    allowed: &AllowedCommand<'_>,
    input: Option<Vec<u8>>,
    (own, default): (Option<Own>, Option<&Account>),
    time: Duration,
) -> Result<Launch, NotPrepared> {
    let grant = allowed.grant();
    let account = account(own, grant.user.as_deref(), default)?;
    let uid = account.as_ref().map_or_else(|| geteuid().as_raw(), |account| account.uid);
    let program = grant.argv.program();
    let env = granted_environment(grant, uid)?;
    judge_program(allowed.argv(), search_path(&env), uid)?;
    let restrictions = restrictions(&grant.bounds, uid)?;
    Ok(Launch {
        // The path as granted, not where links lead: some programs look at the name that they were called by.
        program: c_string(program)?,
        argv: allowed.argv().iter().map(|word| c_string(word)).collect::<Result<_, _>>()?,
        env,
        input: granted_input(grant, input, uid)?,
        account,
        cpu: time + GRACE,
        memory: grant.memory,
        may_gain_privileges: grant.may_gain_privileges,
        restrictions,
    })
}

/// Returns the user of the program; `None` if this process is that user already and, not being root, cannot set its groups.
fn account(own: Option<Own>, named: Option<&str>, default: Option<&Account>) -> Result<Option<Account>, NotPrepared> {
    let account = match named {
        None => default.cloned(),
        Some(name) => Some(identity::account(own, name).map_err(|error| match error {
            AccountError::Missing(_) => NotPrepared::Denied(format!("{error}: make it, or name another as `user`")),
            AccountError::OfRuns { .. } => NotPrepared::Denied(format!("{error}: name another as `user`")),
            AccountError::Lookup(..) => NotPrepared::Other(error.to_string()),
        })?),
    };
    match account {
        Some(account) if may_change_user() => Ok(Some(account)),
        Some(account) if !account.is_current() => {
            let user = named.map_or_else(|| format!("uid {}", account.uid), |name| format!("the user `{name}`"));
            Err(NotPrepared::Denied(format!("it runs as {user}, and only root may become another: start as root")))
        }
        Some(_) | None => Ok(None),
    }
}

fn judge_program(argv: &[String], search: &str, uid: u32) -> Result<(), NotPrepared> {
    chain::judge(argv, search, uid).map_err(|error| match &error {
        ChainError::Program(SafePathError::Missing(_)) => NotPrepared::NotFound,
        ChainError::Program(SafePathError::Unreachable { source, .. }) => NotPrepared::Io(errno::name_of(source)),
        ChainError::Program(source) | ChainError::Part { source, .. }
            if matches!(source, SafePathError::Owner { .. } | SafePathError::Writable { .. }) =>
        {
            NotPrepared::Denied(format!("anybody who can replace a program can run anything: {error}"))
        }
        ChainError::Nested(_) | ChainError::Long | ChainError::Unclear(_) => NotPrepared::Denied(error.to_string()),
        ChainError::Program(_) | ChainError::Part { .. } => NotPrepared::Other(error.to_string()),
    })
}

/// Returns the `PATH` of the program.
fn search_path(env: &[CString]) -> &str {
    env.iter().find_map(|variable| variable.to_str().ok()?.strip_prefix("PATH=")).unwrap_or_default()
}

fn restrictions(bounds: &CommandBounds, uid: u32) -> Result<Restrictions, NotPrepared> {
    if bounds.processes.is_some() && uid == 0 {
        let reason = "the kernel counts no processes of root, so `processes` needs a `user` with another uid than 0";
        return Err(NotPrepared::Denied(reason.to_owned()));
    }
    let signals = bounds.own_signals.then(SignalScope::prepare).transpose();
    Ok(Restrictions {
        network: bounds.no_network.then(NetworkFilter::new),
        signals: signals.map_err(|error| NotPrepared::Denied(format!("signals = \"own\": {error}")))?,
        processes: bounds.processes,
        capabilities: bounds.capabilities.map(CapabilitySet::from_bits_retain),
    })
}

fn granted_environment(grant: &CommandGrant, uid: u32) -> Result<Vec<CString>, NotPrepared> {
    let mut values = Vec::new();
    for (name, value) in &grant.env {
        let value = match value {
            EnvValue::Text(text) => text.as_bytes().to_vec(),
            EnvValue::File(path) => {
                let mut secret = read_secret(path, uid)?;
                // An editor ends the last line of a file; no password ends so.
                if secret.last() == Some(&b'\n') {
                    secret.pop();
                }
                secret
            }
        };
        values.push((name.as_str(), value));
    }
    environment(values.iter().map(|(name, value)| (*name, value.as_slice())))
        .map_err(|_| NotPrepared::Denied("a value of the grant's `env` holds a NUL byte".to_owned()))
}

fn granted_input(grant: &CommandGrant, input: Option<Vec<u8>>, uid: u32) -> Result<Option<OwnedFd>, NotPrepared> {
    let content = match &grant.stdin {
        StdinGrant::File(path) => Some(read_secret(path, uid)?),
        // Input that the grant does not allow was denied before.
        StdinGrant::Component | StdinGrant::None => input,
    };
    // A file and not a pipe: nobody has to feed a program that does not read, nor to wait for it.
    let memfd = content.map(|content| Memfd::with("input", &content)).transpose();
    memfd.map_err(|error| NotPrepared::Io(errno::name_of(&error)))
}

fn c_string(text: &str) -> Result<CString, NotPrepared> {
    CString::new(text).map_err(|_| NotPrepared::Denied("an argument holds a NUL byte".to_owned()))
}
