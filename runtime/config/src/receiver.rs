//! Outputs that are delivered over the network: where they go, what proves who we are, what is told.

use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use toml::Spanned;

use super::fields::{Problems, literal_path, noted, status, time};
use super::file::{AuthTable, CommandTable, OnlyTable, OutputTable, SignTable, Text};
use super::grant::output_command;
use super::host::labels;
use super::outputs::{missing, service};
use super::resolve::Source;
use super::spans::Problem;
use super::values::TextOrFile;
use super::{Auth, Changes, CommandWay, Icinga, Mail, Receiver, ReceiverFormat, Sign, UrlWay, Values, Way, Webhook};
use roundsman_grants::glob::Glob;
use roundsman_grants::{EnvValue, Grants};
use roundsman_verdict::delivery::filter::Only;
use roundsman_verdict::delivery::template::Template;
use roundsman_verdict::outputs::scene::Keys;
use roundsman_verdict::outputs::value_formats::{Target, VALUE_FORMATS, ValueFormat};

/// A format by its word.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Webhook,
    Ping,
    Mail,
    Icinga,
    Alertmanager,
    Values(&'static ValueFormat),
}

/// Those that are no format of values.
const KINDS: [(&str, Kind); 5] = [
    ("webhook", Kind::Webhook),
    ("ping", Kind::Ping),
    ("mail", Kind::Mail),
    ("icinga", Kind::Icinga),
    ("alertmanager", Kind::Alertmanager),
];

/// Lists all of them.
pub fn kinds() -> impl Iterator<Item = (&'static str, Kind)> {
    let values = VALUE_FORMATS.iter().map(|format| (format.word, Kind::Values(format)));
    KINDS.into_iter().chain(values)
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Ping => "ping",
            Self::Mail => "mail",
            Self::Icinga => "icinga",
            Self::Alertmanager => "alertmanager",
            Self::Values(format) => format.word,
        }
    }

    /// Returns the exit codes of a command that are a delivery, unless the output names them. Of `zabbix_sender` 2 is
    /// that some were refused.
    fn delivered(self) -> &'static [i32] {
        match self {
            Self::Values(format) if format.target == Target::Sender => &[0, 2],
            _ => &[0],
        }
    }

    /// Says why it has not this place.
    fn refuses(self, place: &str) -> Option<&'static str> {
        match (self, place) {
            (Self::Mail, "url") => Some("mail is sent by a `command`, such as sendmail"),
            (Self::Icinga | Self::Alertmanager, "command") => Some("the format is of a program that has a `url`"),
            (Self::Values(format), "command") if format.target == Target::Trapper => {
                Some("the format zabbix has a `url`, such as zabbix://proxy1:10051; zabbix-sender has a `command`")
            }
            (Self::Values(format), "url") if format.target == Target::Sender => {
                Some("the format zabbix-sender has a `command`; zabbix has a `url`, such as zabbix://proxy1:10051")
            }
            _ => None,
        }
    }

    fn is_trapper(self) -> bool {
        matches!(self, Self::Values(format) if format.target == Target::Trapper)
    }

    /// Its keys besides those of its place.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Webhook => &["only", "repeat", "max_age", "sign", "body"],
            Self::Ping => &[],
            Self::Mail => &["only", "repeat", "max_age", "from", "to"],
            Self::Icinga => &["only", "host", "service"],
            Self::Alertmanager => &["only"],
            Self::Values(format) if format.target == Target::Any => &["only", "max_age", "unchanged", "sign"],
            Self::Values(_) => &["only", "max_age", "unchanged", "host"],
        }
    }
}

/// A backlog that is older than this is told in one message, unless `max_age` says otherwise.
const MAX_AGE: Duration = Duration::from_secs(3_600);

