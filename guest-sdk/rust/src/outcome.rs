//! Building of what a run reports: facts, never a verdict.

use crate::text::{count, cut, length_in_json};
use crate::{Cause, Failure, HostError, Metric, MetricKind, Outcome, Range, Status, Subcheck, Unit};

/// Most of what the host counts against `limits.text`, in bytes: the default, which ends a run, less a line or two.
const TEXTS: usize = 60 * 1024;
/// Most labels of all subchecks together, in bytes, of the default `limits.series` of 4 MiB that they share with the metrics.
const LABELS: usize = 512 * 1024;
/// Most of them that the details take, where there are too many.
const DETAILS: usize = 28 * 1024;
/// Longest text of one of very many subchecks or details, in characters.
const LONGEST: usize = 500;
/// Bytes that the host counts for a failure besides its message, which may stand for the text as well.
const AROUND_FAILURE: usize = 256;
/// Bytes that it counts for a label, or a problem of an option, besides their texts.
const AROUND_PAIR: usize = 16;

///
/// ```
/// use roundsman_sdk::{Metric, MetricKind, Outcome, Range, Status, Subcheck, Unit};
///
/// let temperature = Metric::new("temperature", 42.0, Unit::Celsius, MetricKind::Gauge)
///     .label("disk", "sda")
///     .max(100.0)
///     .warning(Range::up_to(50.0))
///     .critical(Range::up_to(60.0));
/// let disk = Subcheck::new("disk", "sda", "42 °C").label("bay", "1").judged(Status::Warning);
/// let outcome = Outcome::new("1 disk")
///     .judged(Status::Ok)
///     .detail("firmware 1.2")
///     .details(["serial 7".to_owned()])
///     .subcheck(disk.clone())
///     .subchecks(Vec::new())
///     .metric(temperature.clone())
///     .metrics(None)
///     .bounded("disks");
/// assert_eq!((outcome.details.len(), outcome.subchecks[0].labels.len(), outcome.metrics[0].max), (2, 2, Some(100.0)));
/// ```
impl Outcome {
    /// Makes an outcome in order, with its facts in one line: "3 of 4 ports online", never "ok".
    pub fn new(summary: impl Into<String>) -> Self {
        Self {
            status: Status::Ok,
            summary: summary.into(),
            details: Vec::new(),
            subchecks: Vec::new(),
            metrics: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Sets what the check itself judges: the worse of what it was and `status`.
    pub fn judged(mut self, status: Status) -> Self {
        self.status = self.status.worse(status);
        self
    }

    /// Adds one more line for a person to read.
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// Adds more lines for a person to read.
    pub fn details(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(lines);
        self
    }

    /// Adds one of the many things that the check looked at.
    pub fn subcheck(mut self, subcheck: Subcheck) -> Self {
        self.subchecks.push(subcheck);
        self
    }

    /// Things that the check looked at.
    pub fn subchecks(mut self, subchecks: impl IntoIterator<Item = Subcheck>) -> Self {
        self.subchecks.extend(subchecks);
        self
    }

    /// Keeps what is said within what an outcome may hold by default. Of subchecks the worst come first, and none in order or
    /// UNKNOWN where one in trouble is left out. What is left out keeps its metrics, its status counts as ever, and a detail says
    /// how many `things` it is; of details the first stay.
    pub fn bounded(mut self, things: &str) -> Self {
        if self.room().is_some_and(|room| room.takes_all(&self.subchecks)) {
            return self;
        }
        self.summary = cut(&self.summary, LONGEST);
        self.details = first(self.details);
        let room = self.room().unwrap_or(Room { texts: 0, labels: 0 });
        self.subchecks.iter_mut().for_each(shorten);
        let kept = kept(&self.subchecks, room);
        let left_out = kept.iter().filter(|kept| !**kept).count();
        for (subcheck, kept) in std::mem::take(&mut self.subchecks).into_iter().zip(kept) {
            self = if kept { self.subcheck(subcheck) } else { self.judged(subcheck.status) };
        }
        if left_out == 0 {
            return self;
        }
        self.detail(format!("{left_out} more {things} are not listed: there are too many for limits.text"))
    }

    /// Returns what summary and details leave for subchecks; `None` where these are too much.
    fn room(&self) -> Option<Room> {
        let lines = self.details.iter().chain([&self.summary]);
        let texts = TEXTS.checked_sub(lines.map(|line| length_in_json(line) + 1).sum())?;
        Some(Room { texts, labels: LABELS })
    }

    /// Adds one measured number.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metrics.push(metric);
        self
    }

    /// Measured numbers; of an `Option` none or one.
    pub fn metrics(mut self, metrics: impl IntoIterator<Item = Metric>) -> Self {
        self.metrics.extend(metrics);
        self
    }
}

/// Room that an outcome has for more subchecks, in bytes.
#[derive(Clone, Copy)]
struct Room {
    texts: usize,
    labels: usize,
}

impl Room {
    /// Takes what a subcheck needs, and tells whether it was there.
    fn takes(&mut self, subcheck: &Subcheck) -> bool {
        let pairs = subcheck.labels.iter().chain(&subcheck.extra);
        let labels: usize = pairs.map(|(name, value)| pair(name, value)).sum();
        let texts = length_in_json(&subcheck.text) + 1 + subcheck.failure.as_ref().map_or(0, of_failure);
        let fits = texts <= self.texts && labels <= self.labels;
        if fits {
            (self.texts, self.labels) = (self.texts - texts, self.labels - labels);
        }
        fits
    }

