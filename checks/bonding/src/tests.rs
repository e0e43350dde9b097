use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Status, Subcheck};

/// Recorded on Linux 6.1 as root, with pairs of veth for links: active-backup in order, with one link and with all links down;
/// LACP against nobody, and against another bond.
const IN_ORDER: &str = include_str!("../tests/in-order");
const ONE_DOWN: &str = include_str!("../tests/one-down");
const ALL_DOWN: &str = include_str!("../tests/all-down");
const NO_PARTNER: &str = include_str!("../tests/no-partner");
const PARTNER: &str = include_str!("../tests/partner");
/// Without links, and one that watches none.
const EMPTY: &str = include_str!("../tests/empty");
const ROUND_ROBIN: &str = include_str!("../tests/round-robin");

fn host(bonds: &[(&str, &str)], lacp: &[(&str, &str)]) -> Fake {
    let host = Fake::new();
    for (name, text) in bonds {
        host.file(&format!("/proc/net/bonding/{name}"), text);
    }
    for (link, bits) in lacp {
        host.file(&format!("{INTERFACES}/{link}/bonding_slave/ad_actor_oper_port_state"), format!("{bits}\n"));
    }
    host
}

fn find<'a>(outcome: &'a Outcome, bond: &str, link: Option<&str>) -> &'a Subcheck {
    let of = |labels: &[(String, String)]| labels[0].1 == bond && labels.get(1).map(|(_, it)| it.as_str()) == link;
    outcome.subchecks.iter().find(|it| of(&it.labels)).unwrap_or_else(|| panic!("no {bond} {link:?}: {outcome:?}"))
}

fn judged(outcome: &Outcome, bond: &str, link: Option<&str>) -> (Status, String) {
    (find(outcome, bond, link).status, find(outcome, bond, link).text.clone())
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Bonding>(include_str!("../README.md"));
}

#[test]
fn a_bond_in_order() {
    let outcome = host(&[("bond0", IN_ORDER)], &[("ve0", "N/A"), ("ve1", "N/A")]).run::<Bonding>("{}").unwrap();
    assert_eq!(outcome.summary, "1 bond, 2 of 2 links up");
    let (status, text) = judged(&outcome, "bond0", None);
    assert_eq!(status, Status::Ok);
    assert_eq!(text, "fault-tolerance (active-backup), 2 of 2 links up, ve0 is active");
    assert_eq!(judged(&outcome, "bond0", Some("ve1")), (Status::Ok, "up, 10000 Mbps".into()));
}

