use super::*;
use roundsman_sdk::commands::Completed;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{HostError, Status};

/// Recorded from apt 2.6 (Debian 12); of 125 packages seven were left.
const APT: &str = include_str!("../tests/apt-get-12");
/// Written by hand after dnf(8), as the machine at hand has no such packages.
const ADVISORIES: &str = "RHSA-2024:1234     Important/Sec. bash-5.1.8-9.el9.x86_64\n\
                          RHBA-2024:2000     bugfix         tzdata-2024a-1.el9.noarch\n\
                          FEDORA-2024-0a1b2c Moderate/Sec.  tzdata-2024a-1.el9.noarch\n";
const PACKAGES: &str = "\nbash.x86_64      5.1.8-9.el9     baseos\ntzdata.noarch    2024a-1.el9     baseos\n\
                        Obsoleting Packages\nold.noarch       1-1             @System\n    new.noarch   2-1   baseos\n";

const APT_GET: [&str; 3] = ["/usr/bin/apt-get", "-s", "dist-upgrade"];
const DNF: [&str; 4] = ["/usr/bin/dnf", "-C", "-q", "check-update"];
/// A day after the fake's lists were fetched.
const THEN: u64 = 1_767_312_000;

fn host() -> Fake {
    let host = Fake::new();
    host.file("/var/lib/apt/lists/partial", "").set_time(THEN);
    host
}

fn run(argv: &[&str], output: &str, config: &str) -> Outcome {
    let host = host();
    host.command(argv, output);
    host.run::<Updates>(config).unwrap()
}

fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Updates>(include_str!("../README.md"));
}

