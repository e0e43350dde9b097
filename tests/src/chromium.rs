//! Chromium without a window, spoken to through a pipe by its DevTools protocol.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::root;

/// A browser with one page, which ends with this.
#[derive(Debug)]
pub struct Chromium {
    child: Child,
    to: File,
    from: BufReader<File>,
    last: u64,
    session: Option<String>,
    _home: tempfile::TempDir,
}

impl Chromium {
    /// Starts one.
    ///
    /// # Panics
    /// `scripts/install-needs test` has not installed it.
    #[must_use]
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let [to, from] = ["to", "from"].map(|name| home.path().join(name));
        let made = Command::new("mkfifo").args([&to, &from]).status().expect("mkfifo");
        assert!(made.success(), "mkfifo");
        // Descriptors 3 and 4 are those of the protocol. Opened for both ways, as nobody is at the other end yet.
        let line = "exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --force-color-profile=srgb \
                    --user-data-dir=\"$3\" --remote-debugging-pipe 3<>\"$1\" 4<>\"$2\"";
        let child = Command::new("/bin/sh")
            .args(["-c", line, "sh"])
            .args([to.as_os_str(), from.as_os_str(), home.path().join("profile").as_os_str()])
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let to = OpenOptions::new().read(true).write(true).open(&to).expect("the pipe");
        let from = OpenOptions::new().read(true).write(true).open(&from).expect("the pipe");
        let mut browser = Self { child, to, from: BufReader::new(from), last: 0, session: None, _home: home };
        let target = browser.ask("Target.createTarget", &json!({ "url": "about:blank" }));
        let attached =
            browser.ask("Target.attachToTarget", &json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        browser.ask("Page.enable", &json!({}));
        browser
    }

    /// Asks for something by its method, and waits for the answer.
    ///
    /// # Panics
    /// The browser refuses it, or has ended.
    #[track_caller]
    pub fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        loop {
            let message = self.next();
            if message["id"] == self.last {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn next(&mut self) -> Value {
        let mut message = Vec::new();
        self.from.read_until(0, &mut message).expect("the browser answers");
        message.pop();
        serde_json::from_slice(&message).expect("JSON")
    }

    /// Shows a file in a window of this width, in the light or the dark scheme.
    pub fn show(&mut self, file: &Path, width: u32, scheme: &str, bypass_policy: bool) {
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", &metrics);
        let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.ask("Emulation.setEmulatedMedia", &feature);
        self.ask("Page.setBypassCSP", &json!({ "enabled": bypass_policy }));
        let url = format!("file://{}", file.display());
        self.ask("Page.navigate", &json!({ "url": url }));
        // The answer comes when it has begun.
        let ready =
            "new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', () => done()))";
        self.evaluate(ready);
    }

    /// Evaluates an expression in the page.
    ///
    /// # Panics
    /// It throws.
    #[track_caller]
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let result = self.ask("Runtime.evaluate", &params);
        assert!(result["exceptionDetails"].is_null(), "{result}");
        result["result"]["value"].clone()
    }

    /// Lists the faults that axe-core finds, each as `rule: element`.
    ///
    /// # Panics
    /// `scripts/install-needs test` has not fetched it.
    #[track_caller]
    pub fn axe(&mut self) -> Vec<String> {
        let script = std::fs::read_to_string(root().join("target/npm/axe-core/axe.min.js")).expect("axe-core");
        self.evaluate(&format!("{script}; null"));
        let found = "axe.run(document, {resultTypes: ['violations']}).then(result => result.violations.flatMap(rule => \
                     rule.nodes.map(node => `${rule.id}: ${node.html}: ${node.failureSummary}`)))";
        let found = self.evaluate(found);
        found.as_array().expect("a list").iter().map(|one| one.as_str().expect("text").to_owned()).collect()
    }

    /// Keeps a picture of the whole page.
    pub fn picture(&mut self, to: &Path) {
        let shot = self.ask("Page.captureScreenshot", &json!({ "format": "png", "captureBeyondViewport": true }));
        let picture = shot["data"].as_str().expect("a picture");
        // base64(1) is everywhere.
        let mut decode = Command::new("base64")
            .arg("-d")
            .stdin(Stdio::piped())
            .stdout(File::create(to).expect("a file"))
            .spawn()
            .expect("base64");
        decode.stdin.take().expect("a pipe").write_all(picture.as_bytes()).expect("written");
        assert!(decode.wait().expect("its end").success(), "base64");
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
