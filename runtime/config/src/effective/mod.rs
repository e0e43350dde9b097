//! The configuration as one TOML file: every key that holds, with where it was written.

mod check;
mod grant;
mod page;
mod receiver;
mod values;

use std::rc::Rc;

use self::page::{Page, PageRow, row, row_below};
use self::values::{count, list, path, size, time};
use super::origins::Origins;
use super::{Config, HostName, Layer, Limits, LogFormat, OutputSettings, RunSettings};
use roundsman_grants::denial::toml_text;
use roundsman_verdict::outputs::scene::{OutputKeys, Series};

/// A configuration with the place of each key.
#[derive(Debug)]
pub struct Effective {
    pub config: Config,
    /// Of `[limits]`; those of a check are its own.
    pub limits: Rc<Limits>,
    pub(super) origins: Origins,
}

impl Effective {
    /// Returns all of it: a main file that gives the same configuration. What `[defaults]` says stands in each check.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut page = Page::new(&self.origins);
        self.settings(&mut page);
        page.table(&["limits"], limits(&self.limits));
        for output in &self.config.outputs {
            write_output(&mut page, output);
        }
        for receiver in &self.config.receivers {
            page.table(&["output", &receiver.name], receiver::rows(receiver));
        }
        for check in self.config.checks.values() {
            check::write(&mut page, check);
        }
        page.into_text()
    }

    /// Writes one check as a drop-in that gives the same check; `None` if it is not there.
    #[must_use]
    pub fn check_to_toml(&self, name: &str) -> Option<String> {
        let mut page = Page::new(&self.origins);
        check::write(&mut page, self.config.checks.get(name)?);
        Some(page.into_text())
    }

    fn settings(&self, page: &mut Page<'_>) {
        let Config { paths, run, compile, groups, history, .. } = &self.config;
        page.table(
            &["paths"],
            vec![
                row("state", path(&paths.state)),
                row("cache", path(&paths.cache)),
                row("checks", list(paths.checks.iter().map(|directory| path(directory)))),
            ],
        );
        page.table(&["run"], run_rows(run));
        page.table(
            &["compile"],
            vec![
                row("time", time(compile.time)),
                row("memory", size(compile.memory)),
                row("component", size(compile.component)),
            ],
        );
        page.table(&["groups"], groups.iter().map(|(name, cap)| row(name, cap.to_string())).collect());
        self.naming(page);
        self.sending(page);
        page.table(&["history"], vec![row("size", size(*history))]);
        self.log(page);
    }

    /// Writes how the host is named, and how texts are written.
    fn naming(&self, page: &mut Page<'_>) {
        let Config { host, texts, .. } = &self.config;
        let name = match &host.name {
            HostName::AsIs => None,
            HostName::Short => Some("short"),
            HostName::Full => Some("fqdn"),
            HostName::Fixed(name) => Some(name.as_str()),
        };
        let named = name.map(|name| row("name", toml_text(name)));
        let labels = host.labels.iter().map(|(name, value)| row_below("labels", name, toml_text(value)));
        let rows: Vec<PageRow> = named.into_iter().chain(labels).collect();
        if !rows.is_empty() {
            page.table(&["host"], rows);
        }
        if let Some(zone) = &texts.timezone {
            page.table(&["texts"], vec![row("timezone", toml_text(zone))]);
        }
    }

    /// Writes how components are fetched, and results are sent.
    fn sending(&self, page: &mut Page<'_>) {
        let Config { install, delivery, receivers, .. } = &self.config;
        let expired = install.refuses_expired.then(|| row("expired", toml_text("refuse")));
        let ca = install.ca.as_ref().map(|file| row("ca", path(file)));
        let proxy = install.proxy.as_ref().map(|url| row("proxy", toml_text(url)));
        let rows: Vec<PageRow> = [expired, ca, proxy].into_iter().flatten().collect();
        if !rows.is_empty() {
            page.table(&["install"], rows);
        }
        if !receivers.is_empty() {
            let rows = vec![
                row("deadline", time(delivery.deadline)),
                row("user", toml_text(&delivery.user)),
                row("keep", size(delivery.keep)),
            ];
            page.table(&["delivery"], rows);
        }
    }

    fn log(&self, page: &mut Page<'_>) {
        let log = &self.config.log;
        let format = match log.format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        let commands = row("commands", log.commands.to_string());
        page.table(&["log"], vec![row("file", path(&log.file)), row("format", toml_text(format)), commands]);
    }
}

fn run_rows(run: &RunSettings) -> Vec<PageRow> {
    let rows = [
        Some(row("tick", time(run.tick))),
        Some(row("parallel", run.parallel.to_string())),
        run.deadline.map(|deadline| row("deadline", time(deadline))),
        Some(row("splay", time(run.splay))),
        Some(row("user", toml_text(&run.user))),
        Some(row("worker_uid", run.worker_uid.to_string())),
        run.require.as_ref().map(|layers| row("require", list(layers.iter().map(|layer| layer_text(*layer))))),
        Some(row("buffers", size(run.buffers))),
        Some(row("paused", toml_text(run.paused.word()))),
        Some(row("record", toml_text(run.record.word()))),
    ];
    rows.into_iter().flatten().collect()
}

fn write_output(page: &mut Page<'_>, output: &OutputSettings) {
    let OutputKeys { service, series } = &output.keys;
    let series = match series {
        Series::All => "all",
        Series::States => "states",
    };
    let own = [("service", service.as_str()), ("series", series)];
    let own = own.into_iter().filter(|(key, _)| output.format.keys.contains(key));
    let rows = [row("format", toml_text(output.format.word)), row("path", path(&output.path))];
    let rows = rows.into_iter().chain(own.map(|(key, value)| row(key, toml_text(value)))).collect();
    page.table(&["output", &output.name], rows);
}

pub fn limits(limits: &Limits) -> Vec<PageRow> {
    macro_rules! rows {
        ($($key:ident: $kind:ident = $default:expr, $bounds:literal, $reached:literal;)*) => {
            vec![$(row(stringify!($key), $kind(limits.$key))),*]
        };
    }
    roundsman_contract::limits!(rows)
}

fn layer_text(layer: Layer) -> String {
    toml_text(match layer {
        Layer::Seccomp => "seccomp",
        Layer::Uid => "uid",
        Layer::Landlock => "landlock",
    })
}
