//! One GET over TLS: bounded in size and time, and never led away by itself.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use roundsman_order::fetch::FetchOrder;
use roundsman_order::{Body, DeliveryRequest, Endpoint, Method, Secret};
use rustls::ClientConfig;

use super::Failed;
use crate::connect::{connect, is_trouble};
use crate::request::compose;
use crate::response::{self, Response, ResponseError};
use crate::tls;
use roundsman_order::url::Url;

/// What all requests of one order share.
pub struct Getter<'o> {
    order: &'o FetchOrder,
    proxy: Option<Url>,
    deadline: Instant,
    tls: Option<Arc<ClientConfig>>,
}

/// The answer of a server, with the URL that was asked.
pub struct Got {
    pub url: String,
    pub response: Response,
}

impl<'o> Getter<'o> {
    /// Makes a getter of what is ordered, until a deadline.
    ///
    /// # Errors
    /// The proxy is no URL.
    pub fn new(order: &'o FetchOrder, deadline: Instant) -> Result<Self, String> {
        let proxy = order.proxy.as_ref().map(|proxy| Url::parse(&proxy.0)).transpose();
        Ok(Self { order, proxy: proxy.map_err(|error| format!("the proxy: {error}"))?, deadline, tls: None })
    }

    /// Asks for a URL, whose answer has at most so many bytes.
    ///
    /// # Errors
    /// No answer, or a larger one.
    pub(crate) fn get(&mut self, url: &str, headers: &[(&str, &str)], largest: u64) -> Result<Got, Failed> {
        let asked = shown(url);
        let failed = |why: &dyn std::fmt::Display| Failed::Refused(format!("{asked}: {why}"));
        let unreached = |why: &dyn std::fmt::Display| Failed::Unreachable(format!("{asked}: {why}"));
        let parsed = Url::parse(url).map_err(|error| failed(&error))?;
        if !parsed.is_tls {
            return Err(failed(&"it is not https://, so that anybody on the way could answer"));
        }
        let secret = |(name, value): &(&str, &str)| ((*name).to_owned(), Secret((*value).to_owned()));
        let receiver = Endpoint {
            urls: Vec::new(),
            all: false,
            names_objects: false,
            headers: headers.iter().map(secret).collect(),
            sign: None,
            ca: None,
            proxy: None,
        };
        let close = vec![("Connection".to_owned(), "close".to_owned())];
        let request = DeliveryRequest { id: 0, method: Method::Get, headers: close, body: Body::default() };
        let question = compose(&parsed, &receiver, &request, 0..0, false).map_err(|error| failed(&error))?;
        let (known, ca) = (&mut self.tls, self.order.ca.as_deref());
        let mut settings = || match known {
            Some(known) => Ok(known.clone()),
            None => Ok(known.insert(tls::config(ca)?).clone()),
        };
        let mut stream = connect(&parsed, self.proxy.as_ref(), &mut settings, self.deadline)
            .map_err(|error| if error.may_pass() { unreached(&error) } else { failed(&error) })?;
        stream.write_all(&question.bytes).and_then(|()| stream.flush()).map_err(|error| unreached(&error))?;
        // One more than is allowed shows that it is too much.
        let most = usize::try_from(largest).unwrap_or(usize::MAX).saturating_add(1);
        let response = response::read_up_to(&mut stream, most).map_err(|error| match error {
            ResponseError::Malformed => failed(&error),
            ResponseError::Io(_) | ResponseError::Closed => unreached(&error),
        })?;
        if response.body.len() as u64 > largest {
            return Err(failed(&format!("its answer is larger than {largest} bytes, the most that is taken")));
        }
        Ok(Got { url: url.to_owned(), response })
    }
}

/// Returns a URL as messages show it: where registries keep blobs elsewhere, what follows `?` is often a signature that opens
/// them.
fn shown(url: &str) -> String {
    let (place, query) = url.split_once('?').map_or((url, ""), |(place, _)| (place, "?…"));
    // Nor is a password before an `@`, which no registry should send.
    match place.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?.1))) {
        Some((scheme, host)) => format!("{scheme}://…@{host}{query}"),
        None => format!("{place}{query}"),
    }
}

impl Got {
    /// Returns the body of a success.
    ///
    /// # Errors
    /// What the status means.
    pub fn found(self) -> Result<Vec<u8>, Failed> {
        let Response { status, body, location, .. } = self.response;
        let why = match status {
            200 => return Ok(body),
            300..=399 => match location {
                Some(to) => {
                    format!("it leads to {}, which is not followed: name that URL, if you trust it as much", shown(&to))
                }
                None => "it leads elsewhere, which is not followed".to_owned(),
            },
            401 | 403 => {
                "the server does not let us in: [install] auth names a file of passwords of registries".to_owned()
            }
            404 => "there is nothing of that name".to_owned(),
            status if is_trouble(status) => "the server is in trouble itself: try again later".to_owned(),
            _ => "an answer that was not expected".to_owned(),
        };
        let said = format!("{}: HTTP status {status}: {why}", shown(&self.url));
        Err(if is_trouble(status) { Failed::Unreachable(said) } else { Failed::Refused(said) })
    }
}