/// Resolves an output that goes to a URL.
pub fn receiver(
    name: &Text,
    table: &OutputTable,
    kind: Kind,
    source: &Source<'_>,
    problems: &mut Problems,
) -> Option<Receiver> {
    let word = kind.word();
    judge_keys(table, kind, problems);
    if let Some(path) = &table.path {
        let reason = format!("the format {word} is delivered to a `url` or `command`, and not written to a file");
        problems.push(Problem::new(path.span(), reason).with_help("url = \"https://…\""));
    }
    for (key, written) in [("service", &table.service), ("series", &table.series)] {
        if let Some(written) = written
            && !kind.keys().contains(&key)
        {
            problems.push(Problem::new(written.span(), format!("the format {word} has no `{key}`")));
        }
    }
    let places =
        [("url", table.url.as_ref().map(Spanned::span)), ("command", table.command.as_ref().map(Spanned::span))];
    for (place, span) in places {
        if let (Some(span), Some(reason)) = (span, kind.refuses(place)) {
            problems.push(Problem::new(span, reason));
            return None;
        }
    }
    if matches!(kind, Kind::Mail) && table.command.is_none() {
        let help = "command = { argv = [\"/usr/sbin/sendmail\", \"-t\", \"-i\"], may_gain_privileges = true }";
        problems.push(Problem::new(name.span(), "mail is sent by a `command`, which is missing").with_help(help));
        return None;
    }
    let format = match kind {
        Kind::Webhook => ReceiverFormat::Webhook(Box::new(webhook(table, problems))),
        Kind::Ping => ReceiverFormat::Ping,
        Kind::Mail => ReceiverFormat::Mail(Box::new(mail(name, table, problems))),
        Kind::Icinga => ReceiverFormat::Icinga(Box::new(icinga(table, problems))),
        Kind::Alertmanager => ReceiverFormat::Alertmanager(chosen(table, problems)),
        Kind::Values(format) => ReceiverFormat::Values(Box::new(values(table, format, problems))),
    };
    let way = match &table.command {
        Some(written) => Way::Command(command(written, table, kind, problems)?),
        None => Way::Url(Box::new(url_way(name, table, kind, source, problems))),
    };
    Some(Receiver { name: name.get_ref().clone(), origin: source.origin(&name.span()), format, way })
}

/// Reads a command, and refuses the keys that are for URLs.
fn command(
    written: &Spanned<CommandTable>,
    table: &OutputTable,
    kind: Kind,
    problems: &mut Problems,
) -> Option<CommandWay> {
    for (key, span) in way_keys(table).into_iter().filter_map(|(key, span)| Some((key, span?))) {
        let reason = match key {
            "url" => "an output has one place, and this one has a `url` and a `command`".to_owned(),
            key => format!("`{key}` goes with a `url`, and this output has a `command`"),
        };
        problems.push(Problem::new(span, reason));
    }
    if let Some(sign) = &table.sign {
        problems.push(Problem::new(sign.span(), "`sign` is a header, which a `command` has not"));
    }
    let delivered = written.get_ref().delivered.as_ref().map(|codes| {
        let judged = codes.get_ref().iter().filter_map(|code| {
            let number =
                i32::try_from(code.get_ref().0).ok().filter(|number| (0..=255).contains(number) && *number != 75);
            let reason = format!(
                "{} is no exit code that can be a delivery: 0 to 255, but 75, which is \"later\"",
                code.get_ref().0
            );
            noted(number.ok_or_else(|| Problem::new(code.span(), reason)), problems)
        });
        judged.collect()
    });
    let grant = output_command(written, problems)?;
    let grants = Rc::new(Grants { commands: vec![grant], ..Grants::default() });
    Some(CommandWay { grants, delivered: delivered.unwrap_or_else(|| kind.delivered().to_vec()) })
}

