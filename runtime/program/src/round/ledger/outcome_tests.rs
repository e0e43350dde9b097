//! Whatever a component can report within its limits is stored, read back, logged and shown, and the checks beside it keep
//! what they had.

use std::rc::Rc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::round::plan::{self, Timing};
use crate::round::run_outcome::ComponentState;
use crate::round::start::longest_report;
use roundsman_config::{Config, Limits, Places, load};
use roundsman_contract::calls::wire;
use roundsman_contract::report::{Failure, FailureKind, LogLine, Trace, Usage};
use roundsman_contract::{Denial, Descriptor, Level, Metric, MetricKind, Outcome, Range, Status, Subcheck, Unit};
use roundsman_sandbox::broker::Closing;
use roundsman_sandbox::worker::{Ended, ExportAnswer};
use roundsman_store::results;
use roundsman_store::state::Store;
use roundsman_verdict::check_status::Pause;
use roundsman_verdict::judge::ComponentId;
use roundsman_verdict::judge::{StateType, outcome};
use roundsman_verdict::outputs::table::{self, Columns, TableRows};
use roundsman_verdict::outputs::text::Look;
use roundsman_verdict::outputs::{json, nagios, prometheus};
use roundsman_verdict::schedule::{FirstRound, Start};

const NOW: &str = "2026-11-22T19:14:03Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

/// A host with a check that reports anything, one that is paused, and one that always fails.
struct Host {
    directory: tempfile::TempDir,
    config: Config,
    timings: BTreeMap<String, Timing>,
    store: Store,
}

impl Host {
    fn new(limits: &str, format: &str) -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory");
        let path = directory.path().join("roundsman.toml");
        let at = directory.path().display();
        let text = format!(
            "[paths]\nstate = \"{at}/state\"\n[log]\nfile = \"{at}/log\"\nformat = \"{format}\"\n\
             [check.hostile]\nwasm = \"a.wasm\"\nevery = \"1m\"\n[check.hostile.limits]\n{limits}\n\
             [check.paused]\nwasm = \"a.wasm\"\nevery = \"1m\"\n\
             [check.failing]\nwasm = \"a.wasm\"\nevery = \"1m\"\nretry.attempts = 3\n"
        );
        std::fs::write(&path, text).expect("a file");
        let config = load(&Places::beside(&path).expect("a path"), rustix::process::geteuid().as_raw());
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((config.checks.len(), &config.refused.len()), (3, &0), "{:?}", config.refused);
        let store = Store::open(&config.paths.state).expect("a store");
        let host = Self { timings: plan::timings(&config), directory, config, store };
        host.round(|_| BTreeMap::from([("paused", ok("fine")), ("failing", fails())]));
        let pause = Pause {
            until: "2027-01-01T00:00:00Z".parse().expect("a time"),
            reason: "new disks".to_owned(),
            by: None,
            at: None,
        };
        let set = |memory: &mut Memory| {
            memory.results.checks.get_mut("paused").expect("a check").pause = Some(Box::new(pause))
        };
        host.store.change(set).expect("changed").written.expect("written");
        host
    }

    /// Carries what checks came to into state and log, as a round does; returns the lines of the log.
    fn round(&self, came: impl FnOnce(&Limits) -> BTreeMap<&'static str, Came>) -> Vec<String> {
        let log = self.config.log.file.clone();
        let _ = std::fs::remove_file(&log);
        let start = Start { now: now(), machine: "m", tick: self.config.run.tick, first: FirstRound::No };
        let context = RoundContext { config: &self.config, timings: &self.timings, start };
        let chosen = self.config.checks.values().map(|check| Chosen { check, serves: Some(now()) });
        let (mut faults, mut show) = (Vec::new(), |_: &Verdict| ());
        let (books, memory) = Books::open(&self.config, &mut faults);
        assert_eq!(faults, Vec::new());
        let mut ledger = Ledger::new(context, &books, memory, Cursors::new(), &mut show);
        ledger.chosen = chosen.map(|chosen| (chosen.check.name.as_str(), chosen)).collect();
        for (name, came) in came(&self.config.checks["hostile"].limits) {
            ledger.take(came.run_outcome(name));
        }
        ledger.wake();
        assert_eq!(ledger.faults, Vec::new());
        std::fs::read_to_string(log).expect("a log").lines().map(str::to_owned).collect()
    }

    /// Tells whether the checks beside the hostile one have what they had; `attempt` is of the one that fails.
    fn assert_others_keep(&self, state_type: StateType, attempt: u32) {
        let (memory, damage) = self.store.read().expect("read");
        assert_eq!(damage, Vec::<String>::new());
        let [paused, failing] = ["paused", "failing"].map(|name| &memory.results.checks[name]);
        assert_eq!(paused.pause.as_ref().map(|pause| pause.reason.as_str()), Some("new disks"));
        assert_eq!((failing.verdict.state_type, failing.verdict.attempt), (state_type, attempt));
        assert_eq!(failing.verdict.status, Some(Status::Unknown));
    }

    /// Shows what is stored in every form there is.
    fn assert_shows(&self) {
        let stored = results::read(&self.config.paths.state).expect("read").expect("written");
        for check_status in stored.checks.values() {
            assert!(
                nagios::encode(&check_status.as_of(now()), nagios::DEFAULT_MAX_OUTPUT).len()
                    <= nagios::DEFAULT_MAX_OUTPUT
            );
            let object: serde_json::Value =
                serde_json::from_str(&json::encode_check_status(check_status, now(), "web1")).expect("an object");
            assert_eq!(object["check"], check_status.verdict.check.as_str());
            assert!(!table::one(check_status, now(), Look::PLAIN).is_empty());
        }
        assert!(
            table::encode(&stored.checks, TableRows::All, stored.written, Columns::Few, now(), Look::PLAIN)
                .contains("3 checks")
        );
        assert!(prometheus::encode(&stored.checks, now()).contains("roundsman_check_paused{check=\"paused\"} 1\n"));
    }
}

