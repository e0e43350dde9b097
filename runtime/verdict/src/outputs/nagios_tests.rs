//! Plugin output, and that it reads back.
#![expect(clippy::disallowed_methods, reason = "the time that it takes is measured")]

use proptest::prelude::*;

use super::*;
use crate::judge::Printed;
use crate::judge::sample;
use crate::outputs::perfdata;
use roundsman_contract::Status;
use roundsman_contract::range::RangeSpec;

fn range(text: &str) -> Option<Range> {
    Some(RangeSpec::parse(text).unwrap().range)
}

fn with_metrics(metrics: Vec<JudgedMetric>) -> Verdict {
    Verdict { metrics, ..sample::verdict() }
}

fn whole(verdict: &Verdict) -> String {
    encode(verdict, DEFAULT_MAX_OUTPUT)
}

#[test]
fn what_a_plugin_printed_comes_out_as_it_went_in() {
    let of = |label: &str, item: Option<&str>, warning| JudgedMetric {
        warning,
        printed: Printed { item: item.map(str::to_owned), ..Printed::default() },
        ..sample::metric("time", 0.5, Unit::Seconds, &[("label", label)])
    };
    let metrics = vec![
        of("rta", Some("'rta'=500ms;100;;0;"), None),
        of("a|b", None, None),
        of("again", Some("again=0.5"), range("0.1")),
        of("again", Some("again=0.5"), None),
        sample::metric("duration", 1.0, Unit::Seconds, &[]),
    ];
    let verdict = Verdict { metrics, ..sample::verdict() };
    // A label that was cleaned has a mark of its own, as another could become the same.
    let expected = "OK: 2 of 2 mounted | 'rta'=500ms;100;;0; a_b:time_4fb730771f73=0.5s again=0.5 again=0.5\n";
    assert_eq!(encode(&verdict, DEFAULT_MAX_OUTPUT), expected);
}

#[test]
fn without_metrics_there_is_no_bar() {
    assert_eq!(whole(&sample::verdict()), "OK: 2 of 2 mounted\n");
}

#[test]
fn items_are_in_their_shortest_form() {
    let used = JudgedMetric {
        warning: range("0:80"),
        critical: range("90"),
        min: Some(0.0),
        max: Some(100.0),
        ..sample::metric("used_percent", 12.5, Unit::Percent, &[("mount", "/data")])
    };
    let free = JudgedMetric { critical: range("50GiB:"), ..sample::metric("free_bytes", 6e10, Unit::Bytes, &[]) };
    let wait = sample::metric("wait_seconds", 0.000_000_25, Unit::Seconds, &[]);
    let reads = JudgedMetric {
        kind: MetricKind::Counter,
        ..sample::metric("reads", -0.0, Unit::Bytes, &[("a", "x"), ("b", "y")])
    };
    let heat = JudgedMetric { min: Some(-40.0), ..sample::metric("heat", -3.5, Unit::Celsius, &[]) };
    let open = JudgedMetric {
        warning: range("@5:6"),
        max: Some(f64::INFINITY),
        ..sample::metric("open", 1.0, Unit::Number, &[])
    };
    assert_eq!(
        whole(&with_metrics(vec![used, free, wait, reads, heat, open])),
        "OK: 2 of 2 mounted | /data:used_percent=12.5%;80;90;0;100 free_bytes=60000000000B;;53687091200: \
         wait_seconds=0.00000025s x,y:reads=0c heat=-3.5;;;-40 open=1;@5:6\n"
    );
}

#[test]
fn values_have_the_digits_that_a_person_reads() {
    let item = |value: f64, warning: Option<Range>| {
        whole(&with_metrics(vec![JudgedMetric { warning, ..sample::metric("m", value, Unit::Percent, &[]) }]))
    };
    assert_eq!(item(25.123_456_789_012_345, None), "OK: 2 of 2 mounted | m=25.12346%\n");
    assert_eq!(item(0.000_000_251_234_567_89, None), "OK: 2 of 2 mounted | m=0.0000002512346%\n");
    assert_eq!(item(4_294_967_296.0, None), "OK: 2 of 2 mounted | m=4294967296%\n");
    // 90 is in order, and this is not.
    assert_eq!(item(90.000_000_01, range("90")), "OK: 2 of 2 mounted | m=90.00000001%;90\n");
}

#[test]
fn what_no_reader_takes_is_left_out() {
    let metrics =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(|value| sample::metric("a", value, Unit::Number, &[]));
    assert_eq!(whole(&with_metrics(metrics.to_vec())), "OK: 2 of 2 mounted\n");
}

