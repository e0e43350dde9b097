//! Programs of Debian that take what is delivered, each on ports and in a directory of its own.
#![expect(clippy::disallowed_methods, reason = "the programs that outputs are written for are started here")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::built;

/// Longest time for a program to listen, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that listens; it ends with this.
pub struct Server {
    program: PathBuf,
    words: Vec<String>,
    child: Option<Child>,
    pub port: u16,
    directory: tempfile::TempDir,
}

impl Server {
    /// Starts a program, or that of an unpacked package where the path is not absolute; `words` are its arguments, by its port and a directory.
    ///
    /// # Panics
    /// It does not listen.
    #[must_use]
    pub fn start(program: &str, words: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        Self::start_on(free_port(), program, words)
    }

    fn start_on(port: u16, program: &str, words: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        let program =
            if program.starts_with('/') { program.into() } else { built(&format!("debian/{program}"), "test") };
        let directory = tempfile::tempdir().expect("a directory");
        let words = words(port, directory.path());
        let mut server = Self { program, words, child: None, port, directory };
        server.resume();
        server
    }

    /// Starts it again after [`Self::stop`], with what it has stored.
    ///
    /// # Panics
    /// It does not listen.
    pub fn resume(&mut self) {
        let log = fs::File::create(self.directory.path().join("log")).expect("a log");
        let child = Command::new(&self.program)
            .args(&self.words)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        self.child = Some(child);
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "{} ended: {}", self.program.display(), self.log());
            assert!(Instant::now() < end, "{} does not listen: {}", self.program.display(), self.log());
            sleep(Duration::from_millis(20));
        }
    }

    /// Ends it as an operator would.
    ///
    /// # Panics
    /// It does not end.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let pid = child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().expect("kill, of procps");
        assert!(asked.success(), "{pid}");
        child.wait().expect("it ends");
    }

    /// Returns the path of a file in its directory.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns what it printed.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Asks it by HTTP and returns the status and the body of the answer.
    ///
    /// # Panics
    /// It does not answer.
    #[must_use]
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: here\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        socket.write_all((head + body).as_bytes()).expect("sent");
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"), body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // Asked, it ends its own children too.
        let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        let end = Instant::now() + Duration::from_secs(10);
        while matches!(child.try_wait(), Ok(None)) && Instant::now() < end {
            sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Returns a port that nobody has; it is not given out again so soon.
///
/// # Panics
/// There is none.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port()
}

/// Starts InfluxDB with a database `checks`.
///
/// # Panics
/// As [`Server::start`].
#[must_use]
pub fn influxdb() -> Server {
    let server = Server::start("influxdb/usr/bin/influxd", |port, directory| {
        let config = directory.join("influxdb.conf");
        let (here, rpc) = (directory.display(), free_port());
        let text = format!(
            "reporting-disabled = true\nbind-address = \"127.0.0.1:{rpc}\"\n[meta]\ndir = \"{here}/meta\"\n[data]\ndir = \"{here}/data\"\n\
             wal-dir = \"{here}/wal\"\n[http]\nbind-address = \"127.0.0.1:{port}\"\n[monitor]\nstore-enabled = false\n"
        );
        fs::write(&config, text).expect("a file");
        vec!["run".to_owned(), "-config".to_owned(), config.display().to_string()]
    });
    let (status, answer) = server.ask("POST", "/query?q=CREATE+DATABASE+checks", "text/plain", "");
    assert_eq!(status, 200, "{answer}");
    server
}

/// Starts VictoriaMetrics, which keeps values for long.
///
/// # Panics
/// As [`Server::start`].
#[must_use]
pub fn victoria_metrics() -> Server {
    Server::start("victoria-metrics/usr/bin/victoria-metrics", |port, directory| {
        let data = directory.join("data");
        let listen = format!("-httpListenAddr=127.0.0.1:{port}");
        vec![listen, format!("-storageDataPath={}", data.display()), "-retentionPeriod=100y".to_owned()]
    })
}

