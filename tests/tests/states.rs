//! Where checks stand, at receivers that keep the newest: real Icinga and Alertmanager.
#![expect(clippy::disallowed_methods, reason = "icinga2 and openssl are started here")]

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use roundsman_tests::Host;
use roundsman_tests::hook::{Hook, OK, WRONG, body};
use roundsman_tests::server::{Server, alertmanager, free_port};
use serde_json::Value;

/// Makes a host with checks that are OK while the file `NAME` holds `well`.
fn host(checks: &[&str]) -> Host {
    let host = Host::new();
    host.main("[run]\nsplay = \"0s\"\n[host]\nname = \"web1\"\n[delivery]\ndeadline = \"10s\"\n");
    for check in checks {
        host.well(check);
    }
    host
}

/// A real Icinga with the host `web1` and some services; it ends with this.
struct Icinga {
    child: Child,
    port: u16,
    directory: tempfile::TempDir,
}

impl Icinga {
    fn start(services: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let here = directory.path();
        for below in ["data/certs", "log", "cache", "run", "spool"] {
            fs::create_dir_all(here.join(below)).expect("a directory");
        }
        let openssl = |words: &str| {
            let output = Command::new("openssl").args(words.split(' ')).current_dir(here).output().expect("openssl");
            assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
        };
        const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        openssl(&format!("req -x509 {KEY} -days 2 -subj /CN=test-ca -keyout ca.key -out data/certs/ca.crt"));
        fs::write(here.join("names"), "subjectAltName=DNS:localhost").expect("a file");
        openssl(&format!("req {KEY} -subj /CN=localhost -keyout data/certs/localhost.key -out csr"));
        let sign = "-CA data/certs/ca.crt -CAkey ca.key -CAcreateserial -days 1 -extfile names";
        openssl(&format!("x509 -req -in csr {sign} -out data/certs/localhost.crt"));
        let port = free_port();
        let services: String = services.iter().map(|name| format!("{name} = {{}}, ")).collect();
        let config = format!(
            "const NodeName = \"localhost\"\nconst ZoneName = NodeName\ninclude <itl>\nobject CheckerComponent \"checker\" {{}}\n\
             object Endpoint NodeName {{}}\nobject Zone ZoneName {{ endpoints = [ NodeName ] }}\n\
             object ApiListener \"api\" {{ bind_host = \"127.0.0.1\"; bind_port = {port} }}\n\
             object ApiUser \"web1\" {{ password = \"s3cr3t\"; permissions = [ \"actions/process-check-result\", \"objects/query/Service\" ] }}\n\
             object ApiUser \"guest\" {{ password = \"s3cr3t\"; permissions = [ \"objects/query/Service\" ] }}\n\
             object Host \"web1\" {{ check_command = \"dummy\"; vars.checks = {{ {services} }} }}\n\
             apply Service for (name => check in host.vars.checks) {{\n\
               check_command = \"dummy\"\nvars.dummy_state = 3\nvars.dummy_text = \"nothing was heard for too long\"\n\
               check_interval = 1d\nmax_check_attempts = 1\nenable_passive_checks = name != \"closed\"\nassign where host.vars.checks\n}}\n"
        );
        fs::write(here.join("icinga2.conf"), config).expect("a file");
        let log = fs::File::create(here.join("out")).expect("a log");
        let mut command = Command::new("icinga2");
        command.args(["daemon", "-c"]).arg(here.join("icinga2.conf"));
        for (name, below) in [
            ("DataDir", "data"),
            ("LogDir", "log"),
            ("CacheDir", "cache"),
            ("InitRunDir", "run"),
            ("SpoolDir", "spool"),
        ] {
            command.arg(format!("-D{name}={}", here.join(below).display()));
        }
        command.args(["-DRunAsUser=root", "-DRunAsGroup=root"]).stdin(Stdio::null());
        let child = command.stdout(log.try_clone().expect("a log")).stderr(log).spawn().expect("icinga2");
        let icinga = Self { child, port, directory };
        icinga.wait();
        icinga
    }

    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = fs::read_to_string(self.directory.path().join("out")).unwrap_or_default();
            assert!(Instant::now() < end, "icinga2 does not listen: {log}");
            sleep(Duration::from_millis(50));
        }
    }

    fn ca(&self) -> String {
        self.directory.path().join("data/certs/ca.crt").display().to_string()
    }

    /// Returns the attributes of a service, as its API has them.
    #[track_caller]
    fn service(&self, name: &str) -> Value {
        let output = Command::new("curl")
            .args(["-s", "--cacert", &self.ca(), "-u", "web1:s3cr3t", "-H", "Accept: application/json"])
            .arg(format!("https://localhost:{}/v1/objects/services/web1!{name}", self.port))
            .output()
            .expect("curl");
        let answer: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
        answer["results"][0]["attrs"].clone()
    }
}

