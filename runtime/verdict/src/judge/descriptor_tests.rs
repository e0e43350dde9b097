//! Descriptors that pass, and those that do not.

use super::*;
use roundsman_contract::{MetricKind, Range};
use roundsman_grants::GrantKind;
use roundsman_grants::argv::Form;

fn info(name: &str, unit: Unit) -> MetricInfo {
    MetricInfo {
        name: name.to_owned(),
        help: "help".to_owned(),
        unit,
        kind: MetricKind::Gauge,
        labels: vec!["mount".to_owned()],
        warning: None,
        critical: None,
    }
}

fn option(key: &str, default: Option<&str>) -> OptionInfo {
    OptionInfo { key: key.to_owned(), default_value: default.map(str::to_owned), ..OptionInfo::default() }
}

fn descriptor() -> Descriptor {
    Descriptor {
        name: "disk".to_owned(),
        version: "1.0.0".to_owned(),
        summary: "file systems".to_owned(),
        options: vec![option("expected", Some("1")), option("ignore.mounts", None)],
        metrics: vec![
            info("used_percent", Unit::Percent),
            info("free_bytes", Unit::Bytes),
            info("tasks", Unit::Number),
        ],
        needs: vec![Need {
            access: Access::paths(GrantKind::Filesystems, "mounted"),
            reason: "sizes".to_owned(),
            optional: false,
        }],
        ..Descriptor::default()
    }
}

fn refusal(change: impl FnOnce(&mut Descriptor)) -> String {
    let mut changed = descriptor();
    change(&mut changed);
    let failure = check(&changed).expect_err("the change breaks the contract");
    assert_eq!(failure.kind, FailureKind::Invalid);
    failure.message.strip_prefix("the component's descriptor breaks the contract: ").expect("a prefix").to_owned()
}

#[test]
fn a_sound_one_passes() {
    assert_eq!(check(&descriptor()), Ok(()));
}

#[test]
fn bounds_are_inclusive() {
    let mut full = descriptor();
    full.options = (0..1_000).map(|index| option(&format!("o{index}"), None)).collect();
    full.metrics = (0..1_000).map(|index| info(&format!("m{index}"), Unit::Number)).collect();
    full.summary = String::new();
    full.summary = "s".repeat(256 * 1024 - text_bytes(&full));
    assert_eq!(check(&full), Ok(()));
    full.summary.push('s');
    assert!(check(&full).unwrap_err().message.ends_with("it has 262145 bytes of text, at most 262144 are allowed"));
}

#[test]
fn too_much() {
    let options = (0..1_001).map(|index| option(&format!("o{index}"), None)).collect();
    assert_eq!(refusal(|it| it.options = options), "it has 1001 options, at most 1000 are allowed");
    let metrics = (0..1_001).map(|index| info(&format!("m{index}"), Unit::Number)).collect();
    assert_eq!(refusal(|it| it.metrics = metrics), "it has 1001 metrics, at most 1000 are allowed");
    let need = Need { access: Access::command(Form::Literal, &["/bin/x"]), reason: String::new(), optional: false };
    assert_eq!(refusal(|it| it.needs = vec![need; 1_001]), "it has 1001 needs, at most 1000 are allowed");
}

#[test]
fn names() {
    for name in ["", "Disk", "disk-io", "1disk", "_disk", "disk__io", "disk_", "dïsk", "disk\n"] {
        let message = refusal(|it| it.name = name.to_owned());
        assert!(message.starts_with(&format!("`{name}` is no component name; names are snake_case")), "{message}");
    }
    assert!(refusal(|it| it.name = "a".repeat(101)).ends_with("…` is longer than 100 bytes"));
    assert_eq!(refusal(|it| it.version = " ".to_owned()), "its version is empty");
    assert!(refusal(|it| it.options[0].key = "a b".to_owned()).starts_with("`a b` is no option key"));
    assert_eq!(refusal(|it| it.options[1].key = "expected".to_owned()), "option `expected` is there twice");
    assert_eq!(refusal(|it| it.metrics[1] = it.metrics[0].clone()), "metric `used_percent` is there twice");
    assert_eq!(
        refusal(|it| it.metrics = vec![info("used", Unit::Bytes), info("used_bytes", Unit::Bytes)]),
        "metrics `used` and `used_bytes` are both `used_bytes` with their unit"
    );
    for name in ["check", "check_disk"] {
        let message = refusal(|it| it.name = name.to_owned());
        assert!(message.ends_with("begins as the runtime's own series do; name it without `check`"), "{message}");
    }
    assert!(refusal(|it| it.name = "disk_hours".to_owned()).starts_with("the component name `disk_hours` has `hours`"));
}

#[test]
fn endings_of_metric_names() {
    for (name, unit, message) in [
        (
            "reads_total",
            Unit::Number,
            "metric `reads_total` ends in `_total`; name it without, `reads`: outputs add what belongs there",
        ),
        (
            "port_info",
            Unit::Number,
            "metric `port_info` ends in `_info`; name it without, `port`: outputs add what belongs there",
        ),
        (
            "free_bytes",
            Unit::Percent,
            "metric `free_bytes` is named for bytes and is in another unit; declare its unit as bytes",
        ),
        (
            "percent",
            Unit::Number,
            "metric `percent` is named for percent and is in another unit; declare its unit as percent",
        ),
        (
            "wait_ms",
            Unit::Number,
            "metric `wait_ms` has `ms` in it; report it in seconds, and name it without; picked out of a text: name = \"wait\", \
             unit = \"seconds\", factor = 0.001",
        ),
        ("total", Unit::Number, "metric `total` is named for nothing but its kind; name it for what is counted"),
        ("power", Unit::Other(String::new()), "metric `power` has a unit whose symbol is not 1 to 16 bytes long"),
        (
            "power",
            Unit::Other("bytes".to_owned()),
            "metric `power` spells its unit as a text; use the contract's `bytes`",
        ),
    ] {
        assert_eq!(refusal(|it| it.metrics[0] = info(name, unit)), message);
    }
    for (name, unit) in [
        ("uptime_seconds", Unit::Seconds),
        ("temperature_celsius", Unit::Celsius),
        ("bytes", Unit::Bytes),
        ("total", Unit::Bytes),
        ("hit_ratio", Unit::Number),
        ("used", Unit::Percent),
        ("power", Unit::Other("dBm".to_owned())),
    ] {
        assert_eq!(metric_name_reason(name, &unit), None, "{name}");
    }
}

#[test]
fn labels_ranges_and_defaults() {
    let labels = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        refusal(|it| it.metrics[0].labels = labels(&["check"])),
        "a label is named `check`, which outputs add themselves; name it otherwise"
    );
    assert_eq!(
        refusal(|it| it.metrics[0].labels = labels(&["le"])),
        "a label is named `le`, which is a bucket of a histogram to Prometheus; name it otherwise"
    );
    assert_eq!(refusal(|it| it.metrics[0].labels = labels(&["a", "a"])), "label of `used_percent` `a` is there twice");
    assert!(refusal(|it| it.metrics[0].labels = labels(&["A"])).starts_with("`A` is no label name"));
    assert_eq!(
        refusal(|it| it.metrics[0].labels = (0..33).map(|index| format!("l{index}")).collect()),
        "metric `used_percent` has more than 32 labels"
    );
    let range = Range { low: f64::NAN, high: 1.0, inside: false };
    assert_eq!(refusal(|it| it.metrics[0].warning = Some(range)), "a range of metric `used_percent` holds no number");
    let message = refusal(|it| it.options[0].default_value = Some("x".to_owned()));
    assert!(message.starts_with("the default of option `expected` is no JSON: "), "{message}");
}
