use std::collections::BTreeMap;

use serde::Deserialize;

use super::typed::Wrong;
use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sample {
    whole: Option<u8>,
    part: f64,
    pairs: Vec<(String, i8)>,
    word: Word,
    table: BTreeMap<String, bool>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Word {
    One,
    Two,
}

const GOOD: &str = r#"{"whole": null, "part": 2, "pairs": [["a", -1]], "word": "two", "table": {"x": true}}"#;

fn read(text: &str) -> Result<Sample, Wrong> {
    typed(&serde_json::from_str(text).unwrap())
}

#[test]
fn types_come_as_serde_json_would_give_them() {
    let sample = read(GOOD).unwrap();
    assert_eq!(sample, serde_json::from_str(GOOD).unwrap());
    assert_eq!(sample.word, Word::Two);
}

#[test]
fn what_is_wrong_is_said_with_what_was_expected() {
    for (from, to, said) in [
        ("null", "256", "invalid value: integer `256`, expected u8"),
        ("null", "1.5", "invalid type: a number with a fraction, expected u8"),
        ("true", "\"tr\\nue\"", "invalid type: string \"tr\\nue\", expected a boolean"),
        ("true", "-1", "invalid type: integer `-1`, expected a boolean"),
        ("true", "[]", "invalid type: a list, expected a boolean"),
        ("true", "{}", "invalid type: a table, expected a boolean"),
        ("true", "null", "invalid type: null, expected a boolean"),
        ("\"two\"", "true", "invalid type: boolean `true`, expected enum Word"),
    ] {
        let wrong = read(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!(wrong.message, said);
    }
}

#[test]
fn what_is_wrong_comes_with_its_path() {
    for (from, to, path) in [
        ("null", "256", "whole"),
        ("-1", "-1000", "pairs[0][1]"),
        ("[\"a\", -1]", "[\"a\", -1, 0]", "pairs[0]"),
        ("[\"a\", -1]", "[\"a\"]", "pairs[0]"),
        ("\"two\"", "\"three\"", "word"),
        ("\"two\"", "5", "word"),
        ("true", "\"true\"", "table.x"),
        ("\"part\"", "\"port\"", ""),
        ("{\"x\"", "{\"x\": true, \"x\": 1, \"x\"", "table.x"),
    ] {
        let wrong = read(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!(wrong.path, path, "{wrong}");
        assert!(serde_json::from_str::<Sample>(&GOOD.replacen(from, to, 1)).is_err());
    }
}