/// What a check came to.
#[derive(Debug, Clone)]
struct Came {
    result: Result<Outcome, Failure>,
    denials: Vec<Denial>,
    log: Vec<LogLine>,
}

impl Came {
    fn run_outcome(self, name: &str) -> RunOutcome {
        let descriptor = Descriptor { name: "says".to_owned(), free_metrics: true, ..Descriptor::default() };
        let component = ComponentState {
            id: Rc::new(ComponentId::of(&descriptor, "ab")),
            descriptor: Rc::new(descriptor),
            size: 1,
            imports: Vec::new(),
        };
        RunOutcome {
            name: name.to_owned(),
            component: Some(component),
            result: self.result.map(|outcome| Answered::Said(ExportAnswer::Outcome(outcome))),
            trace: Trace { denials: self.denials, log: self.log, ..Trace::default() },
            usage: Usage::default(),
            started: now(),
            duration: Duration::from_millis(5),
        }
    }
}

fn ok(summary: &str) -> Came {
    let outcome = Outcome {
        status: Status::Ok,
        summary: summary.to_owned(),
        details: Vec::new(),
        subchecks: Vec::new(),
        metrics: Vec::new(),
        extra: Vec::new(),
    };
    Came { result: Ok(outcome), denials: Vec::new(), log: Vec::new() }
}

fn fails() -> Came {
    Came { result: Err(Failure::new(FailureKind::Io, "gone")), ..ok("") }
}

