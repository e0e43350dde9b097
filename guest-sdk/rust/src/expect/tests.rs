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
    let metrics = numbers("disks\nsda: 31.5 C\nsdb: 40 C\n", &[wanted]).unwrap();
    let all: Vec<(f64, &str)> = metrics.iter().map(|it| (it.value, it.labels[0].1.as_str())).collect();
    assert_eq!(all, [(31.5, "sda"), (40.0, "sdb")]);
}

#[test]
fn the_factor_makes_base_units() {
    let wanted = number(serde_json::json!({
        "name": "cached", "pattern": r"^Cached: +(\d+) kB", "unit": "bytes", "factor": 1024
    }));
    assert_eq!(numbers("Cached:   3 kB", &[wanted]).unwrap()[0].value, 3072.0);
}

#[test]
fn what_is_not_one_number_is_an_error() {
    let wanted = [number(serde_json::json!({ "name": "n", "pattern": r"n=(\S*)" }))];
    for (text, said) in [
        ("\nn=1,5\n", "line 2, column 3: \"1,5\" is not a number"),
        ("n=", "line 1, column 3: an empty text is not a number"),
        ("n=NaN", "line 1, column 3: \"NaN\" is not a number"),
        ("m=1\n", "no line gives n: none matches \"n=(\\\\S*)\""),
        ("n=1\nn=2\n", "line 2, column 1: \"n=2\" gives n, as line 1 does: a narrower pattern or a label"),
    ] {
        assert_eq!(numbers(text, &wanted).unwrap_err().to_string(), said);
    }
    let optional = [number(serde_json::json!({ "name": "n", "pattern": r"n=(\S*)", "required": false }))];
    assert_eq!(numbers("m=1\n", &optional).unwrap(), []);
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