    fn takes_all(mut self, subchecks: &[Subcheck]) -> bool {
        subchecks.iter().all(|subcheck| self.takes(subcheck))
    }
}

/// Tells which subchecks there is room for. Those in order have a quarter of what trouble leaves, before those UNKNOWN: a
/// threshold of the operator's may yet find one of them CRITICAL.
fn kept(all: &[Subcheck], mut room: Room) -> Vec<bool> {
    let mut kept = vec![false; all.len()];
    let mut add = |status, room: &mut Room| {
        let of_status = all.iter().zip(&mut kept).filter(|(it, kept)| it.status == status && !**kept);
        // Each is tried, as one that says less may fit.
        of_status.fold(true, |fits, (subcheck, kept)| {
            *kept = room.takes(subcheck);
            fits && *kept
        })
    };
    if add(Status::Critical, &mut room) && add(Status::Warning, &mut room) {
        let quarter = Room { texts: room.texts / 4, labels: room.labels / 4 };
        let mut left = quarter;
        add(Status::Ok, &mut left);
        room =
            Room { texts: room.texts - quarter.texts + left.texts, labels: room.labels - quarter.labels + left.labels };
        if add(Status::Unknown, &mut room) {
            add(Status::Ok, &mut room);
        }
    }
    kept
}

/// Returns as many of the first lines as there is room for, long ones cut; a last one says how many more there were.
fn first(lines: Vec<String>) -> Vec<String> {
    let all = lines.len();
    let mut room = DETAILS;
    let fits = |line: &String| {
        let left = room.checked_sub(length_in_json(line) + 1);
        room = left.unwrap_or_default();
        left.is_some()
    };
    let mut kept: Vec<String> = lines.iter().map(|line| cut(line, LONGEST)).take_while(fits).collect();
    if kept.len() < all {
        kept.push(format!("… {} not shown", count(all - kept.len(), "more line")));
    }
    kept
}

/// Returns at least what the host counts for a failure.
fn of_failure(failure: &Failure) -> usize {
    let cause = match &failure.cause {
        Cause::Options(problems) => problems.iter().map(|problem| pair(&problem.key, &problem.message)).sum(),
        Cause::Host(HostError::Denied(denial)) => length_in_json(&denial.hint),
        _ => 0,
    };
    2 * length_in_json(&failure.message) + cause + AROUND_FAILURE
}

fn pair(name: &str, value: &str) -> usize {
    length_in_json(name) + length_in_json(value) + AROUND_PAIR
}

/// Cuts what one of very many says.
fn shorten(subcheck: &mut Subcheck) {
    let message = subcheck.failure.as_mut().map(|failure| &mut failure.message);
    for text in [Some(&mut subcheck.text), message].into_iter().flatten() {
        *text = cut(text, LONGEST);
    }
}

impl Subcheck {
    /// Makes a thing by its label, with its facts in one line: "4 of 20 GiB used".
    pub fn new(label: &str, value: impl Into<String>, text: impl Into<String>) -> Self {
        let labels = vec![(label.into(), value.into())];
        Self { labels, status: Status::Ok, text: text.into(), failure: None, extra: Vec::new() }
    }

