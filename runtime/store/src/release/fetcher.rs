//! A process of `roundsman-net fetch`: it has the network and no file of ours, we have the keys and no network. It may be taken
//! over by who answers it, and then hands over other bytes, which the signature tells. They are in memory of this process
//! alone when they are verified, so nobody changes them afterwards.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use roundsman_order::fetch::{FetchOrder, Fetched, LONGEST_HEAD, LONGEST_SIGNATURE, ReleasePlace};
use roundsman_order::{OTHER_VERSION, Secret, VERSION};

use super::passwords::password_of;
use crate::networked::{PROGRAM, launch};
use roundsman_config::InstallSettings;
use roundsman_grants::escape;
use roundsman_os::process::memfd::Memfd;
use roundsman_os::process::pidfd::Exit;
use roundsman_os::process::pipes::{Drained, drain};
use roundsman_os::process::rights::may_change_user;
use roundsman_os::process::spawn::start;
use roundsman_os::process::user::Account;

/// The account of a fetcher.
pub const USER: &str = "roundsman-fetch";
/// Its uid where the host has no account of that name: no account's, and in no row of workers.
const SUBSTITUTE: u32 = 60_717;
/// Time for one release.
const DEADLINE: Duration = Duration::from_secs(120);
/// Time that the fetcher leaves of that, so that it can say itself that nobody answered.
const SPARE: Duration = Duration::from_secs(2);
/// Address space beside the component, in bytes; of that there are up to three copies while the memory for it grows.
const MEMORY: u64 = 64 << 20;
/// Longest complaint of the fetcher, in bytes.
const COMPLAINT: u64 = 4 << 10;

/// Exit code of a fetcher where the server does not have the release, or gives something else (EX_DATAERR).
const DATA: i32 = 65;

/// The reason why nothing was fetched, in words.
#[derive(Debug)]
pub enum NotFetched {
    /// Nobody answers, or the fetcher cannot be had; later it may be otherwise.
    Unavailable(String),
    /// The server does not have it, or gives something else.
    Release(String),
}

/// Fetches a release by the fetcher: its bytes and its signature, of which nothing is known yet. `None` where it is the one whose signature
/// is known.
///
/// # Errors
/// [`NotFetched`].
pub(crate) fn fetch(
    place: &ReleasePlace,
    largest: u64,
    settings: &InstallSettings,
    known: Option<String>,
) -> Result<Option<(Vec<u8>, String)>, NotFetched> {
    let order = order(place, largest, settings, known).map_err(NotFetched::Unavailable)?;
    let stdout = handed_over(&order).and_then(|(exit, stdout, said)| match exit {
        Exit::Code(0) => Ok(stdout),
        Exit::Code(DATA) => Err(NotFetched::Release(said)),
        Exit::Code(code) if code == i32::from(OTHER_VERSION) => Err(NotFetched::Unavailable(format!(
            "{PROGRAM} is of another version than roundsman: install both from one package"
        ))),
        // Nobody answers, it cannot work here, or somebody killed it.
        _ => Err(NotFetched::Unavailable(said)),
    })?;
    split(stdout, order.known.as_deref(), largest).map_err(NotFetched::Release)
}

