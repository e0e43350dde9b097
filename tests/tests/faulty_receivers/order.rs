//! Receivers are told last: after all that a round stores, logs and writes, and whoever hangs costs nobody else anything.

use std::time::{Duration, Instant};

use roundsman_tests::Host;

use crate::server::{Fault, Protocol, Server};

const HANGING: usize = 9;

/// Makes a host with a file as output and ten receivers, of which nine hang.
fn host(deadline: &str) -> (Host, Vec<Server>) {
    let host = Host::new();
    host.main(&format!("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"{deadline}\"\n"));
    host.well("disk");
    let file = host.path("etc/all.prom");
    host.drop_in("file", &format!("[output.file]\nformat = \"prometheus\"\npath = \"{}\"\n", file.display()));
    let receivers: Vec<Server> = (0..=HANGING).map(|_| Server::new(Protocol::Http)).collect();
    for (number, receiver) in receivers.iter().enumerate() {
        if number < HANGING {
            receiver.have(Fault::Hangs);
        }
        let url = format!("url = \"http://127.0.0.1:{}\"\n", receiver.port);
        host.drop_in(&format!("out{number}"), &format!("[output.out{number}]\nformat = \"influx\"\n{url}"));
    }
    (host, receivers)
}

#[test]
fn senders_start_after_all_is_stored_logged_and_written() {
    let (host, receivers) = host("5s");
    let trace = host.traced("%file,write,writev,pwrite64", ["run", "--cron", "--all"]);
    assert_eq!(receivers.iter().filter(|receiver| !receiver.heard().is_empty()).count(), HANGING + 1, "all are asked");
    let lines: Vec<&str> = trace.lines().collect();
    let first = |what: &str| lines.iter().position(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what}"));
    let is_sender =
        |line: &&&str| line.contains("execve(") && line.contains("roundsman-net\"") && line.ends_with("= 0");
    let senders = lines.iter().filter(is_sender).count();
    assert_eq!(senders, HANGING + 1, "{trace}");
    let begun = first("/roundsman-net\", [\"roundsman-net\"");
    let is_logged = |line: &&str| line.contains(" write(") && line.contains("Z OK disk ");
    let logged = lines.iter().rposition(is_logged).unwrap_or_else(|| panic!("nothing is logged: {trace}"));
    let renamed = |file: &str| {
        let is_one = |line: &&str| line.contains("rename") && line.contains(file);
        lines.iter().rposition(is_one).unwrap_or_else(|| panic!("{file} is not written"))
    };
    for (what, at) in [
        ("log", logged),
        ("results", renamed("\"results\"")),
        ("state", renamed("\"state\"")),
        ("output", renamed("\"all.prom\"")),
    ] {
        assert!(at < begun, "{what}: line {at} of {begun}: {}", lines[at]);
    }
    assert!(renamed("\"deliveries\"") > begun, "how far they are is noted after their answers");
}

#[test]
fn the_next_round_begins_and_ends_while_receivers_hang_and_tells_whoever_does_not() {
    let (host, receivers) = host("60s");
    let tenth = &receivers[HANGING];
    let mut command = host.command(&[]);
    let mut round = command.args(["run", "--cron", "--all"]).spawn().expect("a round");
    let end = Instant::now() + Duration::from_secs(50);
    let mut heard = Vec::new();
    while heard.is_empty() {
        assert!(Instant::now() < end, "the tenth is told while nine hang");
        heard = tenth.heard();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(heard[0].contains("roundsman_check,check=disk,host=web1 state=0i"), "{heard:?}");
    host.file("disk", "bad\n");
    host.round();
    // It has stored and shown what it found, and leaves delivery to the one that is at it.
    assert!(round.try_wait().expect("a round").is_none(), "the first delivers still");
    assert!(host.log().contains(" CRITICAL disk "), "{}", host.log());
    let shown = std::fs::read_to_string(host.path("etc/all.prom")).expect("the output");
    assert!(shown.contains("roundsman_check_state{check=\"disk\"} 2"), "{shown}");
    assert_eq!(tenth.heard(), Vec::<String>::new());
    round.kill().expect("ours to kill");
    round.wait().expect("its end");
    // Nothing is lost with it: the next one finds the lock free.
    receivers.iter().for_each(|receiver| receiver.have(Fault::None));
    host.run(["run", "--cron", "--all"]);
    for (number, receiver) in receivers.iter().enumerate() {
        let heard = receiver.heard().concat();
        assert!(heard.contains("roundsman_check,check=disk,host=web1 state=2i"), "{number}: {heard}");
    }
}
