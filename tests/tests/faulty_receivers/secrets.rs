//! Secrets of outputs: read by the round, told to a sender, and to be found nowhere else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use roundsman_tests::{Host, children};

use crate::server::{Fault, Protocol, Server};

/// How a receiver is told who asks: the text is a path of a secret.
const AUTHS: [&str; 3] =
    ["{ bearer = SECRET }", "{ basic = \"web1\", password = SECRET }", "{ header = \"X-Key\", value = SECRET }"];

/// The secrets of a host, by the texts that are looked for.
struct Secrets {
    /// Made for this process, and in no argument of a test.
    text: String,
    /// As `basic` sends it.
    encoded: String,
}

impl Secrets {
    fn new() -> Self {
        let text = format!("{}-{}-of-a-test", "s3cr3t", std::process::id());
        let encoded = Command::new("base64").arg("--wrap=0").stdin(piped(&format!("web1:{text}"))).output();
        let encoded = String::from_utf8(encoded.expect("base64").stdout).expect("text");
        Self { text, encoded }
    }

    fn are_in(&self, bytes: &[u8]) -> bool {
        let has = |what: &str| bytes.windows(what.len()).any(|window| window == what.as_bytes());
        has(&self.text) || has(&self.encoded)
    }
}

/// A file that holds a text, opened for reading.
fn piped(text: &str) -> fs::File {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("text");
    fs::write(&path, text).expect("a file");
    fs::File::open(path).expect("a file")
}

/// Makes a host whose outputs have a secret in each place that may have one.
fn host(secrets: &Secrets, receiver: &Server) -> Host {
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"10s\"\n");
    host.well("disk");
    let file = |name: &str, text: &str| {
        let path = host.file(&format!("secrets/{name}"), format!("{text}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
        format!("{{ file = \"{}\" }}", path.display())
    };
    let (text, place) = (&secrets.text, format!("http://127.0.0.1:{}", receiver.port));
    let (token, url) = (file("token", text), file("url", &format!("{place}/hook/{text}?key={text}")));
    for (number, auth) in AUTHS.iter().enumerate() {
        let auth = auth.replace("SECRET", &token);
        host.drop_in(
            &format!("out-{number}"),
            &format!(
                "[output.out{number}]\nformat = \"json\"\nurl = {url}\ninsecure = true\nauth = {auth}\nheaders = {{ X-Other = {token} }}\n\
                 sign = {{ header = \"X-Sign\", secret = {token} }}\n"
            ),
        );
    }
    // One by a proxy whose URL is a secret, and one that nobody can reach.
    let proxy = file("proxy", &format!("{place}/{text}"));
    let away = file("away", &format!("http://127.0.0.1:{}/{text}", crate::closed_port()));
    let wrong = file("wrong", &format!("https://user:{text}@h/"));
    for (name, url, more) in [
        ("proxied", &url, format!("proxy = {proxy}\n")),
        ("away", &away, String::new()),
        ("wrong", &wrong, String::new()),
    ] {
        host.drop_in(&format!("out-{name}"), &format!("[output.{name}]\nformat = \"ping\"\nurl = {url}\n{more}"));
    }
    host
}

/// Looks into all processes, as root can.
#[track_caller]
fn assert_in_no_process(secrets: &Secrets) {
    let pids = fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut looked = 0;
    for pid in pids.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit())) {
        for file in ["cmdline", "environ", "comm", "maps", "mountinfo"] {
            // One that is over has none.
            let bytes = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            assert!(!secrets.are_in(&bytes), "{file} of {pid}: {}", String::from_utf8_lossy(&bytes));
            looked += usize::from(!bytes.is_empty());
        }
        for link in fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().filter_map(Result::ok) {
            let name = fs::read_link(link.path()).unwrap_or_default();
            assert!(
                !secrets.are_in(name.as_os_str().as_encoded_bytes()),
                "{}: {}",
                link.path().display(),
                name.display()
            );
        }
    }
    assert!(looked > 10, "nothing was looked into");
}

/// Looks into all files below a directory, but those of the secrets themselves.
#[track_caller]
fn assert_in_no_file(secrets: &Secrets, directory: &Path) -> usize {
    let mut looked = 0;
    for entry in fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry")) {
        let path = entry.path();
        if entry.file_type().expect("a type").is_dir() {
            looked += if path.ends_with("secrets") { 0 } else { assert_in_no_file(secrets, &path) };
        } else if entry.file_type().expect("a type").is_file() {
            assert!(!secrets.are_in(&fs::read(&path).expect("a file")), "{}", path.display());
            looked += 1;
        }
    }
    looked
}

