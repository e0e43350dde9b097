//! Fetches one release: its signature and its bytes, of which this process judges nothing but sizes and digests. Whether the
//! signature holds the receiver of the pipe decides.

mod challenge;
mod get;
mod image;
mod registry;

use std::io::{self, Write};
use std::time::Instant;

use roundsman_order::fetch::{FetchOrder, Fetched, LONGEST_SIGNATURE, ReleasePlace};

use get::Getter;

/// A release as a server gave it.
struct Release {
    /// `None` where it is the one that is known.
    bytes: Option<Vec<u8>>,
    signature: String,
}

/// The reason why there is no release.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Nobody answers, or whoever does is in trouble: later it may be there.
    #[error("{0}")]
    Unreachable(String),
    /// The server does not have it, or gives something else.
    #[error("{0}")]
    Refused(String),
}

impl From<String> for Failed {
    fn from(why: String) -> Self {
        Self::Refused(why)
    }
}

/// Fetches, then writes the line and the bytes.
///
/// # Errors
/// [`Failed`].
pub(crate) fn fetch(order: &FetchOrder, deadline: Instant, output: &mut dyn Write) -> Result<(), Failed> {
    let mut getter = Getter::new(order, deadline)?;
    let release = match &order.place {
        ReleasePlace::Mirror(url) => mirror(&mut getter, url, order)?,
        ReleasePlace::Registry(image) => registry::release(&mut getter, image, order)?,
    };
    write(&release, output).map_err(|error| Failed::Refused(format!("handing it over: {error}")))
}

fn mirror(getter: &mut Getter<'_>, url: &str, order: &FetchOrder) -> Result<Release, Failed> {
    // The small one first: without a signature the bytes are of no use, and one that is known is over bytes that are.
    let signature = text(getter.get(&format!("{url}.minisig"), &[], LONGEST_SIGNATURE)?.found()?)?;
    if order.knows(&signature) {
        return Ok(Release { bytes: None, signature });
    }
    let bytes = getter.get(url, &[], order.largest)?.found()?;
    Ok(Release { bytes: Some(bytes), signature })
}

fn write(release: &Release, output: &mut dyn Write) -> io::Result<()> {
    let Release { bytes, signature } = release;
    let known = bytes.is_none();
    let bytes = bytes.as_deref().unwrap_or_default();
    let head = Fetched { length: bytes.len() as u64, signature: signature.clone(), known };
    serde_json::to_writer(&mut *output, &head)?;
    output.write_all(b"\n")?;
    output.write_all(bytes)?;
    output.flush()
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "its signature is none of minisign".to_owned())
}
