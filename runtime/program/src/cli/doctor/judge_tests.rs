use super::*;
use crate::cli::doctor::finding::{FindingStatus, json, text};
use roundsman_os::process::user::Account;
use roundsman_os::safe_path::SafePathError;
use roundsman_sandbox::worker::lockdown::Layers;

/// Returns a host that has everything, started as root.
fn host() -> HostFacts {
    let state = PathBuf::from("/var/lib/roundsman");
    HostFacts {
        uid: 0,
        kernel: "6.1.0-25-amd64".to_owned(),
        layers: Layers { seccomp: true, landlock: true },
        changes_user: true,
        landlock: Some(6),
        required: vec![Layer::Seccomp, Layer::Uid],
        first_worker: 60_720,
        user: ("roundsman".to_owned(), Ok(Account::of_number(998))),
        missing_calls: Vec::new(),
        code: Ok(()),
        unprotected: Vec::new(),
        directories: vec![Directory {
            name: "state",
            path: state,
            usable: Usable::Yes { owner: 0, mode: 0o750 },
            is_made: true,
            forgeable: None,
            noexec: false,
        }],
        log: None,
        starts: None,
    }
}

/// Status, text and hint of one finding.
fn found(host: &HostFacts, name: &str) -> (FindingStatus, String, String) {
    let finding = findings(host).into_iter().find(|finding| finding.name == name).unwrap();
    (finding.status, finding.text, finding.hint.unwrap_or_default())
}

#[test]
fn a_host_with_everything() {
    let findings = findings(&host());
    assert_eq!(
        text(&findings, true),
        "\
ok       kernel    Linux 6.1.0-25-amd64
ok       calls     openat2, pidfd_open, pidfd_send_signal, close_range, memfd_create can be called
ok       code      can be made executable
ok       uid       active: each worker and each broker has a uid of its own, from 60720 on
ok       seccomp   active: a worker may make a few system calls and no others
ok       landlock  active, version 6: a worker reaches no file
ok       user      reads and commands run as `roundsman`, uid 998
ok       links     fs.protected_hardlinks and fs.protected_symlinks are on
ok       state     /var/lib/roundsman can be written by uid 0; owner 0, mode 0750
a round runs, with nothing lacking
"
    );
}

#[test]
fn a_layer_that_is_missing_is_fatal_where_it_is_required() {
    let layers = Layers { seccomp: false, landlock: false };
    let host = HostFacts { layers, landlock: None, ..host() };
    let (status, text, hint) = found(&host, "seccomp");
    assert_eq!(status, FindingStatus::Fatal);
    assert_eq!(text, "missing: a worker that was taken over may make any system call, and it is required");
    assert!(hint.contains("CONFIG_SECCOMP_FILTER"), "{hint}");
    let (status, text, hint) = found(&host, "landlock");
    assert_eq!(status, FindingStatus::Lacking);
    assert_eq!(text, "missing: one layer less between a worker that was taken over and the file system");
    assert!(hint.contains("lsm="), "{hint}");
    let host = HostFacts { required: vec![Layer::Landlock], ..host };
    assert_eq!(found(&host, "landlock").0, FindingStatus::Fatal);
    assert_eq!(found(&host, "seccomp").0, FindingStatus::Lacking);
}

#[test]
fn who_is_not_root_has_no_uids_to_give() {
    let host = HostFacts { uid: 1000, changes_user: false, required: Vec::new(), ..host() };
    let missing = "missing: a worker that was taken over has the rights of the user that starts";
    assert_eq!(found(&host, "uid"), (FindingStatus::Lacking, missing.to_owned(), remedy(Layer::Uid).to_owned()));
    assert_eq!(found(&host, "user").1, "reads and commands run as uid 1000, which starts");
    let host = HostFacts { required: vec![Layer::Uid], ..host };
    assert_eq!(found(&host, "uid").0, FindingStatus::Fatal);
}

#[test]
fn a_log_that_is_no_file_is_told() {
    assert!(!findings(&host()).iter().any(|finding| finding.name == "log"));
    let host = HostFacts { log: Some((PathBuf::from("/srv/log"), "it is a directory")), ..host() };
    let told =
        (FindingStatus::Lacking, "/srv/log: it is a directory".to_owned(), "set `log.file` to a plain file".to_owned());
    assert_eq!(found(&host, "log"), told);
}