fn url_way(name: &Text, table: &OutputTable, kind: Kind, source: &Source<'_>, problems: &mut Problems) -> UrlWay {
    let (schemes, example) = if kind.is_trapper() { (TRAPPER, "zabbix://proxy1:10051") } else { (HTTP, "https://…") };
    let urls = table.url.as_ref().map(|written| urls(written, schemes, problems)).unwrap_or_default();
    if table.url.is_none() {
        missing(name, "url", example, problems);
    }
    if kind.is_trapper() {
        judge_trapper(table, problems);
    }
    let auth = table.auth.as_ref().and_then(|written| auth(written, problems));
    let insecure = table.insecure.as_ref().is_some_and(|written| *written.get_ref());
    if let (Some(written), Some(at)) = (&table.auth, &table.url)
        && !insecure
        && urls.iter().any(is_readable_by_others)
    {
        let reason = "over http:// everybody on the way reads what `auth` sends";
        let help = format!(
            "url = \"https://…\"\n(the url is in line {})\ninsecure = true, if the way is yours alone",
            super::spans::line_of(source.text, at.span().start)
        );
        problems.push(Problem::new(written.span(), reason).with_help(help));
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

/// The files that a receiver names as a secret.
pub fn secrets(receiver: &Receiver) -> Vec<&Path> {
    match &receiver.way {
        Way::Command(command) => command.grants.secrets().collect(),
        Way::Url(way) => {
            let auth = way.auth.iter().map(|auth| match auth {
                Auth::Bearer(value) | Auth::Basic { password: value, .. } | Auth::Header { value, .. } => value,
            });
            let sign = way.sign.iter().map(|sign| &sign.secret);
            let values = way.urls.iter().chain(&way.proxy).chain(way.headers.values()).chain(auth).chain(sign);
            values.filter_map(file_of).collect()
        }
    }
}

fn file_of(value: &EnvValue) -> Option<&Path> {
    match value {
        EnvValue::File(file) => Some(file),
        EnvValue::Text(_) => None,
    }
}

/// The keys in a table that only outputs over the network have, each with its place.
pub fn keys(table: &OutputTable) -> Vec<(&'static str, Range<usize>)> {
    let command = [("command", table.command.as_ref().map(Spanned::span))];
    let all = told_keys(table).into_iter().chain(way_keys(table)).chain(command);
    all.filter_map(|(key, span)| Some((key, span?))).collect()
}

/// Keys of the way over the network.
fn way_keys(table: &OutputTable) -> [(&'static str, Option<Range<usize>>); 7] {
    [
        ("url", table.url.as_ref().map(Spanned::span)),
        ("all", table.all.as_ref().map(Spanned::span)),
        ("proxy", table.proxy.as_ref().map(Spanned::span)),
        ("headers", table.headers.keys().next().map(Spanned::span)),
        ("auth", table.auth.as_ref().map(Spanned::span)),
        ("tls", table.tls.as_ref().map(Spanned::span)),
        ("insecure", table.insecure.as_ref().map(Spanned::span)),
    ]
}

/// Keys of what is told, and how.
fn told_keys(table: &OutputTable) -> [(&'static str, Option<Range<usize>>); 9] {
    [
        ("only", table.only.as_ref().map(Spanned::span)),
        ("repeat", table.repeat.as_ref().map(Spanned::span)),
        ("max_age", table.max_age.as_ref().map(Spanned::span)),
        ("unchanged", table.unchanged.as_ref().map(Spanned::span)),
        ("sign", table.sign.as_ref().map(Spanned::span)),
        ("body", table.body.as_ref().map(Spanned::span)),
        ("from", table.from.as_ref().map(Spanned::span)),
        ("to", table.to.as_ref().map(Spanned::span)),
        ("host", table.host.as_ref().map(Spanned::span)),
    ]
}

/// Notes the keys that this format has not.
fn judge_keys(table: &OutputTable, kind: Kind, problems: &mut Problems) {
    let what = if matches!(kind, Kind::Ping) { ", which only says that a round was stored" } else { "" };
    for (key, span) in told_keys(table) {
        if let Some(span) = span.filter(|_| !kind.keys().contains(&key)) {
            let reason = format!("`{key}` is no key of the format {}{what}", kind.word());
            problems.push(Problem::new(span, reason));
        }
    }
}

/// Reads which checks are chosen, whatever their status.
fn whatever_status(table: &OutputTable, problems: &mut Problems) -> Only {
    if let Some(written) = table.only.as_ref().and_then(|only| only.get_ref().at_least.as_ref()) {
        let reason = "this format has every status: `at_least` is for formats that tell of changes";
        problems.push(Problem::new(written.span(), reason));
    }
    chosen(table, problems)
}

fn chosen(table: &OutputTable, problems: &mut Problems) -> Only {
    table.only.as_ref().map(|only| self::only(only.get_ref(), problems)).unwrap_or_default()
}

fn icinga(table: &OutputTable, problems: &mut Problems) -> Icinga {
    let service = table.service.as_ref().map(|written| service(written, problems));
    let standard = Keys::default();
    Icinga {
        only: whatever_status(table, problems),
        host: host(table),
        keys: Keys { service: service.unwrap_or(standard.service), ..standard },
    }
}

/// Returns the name of the host at the receiver.
fn host(table: &OutputTable) -> String {
    table.host.as_ref().map_or_else(|| "{host}".to_owned(), |written| written.get_ref().clone())
}

fn mail(name: &Text, table: &OutputTable, problems: &mut Problems) -> Mail {
    let address = |written: &Text, problems: &mut Problems| {
        let text = written.get_ref();
        if !text.contains('@')
            || text.chars().any(|one| one.is_control() || one.is_whitespace() || ",;<>".contains(one))
        {
            let reason = format!("`{}` is no address of mail", text.escape_debug());
            problems.push(Problem::new(written.span(), reason).with_help("ops@example.com"));
        }
        text.clone()
    };
    if table.to.as_ref().is_none_or(|to| to.get_ref().is_empty()) {
        let help = "to = [\"ops@example.com\"]";
        problems.push(Problem::new(name.span(), "this output says to nobody").with_help(help));
    }
    let from = table.from.as_ref().map(|from| address(from, problems));
    let to = table.to.iter().flat_map(|to| to.get_ref()).map(|to| address(to, problems)).collect();
    Mail { changes: changes(table, problems), from, to }
}

fn changes(table: &OutputTable, problems: &mut Problems) -> Changes {
    Changes {
        only: chosen(table, problems),
        repeat: table.repeat.as_ref().and_then(|written| time(written, problems)),
        max_age: table.max_age.as_ref().and_then(|written| time(written, problems)).unwrap_or(MAX_AGE),
    }
}

fn values(table: &OutputTable, format: &'static ValueFormat, problems: &mut Problems) -> Values {
    Values {
        format,
        only: whatever_status(table, problems),
        unchanged: table.unchanged.as_ref().and_then(|written| time(written, problems)),
        max_age: table.max_age.as_ref().and_then(|written| time(written, problems)),
        host: host(table),
    }
}

fn webhook(table: &OutputTable, problems: &mut Problems) -> Webhook {
    let body = table.body.as_ref().map(|body| Template::parse(body.get_ref()).map_err(|error| (body, error)));
    let body = match body.transpose() {
        Ok(body) => body.unwrap_or_default(),
        Err((written, error)) => {
            problems.push(Problem::new(written.span(), error.to_string()).with_help(error.help()));
            Template::default()
        }
    };
    Webhook { changes: changes(table, problems), body }
}

fn only(table: &OnlyTable, problems: &mut Problems) -> Only {
    let checks = table.checks.as_ref().map(|list| {
        let globs = list.iter().filter_map(|written| {
            let parsed = Glob::parse(written.get_ref());
            parsed.map_err(|error| problems.push(Problem::new(written.span(), error.to_string()))).ok()
        });
        globs.collect()
    });
    Only {
        checks,
        labels: labels(&table.labels, problems),
        at_least: table.at_least.as_ref().and_then(|written| status(written, problems)),
    }
}

fn sign(written: &Spanned<SignTable>, problems: &mut Problems) -> Option<Sign> {
    let SignTable { header, secret } = written.get_ref();
    let (Some(header), Some(secret)) = (header, secret) else {
        let help = "sign = { header = \"X-Signature-256\", secret = { file = \"/path\" } }";
        problems.push(Problem::new(written.span(), "`sign` has a `header` and a `secret`").with_help(help));
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
                problems.push(Problem::new(user.span(), "a user of `basic` has no `:` in it (RFC 7617)"));
            }
            Some(Auth::Basic { user: user.get_ref().clone(), password: value_of(password, problems)? })
        }
        (None, None, None, Some(name), Some(value)) => {
            judge_header(name, problems);
            Some(Auth::Header { name: name.get_ref().clone(), value: value_of(value, problems)? })
        }
        _ => {
            let help = "auth = { bearer = { file = \"/path\" } }\nauth = { basic = \"USER\", password = { file = \"/path\" } }\nauth = { header = \"NAME\", value = { file = \"/path\" } }";
            problems.push(Problem::new(written.span(), "`auth` is one of three").with_help(help));
            None
        }
    }
}

/// Schemes with which a URL may begin.
const HTTP: &[&str] = &["https://", "http://"];
const TRAPPER: &[&str] = &["zabbix://"];

/// Notes the keys of HTTP, which a trapper does not speak.
fn judge_trapper(table: &OutputTable, problems: &mut Problems) {
    let others = way_keys(table).into_iter().filter(|(key, _)| !matches!(*key, "url" | "all" | "insecure"));
    for (key, span) in others.filter_map(|(key, span)| Some((key, span?))) {
        let reason = format!("`{key}` is of HTTP, which a trapper does not speak");
        let help = "over TLS: format = \"zabbix-sender\", with the keys of zabbix_sender in the argv of its `command`";
        problems.push(Problem::new(span, reason).with_help(help));
    }
}

fn urls(written: &Spanned<super::values::Urls>, schemes: &[&str], problems: &mut Problems) -> Vec<EnvValue> {
    let list = &written.get_ref().0;
    if list.is_empty() {
        problems.push(Problem::new(written.span(), "the list is empty"));
    }
    list.iter()
        .filter_map(|url| {
            let span = if url.span().is_empty() { written.span() } else { url.span() };
            let value = value_of(&Spanned::new(span.clone(), url.get_ref().clone()), problems)?;
            if let EnvValue::Text(text) = &value
                && !schemes.iter().any(|scheme| text.starts_with(scheme))
            {
                problems.push(Problem::new(span, format!("a URL begins with {}", schemes.join(" or "))));
            }
            Some(value)
        })
        .collect()
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
        problems.push(Problem::new(name.span(), format!("`{text}` is no name of a header")));
    } else if OURS.contains(&text.to_ascii_lowercase().as_str()) {
        problems.push(Problem::new(name.span(), format!("the header `{text}` is written by the program itself")));
    }
}

/// A text, or the absolute path of the file that holds it.
fn value_of(written: &Spanned<TextOrFile>, problems: &mut Problems) -> Option<EnvValue> {
    match written.get_ref() {
        TextOrFile::Text(text) if text.is_empty() || text.contains(char::is_control) => {
            problems.push(Problem::new(written.span(), "it is empty, or holds a control character"));
            None
        }
        TextOrFile::Text(text) => Some(EnvValue::Text(text.clone())),
        TextOrFile::File(file) => literal_path(file, problems).map(|path| EnvValue::File(path.into())),
    }
}
