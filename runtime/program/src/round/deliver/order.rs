//! What a sender is told: the way to its receiver, with the secrets read now, and the requests.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roundsman_order::{Body, DeliveryRequest, Endpoint as Reached, Method, Secret, Signature as Signed};
use rustix::process::geteuid;

use roundsman_config::{Auth, Mail, Receiver, ReceiverFormat, ReceiverWay, UrlWay};
use roundsman_grants::EnvValue;
use roundsman_grants::escape;
use roundsman_os::secret::read_secret;
use roundsman_verdict::delivery::cursor::{CursorStep, To};
use roundsman_verdict::delivery::letter::{self, Envelope};
use roundsman_verdict::delivery::message::{Letterhead, Message};
use roundsman_verdict::delivery::receiver_place::ReceiverPlace;
use roundsman_verdict::delivery::telling::TellingPlan;
use roundsman_verdict::delivery::template::Template;

/// Asks a dead-man's switch to wait again.
pub(crate) fn ping() -> DeliveryRequest {
    DeliveryRequest { id: 0, method: Method::Get, headers: Vec::new(), body: Body::default() }
}

/// Makes the requests of a plan, and where the receiver is after each.
pub(crate) fn of_messages(
    plan: TellingPlan,
    body: &Template,
    receiver: &Receiver,
    head: &Letterhead<'_>,
) -> (Vec<DeliveryRequest>, Vec<CursorStep>) {
    let has_type = names_its_type(receiver);
    let requests = plan.messages.iter().zip(0..).map(|(message, id)| message.request(id, body, has_type, head));
    let requests = requests.collect();
    (requests, steps(plan))
}

/// Makes the mails of a plan, and where the receiver is after each.
pub(crate) fn of_letters(
    plan: TellingPlan,
    mail: &Mail,
    head: &Letterhead<'_>,
) -> (Vec<DeliveryRequest>, Vec<CursorStep>) {
    let requests = plan.messages.iter().zip(0..).map(|(message, id)| letter(message, id, mail, head)).collect();
    (requests, steps(plan))
}

/// Makes one mail.
pub(crate) fn letter(message: &Message, id: u64, mail: &Mail, head: &Letterhead<'_>) -> DeliveryRequest {
    letter::request(message, id, Envelope { from: mail.from.as_deref(), to: &mail.to }, head)
}

fn steps(plan: TellingPlan) -> Vec<CursorStep> {
    let mut places: Vec<ReceiverPlace> = plan.messages.into_iter().map(|message| message.place).collect();
    // Behind the last message nothing waits.
    if let Some(last) = places.last_mut() {
        *last = plan.end;
    }
    places.into_iter().map(|place| CursorStep::to(To::Place(place), 1)).collect()
}

/// Tells whether the operator says of which type the body is.
pub(crate) fn names_its_type(receiver: &Receiver) -> bool {
    let is_type = |name: &String| name.eq_ignore_ascii_case("content-type");
    matches!(&receiver.way, ReceiverWay::Url(way) if way.headers.keys().any(is_type))
}

/// Tells whether a URL leads over plain HTTP, as it is spelt in a file of its own too.
fn is_in_clear(url: &str) -> bool {
    url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
}

/// Reads the secrets of a receiver.
///
/// # Errors
/// In words what is wrong with one of them; no text holds anything of a secret.
pub(crate) fn receiver(way: &UrlWay, format: &ReceiverFormat, head: &Letterhead<'_>) -> Result<Reached, String> {
    let urls: Vec<Secret> =
        way.urls.iter().map(|url| Ok(place(value(url)?, format, head))).collect::<Result<_, String>>()?;
    if way.auth.is_some() && !way.insecure && urls.iter().any(|url| is_in_clear(&url.0)) {
        return Err(
            "over http:// everybody on the way can read the secret of `auth`: set `url` to https://, or `insecure = true`"
                .to_owned(),
        );
    }
    let mut headers = Vec::new();
    for (name, written) in &way.headers {
        headers.push((name.clone(), Secret(value(written)?)));
    }
    headers.extend(way.auth.as_ref().map(authorization).transpose()?);
    let sign = match &way.sign {
        Some(sign) => Some(Signed { header: sign.header.clone(), secret: Secret(value(&sign.secret)?) }),
        None => None,
    };
    let ca = way
        .ca
        .as_ref()
        .map(|path| fs::read_to_string(path).map_err(|error| format!("tls.ca {}: {error}", escape::path(path))));
    let proxy = way.proxy.as_ref().map(|proxy| value(proxy).map(Secret)).transpose()?;
    Ok(Reached {
        urls,
        all: way.all,
        names_objects: matches!(format, ReceiverFormat::Icinga(_)),
        headers,
        sign,
        ca: ca.transpose()?,
        proxy,
    })
}

fn authorization(auth: &Auth) -> Result<(String, Secret), String> {
    let header = |value: String| ("Authorization".to_owned(), Secret(value));
    Ok(match auth {
        Auth::Bearer(token) => header(format!("Bearer {}", value(token)?)),
        Auth::Basic { user, password } => {
            header(format!("Basic {}", STANDARD.encode(format!("{user}:{}", value(password)?))))
        }
        Auth::Header { name, value: written } => (name.clone(), Secret(value(written)?)),
    })
}

/// Returns the text, or the content of the file without the line break at its end.
fn value(written: &EnvValue) -> Result<String, String> {
    match written {
        EnvValue::Text(text) => Ok(text.clone()),
        EnvValue::File(path) => {
            let secret = read_secret(path, geteuid().as_raw()).map_err(|error| error.to_string())?;
            let text =
                String::from_utf8(secret).map_err(|_| format!("the secret {} is no text", escape::path(path)))?;
            Ok(text.trim_end_matches(['\r', '\n']).to_owned())
        }
    }
}

/// Appends a path to that of a URL, unless it is there.
fn below(url: &str, path: &str) -> String {
    if path.is_empty() {
        return url.to_owned();
    }
    let (base, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    let base = base.trim_end_matches('/');
    let path = if base.ends_with(path) { "" } else { path };
    format!("{base}{path}{query}")
}

/// Fills the names of this host into a URL.
fn place(url: String, format: &ReceiverFormat, head: &Letterhead<'_>) -> Secret {
    let url = head.named(&url);
    // What is asked there is the format's to say.
    let path = match format {
        ReceiverFormat::Icinga(_) => "/v1/actions/process-check-result",
        ReceiverFormat::Alertmanager(_) => "/api/v2/alerts",
        ReceiverFormat::Values(values) => values.format.path,
        _ => "",
    };
    Secret(below(&url, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_appended_once_and_before_what_is_asked() {
        for (url, whole) in [
            ("http://a", "http://a/p/q"),
            ("http://a/", "http://a/p/q"),
            ("http://a/b/p/q/", "http://a/b/p/q"),
            ("http://a/b?c=/d", "http://a/b/p/q?c=/d"),
            ("http://a/p/q?c", "http://a/p/q?c"),
        ] {
            assert_eq!(below(url, "/p/q"), whole);
        }
        assert_eq!(below("http://a/?b", ""), "http://a/?b");
    }
}