fn labels_of(metrics: Vec<JudgedMetric>) -> Vec<String> {
    let (_, items, _) = perfdata::read(&whole(&with_metrics(metrics))).unwrap();
    items.into_iter().map(|item| item.label).collect()
}

fn on(mount: &str) -> JudgedMetric {
    sample::metric("m", 1.0, Unit::Number, &[("mount", mount)])
}

#[test]
fn labels_are_plain_and_told_apart() {
    let labels = labels_of(["a b", "a=b", "a'b", "a_b", "a|b", "\u{e4}", "a\nb", ""].map(on).to_vec());
    assert_eq!(labels.iter().collect::<HashSet<_>>().len(), 8, "{labels:?}");
    assert_eq!(labels[3], "a_b:m");
    let marked = labels.iter().enumerate().filter(|(at, _)| *at != 3);
    for (_, label) in marked {
        let (name, mark) = label.rsplit_once('_').unwrap();
        assert!(name.ends_with('m') && mark.len() == 12 && mark.chars().all(|it| it.is_ascii_hexdigit()), "{label}");
    }
}

/// Returns series whose labels in performance data would be the same if nothing told them apart.
fn rivals() -> Vec<JudgedMetric> {
    let pair = |a: &str, b: &str| sample::metric("m", 1.0, Unit::Number, &[("a", a), ("b", b)]);
    let one = |a: &str| sample::metric("m", 1.0, Unit::Number, &[("a", a)]);
    let bare = sample::metric("m", 1.0, Unit::Number, &[]);
    let named = sample::metric("m_2", 1.0, Unit::Number, &[("a", "x_y")]);
    vec![
        one("x y"),
        one("x_y"),
        one("x=y"),
        one("x,y"),
        pair("x", "y"),
        pair("x,", "y"),
        pair("", ""),
        one(""),
        bare,
        named,
    ]
}

#[test]
fn a_label_belongs_to_its_series_whatever_the_others_do() {
    let alone: Vec<String> = rivals().into_iter().map(|it| labels_of(vec![it]).remove(0)).collect();
    assert_eq!(alone[1], "x_y:m");
    assert_eq!(alone[4], "x,y:m");
    // In any order, with any of them away, and whichever alerts, as what alerts comes first.
    for turn in 0..rivals().len() {
        for alerting in 0..rivals().len() {
            let mut all: Vec<(JudgedMetric, &String)> = rivals().into_iter().zip(&alone).collect();
            all[alerting].0.critical = range("0.5");
            let expected = all[alerting].1.clone();
            all.rotate_left(turn);
            let away = all.pop().unwrap();
            let labels = labels_of(all.iter().map(|it| it.0.clone()).collect());
            if *away.1 != expected {
                assert_eq!(labels[0], expected);
            }
            let all: HashSet<&String> = all.iter().map(|it| it.1).collect();
            assert_eq!(labels.iter().collect::<HashSet<_>>(), all);
        }
    }
}

#[test]
fn the_same_values_of_other_label_names_are_marked_on_both_sides() {
    let series = |label: &str| sample::metric("m", 1.0, Unit::Number, &[(label, "x")]);
    let (one, other) = (labels_of(vec![series("a"), series("b")]), labels_of(vec![series("b"), series("a")]));
    assert_eq!((&one[0], &one[1]), (&other[1], &other[0]));
    assert!(one.iter().all(|label| label.starts_with("x:m_")) && one[0] != one[1], "{one:?}");
}

#[test]
fn hostile_texts_stay_in_their_line() {
    let verdict = Verdict {
        status: Some(Status::Critical),
        summary: "a | b=1\nOK: all fine\r\u{1b}[2J".to_owned(),
        details: vec!["x | y=2".to_owned(), "one\ntwo".to_owned()],
        ..with_metrics(vec![sample::metric("m", 1.0, Unit::Number, &[])])
    };
    assert_eq!(whole(&verdict), "CRITICAL: a ¦ b=1\\nOK: all fine\\r\\x1b[2J | m=1\n  x ¦ y=2\n  one\\ntwo\n");
}

#[test]
fn whole_items_are_dropped_from_the_end_the_breached_last() {
    let mut metrics: Vec<_> = (0..20)
        .map(|index| JudgedMetric {
            warning: range("15"),
            ..sample::metric("m", f64::from(index), Unit::Number, &[("i", &index.to_string())])
        })
        .collect();
    metrics[3] = JudgedMetric { critical: range("1"), ..metrics[3].clone() };
    let verdict = Verdict { details: vec!["detail".to_owned()], ..with_metrics(metrics) };
    let (_, items, further) = perfdata::read(&encode(&verdict, 120)).unwrap();
    let labels: Vec<_> = items.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(labels, ["3:m", "16:m", "17:m", "18:m"]);
    assert_eq!(further, ["(left out above 120 bytes: metrics: 16, lines: 1)"]);
}