#[test]
fn apt_tells_updates_and_those_for_security() {
    let outcome = run(&APT_GET, APT, "{}");
    assert_eq!(outcome.summary, "7 updates, 4 for security, lists are 1 d 0 h old");
    let values = ["pending", "security", "held_back", "lists_age"].map(|name| value(&outcome, name));
    assert_eq!(values, [Some(7.0), Some(4.0), Some(0.0), Some(86_400.0)]);
    assert!(outcome.subchecks[0].text.starts_with("7 updates, 4 for security: "), "{}", outcome.subchecks[0].text);
    let ignored = run(&APT_GET, APT, r#"{"ignore": ["*"]}"#);
    assert_eq!(
        (ignored.summary.as_str(), value(&ignored, "pending")),
        ("no updates, lists are 1 d 0 h old", Some(0.0))
    );
    let none = "Reading package lists...\n0 upgraded, 0 newly installed, 0 to remove and 3 not upgraded.\n";
    assert_eq!(value(&run(&APT_GET, none, "{}"), "held_back"), Some(3.0));
    let needs_new = "1 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.\nInst new (2 Debian:12/stable [amd64])\n\
                     Inst linux [1] (2 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])\n";
    assert_eq!(value(&run(&APT_GET, needs_new, "{}"), "security"), Some(1.0));
}

#[test]
fn a_list_that_was_cut_off_is_no_shorter_one() {
    let lines: Vec<usize> = APT.match_indices('\n').map(|(at, _)| at + 1).collect();
    let listed = APT.lines().take_while(|line| !line.starts_with("Conf")).count();
    for end in &lines[..listed - 1] {
        let outcome = run(&APT_GET, &APT[..*end], "{}");
        assert_eq!(outcome.subchecks[0].status, Status::Unknown, "{}", &APT[..*end]);
        assert_eq!(value(&outcome, "pending"), None);
    }
    let said = run(&APT_GET, "E: The list of sources could not be read.\n", "{}");
    assert!(said.subchecks[0].text.contains("there is no line that counts"), "{}", said.subchecks[0].text);
}

#[test]
fn dnf_tells_advisories_or_packages() {
    let outcome = run(&DNF, ADVISORIES, "{}");
    assert_eq!((value(&outcome, "pending"), value(&outcome, "security")), (Some(2.0), Some(2.0)));
    assert_eq!(run(&DNF, "", "{}").summary, "no updates, lists are 1 d 0 h old");
    let host = host();
    let ends = |code, output: &str, errors: &str| {
        let (standard_output, standard_error) = (output.into(), errors.into());
        Ok(Completed { ending: Ending::Code(code), standard_output, standard_error, duration: 0, extra: Vec::new() })
    };
    host.command_ends(&DNF, ends(100, PACKAGES, ""));
    let outcome = host.run::<Updates>("{}").unwrap();
    assert_eq!((value(&outcome, "pending"), value(&outcome, "held_back")), (Some(2.0), None));
    host.command_ends(&DNF, ends(1, "", "Error: Cache-only enabled but no cache for 'baseos'\n"));
    let outcome = host.run::<Updates>("{}").unwrap();
    assert!(outcome.subchecks[0].text.ends_with("Error: Cache-only enabled but no cache for 'baseos'"));
    for odd in ["Error: something\n", "a b\n", "a b c d\n", "one two three\n"] {
        assert_eq!(run(&DNF, odd, "{}").subchecks[0].status, Status::Unknown, "{odd}");
    }
}

/// As dnf5-advisory(8) has it: the machine at hand has no dnf5.
const ADVISORIES_5: &str = "\
Name                    Type        Severity  Package                   Issued
FEDORA-2024-1a2b3c4d5e  security    Important curl-8.6.0-8.fc40.x86_64  2024-05-12 01:10:17
FEDORA-2024-2a2b3c4d5e  bugfix      None      tzdata-2024a-1.fc40.noarch 2024-05-12 01:10:17
FEDORA-2024-3a2b3c4d5e  enhancement           vim-9.1-1.fc40.x86_64     2024-05-12 01:10:17
";

#[test]
fn dnf5_tells_advisories_in_a_table() {
    const DNF5: [&str; 5] = ["/usr/bin/dnf5", "-C", "-q", "advisory", "list"];
    let outcome = run(&DNF5, ADVISORIES_5, "{}");
    assert_eq!((value(&outcome, "pending"), value(&outcome, "security")), (Some(3.0), Some(1.0)), "{outcome:?}");
    let header = ADVISORIES_5.lines().next().unwrap();
    assert_eq!(value(&run(&DNF5, header, "{}"), "pending"), Some(0.0));
    for odd in ["FEDORA-2024-1a security\n", "FEDORA-2024-1a strange Important curl-1.x86_64 2024-05-12 01:10:17\n"] {
        assert_eq!(run(&DNF5, odd, "{}").subchecks[0].status, Status::Unknown, "{odd}");
    }
}

/// Recorded from zypper 1.14.42 with a repository of one package.
const ZYPPER_UPDATES: &str = include_str!("../tests/zypper-updates-1.14");
const ZYPPER_PATCHES: &str = include_str!("../tests/zypper-patches-1.14");

#[test]
fn zypper_tells_patches_or_packages() {
    const ZYPPER: [&str; 3] = ["/usr/bin/zypper", "--no-refresh", "list-patches"];
    let counted = |text: &str| {
        let outcome = run(&ZYPPER, text, "{}");
        (value(&outcome, "pending"), value(&outcome, "security"), outcome.subchecks[0].status)
    };
    assert_eq!(counted(ZYPPER_PATCHES), (Some(1.0), Some(1.0), Status::Ok));
    assert_eq!(counted(ZYPPER_UPDATES), (Some(1.0), Some(0.0), Status::Ok));
    let none = "Loading repository data...\nReading installed packages...\nNo updates found.\n";
    assert_eq!(counted(none), (Some(0.0), Some(0.0), Status::Ok));
    for end in ["Reading", "Found 1 applicable"] {
        let (cut, _) = ZYPPER_PATCHES.split_once(end).unwrap();
        assert_eq!(counted(cut), (None, None, Status::Unknown), "{cut}");
    }
    for odd in ["", "\n", &ZYPPER_PATCHES.replace("Found 1", "Found 2"), &ZYPPER_UPDATES.replace("| noarch", "")] {
        assert_eq!(counted(odd).2, Status::Unknown, "{odd}");
    }
    let host = Fake::new();
    host.file("/var/cache/zypp/raw/updates/repodata/repomd.xml", "").set_time(THEN).command(&ZYPPER, none);
    assert_eq!(host.run::<Updates>("{}").unwrap().summary, "no updates, lists are 1 d 0 h old");
}

#[test]
fn lists_that_were_never_fetched_tell_nothing() {
    let host = Fake::new();
    host.command(&APT_GET, APT);
    let outcome = host.run::<Updates>("{}").unwrap();
    let lists = &outcome.subchecks[1];
    assert_eq!((lists.status, lists.text.as_str()), (Status::Unknown, "were never fetched"));
    let age = run(&APT_GET, APT, "{}").metrics.into_iter().find(|it| it.name == "lists_age").unwrap();
    assert_eq!(age.warning.unwrap().high, 172_800.0);
}

#[test]
fn one_manager_that_hangs_hides_no_other() {
    let host = host();
    host.command(&APT_GET, APT).command_ends(&DNF, Err(HostError::TimedOut));
    let outcome = host.run::<Updates>("{}").unwrap();
    let statuses: Vec<Status> = outcome.subchecks.iter().map(|it| it.status).collect();
    assert_eq!(statuses, [Status::Ok, Status::Unknown]);
    assert!(Fake::new().run::<Updates>("{}").unwrap_err().message.contains("no command is granted"));
}

#[test]
fn old_and_new_versions_of_apt_get_tell_the_same() {
    // Without root it says first that it only simulates; since 2.5, Ubuntu's tells besides what it defers for phasing.
    let note = "NOTE: This is only a simulation!\n      apt-get needs root privileges for real execution.\n";
    let old = format!("{note}{APT}");
    let new = APT.replace("0 to remove and 0 not upgraded.", "0 to remove and 2 not upgraded.");
    let new = new.replace(
        "Calculating upgrade...\n",
        "Calculating upgrade...\nThe following upgrades have been deferred due to phasing:\n  a b\n",
    );
    assert_ne!(new, APT);
    let (old, new) = (run(&APT_GET, &old, "{}"), run(&APT_GET, &new, "{}"));
    for name in ["pending", "security", "lists_age"] {
        assert_eq!(value(&old, name), value(&new, name), "{name}");
    }
    assert_eq!((value(&old, "held_back"), value(&new, "held_back")), (Some(0.0), Some(2.0)));
}
