//! A host with an output of each kind, and a receiver for each.

use std::fs;
use std::path::Path;
use std::process::Command;

use roundsman_tests::{Host, Output, built};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::kinds::{KINDS, Kind};
use crate::server::{Fault, Protocol, Server};

pub struct Scene {
    pub host: Host,
    pub receivers: Vec<(&'static Kind, Server)>,
}

/// Where the outputs of a scene lead.
#[derive(Clone, Copy)]
pub enum Way<'a> {
    /// To the receivers.
    There,
    /// To a port at which nobody listens.
    Port(u16),
    /// To a port that speaks TLS, with a certificate that is trusted.
    Tls(u16, &'a Path),
}

impl Scene {
    /// Makes one in which the check `disk` was well once, and every receiver knows.
    #[track_caller]
    pub fn new(deadline: &str) -> Self {
        let host = Host::new();
        host.main(&format!("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"{deadline}\"\n"));
        host.well("disk");
        let receivers = KINDS.iter().map(|kind| (kind, Server::new(kind.protocol))).collect();
        let scene = Self { host, receivers };
        scene.lead(Way::There);
        scene.host.round();
        for (kind, receiver) in &scene.receivers {
            let heard = receiver.heard();
            let tells = !matches!(kind.word, "webhook" | "mail" | "json-changes");
            assert_eq!(!heard.is_empty(), tells, "{}: {heard:?}", kind.word);
        }
        scene
    }

    /// Writes the outputs.
    pub fn lead(&self, way: Way<'_>) {
        for (kind, receiver) in &self.receivers {
            let word = kind.word;
            let format = if kind.keys.is_empty() { format!("format = \"{word}\"\n") } else { kind.keys.to_owned() };
            let text = format!("[output.{word}]\n{format}{}", place(kind, receiver.port, way));
            let only = if word == "ping" { "" } else { "only = { checks = [\"disk\"] }\n" };
            self.host.drop_in(&format!("out-{word}"), &(text + only));
        }
    }

    /// Has all receivers have this fault.
    pub fn have(&self, fault: Fault) {
        self.receivers.iter().for_each(|(_, receiver)| receiver.have(fault));
    }

    /// Does a round, which may tell of outputs.
    #[track_caller]
    pub fn round(&self) -> Output {
        let output = self.host.run(["run", "--cron", "--all"]);
        assert_eq!(output.code, 0, "{output}");
        output
    }

    /// Returns what is kept of the outputs.
    #[track_caller]
    pub fn cursors(&self) -> Value {
        let text = fs::read_to_string(self.host.path("state/deliveries")).expect("the cursors");
        serde_json::from_str(text.split_once('\n').expect("a line").1).expect("JSON")
    }

    /// Changes what is kept of the outputs, as time would.
    #[track_caller]
    pub fn change(&self, change: impl Fn(&mut Value)) {
        let mut cursors = self.cursors();
        cursors.as_object_mut().expect("the cursors").values_mut().for_each(change);
        let content = cursors.to_string();
        let digest: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        let path = self.host.path("state/deliveries");
        fs::write(path, format!("roundsman deliveries 1 {digest}\n{content}")).expect("the cursors");
    }

    /// Lets the time pass after which receivers are asked again.
    #[track_caller]
    pub fn wait(&self) {
        self.change(|cursor| cursor["not_before"] = Value::Null);
    }
}

/// Counts what a receiver heard of the check `disk`.
pub fn told(kind: &Kind, heard: &[String]) -> (usize, usize) {
    let each = heard.iter().map(|request| (kind.says)(request));
    each.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// Writes the place of an output.
pub fn place(kind: &Kind, port: u16, way: Way<'_>) -> String {
    let port = match way {
        Way::There => port,
        Way::Port(port) | Way::Tls(port, _) => port,
    };
    let of_list = |words: &[String]| {
        let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        format!("command = {{ argv = [{}] }}\n", words.join(", "))
    };
    match (kind.word, kind.protocol, way) {
        ("mail", ..) => {
            let mut words = ["/usr/bin/msmtp", "--from=a@example.com", "-t", "-i"].map(str::to_owned).to_vec();
            words.insert(1, format!("--port={port}"));
            match way {
                Way::Tls(_, ca) => words.extend(
                    ["--host=localhost", "--tls=on", "--tls-starttls=off"]
                        .map(str::to_owned)
                        .into_iter()
                        .chain([format!("--tls-trust-file={}", ca.display())]),
                ),
                _ => words.push("--host=127.0.0.1".to_owned()),
            }
            format!("to = [\"ops@example.com\"]\n{}", of_list(&words))
        }
        ("zabbix-sender", ..) => {
            let program = built("debian/zabbix-agent/usr/bin/zabbix_sender", "test").display().to_string();
            let port = port.to_string();
            of_list(&[&program, "-z", "127.0.0.1", "-p", &port, "-T", "-N", "-i", "-"].map(str::to_owned))
        }
        (_, Protocol::Trapper, _) => format!("url = \"zabbix://127.0.0.1:{port}\"\n"),
        (.., Way::Tls(_, ca)) => format!("url = \"https://localhost:{port}\"\ntls = {{ ca = '{}' }}\n", ca.display()),
        _ => format!("url = \"http://127.0.0.1:{port}\"\n"),
    }
}

/// Makes a certificate of this name, which is its own authority; returns the paths of certificate and key.
pub fn certificate(directory: &Path, name: &str) -> (String, String) {
    let path = |ending: &str| directory.join(format!("{name}.{ending}")).display().to_string();
    let (certificate, key) = (path("pem"), path("key"));
    let done = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", &format!("/CN={name}"), "-addext", &format!("subjectAltName=DNS:{name}")])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &key, "-out", &certificate])
        .output()
        .expect("openssl");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (certificate, key)
}