#[test]
fn lines_are_dropped_before_metrics() {
    let verdict = Verdict {
        details: (0..100).map(|index| format!("detail {index}")).collect(),
        ..with_metrics(vec![sample::metric("m", 1.0, Unit::Number, &[])])
    };
    let (_, items, further) = perfdata::read(&encode(&verdict, 120)).unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(
        further,
        ["  detail 0", "  detail 1", "  detail 2", "  detail 3", "(left out above 120 bytes: metrics: 0, lines: 96)"]
    );
}

#[test]
fn a_first_line_alone_above_the_bound_is_cut() {
    let verdict = Verdict { summary: "ä".repeat(100), ..sample::verdict() };
    let text = encode(&verdict, 20);
    assert_eq!(text, "OK: ääääää…\n");
}

#[test]
fn ten_thousand_alike_are_encoded_at_once() {
    let metrics = (0..10_000)
        .map(|n| sample::metric("m", 1.0, Unit::Number, &[("a", &" ".repeat(n % 100)), ("b", &n.to_string())]));
    let started = std::time::Instant::now();
    let text = encode(&with_metrics(metrics.collect()), usize::MAX);
    let (_, items, _) = perfdata::read(&text).unwrap();
    assert_eq!(items.iter().map(|item| &item.label).collect::<HashSet<_>>().len(), 10_000);
    assert!(started.elapsed() < std::time::Duration::from_secs(2));
}

fn any_metric() -> impl Strategy<Value = JudgedMetric> {
    let unit = prop_oneof![
        Just(Unit::Number),
        Just(Unit::Bytes),
        Just(Unit::Seconds),
        Just(Unit::Percent),
        any::<String>().prop_map(Unit::Other),
    ];
    let range =
        proptest::option::of((any::<f64>(), any::<f64>(), any::<bool>()).prop_filter_map("sound", |(a, b, inside)| {
            let range = Range { low: a.min(b), high: a.max(b), inside };
            range.is_sound().then_some(range)
        }));
    let bound = || proptest::option::of(any::<f64>());
    (any::<String>(), any::<f64>(), unit, range.clone(), range, bound(), bound()).prop_map(
        |(label, value, unit, warning, critical, min, max)| JudgedMetric {
            warning,
            critical,
            min,
            max,
            ..sample::metric("m", value, unit, &[("label", &label)])
        },
    )
}

proptest! {
    #[test]
    fn everything_reads_back(
        metrics in proptest::collection::vec(any_metric(), 0..8),
        summary in any::<String>(),
        details in proptest::collection::vec(any::<String>(), 0..4),
    ) {
        let verdict = Verdict { summary, details: details.clone(), ..with_metrics(metrics.clone()) };
        let (_, items, further) = perfdata::read(&encode(&verdict, usize::MAX)).map_err(TestCaseError::fail)?;
        prop_assert_eq!(further.len(), details.len());
        let finite: Vec<_> = metrics.iter().filter(|metric| metric.value.is_finite()).collect();
        prop_assert_eq!(items.len(), finite.len());
        let read = |range: &Option<String>| range.as_ref().map(|text| RangeSpec::parse(text).unwrap().range);
        let bound = |bound: Option<f64>| bound.filter(|bound| bound.is_finite());
        for metric in finite {
            let close = |value: f64| value == metric.value || ((value - metric.value) / metric.value).abs() < 1e-6;
            let same_side = |value: f64, range: &Option<Range>| {
                range.is_none_or(|range| range.alerts(value) == range.alerts(metric.value))
            };
            prop_assert!(items.iter().any(|item| close(item.value)
                && same_side(item.value, &metric.warning)
                && same_side(item.value, &metric.critical)
                && read(&item.warning) == metric.warning
                && read(&item.critical) == metric.critical
                && item.min == bound(metric.min)
                && item.max == bound(metric.max)), "{:?} is not among {:?}", metric, items);
        }
        let labels: HashSet<_> = items.iter().map(|item| &item.label).collect();
        prop_assert_eq!(labels.len(), items.len());
    }

    #[test]
    fn no_output_is_longer_than_allowed(
        metrics in proptest::collection::vec(any_metric(), 0..8),
        summary in any::<String>(),
        details in proptest::collection::vec(any::<String>(), 0..4),
        max in 1_usize..400,
    ) {
        let verdict = Verdict { summary, details, ..with_metrics(metrics) };
        let text = encode(&verdict, max);
        prop_assert!(text.len() <= max, "{} bytes: {}", text.len(), text);
        prop_assert!(perfdata::read(&text).is_ok());
    }
}
