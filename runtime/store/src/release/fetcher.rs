//! A process of `roundsman-net fetch`: it has the network and no file of ours, we have the keys and no network. It may be taken
//! over by who answers it, and then hands over other bytes, which the signature tells. They are in memory of this process
//! alone when they are verified, so nobody changes them afterwards.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use roundsman_order::fetch::{FetchOrder, Fetched, LONGEST_HEAD, LONGEST_SIGNATURE, Place};
use roundsman_order::{Secret, VERSION};

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
const USER: &str = "roundsman-fetch";
/// Its uid where the host has no account of that name: no account's, and in no row of workers.
const SUBSTITUTE: u32 = 60_717;
/// Time for one release.
const DEADLINE: Duration = Duration::from_secs(120);
/// What it leaves of that, so that it says itself that nobody answered.
const SPARE: Duration = Duration::from_secs(2);
/// Address space beside the component, in bytes; of that there are up to three copies while the memory for it grows.
const MEMORY: u64 = 64 << 20;
/// Of what it complains of, in bytes.
const COMPLAINT: u64 = 4 << 10;

/// Has a release fetched: its bytes and its signature, of which nothing is known yet.
///
/// # Errors
/// In words: the server does not have it, the fetcher did not start, or did not end in time.
pub fn fetch(place: &Place, largest: u64, settings: &InstallSettings) -> Result<(Vec<u8>, String), String> {
    let deadline = Instant::now() + DEADLINE;
    let input = serde_json::to_vec(&order(place, largest, settings)?).map_err(io::Error::from);
    let input = input.and_then(|order| Memfd::with("order", &order));
    let input = input.map_err(|error| format!("making the order of {PROGRAM}: {error}"))?;
    let account = may_change_user().then(|| Account::local(USER).unwrap_or_else(|| Account::of_number(SUBSTITUTE)));
    let launch = launch(&["fetch"], input, account, DEADLINE, MEMORY.saturating_add(largest.saturating_mul(4)))?;
    let mut running = start(&launch, deadline).map_err(|error| format!("starting {PROGRAM}: {error}"))?;
    let cap = largest.saturating_add(LONGEST_HEAD as u64).saturating_add(COMPLAINT);
    let drained = drain(running.stdout, running.stderr, &running.child, None, cap, deadline);
    let (stdout, stderr) = match drained {
        Ok(Drained::Ended { stdout, stderr }) => (stdout, stderr),
        unfinished => {
            // It dies with us in any case.
            let _ = running.child.kill();
            return Err(match unfinished {
                Ok(Drained::Full) => format!("{PROGRAM} handed over more than it may"),
                Err(error) => format!("reading what {PROGRAM} hands over: {error}"),
                Ok(_) => format!("{PROGRAM} did not end within {} s", DEADLINE.as_secs()),
            });
        }
    };
    match running.child.wait() {
        Ok(Exit::Code(0)) => split(stdout, largest),
        Ok(exit) => {
            let said = String::from_utf8_lossy(&stderr);
            let said = said.trim().trim_start_matches(PROGRAM).trim_start_matches(": ");
            let ended = if said.is_empty() { format!("{PROGRAM} {exit}") } else { escape::line(said) };
            Err(ended)
        }
        Err(error) => Err(format!("waiting for {PROGRAM}: {error}")),
    }
}

fn order(place: &Place, largest: u64, settings: &InstallSettings) -> Result<FetchOrder, String> {
    let read = |path: &std::path::PathBuf| {
        fs::read_to_string(path).map_err(|error| format!("[install] ca {}: {error}", escape::path(path)))
    };
    let own = DEADLINE.saturating_sub(SPARE).as_millis();
    Ok(FetchOrder {
        version: VERSION,
        deadline_ms: u64::try_from(own).unwrap_or(u64::MAX),
        place: place.clone(),
        largest,
        ca: settings.ca.as_ref().map(read).transpose()?,
        proxy: settings.proxy.clone().map(Secret),
    })
}

/// The parts of what was handed over: a line, and as many bytes as it says.
fn split(mut handed: Vec<u8>, largest: u64) -> Result<(Vec<u8>, String), String> {
    let other = || format!("{PROGRAM} handed over something else: is it of another version?");
    let end = handed.iter().take(LONGEST_HEAD).position(|byte| *byte == b'\n').ok_or_else(other)?;
    let head: Fetched = serde_json::from_slice(&handed[..end]).map_err(|_| other())?;
    handed.drain(..=end);
    let fits = handed.len() as u64 == head.length && head.length <= largest;
    if fits && head.signature.len() as u64 <= LONGEST_SIGNATURE { Ok((handed, head.signature)) } else { Err(other()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetcher_that_was_taken_over_hands_over_nothing_but_a_line_and_so_many_bytes() {
        let line = |length: u64, signature: &str, bytes: &str| {
            let head = Fetched { length, signature: signature.to_owned() };
            split(format!("{}\n{bytes}", serde_json::to_string(&head).unwrap()).into_bytes(), 4)
        };
        assert_eq!(line(3, "s", "a\nb"), Ok((b"a\nb".to_vec(), "s".to_owned())));
        let long = "s".repeat(9 << 10);
        for wrong in [line(4, "s", "abc"), line(2, "s", "abc"), line(5, "s", "abcde"), line(1, &long, "a")] {
            assert!(wrong.unwrap_err().contains("something else"));
        }
        for bytes in [&b""[..], b"\n", b"{}\n", &[b'x'; 99_999]] {
            assert!(split(bytes.to_vec(), 99_999).is_err());
        }
    }
}