    /// Adds one more label of it.
    pub fn label(mut self, label: &str, value: impl Into<String>) -> Self {
        self.labels.push((label.into(), value.into()));
        self
    }

    /// Sets what the check itself judges: the worse of what it was and `status`.
    pub fn judged(mut self, status: Status) -> Self {
        self.status = self.status.worse(status);
        self
    }
}

impl Metric {
    /// Makes a metric that no [`crate::Measure`] declares, for checks that say `free_metrics` and tell it by
    /// [`Check::metrics`](crate::Check::metrics).
    pub fn new(name: impl Into<String>, value: f64, unit: Unit, kind: MetricKind) -> Self {
        Self {
            name: name.into(),
            value,
            unit: unit.into(),
            kind,
            labels: Vec::new(),
            warning: None,
            critical: None,
            min: None,
            max: None,
            extra: Vec::new(),
        }
    }

    /// Adds a label and its value.
    pub fn label(mut self, label: &str, value: impl Into<String>) -> Self {
        self.labels.push((label.into(), value.into()));
        self
    }

    /// Sets the largest value that this one can have, where it differs from thing to thing.
    pub fn max(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }

    /// Sets the values that are in order where the operator says nothing; outside is WARNING.
    pub fn warning(mut self, range: Range) -> Self {
        self.warning = Some(range);
        self
    }

