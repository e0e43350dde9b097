//! The keys of an output that is delivered over the network. A secret is shown as the file that holds it.

use super::grant::file_table;
use super::page::{PageRow, row, row_below};
use super::values::{list, path, time};
use crate::fields::status_word;
use crate::receiver::ReceiverKind;
use crate::{
    Auth, ChangesSettings, CommandWay, Mail, Receiver, ReceiverFormat, ReceiverWay, UrlWay, ValuesSettings, Webhook,
};
use roundsman_grants::EnvValue;
use roundsman_grants::denial::{toml_key, toml_text};
use roundsman_verdict::delivery::filter::Only;
use roundsman_verdict::outputs::value_formats::Target;

pub(crate) fn rows(receiver: &Receiver) -> Vec<PageRow> {
    let kind = ReceiverKind::of(&receiver.format);
    let mut rows = vec![row("format", toml_text(kind.word()))];
    match &receiver.way {
        ReceiverWay::Url(way) => rows.extend(url(way)),
        ReceiverWay::Command(way) => rows.extend(command(way)),
    }
    rows.extend(kind.deliver().map(|deliver| row("deliver", toml_text(deliver))));
    match &receiver.format {
        ReceiverFormat::Webhook(webhook) => rows.extend(told(webhook)),
        ReceiverFormat::Values(values) => rows.extend(measured(values)),
        ReceiverFormat::Mail(mail) => rows.extend(mail_rows(mail)),
        ReceiverFormat::Icinga(icinga) => {
            rows.extend(chosen(&icinga.only));
            rows.push(row("host", toml_text(&icinga.host)));
            rows.push(row("service", toml_text(&icinga.keys.service)));
        }
        ReceiverFormat::Alertmanager(only) | ReceiverFormat::JsonState(only) => rows.extend(chosen(only)),
        ReceiverFormat::JsonChanges(changes) => rows.extend(changed(changes)),
        ReceiverFormat::Ping => {}
    }
    rows
}

fn command(way: &CommandWay) -> Vec<PageRow> {
    let delivered = row("delivered", list(way.delivered.iter().map(ToString::to_string)));
    let granted = way.grants.commands.iter().flat_map(super::grant::command);
    // It gets the message, which is not for the operator to say.
    let granted = granted.filter(|row| row.key != ["stdin"]);
    let below = |row: PageRow| PageRow { key: std::iter::once("command".to_owned()).chain(row.key).collect(), ..row };
    granted.chain([delivered]).map(below).collect()
}

fn url(way: &UrlWay) -> Vec<PageRow> {
    let UrlWay { urls, all, proxy, headers, auth, ca, sign, insecure } = way;
    let mut rows = vec![row("url", list(urls.iter().map(value))), row("all", all.to_string())];
    rows.extend(proxy.as_ref().map(|proxy| row("proxy", value(proxy))));
    rows.extend(headers.iter().map(|(name, written)| row_below("headers", name, value(written))));
    rows.extend(auth.as_ref().map(|auth| row("auth", self::auth(auth))));
    rows.extend(ca.as_ref().map(|ca| row_below("tls", "ca", path(ca))));
    let sign = sign
        .as_ref()
        .map(|sign| format!("{{ header = {}, secret = {} }}", toml_text(&sign.header), value(&sign.secret)));
    rows.extend(sign.map(|sign| row("sign", sign)));
    rows.push(row("insecure", insecure.to_string()));
    rows
}

/// Returns rows of what is sent of each outcome.
fn measured(values: &ValuesSettings) -> Vec<PageRow> {
    let ValuesSettings { format, only, unchanged, max_age, host } = values;
    let mut rows = chosen(only);
    rows.extend(unchanged.map(|unchanged| row("unchanged", time(unchanged))));
    rows.extend(max_age.map(|max_age| row("max_age", time(max_age))));
    rows.extend(matches!(format.target, Target::Trapper | Target::Sender).then(|| row("host", toml_text(host))));
    rows
}

fn chosen(only: &Only) -> Vec<PageRow> {
    let checks = only.checks.as_ref().map(|globs| list(globs.iter().map(|glob| toml_text(glob.as_str()))));
    let mut rows: Vec<PageRow> = checks.map(|checks| row_below("only", "checks", checks)).into_iter().collect();
    let pairs = only.labels.iter().map(|(name, value)| format!("{} = {}", toml_key(name), toml_text(value)));
    if !only.labels.is_empty() {
        rows.push(row_below("only", "labels", format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))));
    }
    rows.extend(only.at_least.map(|least| row_below("only", "at_least", toml_text(status_word(least)))));
    rows
}

fn changed(changes: &ChangesSettings) -> Vec<PageRow> {
    let ChangesSettings { only, repeat, max_age } = changes;
    let mut rows = chosen(only);
    rows.extend(repeat.map(|repeat| row("repeat", time(repeat))));
    rows.push(row("max_age", time(*max_age)));
    rows
}

fn mail_rows(mail: &Mail) -> Vec<PageRow> {
    let Mail { changes, from, to } = mail;
    let mut rows = changed(changes);
    rows.extend(from.as_ref().map(|from| row("from", toml_text(from))));
    rows.push(row("to", list(to.iter().map(|to| toml_text(to)))));
    rows
}

fn told(webhook: &Webhook) -> Vec<PageRow> {
    let Webhook { changes, body } = webhook;
    let mut rows = changed(changes);
    rows.push(row("body", toml_text(body.as_str())));
    rows
}

fn auth(auth: &Auth) -> String {
    match auth {
        Auth::Bearer(token) => format!("{{ bearer = {} }}", value(token)),
        Auth::Basic { user, password } => format!("{{ basic = {}, password = {} }}", toml_text(user), value(password)),
        Auth::Header { name, value: written } => {
            format!("{{ header = {}, value = {} }}", toml_text(name), value(written))
        }
    }
}

fn value(written: &EnvValue) -> String {
    match written {
        EnvValue::Text(text) => toml_text(text),
        EnvValue::File(file) => file_table(file),
    }
}