/// Starts Alertmanager, which tells nobody.
///
/// # Panics
/// As [`Server::start`].
#[must_use]
pub fn alertmanager() -> Server {
    Server::start("/usr/bin/prometheus-alertmanager", |port, directory| {
        let config = directory.join("config.yml");
        fs::write(&config, "route: {receiver: none}\nreceivers: [{name: none}]\n").expect("a file");
        vec![
            format!("--config.file={}", config.display()),
            format!("--storage.path={}", directory.display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--cluster.listen-address=".to_owned(),
        ]
    })
}

/// Starts a server of mail that puts what it gets into a mailbox, one file a message.
///
/// # Panics
/// As [`Server::start`].
#[must_use]
pub fn mail_server() -> Server {
    Server::start("/usr/bin/python3", |port, directory| {
        let mailbox = directory.join("mailbox").display().to_string();
        let listen = format!("127.0.0.1:{port}");
        ["-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Mailbox", "-l", &listen, &mailbox].map(str::to_owned).into()
    })
}

impl Server {
    /// Returns the messages in the mailbox, in the order in which they came.
    ///
    /// # Panics
    /// They cannot be read.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        let new = self.directory.path().join("mailbox/new");
        let files = fs::read_dir(&new).map(|files| files.map(|file| file.expect("a mail").path()).collect());
        let mut files: Vec<PathBuf> = files.unwrap_or_default();
        files.sort_by_key(|file| file.metadata().and_then(|stat| stat.modified()).expect("a time"));
        files.iter().map(|file| fs::read_to_string(file).expect("a mail")).collect()
    }
}

/// Starts a Zabbix proxy that has a host with trapper items of these keys.
///
/// # Panics
/// As [`Server::start`].
#[must_use]
pub fn zabbix_proxy(host: &str, keys: &[&str]) -> Server {
    let schema = built("debian/zabbix-proxy-sqlite3/usr/share/zabbix-proxy-sqlite3/schema.sql.gz", "test");
    // It takes no port above 32767, which is where free ones are.
    let port =
        (0..).map(|_| free_port() % 12_000 + 20_000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let port = port.expect("a port");
    Server::start_on(port, "zabbix-proxy-sqlite3/usr/sbin/zabbix_proxy", |port, directory| {
        let here = directory.display();
        let mut rows =
            format!("INSERT INTO hosts (hostid, host, name, status) VALUES (10084, '{host}', '{host}', 0);\n");
        for (id, key) in (1..).zip(keys) {
            let kind = if key.starts_with("roundsman.state") { 3 } else { 4 };
            let kind = if key.starts_with("roundsman.metric[") { 0 } else { kind };
            let flags = i32::from(matches!(*key, "roundsman.checks" | "roundsman.metrics"));
            rows += &format!(
                "INSERT INTO items (itemid, type, hostid, name, key_, value_type, status, flags) VALUES ({id}, 2, 10084, 'x', '{key}', {kind}, 0, {flags});\n\
                 INSERT INTO item_rtdata (itemid) VALUES ({id});\n"
            );
        }
        fs::write(directory.join("rows.sql"), rows).expect("a file");
        let script = format!(
            "(zcat '{}'; cat '{here}/rows.sql') | sqlite3 -bail '{here}/db' 2>'{here}/sql.log'",
            schema.display()
        );
        let made = Command::new("sh").args(["-c", &script]).status().expect("sh");
        let said = fs::read_to_string(directory.join("sql.log")).unwrap_or_default();
        assert!(made.success(), "{said}");
        let config = format!(
            "ProxyMode=1\nServer=127.0.0.1\nHostname=test\nListenIP=127.0.0.1\nListenPort={port}\nDBName={here}/db\nLogType=console\n\
             SocketDir={here}\nAllowRoot=1\nPidFile={here}/pid\n"
        );
        fs::write(directory.join("proxy.conf"), config).expect("a file");
        vec!["-f".to_owned(), "-c".to_owned(), format!("{here}/proxy.conf")]
    })
}
