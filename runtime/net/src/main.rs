//! The program `roundsman-net`: delivers what a round has for one receiver, or fetches one release, and ends. It alone has a
//! network and TLS.
//! The modules stand in the order in which data flows.

#![forbid(unsafe_code)]

mod harden;
mod connect;
mod tls;
mod hex;
mod request;
mod response;
mod outcome;
mod mend;
mod otlp;
mod trapper;
mod deliver;
mod fetch;

use std::io::{self, Read as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use fetch::Failed;
use roundsman_order::fetch::FetchOrder;
use roundsman_order::{OTHER_VERSION, Order, VERSION};

/// The order could not be read (EX_DATAERR).
const DATA: u8 = 65;
/// The process could not be made harmless, or nobody answers (EX_UNAVAILABLE).
const UNAVAILABLE: u8 = 69;

fn main() -> ExitCode {
    let began = Instant::now();
    if let Err(error) = harden::harden() {
        return complain(&format!("it could not be confined: {error}"), UNAVAILABLE);
    }
    let mut text = String::new();
    if let Err(error) = io::stdin().read_to_string(&mut text) {
        return complain(&format!("reading the order: {error}"), DATA);
    }
    match version(&text) {
        Some(VERSION) => {}
        Some(_) => return OTHER_VERSION.into(),
        None => {
            let usage = "it is started by roundsman, with an order on standard input; to try an output: roundsman send --test NAME; \
                         to fetch a release: roundsman install REF";
            return complain(usage, DATA);
        }
    }
    let code = if std::env::args_os().nth(1).is_some_and(|word| word == "fetch") {
        fetching(&text, began)
    } else {
        delivering(&text, began)
    };
    // The text of the error could hold a part of the order.
    code.unwrap_or_else(|error| complain(&format!("the order is damaged in column {}", error.column()), DATA))
}

fn delivering(text: &str, began: Instant) -> serde_json::Result<ExitCode> {
    let order: Order = serde_json::from_str(text)?;
    deliver::deliver(&order, began + Duration::from_millis(order.deadline_ms), &mut io::stdout().lock());
    Ok(ExitCode::SUCCESS)
}

fn fetching(text: &str, began: Instant) -> serde_json::Result<ExitCode> {
    let order: FetchOrder = serde_json::from_str(text)?;
    let deadline = began + Duration::from_millis(order.deadline_ms);
    let fetched = fetch::fetch(&order, deadline, &mut io::stdout().lock());
    Ok(match fetched {
        Ok(()) => ExitCode::SUCCESS,
        Err(why @ Failed::Unreachable(_)) => complain(&why.to_string(), UNAVAILABLE),
        Err(why @ Failed::Refused(_)) => complain(&why.to_string(), DATA),
    })
}

/// Returns the version of an order, whatever else is in it.
fn version(text: &str) -> Option<u32> {
    let order: serde_json::Value = serde_json::from_str(text).ok()?;
    order.get("version")?.as_u64()?.try_into().ok()
}

#[expect(clippy::print_stderr, reason = "the one place that complains")]
fn complain(why: &str, code: u8) -> ExitCode {
    eprintln!("roundsman-net: {why}");
    code.into()
}