#[test]
fn secrets_are_in_no_process_file_or_message_while_receivers_hang_or_after() {
    let (secrets, receiver) = (Secrets::new(), Server::new(Protocol::Http));
    let host = host(&secrets, &receiver);
    receiver.have(Fault::Hangs);
    let mut round = host.command(&[]);
    round.args(["run", "--cron", "--all"]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let round = round.spawn().expect("a round");
    // Three with a secret each, and one by a proxy.
    let end = Instant::now() + Duration::from_secs(60);
    let mut heard = Vec::new();
    while heard.len() < AUTHS.len() + 1 {
        assert!(Instant::now() < end, "{heard:?}");
        heard.extend(receiver.heard());
        std::thread::sleep(Duration::from_millis(10));
    }
    // The receivers have them, so that what is looked for is what was sent.
    for sent in [
        format!("Authorization: Bearer {}", secrets.text),
        format!("Authorization: Basic {}", secrets.encoded),
        format!("X-Key: {}", secrets.text),
    ] {
        assert!(heard.iter().any(|request| request.contains(&sent)), "{sent}: {heard:?}");
    }
    assert_in_no_process(&secrets);
    // One of them is made to fail as a program with a fault does: it leaves no core.
    let sender = *children(round.id()).iter().find(|pid| comm(**pid) == "roundsman-net").expect("a sender at work");
    let limits = fs::read_to_string(format!("/proc/{sender}/limits")).expect("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{limits}");
    let owner = fs::metadata(format!("/proc/{sender}/environ")).expect("environ");
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&owner), 0, "not dumpable: root's");
    let killed = Command::new("kill").args(["-ABRT", &sender.to_string()]).status().expect("kill, of procps");
    assert!(killed.success());
    let output = round.wait_with_output().expect("the end of the round");
    let kept = fs::read_to_string(host.path("state/deliveries")).expect("the cursors");
    assert!(kept.contains("SIGABRT") && !kept.contains("core"), "{kept}");
    assert!(!secrets.are_in(&output.stdout) && !secrets.are_in(&output.stderr), "{output:?}");
    for _ in 0..3 {
        host.run(["run", "--cron", "--all"]);
    }
    receiver.have(Fault::Says("401 No\r\n"));
    let names = ["out0", "out1", "out2", "proxied", "away", "wrong"];
    let tests = names.map(|name| vec!["send", "--test", name]);
    let more: [&[&str]; 7] = [
        &["run", "--all", "--format", "json"],
        &["status"],
        &["status", "roundsman", "--format", "text"],
        &["config"],
        &["validate"],
        &["history"],
        &["doctor"],
    ];
    for words in tests.iter().map(Vec::as_slice).chain(more) {
        let output = host.run(words);
        assert!(
            !secrets.are_in(output.stdout.as_bytes()) && !secrets.are_in(output.stderr.as_bytes()),
            "{words:?}: {output}"
        );
        if words[0] == "send" {
            assert_eq!(output.code, 74, "{words:?}: {output}");
        }
    }
    let looked = assert_in_no_file(&secrets, &host.path("."));
    assert!(looked > 8, "{looked} files");
}

/// What a journal or syslog is sent comes over a socket of this host, which nothing of a round connects to; what a timer or cron hands
/// on is what is printed, which the test above looks through.
#[test]
fn no_journal_is_told_anything() {
    let (secrets, receiver) = (Secrets::new(), Server::new(Protocol::Http));
    let host = host(&secrets, &receiver);
    let trace = host.traced("connect,sendto,sendmsg", ["run", "--cron", "--all"]);
    let connected: Vec<&str> = trace.lines().filter(|line| line.contains("connect(")).collect();
    assert!(connected.iter().filter(|line| line.contains("AF_INET")).count() > AUTHS.len(), "{trace}");
    assert!(!trace.contains("AF_UNIX"), "{connected:?}");
    // A host that has a journal is asked what is in it, compressed or not.
    if let Ok(journal) = Command::new("journalctl").args(["--since=-1h", "--output=json", "--all"]).output() {
        assert!(!secrets.are_in(&journal.stdout), "it is in the journal");
    }
}

fn comm(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}