    /// Sets the values that are in order where the operator says nothing; outside is CRITICAL.
    pub fn critical(mut self, range: Range) -> Self {
        self.critical = Some(range);
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use roundsman_grants::escape::json_length;

    use super::*;

    /// As the host counts it against `limits.text` and, of subchecks, `limits.series`.
    fn counted(outcome: &Outcome) -> (usize, usize) {
        let cause = |cause: &Cause| match cause {
            Cause::Options(all) => all.iter().map(|it| json_length(&it.key) + json_length(&it.message) + 16).sum(),
            Cause::Host(HostError::Denied(denial)) => json_length(&denial.hint),
            _ => 0,
        };
        let failures = outcome.subchecks.iter().filter_map(|one| one.failure.as_ref());
        let failures = failures.map(|failure| 2 * json_length(&failure.message) + cause(&failure.cause) + 256);
        let lines = outcome.details.iter().chain(outcome.subchecks.iter().map(|one| &one.text));
        let lines = lines.map(|line| json_length(line) + 1);
        let labels = outcome.subchecks.iter().flat_map(|one| &one.labels);
        let labels = labels.map(|(name, value)| json_length(name) + json_length(value) + 8);
        (json_length(&outcome.summary) + lines.chain(failures).sum::<usize>(), labels.sum())
    }

    fn failed(number: usize) -> Subcheck {
        let message = format!("/mnt/{number}: no answer within 3 s, from server:/export/{number}; is it there?");
        Subcheck::failed("mount", number.to_string(), Failure::new(message))
    }

    #[test]
    fn hundreds_that_failed_stay_within_the_limit_and_the_worst_are_listed() {
        let full = Subcheck::new("mount", "/full", "all of it used").judged(Status::Critical);
        let fine = Subcheck::new("mount", "/fine", "half of it used");
        let of = |status| move |one: &&Subcheck| one.status == status;
        for many in [70, 200, 500, 2_000] {
            let all = [fine.clone()].into_iter().chain((0..many).map(failed)).chain([full.clone()]);
            let outcome = Outcome::new(format!("{many} mounts")).subchecks(all).bounded("mounts");
            assert!(counted(&outcome).0 < 64 << 10, "{:?}", counted(&outcome));
            for (status, there) in
                [(Status::Critical, 1), (Status::Ok, 1), (Status::Unknown, outcome.subchecks.len() - 2)]
            {
                assert_eq!(outcome.subchecks.iter().filter(of(status)).count(), there, "{outcome:?}");
            }
            assert!(outcome.subchecks.len() > 70, "{}", outcome.subchecks.len());
            let left_out = many + 2 - outcome.subchecks.len();
            assert_eq!(outcome.details.is_empty(), many == 70);
            let said = format!("{left_out} more mounts are not listed: there are too many for limits.text");
            assert!(many == 70 || outcome.details == [said], "{:?}", outcome.details);
        }
    }

    #[test]
    fn one_of_very_many_that_says_much_is_cut_and_listed() {
        let long = Subcheck::new("row", "a", "\u{1}".repeat(70_000)).judged(Status::Critical);
        let fine = (0..100).map(|number| Subcheck::new("row", number.to_string(), "fine"));
        let outcome = Outcome::new("101 rows").subchecks(fine).subcheck(long).bounded("rows");
        assert_eq!((outcome.subchecks.len(), outcome.details.len()), (101, 0));
        assert_eq!(outcome.subchecks[100].text.chars().count(), LONGEST + 1);
    }

    fn text() -> impl Strategy<Value = String> {
        ("[a-z\u{1}\"é€\u{202e}\u{1f600}]{1,20}", 1_usize..400).prop_map(|(text, times)| text.repeat(times))
    }

    fn part() -> impl Strategy<Value = Subcheck> {
        let status = prop::sample::select(vec![Status::Ok, Status::Warning, Status::Critical]);
        let cause = prop_oneof![
            Just(Cause::own()),
            text().prop_map(|text| Cause::Options(vec![crate::Problem::new("key", text)])),
        ];
        let fine =
            (text(), text(), status).prop_map(|(value, text, status)| Subcheck::new("x", value, text).judged(status));
        let failed = (text(), text(), cause).prop_map(|(value, message, cause)| {
            Subcheck::failed("x", value, Failure { message, cause, extra: Vec::new() })
        });
        prop_oneof![fine, failed]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_the_parts_say_the_hosts_bound_is_never_passed_and_none_goes_before_a_better_one(
            parts in prop::collection::vec(part(), 0..60),
            copies in 1_usize..20,
            details in prop::collection::vec(text(), 0..40),
            summary in text(),
        ) {
            let all: Vec<Subcheck> = (0..copies).flat_map(|_| parts.clone()).collect();
            let worst = all.iter().map(|one| one.status).fold(Status::Ok, Status::worse);
            let whole = Outcome::new(summary).details(details).subchecks(all.clone());
            let outcome = whole.clone().bounded("things");
            let (texts, labels) = counted(&outcome);
            prop_assert!(texts < 64 << 10 && labels < 1 << 20, "{texts} {labels}");
            // All in trouble are, where one is listed that is not.
            let of = |status| move |one: &&Subcheck| one.status == status;
            for (better, all_worse) in [(Status::Warning, 1), (Status::Unknown, 2), (Status::Ok, 2)] {
                if outcome.subchecks.iter().any(|one| one.status == better) {
                    for worse in &[Status::Critical, Status::Warning][..all_worse] {
                        let count = |all: &[Subcheck]| all.iter().filter(of(*worse)).count();
                        prop_assert_eq!(count(&outcome.subchecks), count(&all), "{:?}", worse);
                    }
                }
            }
            let listed = outcome.subchecks.iter().map(|one| one.status).fold(outcome.status, Status::worse);
            prop_assert_eq!(listed, worst);
            if counted(&whole).0 < 10 << 10 {
                prop_assert_eq!(outcome, whole);
            }
        }
    }
}