/// Starts a fetcher, and returns how it ended, what it handed over, and why it did not.
fn handed_over(order: &FetchOrder) -> Result<(Exit, Vec<u8>, String), NotFetched> {
    let failed =
        |what: &str, error: &dyn std::fmt::Display| NotFetched::Unavailable(format!("{what} {PROGRAM}: {error}"));
    let deadline = Instant::now() + DEADLINE;
    let input = serde_json::to_vec(order).map_err(io::Error::from).and_then(|order| Memfd::with("order", &order));
    let input = input.map_err(|error| failed("making the order of", &error))?;
    let account = may_change_user().then(|| Account::local(USER).unwrap_or_else(|| Account::of_number(SUBSTITUTE)));
    let memory = MEMORY.saturating_add(order.largest.saturating_mul(4));
    let launch = launch(&["fetch"], input, account, DEADLINE, memory).map_err(NotFetched::Unavailable)?;
    let mut running = start(&launch, deadline).map_err(|error| failed("starting", &error))?;
    let cap = order.largest.saturating_add(LONGEST_HEAD as u64).saturating_add(COMPLAINT);
    let (stdout, stderr) = match drain(running.stdout, running.stderr, &running.child, None, cap, deadline) {
        Ok(Drained::Ended { stdout, stderr }) => (stdout, stderr),
        unfinished => {
            // It dies with us in any case.
            let _ = running.child.kill();
            return Err(match unfinished {
                Ok(Drained::Full) => NotFetched::Release(format!("{PROGRAM} handed over more than it may")),
                Err(error) => failed("reading what is handed over by", &error),
                Ok(_) => NotFetched::Unavailable(format!("{PROGRAM} did not end within {} s", DEADLINE.as_secs())),
            });
        }
    };
    let exit = running.child.wait().map_err(|error| failed("waiting for", &error))?;
    let said = String::from_utf8_lossy(&stderr);
    let said = said.trim().trim_start_matches(PROGRAM).trim_start_matches(": ");
    let said = if said.is_empty() { format!("{PROGRAM} {exit}") } else { escape::line(said) };
    Ok((exit, stdout, said))
}

fn order(
    place: &ReleasePlace,
    largest: u64,
    settings: &InstallSettings,
    known: Option<String>,
) -> Result<FetchOrder, String> {
    let read = |path: &std::path::PathBuf| {
        fs::read_to_string(path).map_err(|error| format!("[install] ca {}: {error}", escape::path(path)))
    };
    let auth = match (place, &settings.auth) {
        (ReleasePlace::Registry(image), Some(file)) => Some(password_of(&image.registry, &image.repository, file)?),
        _ => None,
    };
    let own = DEADLINE.saturating_sub(SPARE).as_millis();
    Ok(FetchOrder {
        version: VERSION,
        deadline_ms: u64::try_from(own).unwrap_or(u64::MAX),
        place: place.clone(),
        largest,
        ca: settings.ca.as_ref().map(read).transpose()?,
        proxy: settings.proxy.clone().map(Secret),
        known,
        auth: auth.flatten(),
    })
}

/// Takes apart what was handed over: a line, and as many bytes as it says; `None` where it is the release that is known.
fn split(mut handed: Vec<u8>, known: Option<&str>, largest: u64) -> Result<Option<(Vec<u8>, String)>, String> {
    let other = || format!("{PROGRAM} handed over something else: is it of another version?");
    let end = handed.iter().take(LONGEST_HEAD).position(|byte| *byte == b'\n').ok_or_else(other)?;
    let head: Fetched = serde_json::from_slice(&handed[..end]).map_err(|_| other())?;
    handed.drain(..=end);
    let fits = handed.len() as u64 == head.length && head.length <= largest;
    match head.known {
        true if handed.is_empty() && known.is_some_and(|known| known == head.signature) => Ok(None),
        false if fits && head.signature.len() as u64 <= LONGEST_SIGNATURE => Ok(Some((handed, head.signature))),
        _ => Err(other()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetcher_that_was_taken_over_hands_over_nothing_but_a_line_and_so_many_bytes() {
        let line = |length: u64, signature: &str, bytes: &str| {
            let head = Fetched { length, signature: signature.to_owned(), known: length == 0 };
            split(format!("{}\n{bytes}", serde_json::to_string(&head).unwrap()).into_bytes(), Some("here"), 4)
        };
        assert_eq!(line(3, "s", "a\nb"), Ok(Some((b"a\nb".to_vec(), "s".to_owned()))));
        assert_eq!(line(0, "here", ""), Ok(None));
        assert!(line(0, "another", "").is_err() && line(0, "here", "x").is_err());
        let long = "s".repeat(9 << 10);
        for wrong in [line(4, "s", "abc"), line(2, "s", "abc"), line(5, "s", "abcde"), line(1, &long, "a")] {
            assert!(wrong.unwrap_err().contains("something else"));
        }
        for bytes in [&b""[..], b"\n", b"{}\n", &[b'x'; 99_999]] {
            assert!(split(bytes.to_vec(), None, 99_999).is_err());
        }
    }
}
