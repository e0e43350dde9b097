use proptest::prelude::*;

use super::*;
use roundsman_grants::GrantKind;
use roundsman_grants::argv::Form;

const WHOLE: &str = r#"{
    "name": "disk", "version": "1.2.0", "summary": "space of file systems", "free_metrics": true,
    "options": [
        {"key": "no_answer", "help": "status of a silent mount", "type": "text", "default": "unknown",
         "values": ["ok", "unknown"]},
        {"key": "numbers", "help": "what to pick out", "type": "tables", "default": [],
         "options": [{"key": "name", "help": "of the metric", "type": "text", "required": true}]}
    ],
    "metrics": [
        {"name": "used_percent", "help": "in use", "unit": "percent", "kind": "gauge", "labels": ["mount"],
         "warning": {"high": 80}, "critical": {"low": 0.5, "high": 90, "inside": true}},
        {"name": "power", "help": "of the light", "unit": "dBm"},
        {"name": "hits", "help": "so far", "kind": "counter"}
    ],
    "needs": [
        {"capability": "files", "pattern": "/proc/mounts", "reason": "the list", "optional": true},
        {"capability": "commands", "argv": ["/bin/df", "*"], "reason": "what it says"},
        {"capability": "commands", "argv_pattern": ["/bin/df", "*"], "reason": "what it says"},
        {"capability": "network", "host": "example.org", "port": 25, "reason": "mail"}
    ]
}"#;

#[test]
fn a_whole_descriptor_is_read() {
    let read = descriptor(WHOLE).unwrap();
    assert_eq!((&*read.name, &*read.version, read.free_metrics), ("disk", "1.2.0", true));
    assert_eq!(read.unknown, Vec::<String>::new());
    let [no_answer, numbers] = &read.options[..] else { panic!("{:?}", read.options) };
    assert_eq!(no_answer.default_value.as_deref(), Some("\"unknown\""));
    assert_eq!(no_answer.values, ["ok", "unknown"]);
    assert_eq!((&*numbers.value_type, numbers.options[0].required), ("tables", true));
    let [used, power, hits] = &read.metrics[..] else { panic!("{:?}", read.metrics) };
    assert_eq!(used.warning, Some(Range { low: f64::NEG_INFINITY, high: 80.0, inside: false }));
    assert_eq!(used.critical, Some(Range { low: 0.5, high: 90.0, inside: true }));
    assert_eq!((&power.unit, power.kind), (&Unit::Other("dBm".to_owned()), MetricKind::Gauge));
    assert_eq!((&hits.unit, hits.kind), (&Unit::Number, MetricKind::Counter));
    assert_eq!(read.needs.iter().map(|need| need.optional).collect::<Vec<_>>(), [true, false, false, false]);
    let argv = vec!["/bin/df".to_owned(), "*".to_owned()];
    let access: Vec<&Access> = read.needs.iter().map(|need| &need.access).collect();
    assert_eq!(
        access,
        [
            &Access::paths(GrantKind::Files, "/proc/mounts"),
            &Access::Command { form: Form::Literal, argv: argv.clone() },
            &Access::Command { form: Form::Pattern, argv },
            &Access::Unknown {
                capability: "network".to_owned(),
                target: r#"{"host":"example.org","port":25}"#.to_owned()
            },
        ]
    );
}

#[test]
fn keys_of_a_later_version_are_left_out_and_their_places_told() {
    let text = r#"{"name": "a", "version": "1", "summary": "s", "icon": "x",
        "options": [{"key": "k", "help": "h", "type": "ip_address", "shape": {"a": 1}}],
        "metrics": [{"name": "m", "help": "h", "warning": {"high": 1, "soft": true}}]}"#;
    let read = descriptor(text).unwrap();
    assert_eq!(read.options[0].value_type, "ip_address");
    assert_eq!(read.unknown, ["options[0].shape", "metrics[0].warning.soft", "icon"]);
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    let long = format!(r#"{{"name": "{}"}}"#, "x".repeat(LONGEST));
    let mut deep = r#"{"key": "k", "help": "h", "type": "table"}"#.to_owned();
    for _ in 0..DEEPEST {
        deep = format!(r#"{{"key": "k", "help": "h", "type": "table", "options": [{deep}]}}"#);
    }
    let deep = format!(r#"{{"name": "a", "version": "1", "summary": "s", "options": [{deep}]}}"#);
    for (text, said) in [
        ("", "it is no JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "it is a list, not an object"),
        ("{}", "`name` is missing"),
        (r#"{"name": 5}"#, "`name` is a number, not a text"),
        (r#"{"name": null}"#, "`name` is missing"),
        (r#"{"name": "a", "version": "1", "summary": "s", "options": {}}"#, "`options` is an object, not a list"),
        (r#"{"name": "a", "version": "1", "summary": "s", "options": [5]}"#, "`options[0]` is a number, not an object"),
        (
            r#"{"name": "a", "version": "1", "summary": "s", "metrics": [{"kind": "histogram"}]}"#,
            "`metrics[0].kind` is `histogram`, neither `gauge` nor `counter`",
        ),
        (
            r#"{"name": "a", "version": "1", "summary": "s", "needs": [{"capability": "commands"}]}"#,
            "`needs[0]` has not one of `argv` and `argv_pattern`",
        ),
        (&*long, "it has 262156 bytes of JSON, at most 262144 are allowed"),
    ] {
        assert_eq!(descriptor(text).unwrap_err(), said, "{}", &text[..text.len().min(80)]);
    }
    assert!(descriptor(&deep).unwrap_err().contains("in more than 8 others"));
    assert!(descriptor(&"[".repeat(200_000)).unwrap_err().contains("recursion limit"));
}

#[test]
fn an_answer_has_problems_or_what_the_options_bring() {
    let judged = judgement(r#"{"problems": [{"key": "a.b", "message": "is no number"}, {"message": "all wrong"}]}"#);
    let judged = judged.unwrap();
    assert_eq!(judged.problems[1], OptionProblem { key: String::new(), message: "all wrong".to_owned() });
    assert_eq!(judgement("{}").unwrap(), Judgement::default());
    assert_eq!(judgement(r#"{"metrics": [], "later": 1}"#).unwrap().metrics, Some(Vec::new()));
    assert_eq!(judgement(r#"{"needs": 1}"#).unwrap_err(), "`needs` is a number, not a list");
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = (descriptor(&text), judgement(&text));
    }
}
