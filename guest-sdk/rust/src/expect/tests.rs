use super::*;

fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|it| serde_json::from_value(serde_json::json!(it)).unwrap()).collect()
}

fn number(json: serde_json::Value) -> Number {
    serde_json::from_value(json).unwrap()
}

#[test]
fn lines_are_matched_one_by_one() {
    let all = patterns(&["^b$", "a.b", "c"]);
    let lacks: Vec<&str> = lacking("a\nb\n", &all).into_iter().map(Pattern::text).collect();
    assert_eq!(lacks, ["a.b", "c"]);
    let (pattern, line) = &found("xc1\nxc2\n", &all)[0];
    assert_eq!((pattern.text(), line.as_str()), ("c", "xc1"));
}

#[test]
fn each_line_that_matches_gives_a_number_with_its_labels() {
    let wanted = number(serde_json::json!({
        "name": "temperature", "pattern": r"^(?<disk>sd[a-z]): (?<value>\S+) C", "unit": "celsius"
    }));
    let metrics = numbers("disks\nsda: 31.5 C\nsdb: 40 C\n", &[wanted]).metrics;
    let all: Vec<(f64, &str)> = metrics.iter().map(|it| (it.value, it.labels[0].1.as_str())).collect();
    assert_eq!(all, [(31.5, "sda"), (40.0, "sdb")]);
}

#[test]
fn the_factor_makes_base_units() {
    let wanted = number(serde_json::json!({
        "name": "cached", "pattern": r"^Cached: +(\d+) kB", "unit": "bytes", "factor": 1024
    }));
    assert_eq!(numbers("Cached:   3 kB", &[wanted]).metrics[0].value, 3072.0);
}

#[test]
fn all_matches_of_a_line_count() {
    let wanted = number(serde_json::json!({
        "name": "depth", "pattern": r#""name":"(?<queue>[^"]*)","depth":(?<value>[^,}]*)"#
    }));
    let text = r#"[{"name":"in","depth":3},{"name":"out","depth":5},{"name":"dead","depth":0}]"#;
    let all: Vec<(String, f64)> =
        numbers(text, &[wanted]).metrics.into_iter().map(|it| (it.labels[0].1.clone(), it.value)).collect();
    assert_eq!(all, [("in".into(), 3.0), ("out".into(), 5.0), ("dead".into(), 0.0)]);
    let perfdata = number(serde_json::json!({ "name": "n", "pattern": r"(?<what>\w+)=(?<value>[0-9.]+)" }));
    assert_eq!(numbers("OK | a=1 b=2.5", &[perfdata]).metrics.len(), 2);
}

#[test]
fn what_is_not_one_number_is_broken() {
    let wanted = [number(serde_json::json!({ "name": "n", "pattern": r"n=(\S*)" }))];
    for (text, said) in [
        ("\nn=1,5\n", "line 2, column 3: \"1,5\" is not a number"),
        ("n=", "line 1, column 3: an empty text is not a number"),
        ("n=NaN", "line 1, column 3: \"NaN\" is not a number"),
        ("m=1\n", "no line matches \"n=(\\\\S*)\""),
        ("n=x n=y\nn=z", "line 1, column 3: \"x\" is not a number; so are 2 more"),
        ("n=1\nn=2\n", "line 2: n is there again, as in line 1: a narrower pattern or a label tells them apart"),
        ("n=1 n=1\n", "line 1: n is there again, as in line 1: a narrower pattern or a label tells them apart"),
    ] {
        let found = numbers(text, &wanted);
        assert_eq!(found.metrics, [], "{text:?}");
        let all: Vec<String> = found.broken.iter().map(|(name, error)| format!("{name}: {error}")).collect();
        assert_eq!(all, [format!("n: {said}")]);
    }
    let optional = [number(serde_json::json!({ "name": "n", "pattern": r"n=(\S*)", "required": false }))];
    assert_eq!(numbers("m=1\n", &optional), Numbers::default());
    let without = [number(serde_json::json!({ "name": "n", "pattern": r"n=(\d+)|off" }))];
    assert_eq!(numbers("off", &without).broken[0].1.to_string(), "line 1, column 1: \"off\" matches without a number");
    let large = [number(serde_json::json!({ "name": "n", "pattern": r"n=(.*)", "factor": 1e300 }))];
    let said = "line 1, column 3: \"1e300\" is out of range for a number";
    assert_eq!(numbers("n=1e300", &large).broken[0].1.to_string(), said);
}

#[test]
fn one_odd_row_leaves_the_others() {
    let wanted = number(serde_json::json!({ "name": "depth", "pattern": r"^(?<queue>\S+) (?<value>\S+)$" }));
    let found = numbers("in 3\nout n/a\ndead 0\nin2 1\ndead 4\ndead 5\n", &[wanted]);
    let queues: Vec<&str> = found.metrics.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(queues, ["in", "in2"]);
    let said: Vec<String> = found.broken.iter().map(|it| it.1.to_string()).collect();
    let twice = "line 5: depth queue=\"dead\" is there again, as in line 3: a narrower pattern or a label tells them apart; so is 1 more";
    assert_eq!(said, ["line 2, column 5: \"n/a\" is not a number", twice]);
}

#[test]
fn series_are_the_same_in_whatever_order_their_labels_are() {
    let wanted = [r"(?<a>\w+) (?<b>\w+): (?<value>\d+)", r"(?<b>\w+) < (?<a>\w+) = (?<value>\d+)"]
        .map(|pattern| number(serde_json::json!({ "name": "n", "pattern": pattern })));
    let found = numbers("x y: 1\ny < x = 2\n", &wanted);
    assert_eq!((found.metrics.len(), found.broken.len()), (0, 1), "{found:?}");
}

#[test]
fn descriptions_that_cannot_work_are_problems_of_their_key() {
    let all = [
        serde_json::json!({ "name": "Bad-Name", "pattern": "(a)" }),
        serde_json::json!({ "name": "duration", "pattern": "(a)(b)" }),
        serde_json::json!({ "name": "c", "pattern": "(?<x>a)", "factor": 0 }),
    ]
    .map(number);
    let problems = problems_with("numbers", &all, &["duration"]);
    let keys: Vec<&str> = problems.iter().map(|it| it.key.as_str()).collect();
    let expected =
        ["numbers[0].name", "numbers[1].name", "numbers[1].pattern", "numbers[2].pattern", "numbers[2].factor"];
    assert_eq!(keys, expected);
}

#[test]
fn a_pattern_that_does_not_parse_says_why() {
    let error = serde_json::from_str::<Pattern>("\"(a\"").unwrap_err().to_string();
    assert!(error.starts_with("\"(a\" is no regular expression: "), "{error}");
}
