//! The table of cases by which fake hosts in every language are tested too.

use serde_json::Value;

use crate::argv::{Form, GrantedArgv};
use crate::path_pattern::PathPattern;
use crate::scope::Scope;
use crate::{CommandGrant, Grants, StdinGrant};

const TABLE: &str = include_str!("../../../guest-sdk/grants.json");

fn table() -> Value {
    serde_json::from_str(TABLE).unwrap()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn command(grant: &Value) -> CommandGrant {
    let form = if grant["argv"].is_null() { Form::Pattern } else { Form::Literal };
    let stdin = if grant["stdin"] == "component" { StdinGrant::Component } else { StdinGrant::None };
    CommandGrant { stdin, ..CommandGrant::of(GrantedArgv::parse(form, &texts(&grant[form.key()])).unwrap()) }
}

fn granted(grant: &Value) -> Grants {
    Grants {
        files: texts(&grant["files"]).iter().map(|text| PathPattern::parse(text).unwrap()).collect(),
        metadata: texts(&grant["metadata"]).iter().map(|text| PathPattern::parse(text).unwrap()).collect(),
        unsafe_files: texts(&grant["unsafe_files"]),
        commands: grant["commands"].as_array().into_iter().flatten().map(command).collect(),
        ..Grants::default()
    }
}

fn allows(grants: &Grants, ask: &str, target: &Value) -> bool {
    let scope = Scope { grants, own: &[], secrets: &[] };
    match ask {
        "read" => scope.content(target.as_str().unwrap()).is_ok(),
        "read_glob" => scope.contents(target.as_str().unwrap()).is_ok(),
        "stat" => scope.metadata(target.as_str().unwrap()).is_ok(),
        "stat_glob" => scope.all_metadata(target.as_str().unwrap()).is_ok(),
        "run" => grants.command(&texts(target), false).is_ok(),
        _ => grants.command(&texts(target), true).is_ok(),
    }
}

#[test]
fn the_table_says_what_is_decided() {
    let mut asked = 0;
    for case in table()["cases"].as_array().unwrap() {
        let grants = granted(&case["grant"]);
        for ask in ["read", "read_glob", "stat", "stat_glob", "run", "run_with_input"] {
            for (decision, expected) in [("allowed", true), ("denied", false)] {
                for target in case[ask][decision].as_array().into_iter().flatten() {
                    assert_eq!(allows(&grants, ask, target), expected, "{}: {ask} {target}", case["why"]);
                    asked += 1;
                }
            }
        }
        for found in case["found"].as_array().into_iter().flatten() {
            let scope = Scope { grants: &grants, own: &[], secrets: &[] };
            let glob = scope.contents(found["pattern"].as_str().unwrap()).unwrap();
            let was = match glob.path(found["path"].as_str().unwrap()) {
                None => "absent",
                Some(Err(_)) => "denied",
                Some(Ok(_)) => "read",
            };
            assert_eq!(found["as"], was, "{found}");
        }
    }
    assert!(asked > 200, "{asked}");
}

#[test]
fn the_table_says_what_no_operator_can_grant() {
    let refused = &table()["refused"];
    for pattern in texts(&refused["files"]) {
        assert!(PathPattern::parse(&pattern).is_err(), "{pattern}");
    }
    for form in [Form::Literal, Form::Pattern] {
        for argv in refused[form.key()].as_array().unwrap() {
            assert!(GrantedArgv::parse(form, &texts(argv)).is_err(), "{argv}");
        }
    }
}
