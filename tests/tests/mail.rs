//! Changes as mail, by a real sendmail (msmtp) to a real server of mail.

use roundsman_tests::Host;
use roundsman_tests::server::{Server, mail_server};

fn host(mail: &Server, more: &str) -> Host {
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"10s\"\n");
    for check in ["disk", "load"] {
        host.well(check);
    }
    let (server, port) = ("--host=127.0.0.1", mail.port);
    host.drop_in(
        "out-ops",
        &format!(
            "[output.ops]\nformat = \"mail\"\nto = [\"ops@example.com\", \"night@example.com\"]\nfrom = \"roundsman@web1.example\"\n\
             command = {{ argv = [\"/usr/bin/msmtp\", \"{server}\", \"--port={port}\", \"--from=roundsman@web1.example\", \"-t\", \"-i\"] }}\n{more}"
        ),
    );
    host
}

fn field<'m>(mail: &'m str, name: &str) -> &'m str {
    let value = mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.unwrap_or_else(|| panic!("no {name} in {mail}"))
}

#[test]
fn a_trouble_and_its_end_are_one_thread() {
    let mail = mail_server();
    let host = host(&mail, "");
    host.round();
    assert_eq!(mail.mails(), Vec::<String>::new());
    host.file("disk", "bad\n");
    host.round();
    host.file("disk", "well\n");
    host.round();
    let mails = mail.mails();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(field(&mails[0], "Subject").starts_with("CRITICAL web1 disk: "), "{mails:?}");
    assert!(field(&mails[1], "Subject").starts_with("OK web1 disk (was CRITICAL for "), "{mails:?}");
    assert_eq!(field(&mails[1], "References"), field(&mails[0], "Message-ID"), "{mails:?}");
    assert!(mails[0].contains("X-RcptTo: ops@example.com, night@example.com"), "{mails:?}");
    assert_eq!(field(&mails[0], "Auto-Submitted"), "auto-generated");
}

#[test]
fn mail_waits_while_its_server_is_away_and_many_changes_are_one() {
    let mut mail = mail_server();
    let host = host(&mail, "only = { at_least = \"critical\" }\n");
    host.round();
    mail.stop();
    host.file("disk", "bad\n");
    host.file("load", "bad\n");
    host.round();
    let cursors = std::fs::read_to_string(host.path("state/deliveries")).expect("the cursors");
    assert!(cursors.contains("\"waiting\":2") && cursors.contains("exit code 75"), "{cursors}");
    mail.resume();
    host.round();
    let mails = mail.mails();
    assert_eq!(
        mails.iter().map(|mail| field(mail, "Subject").split(':').next()).collect::<Vec<_>>(),
        [Some("CRITICAL web1 disk"), Some("CRITICAL web1 load")]
    );
    let shown = host.run(["send", "--test", "ops"]);
    assert!(
        shown.code == 0 && shown.stdout.contains("> Subject: 2 changes on web1: CRITICAL disk, CRITICAL load"),
        "{shown}"
    );
}
