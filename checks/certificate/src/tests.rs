use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Status, Subcheck};

/// The samples of the SDK, made with openssl 3.0; the fake host's time is 2026-01-01.
const ROOT: &str = include_str!("../../../guest-sdk/rust/src/x509/samples/root.pem");
const LEAF: &str = include_str!("../../../guest-sdk/rust/src/x509/samples/leaf.pem");
const LEAF_DER: &[u8] = include_bytes!("../../../guest-sdk/rust/src/x509/samples/leaf.der");
/// Valid for one second at the end of 2049, with a key of 1024 bits.
const WEAK: &str = include_str!("../../../guest-sdk/rust/src/x509/samples/weak.pem");
/// Ended on 2025-12-31.
const EXPIRED: &str = include_str!("../../../guest-sdk/rust/src/x509/samples/expired.pem");

const ALL: &str = r#"{"files": ["/etc/ssl/own/*"]}"#;

fn host(files: &[(&str, &[u8])]) -> Fake {
    let host = Fake::new();
    for (name, content) in files {
        host.file(&format!("/etc/ssl/own/{name}"), content);
    }
    host
}

fn file<'a>(outcome: &'a Outcome, name: &str) -> &'a Subcheck {
    outcome
        .subchecks
        .iter()
        .find(|it| it.labels[0].1.ends_with(name))
        .unwrap_or_else(|| panic!("no {name}: {outcome:?}"))
}

fn days(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == "time_left" && it.labels[0].1.ends_with(name)).map(|it| it.value / DAY)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Certificates>(include_str!("../README.md"));
}

#[test]
fn the_time_left_is_told_of_pem_and_der() {
    let host = host(&[("a.pem", LEAF.as_bytes()), ("b.der", LEAF_DER), ("c.pem", EXPIRED.as_bytes())]);
    let outcome = host.run::<Certificates>(ALL).unwrap();
    assert_eq!(outcome.summary, "3 files, /etc/ssl/own/c.pem is the first: ed ended 1 d 0 h ago");
    assert_eq!(file(&outcome, "a.pem").text, "www.example.org, ends in 19 d 12 h, issued by Example Root");
    assert_eq!((days(&outcome, "a.pem"), days(&outcome, "b.der")), (Some(19.5), Some(19.5)));
    assert_eq!(days(&outcome, "c.pem"), Some(-1.0), "an expired one is told, and is below each threshold");
    let metric = outcome.metrics.iter().find(|it| it.name == "time_left").unwrap();
    assert_eq!((metric.warning.unwrap().low, metric.critical.unwrap().low), (14.0 * DAY, 7.0 * DAY));
}

#[test]
fn the_first_of_a_chain_that_ends_counts() {
    let host = host(&[
        ("chain.pem", format!("{LEAF}{ROOT}").as_bytes()),
        ("other.pem", format!("{ROOT}{EXPIRED}").as_bytes()),
    ]);
    let outcome = host.run::<Certificates>(ALL).unwrap();
    let chain = file(&outcome, "chain.pem");
    assert_eq!(
        (chain.status, chain.text.as_str()),
        (Status::Ok, "www.example.org, ends in 19 d 12 h, issued by Example Root, 2 certificates")
    );
    let other = file(&outcome, "other.pem");
    assert!(
        other.text.contains("ed of the same file ended 1 d 0 h ago") && other.status == Status::Ok,
        "{}",
        other.text
    );
    assert_eq!(days(&outcome, "other.pem"), Some(-1.0));
}

#[test]
fn a_chain_in_the_wrong_order_is_a_warning() {
    let outcome = host(&[("chain.pem", format!("{LEAF}{EXPIRED}").as_bytes())]).run::<Certificates>(ALL).unwrap();
    let chain = file(&outcome, "chain.pem");
    assert_eq!(chain.status, Status::Warning);
    assert!(chain.text.contains("www.example.org is not issued by ed, which follows it"), "{}", chain.text);
}

#[test]
fn one_that_is_not_valid_yet_is_critical_and_a_weak_one_a_warning() {
    let host = host(&[("weak.pem", WEAK.as_bytes())]);
    let weak = host.run::<Certificates>(ALL).unwrap();
    assert_eq!(file(&weak, "weak.pem").status, Status::Critical);
    let text = &file(&weak, "weak.pem").text;
    assert!(text.contains("C=DE, O=Example is weak: a key of 1024 bits"), "{text}");
    host.set_time(2_524_607_999);
    assert_eq!(file(&host.run::<Certificates>(ALL).unwrap(), "weak.pem").status, Status::Warning);
    let accepted = host.run::<Certificates>(r#"{"files": ["/etc/ssl/own/*"], "weak": "ok"}"#).unwrap();
    assert_eq!(file(&accepted, "weak.pem").status, Status::Ok);
}

#[test]
fn a_file_that_is_not_there_is_critical_unless_an_option_says_otherwise() {
    let host = host(&[("a.pem", LEAF.as_bytes())]);
    let outcome = host.run::<Certificates>(r#"{"files": ["/etc/ssl/own/*", "/etc/ssl/no.pem"]}"#).unwrap();
    assert_eq!((file(&outcome, "no.pem").status, outcome.subchecks.len()), (Status::Critical, 2));
    let outcome = host.run::<Certificates>(r#"{"files": ["/etc/ssl/no.pem"], "missing": "ok"}"#).unwrap();
    assert_eq!(file(&outcome, "no.pem").status, Status::Ok);
    let outcome =
        host.run::<Certificates>(r#"{"files": ["/etc/ssl/own/*", "/etc/ssl/own/a*"], "ignore": ["*.der"]}"#).unwrap();
    assert_eq!(outcome.subchecks.len(), 1, "a file is told once");
}

#[test]
fn what_is_no_certificate_is_unknown_and_hides_no_other() {
    let cut = &LEAF[..LEAF.len() / 2];
    let host = host(&[("a.pem", LEAF.as_bytes()), ("b.pem", cut.as_bytes()), ("c.pem", b"hello"), ("d.pem", b"")]);
    host.file("/etc/ssl/own/e.pem", "").fail_to_read("/etc/ssl/own/e.pem", HostError::Io("EACCES".into()));
    let outcome = host.run::<Certificates>(ALL).unwrap();
    for (name, said) in [
        ("b.pem", "/etc/ssl/own/b.pem: line 1: a certificate begins here, and has no end"),
        ("c.pem", "/etc/ssl/own/c.pem: byte 0: the certificate is cut off here"),
        ("d.pem", "/etc/ssl/own/d.pem: byte 0: a certificate is not here"),
        ("e.pem", "/etc/ssl/own/e.pem: EACCES"),
    ] {
        assert_eq!((file(&outcome, name).status, file(&outcome, name).text.as_str()), (Status::Unknown, said));
    }
    assert_eq!(file(&outcome, "a.pem").status, Status::Ok);
}

#[test]
fn files_are_required_and_each_is_needed() {
    assert!(Fake::new().run::<Certificates>("{}").unwrap_err().message.starts_with("files: is required"));
    assert_eq!(Fake::new().validate::<Certificates>(ALL).unwrap().len(), 1);
}
