//! The bytes of one request of HTTP/1.1. Pure.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use roundsman_order::{Body, DeliveryRequest, Endpoint, Method};

use crate::hex::hex;
use roundsman_order::url::Url;

/// A request as it is sent, and as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub bytes: Vec<u8>,
    /// With `***` in place of secrets.
    pub shown: String,
}

/// The reason why a request cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It would end its line. The text names the header, never its value.
    #[error(
        "the header `{0}` has a name or value with a line break or control character, or with one that is not ASCII in its name"
    )]
    Header(String),
    #[error("a part of the body is no base64: roundsman and roundsman-net are of different versions")]
    Body,
}

/// Composes a request of some parts of its body; `through_proxy` is for `http` URLs that a proxy is asked for.
///
/// # Errors
/// [`RequestError`].
pub(crate) fn compose(
    url: &Url,
    receiver: &Endpoint,
    request: &DeliveryRequest,
    parts: Range<usize>,
    through_proxy: bool,
) -> Result<Question, RequestError> {
    let body = bytes(&request.body, parts)?;
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let place = if through_proxy { format!("http://{}{}", url.authority(), url.target) } else { url.target.clone() };
    let mut headers = vec![
        ("Host".to_owned(), url.authority(), false),
        ("User-Agent".to_owned(), concat!("roundsman/", env!("CARGO_PKG_VERSION")).to_owned(), false),
    ];
    let mut names = receiver.headers.iter().map(|(name, _)| name).chain(request.headers.iter().map(|(name, _)| name));
    if !names.any(|name| name.eq_ignore_ascii_case("accept")) {
        headers.push(("Accept".to_owned(), "*/*".to_owned(), false));
    }
    if request.method == Method::Post {
        headers.push(("Content-Length".to_owned(), body.len().to_string(), false));
    }
    headers.extend(request.headers.iter().map(|(name, value)| (name.clone(), value.clone(), false)));
    headers.extend(receiver.headers.iter().map(|(name, value)| (name.clone(), value.0.clone(), true)));
    if let Some(sign) = &receiver.sign {
        let key = hmac::Key::new(hmac::HMAC_SHA256, sign.secret.0.as_bytes());
        let digest = hmac::sign(&key, &body);
        headers.push((sign.header.clone(), format!("sha256={}", hex(digest.as_ref())), false));
    }
    // A URL is often the secret: of it only the host is shown.
    let mut shown = format!("{method} *** HTTP/1.1\n");
    let mut head = format!("{method} {place} HTTP/1.1\r\n");
    for (name, value, is_secret) in headers {
        if !is_name(&name) || value.chars().any(|one| one.is_control() && one != '\t') {
            return Err(RequestError::Header(name.chars().filter(|one| !one.is_control()).collect()));
        }
        head.push_str(&format!("{name}: {value}\r\n"));
        shown.push_str(&format!("{name}: {}\n", if is_secret { "***" } else { value.as_str() }));
    }
    head.push_str("\r\n");
    let text =
        if request.body.is_binary { format!("({} bytes)", body.len()).into() } else { String::from_utf8_lossy(&body) };
    shown.push_str(&format!("\n{text}"));
    Ok(Question { bytes: [head.as_bytes(), &body].concat(), shown })
}

/// Joins some parts of a body.
pub fn bytes(body: &Body, parts: Range<usize>) -> Result<Vec<u8>, RequestError> {
    if !body.is_binary {
        return Ok(body.some(parts).into_bytes());
    }
    let decoded = body.parts.get(parts).unwrap_or_default().iter().map(|part| STANDARD.decode(part));
    let decoded: Result<Vec<Vec<u8>>, _> = decoded.collect();
    decoded.map(|parts| parts.concat()).map_err(|_| RequestError::Body)
}

/// A token of RFC 9110.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use roundsman_order::{Secret, Signature};

    use super::*;

    fn receiver(name: &str, value: &str) -> Endpoint {
        let sign = Some(Signature { header: "X-Signature-256".to_owned(), secret: Secret("key".to_owned()) });
        let headers = vec![(name.to_owned(), Secret(value.to_owned()))];
        Endpoint { urls: Vec::new(), all: false, names_objects: false, headers, sign, ca: None, proxy: None }
    }

    #[test]
    fn a_request_is_as_the_standard_has_it_and_shows_no_secret() {
        let url = Url::parse("http://h:81/hook/SECRET").unwrap();
        let body = Body::whole("The quick brown fox jumps over the lazy dog".to_owned());
        let request =
            DeliveryRequest { id: 1, method: Method::Post, headers: vec![("A".to_owned(), "b".to_owned())], body };
        let question = compose(&url, &receiver("Authorization", "Bearer SECRET"), &request, 0..1, false).unwrap();
        let text = String::from_utf8(question.bytes).unwrap();
        // The digest is that of Wikipedia's example of HMAC.
        let end = "X-Signature-256: sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8\r\n\r\nThe quick brown fox jumps over the lazy dog";
        assert!(text.starts_with("POST /hook/SECRET HTTP/1.1\r\nHost: h:81\r\n") && text.ends_with(end), "{text}");
        assert!(text.contains("\r\nContent-Length: 43\r\nA: b\r\nAuthorization: Bearer SECRET\r\n"), "{text}");
        assert!(
            question.shown.contains("Authorization: ***\n") && !question.shown.contains("SECRET"),
            "{}",
            question.shown
        );
        let get = DeliveryRequest { method: Method::Get, body: Body::default(), ..request };
        let question = compose(&url, &receiver("A", "b"), &get, 0..0, true).unwrap();
        assert!(question.bytes.starts_with(b"GET http://h:81/hook/SECRET HTTP/1.1\r\n"));
    }

    #[test]
    fn no_value_begins_a_header_of_its_own() {
        let url = Url::parse("http://h/").unwrap();
        let request = DeliveryRequest { id: 1, method: Method::Get, headers: Vec::new(), body: Body::default() };
        for (name, value) in
            [("A", "SECRET\r\nB: c"), ("A\r\nB", "SECRET"), ("", "SECRET"), ("A:", "SECRET"), ("A", "\u{0}SECRET")]
        {
            let error = compose(&url, &receiver(name, value), &request, 0..1, false).unwrap_err();
            assert!(!error.to_string().contains("SECRET") && !error.to_string().contains('\r'), "{error}");
        }
    }
}