impl Drop for Icinga {
    fn drop(&mut self) {
        // It has children of its own, which end with it.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

fn icinga_output(host: &Host, icinga: &Icinga, user: &str, password: &str, more: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let secret = host.file("secrets/icinga", format!("{password}\n"));
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("a secret");
    host.drop_in(
        "out-icinga",
        &format!(
            "[output.icinga]\nformat = \"icinga\"\nurl = \"https://localhost:{}\"\ntls = {{ ca = \"{}\" }}\n\
             auth = {{ basic = \"{user}\", password = {{ file = \"{}\" }} }}\n{more}",
            icinga.port,
            icinga.ca(),
            secret.display()
        ),
    );
}

#[test]
fn icinga_has_each_run_once_and_what_it_does_not_know_is_told() {
    let (host, icinga) = (host(&["disk", "other"]), Icinga::start(&["disk", "roundsman"]));
    icinga_output(&host, &icinga, "web1", "s3cr3t", "");
    host.file("disk", "bad\n");
    let output = host.run(["run", "--cron", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    let disk = icinga.service("disk");
    let result = &disk["last_check_result"];
    assert_eq!((disk["state"].as_f64(), result["state"].as_f64()), (Some(2.0), Some(2.0)), "{disk}");
    assert!(result["output"].as_str().is_some_and(|text| text.starts_with("CRITICAL: ")), "{result}");
    assert!(result["check_source"] == "web1" && result["ttl"].as_f64().is_some_and(|ttl| ttl > 60.0), "{result}");
    assert_eq!(icinga.service("roundsman")["state"].as_f64(), Some(0.0));
    let told = host.run(["run", "--cron", "roundsman"]);
    let told = if told.code == 64 { host.run(["run", "--cron"]) } else { told };
    let unknown = "output icinga: the receiver does not know other: make them there";
    assert!(told.code == 0 && told.stderr.contains(unknown), "{told}");
    host.file("disk", "well\n");
    let output = host.run(["run", "--cron", "--all"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "it is told once: {output}");
    let disk = icinga.service("disk");
    assert_eq!(disk["state"].as_f64(), Some(0.0), "{disk}");
    // What is paused is no alert, and says so.
    let paused = host.run(["pause", "disk", "--for", "1h", "--reason", "moved"]);
    assert_eq!(paused.code, 0, "{paused}");
    host.run(["run", "--cron"]);
    let disk = icinga.service("disk");
    let text = disk["last_check_result"]["output"].as_str().unwrap_or_default().to_owned();
    assert!(disk["state"].as_f64() == Some(0.0) && text.starts_with("PAUSED until "), "{disk}");
}

#[test]
fn a_password_that_icinga_does_not_take_is_told_and_nothing_is_lost() {
    let (host, icinga) = (host(&["disk"]), Icinga::start(&["disk", "roundsman"]));
    icinga_output(&host, &icinga, "web1", "wrong", "only = { checks = [\"disk\"] }\n");
    host.round();
    let status = host.run(["send", "--test", "icinga"]);
    assert!(
        status.code == 74 && status.stderr.contains("HTTP status 401: the receiver does not let us in"),
        "{status}"
    );
    assert_ne!(icinga.service("disk")["last_check_result"]["check_source"], "web1", "nothing was taken");
    icinga_output(&host, &icinga, "web1", "s3cr3t", "only = { checks = [\"disk\"] }\n");
    host.run(["run", "--cron"]);
    assert_eq!(icinga.service("disk")["last_check_result"]["check_source"], "web1");
}

#[test]
fn a_service_that_takes_no_results_and_a_user_without_the_right_are_told_with_what_mends_it() {
    let (host, icinga) = (host(&["disk", "closed"]), Icinga::start(&["disk", "closed", "roundsman"]));
    icinga_output(&host, &icinga, "web1", "s3cr3t", "");
    host.run(["run", "--cron", "--all"]);
    let told = host.run(["run", "--cron", "--all"]);
    let closed = "output icinga: the receiver does not take closed: HTTP status 403: the receiver takes no results of others for the object; \
                  set `enable_passive_checks = true` in it";
    assert!(told.code == 0 && told.stderr.contains(closed), "{told}");
    assert_eq!(icinga.service("disk")["last_check_result"]["check_source"], "web1", "it costs no other");
    // To whom it shows nothing, Icinga says that there is nothing.
    icinga_output(&host, &icinga, "guest", "s3cr3t", "");
    host.run(["run", "--cron", "--all"]);
    let told = host.run(["run", "--cron", "--all"]);
    let unknown = "output icinga: the receiver does not know closed, disk, roundsman: make them there, or give the user of `auth` the right to them";
    assert!(told.code == 0 && told.stderr.contains(unknown), "{told}");
    let shown = host.run(["send", "--test", "icinga"]);
    assert!(shown.code == 74 && shown.stderr.contains("the permission `actions/process-check-result`"), "{shown}");
}

#[test]
fn no_run_is_sent_twice() {
    let (host, hook) = (host(&["disk", "load"]), Hook::ok());
    host.drop_in("out-icinga", &format!("[output.icinga]\nformat = \"icinga\"\nurl = \"{}\"\n", hook.url));
    host.round();
    host.round();
    host.run(["run", "--cron"]);
    let heard = hook.heard();
    let runs: BTreeSet<String> = heard
        .iter()
        .map(|request| {
            let body = body(request);
            format!("{} {}", body["service"], body["execution_start"])
        })
        .collect();
    assert!(runs.len() == heard.len() && heard.len() >= 7, "{heard:?}");
    assert!(heard[0].starts_with("POST /hook/v1/actions/process-check-result HTTP/1.1\r\n"), "{heard:?}");
}

fn alert_output(host: &Host, urls: &[String]) {
    let urls: Vec<String> = urls.iter().map(|url| format!("\"{url}\"")).collect();
    host.drop_in(
        "out-alerts",
        &format!("[output.alerts]\nformat = \"alertmanager\"\nall = true\nurl = [{}]\n", urls.join(", ")),
    );
}

/// Returns the active alerts, by check and severity.
fn active(server: &Server) -> BTreeSet<String> {
    let (status, alerts) = server.ask("GET", "/api/v2/alerts", "application/json", "");
    assert_eq!(status, 200, "{alerts}");
    let alerts: Vec<Value> = serde_json::from_str(&alerts).expect("JSON");
    let name = |alert: &Value| {
        let label = |name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
        assert_eq!((label("alertname"), label("host")), ("CheckNotOk".into(), "web1".into()), "{alert}");
        format!("{} {}", label("check"), label("severity"))
    };
    alerts.iter().map(name).collect()
}

#[track_caller]
fn until(server: &Server, what: &[&str]) {
    let what: BTreeSet<String> = what.iter().map(|one| (*one).to_owned()).collect();
    let end = Instant::now() + Duration::from_secs(20);
    while active(server) != what {
        assert!(Instant::now() < end, "{:?} and not {what:?}", active(server));
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn both_of_a_pair_have_what_is_wrong_and_hear_of_its_end() {
    let host = host(&["disk", "load"]);
    let (first, mut second) = (alertmanager(), alertmanager());
    let url = |server: &Server| format!("http://127.0.0.1:{}", server.port);
    alert_output(&host, &[url(&first), url(&second)]);
    host.file("disk", "bad\n");
    host.file("load", "bad\n");
    host.round();
    until(&first, &["disk critical", "load critical"]);
    until(&second, &["disk critical", "load critical"]);
    // One of them is away; the other is told all the same.
    second.stop();
    host.file("load", "well\n");
    host.run(["run", "--cron", "--all"]);
    until(&first, &["disk critical"]);
    second.resume();
    host.run(["ack", "disk", "--reason", "known"]);
    host.run(["run", "--cron", "--all"]);
    until(&first, &[]);
    until(&second, &[]);
}

#[test]
fn an_alert_that_is_refused_is_found_and_the_others_are_told() {
    let host = host(&["a", "bad", "c"]);
    let hook = Hook::answering(|request, _| Some(if request.contains("\"check\":\"bad\"") { WRONG } else { OK }));
    alert_output(&host, std::slice::from_ref(&hook.url));
    for check in ["a", "bad", "c"] {
        host.file(check, "no\n");
    }
    host.round();
    let heard = hook.heard();
    assert!(heard[0].starts_with("POST /hook/api/v2/alerts HTTP/1.1\r\n"), "{heard:?}");
    let taken: Vec<&String> = heard.iter().filter(|request| !request.contains("\"check\":\"bad\"")).collect();
    for check in ["a", "c"] {
        let alert = format!("\"check\":\"{check}\"");
        assert_eq!(taken.iter().filter(|request| request.contains(&alert)).count(), 1, "{check}: {heard:?}");
    }
}
