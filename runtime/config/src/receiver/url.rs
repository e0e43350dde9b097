//! The way to a URL: schemes, headers, what proves who we are, and what is signed.

use toml::Spanned;

use super::{ReceiverKind, way_keys};
use crate::fields::{Problems, literal_path};
use crate::file::{AuthTable, OutputTable, SignTable, Text};
use crate::outputs::missing;
use crate::resolve::ResolvedFile;
use crate::spans::FileProblem;
use crate::values::{TextOrFile, Urls};
use crate::{Auth, Sign, UrlWay};
use roundsman_grants::EnvValue;
use roundsman_order::url::{self, Url};

/// Schemes with which a URL may begin.
const HTTP: &[&str] = &["https://", "http://"];

const TRAPPER: &[&str] = &[url::TRAPPER];

/// Reads an output that goes to a URL.
pub(super) fn url_way(
    name: &Text,
    table: &OutputTable,
    kind: ReceiverKind,
    source: &ResolvedFile<'_>,
    problems: &mut Problems,
) -> UrlWay {
    let (schemes, example) = if kind.is_trapper() { (TRAPPER, "zabbix://proxy1:10051") } else { (HTTP, "https://…") };
    let urls = table.url.as_ref().map(|written| urls(written, schemes, problems)).unwrap_or_default();
    if table.url.is_none() {
        missing(name, "url", example, problems);
    }
    if kind.is_trapper() {
        judge_trapper(table, problems);
    }
    if let Some(all) = table.all.as_ref().filter(|all| *all.get_ref())
        && !matches!(kind, ReceiverKind::Alertmanager)
    {
        let reason = "`all` is for alertmanager, which takes the same alert again: elsewhere one receiver that is away would have all \
                      others told again and again";
        let help = "write one [output.NAME] for each URL, so that each receiver gets what it missed";
        problems.push(FileProblem::new(all.span(), reason).with_help(help));
    }
    let auth = table.auth.as_ref().and_then(|written| auth(written, problems));
    let insecure = table.insecure.as_ref().is_some_and(|written| *written.get_ref());
    if let (Some(written), Some(at)) = (&table.auth, &table.url)
        && !insecure
        && urls.iter().any(is_readable_by_others)
    {
        let reason = "over http:// everybody on the way can read the secret of `auth`";
        let help = format!(
            "url = \"https://…\"\n(the url is in line {})\ninsecure = true, if the way is yours alone",
            source.lines.line(at.span().start)
        );
        problems.push(FileProblem::new(written.span(), reason).with_help(help));
    }
    let headers = table.headers.iter().filter_map(|(name, value)| {
        judge_header(name, problems);
        Some((name.get_ref().clone(), value_of(value, problems)?))
    });
    UrlWay {
        headers: headers.collect(),
        urls,
        all: table.all.as_ref().is_some_and(|written| *written.get_ref()),
        proxy: table.proxy.as_ref().and_then(|written| value_of(written, problems)),
        auth,
        ca: table
            .tls
            .as_ref()
            .and_then(|tls| tls.get_ref().ca.as_ref())
            .and_then(|ca| literal_path(ca, problems))
            .map(Into::into),
        sign: table.sign.as_ref().and_then(|written| sign(written, problems)),
        insecure,
    }
}

fn sign(written: &Spanned<SignTable>, problems: &mut Problems) -> Option<Sign> {
    let SignTable { header, secret } = written.get_ref();
    let (Some(header), Some(secret)) = (header, secret) else {
        let help = "sign = { header = \"X-Signature-256\", secret = { file = \"/path\" } }";
        problems.push(FileProblem::new(written.span(), "`sign` has a `header` and a `secret`").with_help(help));
        return None;
    };
    judge_header(header, problems);
    Some(Sign { header: header.get_ref().clone(), secret: value_of(secret, problems)? })
}

