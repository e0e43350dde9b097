//! The program `roundsman-net`, which alone has a network: where it is, and as whom it runs.

use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::geteuid;

use roundsman_os::process::restrictions::Restrictions;
use roundsman_os::process::spawn::{Launch, environment};
use roundsman_os::process::user::Account;
use roundsman_os::safe_path::{OwnerRule, find};

/// The name of the program.
pub const PROGRAM: &str = "roundsman-net";
/// Folder where packages put the sender, if it is not beside this program.
const PACKAGED: &str = "/usr/lib/roundsman";

/// Makes ready to start the program with an order.
///
/// # Errors
/// In words: it is not there, or others may replace it.
pub fn launch(
    words: &[&str],
    order: OwnedFd,
    account: Option<Account>,
    cpu: Duration,
    memory: u64,
) -> Result<Launch, String> {
    let program = program()?;
    let text = |bytes: &[u8]| CString::new(bytes).map_err(|error| error.to_string());
    let argv = std::iter::once(&PROGRAM).chain(words).map(|word| text(word.as_bytes()));
    Ok(Launch {
        argv: argv.collect::<Result<_, _>>()?,
        program: text(program.as_os_str().as_bytes())?,
        env: environment([]).map_err(|error| error.to_string())?,
        input: Some(order),
        account,
        cpu,
        memory: Some(memory),
        may_gain_privileges: false,
        restrictions: Restrictions::default(),
    })
}

/// Looks for the program beside this one, then where packages put it.
fn program() -> Result<PathBuf, String> {
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(PROGRAM)).filter(|path| path.exists());
    let path = beside.unwrap_or_else(|| Path::new(PACKAGED).join(PROGRAM));
    let found = find(&path, OwnerRule::OwnedBy(geteuid().as_raw()));
    let found = found.map_err(|error| format!("{error}: {PROGRAM} is installed beside roundsman, or in {PACKAGED}"))?;
    Ok(found.path().to_owned())
}
