//! Fetches one release: its signature and its bytes, of which this process judges nothing but sizes and digests. Whether the
//! signature holds the receiver of the pipe decides.

mod challenge;
mod get;
mod image;
mod registry;

use std::io::{self, Write};
use std::time::Instant;

use roundsman_order::fetch::{FetchOrder, Fetched, LONGEST_SIGNATURE, Place};

use get::Getter;

/// A release as a server gave it.
struct Release {
    bytes: Vec<u8>,
    signature: String,
}

/// Fetches, then writes the line and the bytes.
///
/// # Errors
/// In words: the server does not have it, does not answer in time, or answers something else.
pub fn fetch(order: &FetchOrder, deadline: Instant, output: &mut dyn Write) -> Result<(), String> {
    let mut getter = Getter::new(order, deadline)?;
    let release = match &order.place {
        Place::Mirror(url) => mirror(&mut getter, url, order.largest)?,
        Place::Registry(image) => registry::release(&mut getter, image, order.largest)?,
    };
    write(&release, output).map_err(|error| format!("handing it over: {error}"))
}

fn mirror(getter: &mut Getter<'_>, url: &str, largest: u64) -> Result<Release, String> {
    // The small one first: without a signature the bytes are of no use.
    let signature = getter.get(&format!("{url}.minisig"), &[], LONGEST_SIGNATURE)?.found()?;
    let bytes = getter.get(url, &[], largest)?.found()?;
    Ok(Release { bytes, signature: text(signature)? })
}

fn write(release: &Release, output: &mut dyn Write) -> io::Result<()> {
    let Release { bytes, signature } = release;
    let head = Fetched { length: bytes.len() as u64, signature: signature.clone() };
    serde_json::to_writer(&mut *output, &head)?;
    output.write_all(b"\n")?;
    output.write_all(bytes)?;
    output.flush()
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "its signature is none of minisign".to_owned())
}