fn metric(name: &str, labels: Vec<(String, String)>) -> Metric {
    Metric {
        name: name.to_owned(),
        value: -1.797_693_134_862_315_7e308,
        unit: Unit::Number,
        kind: MetricKind::Gauge,
        labels,
        warning: Some(Range { low: -1.234_567_890_123_456_7e-300, high: f64::INFINITY, inside: false }),
        critical: Some(Range { low: -1.234_567_890_123_456_7e-300, high: 1.234_567_890_123_456_7e300, inside: false }),
        min: Some(-1.797_693_134_862_315_7e308),
        max: Some(1.797_693_134_862_315_7e308),
        extra: Vec::new(),
    }
}

/// Hands an outcome from worker to broker and from broker to round, as bytes within their bounds.
fn carry(outcome: &Outcome, limits: &Limits) {
    let ended = Ended { result: Ok(ExportAnswer::Outcome(outcome.clone())), usage: Usage::default() };
    let mut frame = Vec::new();
    let longest = roundsman_sandbox::worker::longest_message(limits);
    wire::send(&mut frame, &wire::FromWorker::Ended(ended.clone()), longest).expect("sent");
    wire::receive::<wire::FromWorker>(frame.as_slice(), longest).expect("received");
    let closing = postcard::to_allocvec(&Closing { ended: Some(Ok(ended)), ..Closing::default() }).expect("encoded");
    wire::decode::<Closing>(&closing, longest_report(limits)).expect("decoded");
}

/// The state type and attempt of what always fails, round after round.
const COUNTS: [(StateType, u32); 3] = [(StateType::Soft, 2), (StateType::Hard, 3), (StateType::Hard, 3)];

/// Runs what was generated beside the two others, so many times.
fn assert_kept(limits: &str, format: &str, longest: usize, rounds: usize, came: impl Fn(&Limits) -> Came) {
    let host = Host::new(limits, format);
    for (state_type, attempt) in COUNTS.into_iter().take(rounds) {
        let mut fits = None;
        let lines = host.round(|limits| {
            let came = came(limits);
            if let Ok(said) = &came.result {
                fits = Some(outcome::within("hostile", said, limits).is_ok());
                if fits == Some(true) {
                    carry(said, limits);
                }
            }
            BTreeMap::from([("hostile", came), ("failing", fails())])
        });
        assert_eq!(lines.len(), 2, "a line for each run");
        for line in &lines {
            assert!(line.len() < longest, "{} bytes", line.len());
            assert!(format != "json" || serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
        }
        let stored = results::read(&host.config.paths.state).expect("read").expect("written");
        let verdict = &stored.checks["hostile"].verdict;
        if let Some(fits) = fits {
            let kinds = verdict.failure.as_ref().map(|failure| failure.kind);
            assert_eq!(kinds, (!fits).then_some(FailureKind::Limit), "{:?}", verdict.failure);
        }
        host.assert_others_keep(state_type, attempt);
        host.assert_shows();
    }
    assert!(host.directory.path().is_dir());
}

const FORMATS: [(&str, usize); 2] = [("text", log_line::LONGEST_TEXT), ("json", log_line::LONGEST_JSON)];

/// The largest that the limits allow: every text is made of what takes most room.
#[test]
fn the_largest_report_within_the_limits_is_kept() {
    let largest = |limits: &Limits| {
        let count = usize::try_from(limits.metrics).expect("a number");
        let each = usize::try_from(limits.series).expect("a number") / count;
        let value = |index: usize| format!("{index:06}{}", "\u{1}".repeat((each - 30) / 6));
        let metrics = (0..count).map(|index| metric("measured", vec![("l".to_owned(), value(index))])).collect();
        let text = usize::try_from(limits.text).expect("a number");
        let outcome = Outcome {
            metrics,
            details: vec![String::new(); text],
            summary: String::new(),
            ..ok("").result.expect("one")
        };
        let denial =
            |index: usize| Denial::new("files", format!("{index}{}", "\u{202e}".repeat(100)), "\u{7f}".repeat(100));
        let log = (0..800).map(|_| LogLine { level: Level::Info, message: "\u{1b}".repeat(10) }).collect();
        Came { result: Ok(outcome), denials: (0..50).map(denial).collect(), log }
    };
    for (format, longest) in FORMATS {
        assert_kept("", format, longest, 1, largest);
    }
    let raised = "series = \"12MiB\"\nmetrics = 12_000\ntext = \"256KiB\"";
    assert_kept(raised, "json", log_line::LONGEST_JSON, 1, largest);
}

#[test]
fn a_failure_without_end_is_cut() {
    let endless = |_: &Limits| {
        let text = "\u{1b}\n".repeat(1 << 20);
        Came { result: Err(Failure::new(FailureKind::Check, text.clone()).with_hint(text)), ..ok("") }
    };
    for (format, longest) in FORMATS {
        assert_kept("", format, longest, COUNTS.len(), endless);
    }
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z/ ]{0,30}",
        "[\\x00-\\x1f\\x7f-\u{9f}\u{200e}\u{202e}\u{2028}\"\\\\|]{0,60}",
        (any::<char>(), 0_usize..400).prop_map(|(one, count)| one.to_string().repeat(count)),
    ]
}

fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), Just(f64::MIN_POSITIVE)]
}

fn reports() -> impl Strategy<Value = Came> {
    let label = (0_usize..5, texts()).prop_map(|(name, value)| (format!("l{name}"), value));
    let metrics = (numbers(), proptest::collection::vec(label, 0..4), texts(), numbers(), any::<bool>());
    let subchecks = (texts(), texts(), 0_usize..4);
    (
        (texts(), proptest::collection::vec(texts(), 0..20)),
        proptest::collection::vec(metrics, 0..40),
        proptest::collection::vec(subchecks, 0..20),
        proptest::collection::vec((texts(), texts()), 0..5),
        proptest::collection::vec(texts(), 0..20),
    )
        .prop_map(|((summary, details), metrics, subchecks, denials, log)| {
            let metrics = metrics.into_iter().enumerate().map(|(index, (value, labels, extra, high, counts))| {
                let mut labels: BTreeMap<String, String> = labels.into_iter().collect();
                labels.insert("index".to_owned(), index.to_string());
                let kind = if counts { MetricKind::Counter } else { MetricKind::Gauge };
                let name = if counts { "counted" } else { "measured" };
                let range = Range { low: f64::NEG_INFINITY, high, inside: counts };
                Metric {
                    value,
                    kind,
                    extra: vec![("x-a".to_owned(), extra)],
                    critical: range.is_sound().then_some(range),
                    ..metric(name, labels.into_iter().collect())
                }
            });
            let statuses = [Status::Ok, Status::Warning, Status::Critical, Status::Unknown];
            let subchecks = subchecks.into_iter().enumerate().map(|(index, (label, text, status))| Subcheck {
                labels: vec![("index".to_owned(), index.to_string()), ("l".to_owned(), label)],
                status: statuses[status],
                text,
                failure: None,
                extra: Vec::new(),
            });
            let outcome = Outcome {
                status: Status::Ok,
                summary,
                details,
                subchecks: subchecks.collect(),
                metrics: metrics.collect(),
                extra: Vec::new(),
            };
            let denials = denials.into_iter().map(|(target, hint)| Denial::new("files", target, hint));
            let log = log.into_iter().map(|message| LogLine { level: Level::Debug, message });
            Came { result: Ok(outcome), denials: denials.collect(), log: log.collect() }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_reported_is_kept_and_shown(
        came in reports(),
        series in prop_oneof![Just("2KiB"), Just("4MiB"), Just("1GiB")],
        text in prop_oneof![Just("1KiB"), Just("64KiB"), Just("512MiB")],
        format in 0_usize..2,
    ) {
        let (format, longest) = FORMATS[format];
        assert_kept(&format!("series = \"{series}\"\ntext = \"{text}\""), format, longest, COUNTS.len(), |_| came.clone());
    }
}