fn auth(written: &Spanned<AuthTable>, problems: &mut Problems) -> Option<Auth> {
    let AuthTable { bearer, basic, password, header, value } = written.get_ref();
    match (bearer, basic, password, header, value) {
        (Some(bearer), None, None, None, None) => value_of(bearer, problems).map(Auth::Bearer),
        (None, Some(user), Some(password), None, None) => {
            if user.get_ref().contains(':') {
                problems.push(FileProblem::new(user.span(), "a user of `basic` has no `:` in it (RFC 7617)"));
            }
            Some(Auth::Basic { user: user.get_ref().clone(), password: value_of(password, problems)? })
        }
        (None, None, None, Some(name), Some(value)) => {
            judge_header(name, problems);
            Some(Auth::Header { name: name.get_ref().clone(), value: value_of(value, problems)? })
        }
        _ => {
            let help = "auth = { bearer = { file = \"/path\" } }\nauth = { basic = \"USER\", password = { file = \"/path\" } }\nauth = { header = \"NAME\", value = { file = \"/path\" } }";
            problems.push(FileProblem::new(written.span(), "`auth` is one of three").with_help(help));
            None
        }
    }
}

/// Notes the keys of HTTP, which a trapper does not speak.
fn judge_trapper(table: &OutputTable, problems: &mut Problems) {
    let others = way_keys(table).into_iter().filter(|(key, _)| !matches!(*key, "url" | "all" | "insecure"));
    for (key, span) in others.filter_map(|(key, span)| Some((key, span?))) {
        let reason = format!("`{key}` is of HTTP, which a trapper does not speak");
        let help = "over TLS: format = \"zabbix-sender\", with the keys of zabbix_sender in the argv of its `command`";
        problems.push(FileProblem::new(span, reason).with_help(help));
    }
}

fn urls(written: &Spanned<Urls>, schemes: &[&str], problems: &mut Problems) -> Vec<EnvValue> {
    let list = &written.get_ref().0;
    if list.is_empty() {
        problems.push(FileProblem::new(written.span(), "the list is empty"));
    }
    list.iter()
        .filter_map(|url| {
            let span = if url.span().is_empty() { written.span() } else { url.span() };
            let value = value_of(&Spanned::new(span.clone(), url.get_ref().clone()), problems)?;
            if let EnvValue::Text(text) = &value
                && let Some(reason) = fault(text, schemes)
            {
                problems.push(FileProblem::new(span, reason));
            }
            Some(value)
        })
        .collect()
}

/// Says what is wrong with a URL, as whoever is to ask there would find.
fn fault(text: &str, schemes: &[&str]) -> Option<String> {
    if !schemes.iter().any(|scheme| text.starts_with(scheme)) {
        return Some(format!("a URL begins with {}", schemes.join(" or ")));
    }
    let filled = text.replace("{host}", "host").replace("{machine_id}", "id");
    let parsed = if filled.starts_with(url::TRAPPER) { Url::parse_trapper(&filled) } else { Url::parse(&filled) };
    parsed.err().map(|error| error.to_string())
}

fn is_readable_by_others(url: &EnvValue) -> bool {
    matches!(url, EnvValue::Text(text) if text.starts_with("http://"))
}

/// A name of a header (RFC 9110, a token) that is not ours to write.
fn judge_header(name: &Text, problems: &mut Problems) {
    const OURS: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "idempotency-key"];
    let text = name.get_ref();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_token) {
        problems.push(FileProblem::new(name.span(), format!("`{text}` is no name of a header")));
    } else if OURS.contains(&text.to_ascii_lowercase().as_str()) {
        problems.push(FileProblem::new(name.span(), format!("the header `{text}` is written by the program itself")));
    }
}

/// Returns a text, or the absolute path of the file that holds it.
fn value_of(written: &Spanned<TextOrFile>, problems: &mut Problems) -> Option<EnvValue> {
    match written.get_ref() {
        TextOrFile::Text(text) if text.is_empty() || text.contains(char::is_control) => {
            problems.push(FileProblem::new(written.span(), "it is empty, or holds a control character"));
            None
        }
        TextOrFile::Text(text) => Some(EnvValue::Text(text.clone())),
        TextOrFile::File(file) => literal_path(file, problems).map(|path| EnvValue::File(path.into())),
    }
}