#[test]
fn links_that_users_may_put_anywhere_are_told() {
    let host = HostFacts { unprotected: vec!["protected_hardlinks"], ..host() };
    let (status, text, hint) = found(&host, "links");
    assert_eq!(status, FindingStatus::Lacking);
    assert_eq!(text, "fs.protected_hardlinks=0: users can put links to files of others where root reads or writes");
    assert_eq!(hint, "sysctl -w fs.protected_hardlinks=1, and the same lines in a file below /etc/sysctl.d");
}

#[test]
fn calls_and_code_are_fatal() {
    let host = HostFacts { missing_calls: vec!["openat2", "pidfd_open"], code: Err("EACCES".to_owned()), ..host() };
    let (status, text, _) = found(&host, "calls");
    assert_eq!((status, text.as_str()), (FindingStatus::Fatal, "this host lacks or forbids openat2, pidfd_open"));
    let (status, text, hint) = found(&host, "code");
    assert_eq!((status, text.as_str()), (FindingStatus::Fatal, "cannot be made executable: EACCES"));
    assert!(hint.contains("execmem"), "{hint}");
}

#[test]
fn kernels() {
    for (release, status) in [
        ("5.14.0-503.el9", FindingStatus::Ok),
        ("6.0", FindingStatus::Ok),
        ("10.1-rc1", FindingStatus::Ok),
        ("5.13.19", FindingStatus::Lacking),
        ("4.18.0", FindingStatus::Lacking),
        ("next", FindingStatus::Lacking),
        ("99999999999.1", FindingStatus::Lacking),
    ] {
        assert_eq!(kernel(release).status, status, "{release}");
    }
}

#[test]
fn no_account_is_told_with_the_line_that_makes_it() {
    let missing = Err(AccountError::Missing("roundsman".to_owned()));
    let (status, text, hint) = found(&HostFacts { user: ("roundsman".to_owned(), missing), ..host() }, "user");
    assert_eq!(status, FindingStatus::Lacking);
    assert_eq!(text, "there is no account `roundsman`: reads and commands run as uid 60719");
    assert_eq!(hint, "useradd --system --user-group --no-create-home --shell /usr/sbin/nologin roundsman");
}

#[test]
fn directories() {
    let below = || Usable::Below("/var".into());
    let no = Usable::No { part: "/var/lib".into(), error: "EROFS".to_owned() };
    for (usable, is_made, status, text) in [
        (below(), true, FindingStatus::Ok, "/x is made by uid 7 when it is needed, in /var"),
        (below(), false, FindingStatus::Lacking, "/x is missing, and is not made"),
        (no, true, FindingStatus::Lacking, "/x cannot be written by uid 7: /var/lib: EROFS"),
        (
            Usable::ByOthers { mode: 0o1777 },
            true,
            FindingStatus::Lacking,
            "/x can be written by everyone (mode 1777), so its files can be forged",
        ),
    ] {
        let found = Directory { name: "log", path: "/x".into(), usable, is_made, forgeable: None, noexec: false };
        let finding = directory(&found, 7);
        assert_eq!((finding.status, finding.text.as_str()), (status, text));
    }
}

#[test]
fn a_state_that_others_could_forge_stops_root_and_a_cache_that_they_could_is_not_used() {
    for (name, uid, status) in
        [("state", 0, FindingStatus::Fatal), ("state", 7, FindingStatus::Lacking), ("cache", 0, FindingStatus::Lacking)]
    {
        let forgeable = Some(SafePathError::Writable { part: "/x".into(), who: "everyone", letters: "o", mode: 0o757 });
        let usable = Usable::Yes { owner: 0, mode: 0o757 };
        let found = Directory { name, path: "/x".into(), usable, is_made: true, forgeable, noexec: false };
        let finding = directory(&found, uid);
        assert_eq!(finding.status, status, "{name} {uid}");
        assert_eq!(finding.text, "/x is writable by everyone (mode 0757): chmod o-w /x");
    }
}

#[test]
fn what_was_looked_at_reaches_json_and_the_end_of_the_text() {
    let findings = findings(&HostFacts { code: Err("EPERM".to_owned()), ..host() });
    let object: serde_json::Value = serde_json::from_str(&json(&findings, false)).unwrap();
    assert_eq!(object["ready"], false);
    assert_eq!(object["findings"][2]["status"], "fatal");
    assert_eq!(object["findings"][2]["hint"], CODE_REMEDY);
    assert!(text(&findings, false).ends_with("no round runs on this host\n"));
}