#[test]
fn a_link_that_is_down_is_a_warning_and_without_any_the_bond_is_critical() {
    let outcome = host(&[("bond0", ONE_DOWN)], &[]).run::<Bonding>("{}").unwrap();
    assert_eq!(judged(&outcome, "bond0", None).0, Status::Ok);
    assert_eq!(judged(&outcome, "bond0", Some("ve0")).0, Status::Warning);
    assert_eq!(judged(&outcome, "bond0", Some("ve1")).0, Status::Ok);
    let failures = outcome.metrics.iter().find(|it| it.name == "failures" && it.labels[1].1 == "ve0").unwrap();
    assert_eq!(failures.value, 1.0);
    let ignored = host(&[("bond0", ONE_DOWN)], &[]).run::<Bonding>(r#"{"ignore": ["ve0"]}"#).unwrap();
    assert_eq!(judged(&ignored, "bond0", Some("ve0")).0, Status::Ok);
    for down in [ALL_DOWN, EMPTY] {
        let outcome = host(&[("bond0", down)], &[]).run::<Bonding>("{}").unwrap();
        assert_eq!(judged(&outcome, "bond0", None).0, Status::Critical);
    }
}

#[test]
fn lacp_against_nobody_is_critical_although_all_links_are_up() {
    let lacp = |one, other| [("ve2", one), ("ve3", other)];
    let outcome = host(&[("bond1", NO_PARTNER)], &lacp("79", "71")).run::<Bonding>("{}").unwrap();
    let (status, text) = judged(&outcome, "bond1", None);
    assert_eq!(status, Status::Critical);
    assert!(text.contains("no LACP partner") && text.contains("its links are in 2 aggregators"), "{text}");
    assert_eq!(judged(&outcome, "bond1", Some("ve2")), (Status::Warning, "up, 10000 Mbps, no LACP partner".into()));

    let outcome = host(&[("bond1", PARTNER)], &lacp("63", "63")).run::<Bonding>("{}").unwrap();
    let said = "IEEE 802.3ad Dynamic link aggregation, 2 of 2 links up";
    assert_eq!(judged(&outcome, "bond1", None), (Status::Ok, said.into()));
    let outcome = host(&[("bond1", PARTNER)], &lacp("63", "71")).run::<Bonding>("{}").unwrap();
    assert_eq!(judged(&outcome, "bond1", None).0, Status::Ok);
    assert_eq!(judged(&outcome, "bond1", Some("ve3")).0, Status::Warning);
    let outcome = host(&[("bond1", PARTNER)], &lacp("63", "many")).run::<Bonding>("{}").unwrap();
    assert_eq!(judged(&outcome, "bond1", Some("ve3")).0, Status::Unknown);
}

#[test]
fn links_that_nobody_watches_and_mixed_speeds_are_told() {
    let text = ROUND_ROBIN.replacen("10000 Mbps", "1000 Mbps", 1);
    let outcome = host(&[("bond0", &text)], &[]).run::<Bonding>("{}").unwrap();
    let (status, text) = judged(&outcome, "bond0", None);
    assert_eq!(status, Status::Ok);
    assert!(text.ends_with("mixed speeds: 1000 Mbps, 10000 Mbps, links are not watched (miimon 0)"), "{text}");
}

#[test]
fn what_is_expected_must_be_there() {
    let host = host(&[("bond0", IN_ORDER)], &[]);
    let outcome = host.run::<Bonding>(r#"{"expected": {"bond0": 3, "bond1": 2}}"#).unwrap();
    assert_eq!(judged(&outcome, "bond0", None).0, Status::Warning);
    assert_eq!(judged(&outcome, "bond1", None), (Status::Critical, "there is no such bond".into()));
    assert_eq!(Fake::new().run::<Bonding>("{}").unwrap().summary, "no bonds");
}

#[test]
fn a_text_that_is_cut_or_renamed_makes_its_bond_unknown_and_hides_no_other() {
    for (text, said) in [
        ("".to_owned(), "there is no line \"Bonding Mode\""),
        (
            PARTNER[..PARTNER.rfind("Slave Interface: ").unwrap() + 20].to_owned(),
            "there is no line \"MII Status\" of the link ve3",
        ),
        (PARTNER.replacen("Bonding Mode", "Mode", 1), "there is no line \"Bonding Mode\""),
        (
            PARTNER.replacen("Link Failure Count: 1", "Link Failure Count: -1", 1),
            "line 29, column 21: \"-1\" is out of range for u64",
        ),
    ] {
        let outcome = host(&[("bond0", IN_ORDER), ("bond1", &text)], &[]).run::<Bonding>("{}").unwrap();
        let (status, told) = judged(&outcome, "bond1", None);
        assert_eq!(status, Status::Unknown);
        assert!(told.starts_with("/proc/net/bonding/bond1: ") && told.ends_with(said), "{told}");
        assert_eq!(judged(&outcome, "bond0", None).0, Status::Ok);
    }
}

/// Rewrites a text as kernels before 5.3 wrote it (Documentation/networking/bonding.txt): a version of the driver's own, and
/// without the lines that came since.
fn of_an_old_kernel(text: &str) -> String {
    let newer = ["Peer Notification Delay (ms)", "LACP active"];
    let lines = text.lines().filter(|line| !newer.iter().any(|key| line.starts_with(key)));
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    text.replace("Driver: v6.1.0-50-amd64", "Driver: v3.7.1 (April 27, 2011)")
}

#[test]
fn old_and_new_kernels_tell_the_same() {
    for (text, lacp) in [(IN_ORDER, &[][..]), (ONE_DOWN, &[]), (PARTNER, &[("ve2", "63"), ("ve3", "63")])] {
        let old = of_an_old_kernel(text);
        assert_ne!(old, text);
        let [new, old] = [text, &old].map(|text| host(&[("bond0", text)], lacp).run::<Bonding>("{}").unwrap());
        assert_eq!(format!("{old:?}"), format!("{new:?}"));
        // Cut in the middle of a link: nothing of it is well.
        let cut = &text[..text.rfind("Link Failure").unwrap()];
        let outcome = host(&[("bond0", cut)], lacp).run::<Bonding>("{}").unwrap();
        assert_eq!(find(&outcome, "bond0", None).status, Status::Unknown);
    }
}
