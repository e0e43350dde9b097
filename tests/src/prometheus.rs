//! The real programs that read a textfile: Prometheus' own linter, and node_exporter.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::exposition::{self, Series};

/// Returns the findings of `promtool check metrics` on a text; empty if there are none.
///
/// # Panics
/// If promtool is missing, or a text that it takes for broken.
#[must_use]
#[track_caller]
pub fn findings(text: &str) -> String {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool, of the package prometheus");
    promtool.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("promtool reads");
    let output = promtool.wait_with_output().expect("promtool ends");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    // 0 without a finding, 3 with some, 1 where it cannot be parsed.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{said}");
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    said
}

/// A node_exporter that serves the textfiles of one directory and nothing else, ended when dropped.
#[derive(Debug)]
pub struct NodeExporter {
    child: Child,
    port: u16,
}

impl NodeExporter {
    /// Starts one on a port of the loopback interface.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn serve(directory: &Path) -> Self {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr()).expect("a port").port();
        let child = Command::new("prometheus-node-exporter")
            .args(["--collector.disable-defaults", "--collector.textfile", "--web.disable-exporter-metrics"])
            .arg(format!("--collector.textfile.directory={}", directory.display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the package prometheus-node-exporter");
        Self { child, port }
    }

    /// Returns everything that it serves, read as Prometheus does: a GET of `/metrics`.
    ///
    /// # Panics
    /// If it does not answer, or not with metrics.
    #[must_use]
    pub fn scrape(&self) -> BTreeMap<Series, f64> {
        let patience = Instant::now() + Duration::from_secs(30);
        let mut socket = loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) {
                Ok(socket) => break socket,
                Err(error) => assert!(Instant::now() < patience, "node_exporter: {error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        socket.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("a request");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a header");
        assert!(head.contains(" 200 OK"), "{head}");
        exposition::samples(body)
    }

    /// Returns the series of checks that it serves, after it has said that there was no error in any file.
    ///
    /// # Panics
    /// If there was one.
    #[must_use]
    pub fn checks(&self) -> BTreeMap<Series, f64> {
        let mut all = self.scrape();
        let error = all.get(&("node_textfile_scrape_error".to_owned(), BTreeMap::new()));
        assert_eq!(error, Some(&0.0), "{all:?}");
        all.retain(|(family, _), _| family.starts_with("roundsman_"));
        all
    }
}

impl Drop for NodeExporter {
    fn drop(&mut self) {
        // Of a process that has ended already there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
