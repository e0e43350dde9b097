use proptest::prelude::*;

use super::*;

/// Made with openssl 3.0, whose keys are thrown away.
const ROOT: &str = include_str!("samples/root.pem");
const LEAF: &str = include_str!("samples/leaf.pem");
const LEAF_DER: &[u8] = include_bytes!("samples/leaf.der");
const WEAK: &str = include_str!("samples/weak.pem");

fn only(bytes: &[u8]) -> Certificate {
    certificates(bytes).unwrap().remove(0).unwrap()
}

#[test]
fn a_certificate_is_the_same_in_pem_and_der() {
    let leaf = only(LEAF.as_bytes());
    assert_eq!(leaf, only(LEAF_DER));
    assert_eq!((leaf.subject.as_str(), leaf.issuer.as_str()), ("www.example.org", "Example Root"));
    assert_eq!(leaf.names, ["www.example.org", "example.org", "192.0.2.7", "2001:db8::7"]);
    // 2025-12-01 00:00 and 2026-01-20 12:00 UTC.
    assert_eq!((leaf.not_before, leaf.not_after), (1_764_547_200, 1_768_910_400));
    assert_eq!((leaf.serial.as_str(), leaf.authority, leaf.weak_signature), ("2a", false, false));
    assert_eq!(leaf.key, Key::Ec(256));
    let root = only(ROOT.as_bytes());
    assert!(root.authority && root.is_self_issued() && root.key == Key::Rsa(2048));
    assert!(leaf.is_issued_by(&root) && !root.is_issued_by(&leaf) && !leaf.is_self_issued());
}

#[test]
fn what_is_weak_is_told_and_years_have_two_digits_or_four() {
    let weak = only(WEAK.as_bytes());
    assert_eq!(weak.subject, "C=DE, O=Example");
    assert!(weak.weak_signature && weak.key == Key::Rsa(1024));
    // 2049-12-31 23:59:59, in two digits of the year, and a second later, in four.
    assert_eq!((weak.not_before, weak.not_after), (2_524_607_999, 2_524_608_000));
}

#[test]
fn a_file_may_hold_many_and_other_things_between_them() {
    let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    let all = certificates(format!("subject=x\n{LEAF}\r\n{key}{}", ROOT.replace('\n', "\r\n")).as_bytes()).unwrap();
    let subjects: Vec<String> = all.into_iter().map(|it| it.unwrap().subject).collect();
    assert_eq!(subjects, ["www.example.org", "Example Root"]);
    let error = certificates(key.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "there is no certificate in it, but other things in PEM");
}

#[test]
fn one_that_is_broken_hides_no_other() {
    let broken = LEAF.replacen("MII", "M!I", 1);
    let cut = &LEAF[..LEAF.len() / 2];
    for (first, said) in
        [(broken.as_str(), "line 1: Invalid symbol"), (cut, "line 1: a certificate begins here, and has no end")]
    {
        let all = certificates(format!("{first}\n{ROOT}").as_bytes()).unwrap();
        assert_eq!(all.len(), 2);
        assert!(all[0].as_ref().unwrap_err().to_string().starts_with(said), "{:?}", all[0]);
        assert!(all[1].is_ok());
    }
    let short = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let error = certificates(short.as_bytes()).unwrap().remove(0).unwrap_err();
    assert_eq!(error.to_string(), "byte 2: a certificate is not here");
}

#[test]
fn der_that_is_cut_anywhere_is_an_error() {
    for end in 0..LEAF_DER.len() {
        assert!(Certificate::from_der(&LEAF_DER[..end]).is_err(), "cut at byte {end}");
    }
    assert_eq!(Certificate::from_der(b"").unwrap_err().to_string(), "byte 0: a certificate is not here");
}

proptest! {
    /// A byte that was changed gives another certificate or an error, never a panic.
    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((0..LEAF_DER.len(), any::<u8>()), 1..6)) {
        let mut bytes = LEAF_DER.to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let _ = Certificate::from_der(&bytes);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = certificates(&bytes);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &bytes));
        prop_assert!(certificates(pem.as_bytes()).is_ok());
    }
}
