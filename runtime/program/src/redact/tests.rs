use std::path::PathBuf;

use super::*;
use roundsman_contract::calls::tape::Tape;
use roundsman_contract::calls::{commands, files};
use roundsman_contract::{Completed, Ending, Status};

fn recording() -> Recording {
    let read = |path: &str, content: &[u8]| TapedCall {
        request: Request::Files(files::Call::Read { path: path.to_owned() }),
        reply: Ok(Reply::Files(files::Answer::Data(content.to_vec()))),
    };
    let run = TapedCall {
        request: Request::Commands(commands::Call::Run {
            argv: vec!["/bin/x".to_owned(), "db1.example".to_owned()],
            input: None,
        }),
        reply: Ok(Reply::Commands(commands::Answer::Completed(Completed {
            ending: Ending::Code(0),
            standard_output: b"\xffdb1.example is up, db22.example is not\n".to_vec(),
            standard_error: Vec::new(),
            duration: 0,
            extra: Vec::new(),
        }))),
    };
    let outcome = Outcome {
        status: Status::Ok,
        summary: "db1.example is up".to_owned(),
        details: vec!["db22.example is not".to_owned()],
        subchecks: Vec::new(),
        metrics: Vec::new(),
        extra: Vec::new(),
    };
    Recording {
        check: "one".to_owned(),
        component: PathBuf::from("/one.wasm"),
        sha256: String::new(),
        options: "{\"host\":\"db1.example\",\"port\":5432}".to_owned(),
        limits: roundsman_contract::limits::Limits::default(),
        grants: vec!["command argv /bin/x db1.example".to_owned()],
        redacted: 0,
        outcome: Ok(outcome),
        tape: Tape { calls: vec![read("/run/db1.example/pid", b"77"), run], cut: false },
    }
}

#[test]
fn each_text_is_replaced_everywhere_by_one_of_its_length() {
    let mut recording = recording();
    assert_eq!(Redactor::new(&["db[0-9]+\\.example".to_owned()]).unwrap().recording(&mut recording), 2);
    assert_eq!(recording.options, "{\"host\":\"xxxxxxxxxx1\",\"port\":5432}");
    assert_eq!(recording.grants, ["command argv /bin/x xxxxxxxxxx1"]);
    assert_eq!(
        recording.tape.calls[0].request,
        Request::Files(files::Call::Read { path: "/run/xxxxxxxxxx1/pid".to_owned() })
    );
    let Ok(Reply::Commands(commands::Answer::Completed(completed))) = &recording.tape.calls[1].reply else {
        panic!("a command")
    };
    assert_eq!(completed.standard_output, b"\xffxxxxxxxxxx1 is up, xxxxxxxxxxx2 is not\n");
    let outcome = recording.outcome.unwrap();
    assert_eq!((&*outcome.summary, &*outcome.details[0]), ("xxxxxxxxxx1 is up", "xxxxxxxxxxx2 is not"));
}

#[test]
fn a_number_stays_a_number_and_a_short_text_short() {
    assert_eq!(stand_in("5432", 7), "9997");
    assert_eq!(stand_in("5", 7), "9");
    assert_eq!(stand_in("äb", 12), "x12");
}

#[test]
fn numbers_and_keys_of_options_are_redacted_too() {
    let options = r#"{"pin":4111111111111111,"of 4222222222222222":[-1.5]}"#;
    let redacted = Redactor::new(&["[0-9]{16}".to_owned()]).unwrap().options(options);
    assert!(!redacted.contains("4111") && !redacted.contains("4222"), "{redacted}");
    let value: Value = serde_json::from_str(&redacted).unwrap();
    assert!(value["pin"].is_u64() && redacted.contains("[-1.5]"), "{redacted}");
}

#[test]
fn a_pattern_that_is_none_or_matches_nothing_at_all_is_refused() {
    for (pattern, why) in [("[", "no regular expression"), ("x*", "matches the empty text")] {
        let refused = Redactor::new(&[pattern.to_owned()]).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
}
