use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Status, Subcheck};

/// A Debian 12 of which everything is in order.
fn host() -> Fake {
    let host = Fake::new();
    host.file(UPTIME, "273600.49 3725.06\n").file(RELEASE, "6.1.0-49-amd64\n").file(TAINTED, "0\n");
    for release in ["6.1.0-48-amd64", "6.1.0-49-amd64"] {
        host.file(&format!("/boot/vmlinuz-{release}"), "");
    }
    host
}

fn part<'a>(outcome: &'a Outcome, name: &str) -> &'a Subcheck {
    outcome.subchecks.iter().find(|it| it.labels[0].1 == name).unwrap()
}

fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Kernel>(include_str!("../README.md"));
}

#[test]
fn a_kernel_in_order() {
    let outcome = host().run::<Kernel>("{}").unwrap();
    assert_eq!(outcome.summary, "Linux 6.1.0-49-amd64, up 3 d 4 h");
    assert_eq!((part(&outcome, "reboot").text.as_str(), part(&outcome, "tainted").text.as_str()), ("not needed", "no"));
    assert_eq!((value(&outcome, "uptime"), value(&outcome, "reboot_needed")), (Some(273_600.0), Some(0.0)));
    assert_eq!(value(&outcome, "hung_tasks"), None, "this kernel does not count them");
}

#[test]
fn a_newer_kernel_of_the_same_flavour_waits_for_a_reboot() {
    let host = host();
    for other in ["6.12.9-cloud-amd64", "6.1.0-49-rt-amd64", "5.10.0-99-amd64", "rescue-0a1b"] {
        host.file(&format!("/boot/vmlinuz-{other}"), "");
    }
    assert_eq!(part(&host.run::<Kernel>("{}").unwrap(), "reboot").status, Status::Ok);
    host.file("/boot/vmlinuz-6.1.0-50-amd64", "").file("/boot/vmlinuz-6.1.0-101-amd64", "");
    let outcome = host.run::<Kernel>("{}").unwrap();
    assert_eq!(part(&outcome, "reboot").status, Status::Warning);
    assert_eq!(part(&outcome, "reboot").text, "6.1.0-101-amd64 is installed");
    assert_eq!(value(&outcome, "reboot_needed"), Some(1.0));
    let outcome = host.run::<Kernel>(r#"{"reboot_needed": "ok"}"#).unwrap();
    assert_eq!(part(&outcome, "reboot").status, Status::Ok);
}

#[test]
fn releases_of_distributions_are_compared_by_their_numbers() {
    let newer = |running: &str, installed: &str| version::newer(running, &[installed.to_owned()]).is_some();
    assert!(newer("5.14.0-427.13.1.el9_4.x86_64", "5.14.0-503.11.1.el9_5.x86_64"));
    assert!(newer("6.8.0-31-generic", "6.8.0-45-generic"));
    assert!(newer("6.12.9+bpo-amd64", "6.12.22+bpo-amd64"));
    assert!(newer("6.8.5-301.fc40.x86_64", "6.9.4-200.fc40.x86_64"));
    assert!(!newer("6.8.0-45-generic", "6.8.0-31-generic"));
    assert!(!newer("6.8.0-45-generic", "6.8.0-90-lowlatency"));
    assert!(!newer("6.18.44-fc-v657", "6.1.0-50-amd64"), "of another flavour");
}

#[test]
fn packages_that_ask_for_a_reboot_are_named() {
    let host = host();
    host.file(REQUIRED, "*** System restart required ***\n");
    assert_eq!(part(&host.run::<Kernel>("{}").unwrap(), "reboot").text, "a package asks for it");
    host.file(PACKAGES, "linux-base\nlibc6\nlibc6\n");
    let outcome = host.run::<Kernel>("{}").unwrap();
    assert_eq!(part(&outcome, "reboot").text, "asked for by libc6, linux-base");
    assert_eq!(part(&outcome, "reboot").status, Status::Warning);
}

#[test]
fn a_tainted_kernel_says_why_and_alarms_where_asked() {
    let host = host();
    host.file(TAINTED, "1073745921\n");
    let outcome = host.run::<Kernel>("{}").unwrap();
    let said =
        "a proprietary module, a module from outside the kernel's tree, bit 30, which this version does not know";
    assert_eq!((part(&outcome, "tainted").text.as_str(), part(&outcome, "tainted").status), (said, Status::Ok));
    assert_eq!(value(&outcome, "tainted"), Some(3.0));
    let outcome = host.run::<Kernel>(r#"{"tainted": "critical"}"#).unwrap();
    assert_eq!(part(&outcome, "tainted").status, Status::Critical);
}

#[test]
fn an_odd_part_hides_no_other() {
    let host = host();
    host.file(TAINTED, "G\n").file(HUNG, "-1\n");
    let outcome = host.run::<Kernel>("{}").unwrap();
    assert_eq!(part(&outcome, "tainted").status, Status::Unknown);
    assert_eq!(part(&outcome, "hung_tasks").text, format!("{HUNG}: line 1, column 1: \"-1\" is out of range for u64"));
    assert_eq!(value(&outcome, "uptime"), Some(273_600.0));
    host.file(HUNG, "2\n");
    assert_eq!(value(&host.run::<Kernel>("{}").unwrap(), "hung_tasks"), Some(2.0));
    host.file(UPTIME, "");
    assert!(host.run::<Kernel>("{}").unwrap_err().message.starts_with("/proc/uptime: line 1"));
}

#[test]
fn a_container_has_no_installed_kernel_and_none_is_newer() {
    let host = Fake::new();
    host.file(UPTIME, "60.0 1.0\n").file(RELEASE, "6.1.0-49-amd64\n").file(TAINTED, "0\n");
    let outcome = host.run::<Kernel>("{}").unwrap();
    assert_eq!(
        (outcome.summary.as_str(), value(&outcome, "reboot_needed")),
        ("Linux 6.1.0-49-amd64, up 1 min 0 s", Some(0.0))
    );
}
