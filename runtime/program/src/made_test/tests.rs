use std::path::PathBuf;

use super::*;
use roundsman_contract::calls::tape::{Tape, TapedCall};
use roundsman_contract::calls::{Reply, Request, files};
use roundsman_contract::report::Failure;
use roundsman_contract::{Error, Status};

fn read(path: &str, reply: Reply) -> TapedCall {
    TapedCall { request: Request::Files(files::Call::Read { path: path.to_owned() }), reply: Ok(reply) }
}

fn recording(calls: Vec<TapedCall>) -> Recording {
    let outcome = Outcome {
        status: Status::Warning,
        summary: "a \"word\"\u{202e}".to_owned(),
        details: Vec::new(),
        subchecks: Vec::new(),
        metrics: Vec::new(),
        extra: Vec::new(),
    };
    Recording {
        check: "one".to_owned(),
        component: PathBuf::from("/x/disk_health.wasm"),
        sha256: String::new(),
        options: "{\"ignore\":[\"a\"],\"most\":null}".to_owned(),
        limits: roundsman_contract::limits::Limits::default(),
        grants: Vec::new(),
        redacted: 0,
        outcome: Ok(outcome),
        tape: Tape { calls, cut: false },
    }
}

#[test]
fn each_language_has_its_own_words() {
    let recording = recording(vec![
        read("/a", Reply::Files(files::Answer::Data(b"\xff\n".to_vec()))),
        read("/b", Reply::Error(Error::Io("EACCES".to_owned()))),
    ]);
    let rust = made_test(&recording, TestLanguage::Rust).unwrap();
    for part in [
        "use super::DiskHealth;",
        "host.file(\"/a\", b\"\\xff\\n\");",
        "fail_to_read(\"/b\", roundsman_sdk::HostError::Io(\"EACCES\".into()));",
        "assert_eq!(outcome.status, roundsman_sdk::Status::Warning);",
        "assert_eq!(outcome.summary, \"a \\\"word\\\"\\u{202e}\");",
    ] {
        assert!(rust.contains(part), "{part}: {rust}");
    }
    let python = made_test(&recording, TestLanguage::Python).unwrap();
    for part in [
        "host.file(\"/a\", b\"\\xff\\n\")",
        "host.file(\"/b\", HostError(\"/b\", \"EACCES\"))",
        "run(ignore=[\"a\"], most=None)",
        "assert outcome.summary == \"a \\\"word\\\"\\U0000202e\"",
    ] {
        assert!(python.contains(part), "{part}: {python}");
    }
}

#[test]
fn what_no_fake_host_can_play_is_refused_in_words() {
    let twice = vec![
        read("/a", Reply::Files(files::Answer::Data(b"1".to_vec()))),
        read("/a", Reply::Files(files::Answer::Data(b"2".to_vec()))),
    ];
    let refused = made_test(&recording(twice), TestLanguage::Rust).unwrap_err();
    assert!(refused.contains("asked for /a twice"), "{refused}");
    let stat = TapedCall {
        request: Request::Files(files::Call::Mounts),
        reply: Ok(Reply::Files(files::Answer::Mounts(Vec::new()))),
    };
    assert!(made_test(&recording(vec![stat]), TestLanguage::Rust).is_ok());
    let cut = Recording { tape: Tape { calls: Vec::new(), cut: true }, ..recording(Vec::new()) };
    assert!(made_test(&cut, TestLanguage::Rust).unwrap_err().contains("longer than its recording"));
    let killed = Recording { outcome: Err(Failure::new(FailureKind::Timeout, "too slow")), ..recording(Vec::new()) };
    assert!(made_test(&killed, TestLanguage::Rust).unwrap_err().contains("the host ended the run (timeout)"));
}

#[test]
fn the_language_is_found_in_the_component() {
    assert_eq!(TestLanguage::of(b"..componentize-py.."), Ok(TestLanguage::Python));
    assert_eq!(TestLanguage::of(b"\0asm"), Ok(TestLanguage::Rust));
    assert!(TestLanguage::of(b"..StarlingMonkey..").unwrap_err().contains("JavaScript"));
}
