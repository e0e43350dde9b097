//! Releases over the network: from a mirror, from the real docker-registry by skopeo, and from servers that lie.
#![expect(clippy::disallowed_methods, reason = "minisign, skopeo, openssl and servers are programs")]

mod tricks;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use roundsman_tests::component::describes;
use roundsman_tests::publisher::{publisher, sign, tool};
use roundsman_tests::{Host, Output, root};
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(30);

/// A host that trusts `acme` and an authority of certificates, which has signed for `localhost`.
struct Site {
    host: Host,
}

/// A server that ends with its guard.
struct Server {
    child: Child,
    port: u16,
    /// What it prints, line by line.
    said: Receiver<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("the server is ours to kill");
        self.child.wait().expect("the server ends");
    }
}

/// An answer of HTTP with a body of this length.
fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn digest(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), bytes).expect("written");
    let output = Command::new("sha256sum").arg(file.path()).output().expect("sha256sum");
    format!("sha256:{}", String::from_utf8_lossy(&output.stdout).split(' ').next().expect("a digest"))
}

impl Site {
    fn new() -> Self {
        let host = Host::new();
        let directory = host.path("tls");
        fs::create_dir_all(&directory).expect("a directory");
        let site = Self { host };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        site.openssl(&format!("req -x509 {key} -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem"));
        site.openssl(&format!("req {key} -subj /CN=localhost -keyout server.key -out server.csr"));
        site.host.file("tls/names", "subjectAltName = DNS:localhost\n");
        site.openssl(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
        );
        site.host.main(&format!("[install]\nca = \"{}\"\n", site.host.path("tls/ca.pem").display()));
        site.publisher("acme");
        fs::create_dir_all(site.host.path("etc/keys.d")).expect("a directory");
        fs::copy(site.host.path("keys/acme.pub"), site.host.path("etc/keys.d/acme.pub")).expect("copied");
        site
    }

    fn openssl(&self, words: &str) {
        let output = Command::new("openssl").args(words.split(' ')).current_dir(self.host.path("tls")).output();
        let output = output.expect("openssl");
        assert!(output.status.success(), "openssl {words}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn publisher(&self, name: &str) {
        publisher(&self.host, name);
    }

    fn run(&self, args: &[&str]) -> Output {
        self.host.run(args)
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.host.path("etc/versions.lock")).unwrap_or_default()
    }

    /// Asserts that a release is refused with these words, and that nothing of it stays.
    #[track_caller]
    fn refuses(&self, reference: &str, said: &str) {
        self.stops(reference, 65, said);
    }

    /// Asserts that nobody answers, as these words say.
    #[track_caller]
    fn unreached(&self, reference: &str, said: &str) {
        self.stops(reference, 69, said);
    }

    #[track_caller]
    fn stops(&self, reference: &str, code: i32, said: &str) {
        let kept = || fs::read_dir(self.host.path("state/components")).into_iter().flatten().count();
        // Which makes the directory and its lock, if nothing was installed yet.
        self.run(&["install", "file:///nothing.wasm"]);
        let before = (self.lock(), kept());
        let output = self.run(&["install", reference]);
        assert_eq!(output.code, code, "{output}");
        assert!(output.stderr.contains(said), "{said}: {output}");
        assert_eq!((self.lock(), kept()), before, "{output}");
    }

    /// A version of `disk`, and the text of its signature.
    fn signed(&self, version: &str, by: &str) -> (Vec<u8>, String) {
        let descriptor = json!({ "name": "disk", "version": version, "summary": "a test", "free_metrics": true });
        let bytes = describes(&descriptor.to_string());
        let file = self.host.file("signed/disk.wasm", &bytes);
        sign(&self.host, &file, by, &format!("roundsman name=disk version={version}"));
        (bytes, fs::read_to_string(self.host.path("signed/disk.wasm.minisig")).expect("a signature"))
    }

    /// The manifest of an image, with the digest of its layer.
    fn manifest(&self, layer: &[u8], signature: &str) -> String {
        let config = br#"{"architecture":"wasm","os":"wasip2"}"#;
        let blob =
            |kind: &str, bytes: &[u8]| json!({ "mediaType": kind, "digest": digest(bytes), "size": bytes.len() });
        json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": blob("application/vnd.wasm.config.v0+json", config),
            "layers": [blob("application/wasm", layer)],
            "annotations": { "roundsman.minisig": signature },
        })
        .to_string()
    }

    /// Pushes a version with skopeo, and returns the digest of its manifest.
    fn push(&self, port: u16, version: &str, by: &str) -> String {
        self.push_with(&[], port, version, by)
    }

    /// Does as [`Site::push`], with more options of skopeo.
    fn push_with(&self, more: &[&str], port: u16, version: &str, by: &str) -> String {
        let (bytes, signature) = self.signed(version, by);
        let manifest = self.manifest(&bytes, &signature);
        for blob in [&bytes[..], br#"{"architecture":"wasm","os":"wasip2"}"#, manifest.as_bytes()] {
            self.host.file(&format!("made/blobs/sha256/{}", &digest(blob)[7..]), blob);
        }
        let digest = digest(manifest.as_bytes());
        let entry = json!({ "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest,
            "size": manifest.len(), "annotations": { "org.opencontainers.image.ref.name": "made" } });
        self.host.file("made/index.json", json!({ "schemaVersion": 2, "manifests": [entry] }).to_string());
        self.host.file("made/oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
        let from = format!("oci:{}:made", self.host.path("made").display());
        let to = format!("docker://localhost:{port}/checks/disk:{version}");
        let copy = ["--insecure-policy", "copy", "--dest-tls-verify=false"];
        tool("skopeo", &[&copy[..], more, &[&from, &to]].concat());
        digest
    }

    /// A server that answers what the files in `served` say.
    fn answers(&self) -> Server {
        fs::create_dir_all(self.host.path("served")).expect("a directory");
        let script = root().join("tests/tests/remote/answers.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(self.host.path("served"));
        let mut server = Server::start(command.args([self.tls("server.pem"), self.tls("server.key")]), 0);
        server.port = server.said.recv_timeout(PATIENCE).expect("a port").parse().expect("a number");
        server
    }

    fn tls(&self, file: &str) -> PathBuf {
        self.host.path("tls").join(file)
    }

    fn serve(&self, path: &str, answer: Vec<u8>) {
        self.host.file(&format!("served/{path}"), answer);
    }
}

impl Server {
    fn start(command: &mut Command, port: u16) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a server");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let (sender, said) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, port, said }
    }

    /// Requests since the last look; the answers to them have been sent, which the server may say a moment later.
    fn requests(&self) -> Vec<String> {
        std::iter::from_fn(|| self.said.recv_timeout(Duration::from_millis(300)).ok()).collect()
    }
}

/// Starts the registry of Debian, with TLS and an empty directory.
fn registry(site: &Site, more: &str) -> Server {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let config = format!(
        "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{free}\n  tls:\n    \
         certificate: {}\n    key: {}\n{more}",
        site.host.path("registry").display(),
        site.tls("server.pem").display(),
        site.tls("server.key").display(),
    );
    let config = site.host.file("registry.yml", config);
    let program = root().join("target/debian/docker-registry/usr/bin/docker-registry");
    let server = Server::start(Command::new(program).arg("serve").arg(config), free);
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", free)).is_err() {
        assert!(start.elapsed() < PATIENCE, "the registry does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

#[test]
fn a_release_comes_from_a_registry_and_newer_ones_are_its_other_tags() {
    let site = Site::new();
    let registry = registry(&site, "");
    let port = registry.port;
    let digest = site.push(port, "1.4.0", "acme");
    let reference = format!("oci://localhost:{port}/checks/disk");
    let installed = site.run(&["install", &format!("{reference}:1.4.0")]);
    assert!(installed.code == 0 && installed.stdout.contains("disk 1.4.0 of acme\n"), "{installed}");
    assert_eq!(site.run(&["upgrade"]).stdout, "disk 1.4.0 is the newest\n");

    site.push(port, "1.10.0", "acme");
    let outdated = site.run(&["list", "--outdated"]);
    assert!(outdated.stdout.contains("1.10.0"), "{outdated}");
    let upgraded = site.run(&["upgrade"]);
    assert!(upgraded.code == 0 && upgraded.stdout.starts_with("disk 1.4.0 -> 1.10.0 of acme\n"), "{upgraded}");
    assert!(site.lock().contains(&format!("\"{reference}:1.10.0\"")), "{}", site.lock());
    assert_eq!(site.run(&["rollback", "disk"]).stdout, "disk 1.4.0\n");
    assert!(site.lock().contains(&format!("\"{reference}:1.4.0\"")), "{}", site.lock());

    // Another host takes what the lock pins, from the same place.
    fs::remove_dir_all(site.host.path("state")).expect("removed");
    let locked = site.run(&["install", "--locked"]);
    assert_eq!((locked.code, locked.stdout.as_str()), (0, "installed  disk 1.4.0\n"), "{locked}");
    let pinned = site.run(&["install", &format!("{reference}@{digest}"), "--as", "pinned"]);
    assert_eq!(pinned.code, 0, "{pinned}");
    let fixed = site.run(&["upgrade", "pinned"]);
    assert!(fixed.code == 0 && fixed.stdout.contains("is pinned by the digest of its image"), "{fixed}");

    site.refuses(&format!("{reference}:9.0.0"), "HTTP status 404: there is nothing of that name");
    site.publisher("mallory");
    site.push(port, "2.0.0", "mallory");
    site.refuses(&format!("{reference}:2.0.0"), "none of the keys in");
    let upgrade = site.run(&["upgrade", "disk"]);
    assert!(upgrade.code == 65 && upgrade.stderr.contains("none of the keys in"), "{upgrade}");
    // Who runs programs for it has no account of its own on this host.
    let lints = site.run(&["validate"]);
    assert!(lints.stdout.contains("no account `roundsman-fetch` (which fetches releases)"), "{lints}");
    drop(registry);
    site.unreached(&format!("{reference}:1.4.0"), "connecting to localhost");
    let outdated = site.run(&["list", "--outdated"]);
    assert!(outdated.code == 69 && outdated.stderr.contains("connecting to localhost"), "{outdated}");
}

#[test]
fn a_release_comes_from_a_mirror_and_goes_nowhere_else() {
    let site = Site::new();
    let server = site.answers();
    let base = format!("https://localhost:{}", server.port);
    let publish = |version: &str, by: &str| {
        let (bytes, signature) = site.signed(version, by);
        site.serve("disk.wasm", answer("200 OK", "", &bytes));
        site.serve("disk.wasm.minisig", answer("200 OK", "", signature.as_bytes()));
        (bytes, signature)
    };
    let reference = format!("{base}/disk.wasm");
    publish("1.0.0", "acme");
    assert_eq!(site.run(&["install", &reference]).code, 0);
    publish("1.1.0", "acme");
    let upgraded = site.run(&["upgrade"]);
    assert!(upgraded.code == 0 && upgraded.stdout.contains("disk 1.0.0 -> 1.1.0"), "{upgraded}");
    assert!(site.lock().contains(&reference));
    // What is here already does not come again: a host of a hundred thousand asks for a signature.
    server.requests();
    assert_eq!(site.run(&["upgrade"]).stdout, "disk 1.1.0 is the newest\n");
    assert!(!site.run(&["list", "--outdated"]).stdout.contains("1.1.0"));
    assert_eq!(server.requests(), ["/disk.wasm.minisig", "/disk.wasm.minisig"]);

    publish("1.0.0", "acme");
    site.refuses(&reference, "older than 1.1.0");
    site.publisher("mallory");
    publish("2.0.0", "mallory");
    site.refuses(&reference, "none of the keys in");
    let (bytes, signature) = publish("1.2.0", "acme");
    let cut = [&answer("200 OK", "", &bytes)[..]].concat();
    site.serve("disk.wasm", cut[..cut.len() - 1].to_vec());
    site.unreached(&reference, "the connection was closed before an answer");
    site.serve("disk.wasm", answer("503 Busy", "", b""));
    site.unreached(&reference, "HTTP status 503: the server is in trouble itself");
    site.serve("disk.wasm", answer("200 OK", "", &bytes[..bytes.len() - 1]));
    site.refuses(&reference, "does not hold");
    // An other name for the same bytes is the name that was signed.
    site.serve("ssl.wasm", answer("200 OK", "", &bytes));
    site.serve("ssl.wasm.minisig", answer("200 OK", "", signature.as_bytes()));
    let renamed = site.run(&["install", &format!("{base}/ssl.wasm")]);
    assert!(renamed.code == 0 && renamed.stdout.starts_with("disk 1.2.0"), "{renamed}");

    site.serve("disk.wasm", answer("302 Found", &format!("Location: {base}/ssl.wasm\r\n"), b""));
    server.requests();
    site.refuses(&reference, &format!("it leads to {base}/ssl.wasm, which is not followed"));
    assert_eq!(server.requests(), ["/disk.wasm.minisig", "/disk.wasm"]);
    // The certificate is for another name, or of an authority that nobody named.
    site.refuses(&format!("https://127.0.0.1:{}/disk.wasm", server.port), "TLS with 127.0.0.1");
    site.host.main("");
    site.refuses(&reference, "TLS with localhost");
}

#[test]
fn a_body_without_an_end_is_not_read_to_it() {
    let site = Site::new();
    let server = site.answers();
    let endless = |path: &str, head: &str| {
        site.serve(path, format!("HTTP/1.1 200 OK\r\n{head}\r\n").into_bytes());
        site.host.file(&format!("served/{path}.endless"), "");
    };
    let reference = |name: &str| format!("https://localhost:{}/{name}.wasm", server.port);
    endless("one.wasm.minisig", "");
    site.refuses(&reference("one"), "its answer is larger than 8192 bytes");
    site.serve("two.wasm.minisig", answer("200 OK", "", b"none"));
    endless("two.wasm", "");
    site.refuses(&reference("two"), "its answer is larger than 33554432 bytes");
    site.serve("three.wasm.minisig", answer("200 OK", "", b"none"));
    endless("three.wasm", "Content-Length: 18446744073709551615\r\n");
    site.refuses(&reference("three"), "its answer is larger than 33554432 bytes");
    site.serve("four.wasm.minisig", b"HTTP/1.1 200 OK\r\nX: ".to_vec());
    site.host.file("served/four.wasm.minisig.endless", "");
    site.refuses(&reference("four"), "the answer is no HTTP/1.1");
}

#[test]
fn a_registry_that_lies_about_digests_is_refused_and_no_secret_follows_a_redirect() {
    let site = Site::new();
    let server = site.answers();
    let host = format!("localhost:{}", server.port);
    let (bytes, signature) = site.signed("1.0.0", "acme");
    let manifest = site.manifest(&bytes, &signature);
    let blob = format!("v2/disk/blobs/{}", digest(&bytes));
    site.serve("v2/disk/manifests/1.0.0", answer("200 OK", "", manifest.as_bytes()));
    let reference = format!("oci://{host}/disk:1.0.0");
    site.serve(&blob, answer("200 OK", "", &[&bytes[..], b"x"].concat()));
    site.refuses(&reference, "the registry lies");
    let other = format!("sha256:{}", "0".repeat(64));
    site.serve(&format!("v2/disk/manifests/{other}"), answer("200 OK", "", manifest.as_bytes()));
    site.refuses(&format!("oci://{host}/disk@{other}"), "the registry lies");
    site.serve("v2/disk/manifests/none", answer("200 OK", "", b"{\"manifests\":[]}"));
    site.refuses(&format!("oci://{host}/disk:none"), "it is no component");

    // A token for everybody, and a blob that is kept elsewhere.
    let challenge = format!("WWW-Authenticate: Bearer realm=\"https://{host}/token\",service=\"registry\"\r\n");
    site.serve("v2/disk/manifests/1.0.0.asks", answer("401 Unauthorized", &challenge, b""));
    site.serve("token_service=registry", answer("200 OK", "", b"{\"token\":\"t0ken\"}"));
    let leads = |to: &str| site.serve(&blob, answer("307 Temporary", &format!("Location: {to}\r\n"), b""));
    leads(&format!("https://{host}/elsewhere"));
    site.serve("elsewhere", answer("302 Found", "Location: https://localhost:1/\r\n", b""));
    site.refuses(&reference, "which is not followed");
    leads(&format!("http://{host}/elsewhere"));
    site.refuses(&reference, "it is not https://");
    leads(&format!("https://{host}/elsewhere"));
    site.serve("elsewhere", answer("200 OK", "", &bytes));
    server.requests();
    let installed = site.run(&["install", &reference]);
    assert_eq!(installed.code, 0, "{installed}");
    let told = "authorization: bearer t0ken";
    let asked = [
        "/v2/disk/manifests/1.0.0".to_owned(),
        "/token?service=registry".to_owned(),
        format!("/v2/disk/manifests/1.0.0 {told}"),
        format!("/{blob} {told}"),
        "/elsewhere".to_owned(),
    ];
    assert_eq!(server.requests(), asked);
    site.serve("v2/disk/tags/list_n=10000", answer("200 OK", "", b"{\"tags\":[\"1.0.0\"]}"));
    assert_eq!(site.run(&["upgrade"]).stdout, "disk 1.0.0 is the newest\n");
    let asked = [&["/v2/disk/tags/list?n=10000".to_owned()], &asked[..3]].concat();
    assert_eq!(server.requests(), asked, "the component is here");
}

#[test]
fn a_registry_with_passwords_is_told_the_one_that_is_for_it() {
    let site = Site::new();
    let hashed = Command::new("perl").args(["-e", "print crypt('pa:ss', '$2b$04$abcdefghijklmnopqrstuu')"]).output();
    let hashed = String::from_utf8(hashed.expect("perl").stdout).expect("text");
    let users = site.host.file("registry.users", format!("reader:{hashed}\n"));
    let registry = registry(&site, &format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", users.display()));
    let place = format!("localhost:{}", registry.port);
    site.push_with(&["--dest-creds", "reader:pa:ss"], registry.port, "1.0.0", "acme");
    let reference = format!("oci://{place}/checks/disk:1.0.0");
    site.refuses(&reference, "HTTP status 401: the server does not let us in: [install] auth names");

    let file = site.host.path("etc/registries.json");
    let file_text = file.to_str().expect("a path in UTF-8");
    let login = ["login", "--tls-verify=false", "-u", "reader", "-p", "pa:ss", "--authfile", file_text, &place];
    tool("skopeo", &login);
    let ca = site.host.path("tls/ca.pem");
    site.host.main(&format!("[install]\nca = \"{}\"\nauth = \"{file_text}\"\n", ca.display()));
    assert_eq!(site.run(&["install", &reference]).code, 0);
    assert!(!site.lock().contains("pa:ss"), "{}", site.lock());

    let entry = |auth: &str| format!("{{\"auths\":{{\"{place}\":{auth}}}}}");
    let secret = |text: &str| {
        fs::write(&file, text).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
    };
    secret(&entry(r#"{"auth":"cmVhZGVyOndyb25n"}"#));
    site.refuses(&reference, "HTTP status 401");
    secret(&entry("{}"));
    site.unreached(&reference, &format!("has no `auth` for {place}: skopeo login --authfile"));
    secret("{\"auths\": pa:ss");
    site.unreached(&reference, "is not what skopeo login --authfile writes, in line 1");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode");
    site.unreached(&reference, "can be read by others (mode 0644): chmod 600");
}

/// Answers who looks on: the token of a password goes with it to the server that the registry names, and to no other.
#[test]
fn a_password_goes_to_where_the_registry_gives_tokens_and_not_to_where_its_blobs_are() {
    let site = Site::new();
    let server = site.answers();
    let host = format!("localhost:{}", server.port);
    let (bytes, signature) = site.signed("1.0.0", "acme");
    site.serve("v2/disk/manifests/1.0.0", answer("200 OK", "", site.manifest(&bytes, &signature).as_bytes()));
    let challenge = format!("WWW-Authenticate: Bearer realm=\"https://{host}/token\",service=\"registry\"\r\n");
    site.serve("v2/disk/manifests/1.0.0.asks", answer("401 Unauthorized", &challenge, b""));
    site.serve("token_service=registry", answer("200 OK", "", b"{\"token\":\"t0ken\"}"));
    let blob = format!("v2/disk/blobs/{}", digest(&bytes));
    site.serve(&blob, answer("307 Temporary", &format!("Location: https://{host}/elsewhere\r\n"), b""));
    site.serve("elsewhere", answer("200 OK", "", &bytes));
    let file = site.host.file("etc/registries.json", format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"dTpw\"}}}}}}"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
    let ca = site.host.path("tls/ca.pem");
    site.host.main(&format!("[install]\nca = \"{}\"\nauth = \"{}\"\n", ca.display(), file.display()));
    let installed = site.run(&["install", &format!("oci://{host}/disk:1.0.0")]);
    assert_eq!(installed.code, 0, "{installed}");
    let told = "authorization: bearer t0ken";
    let asked = [
        "/v2/disk/manifests/1.0.0".to_owned(),
        "/token?service=registry authorization: basic dtpw".to_owned(),
        format!("/v2/disk/manifests/1.0.0 {told}"),
        format!("/{blob} {told}"),
        "/elsewhere".to_owned(),
    ];
    assert_eq!(server.requests(), asked);
}

/// The process that fetches for a command.
fn fetcher_of(command: u32) -> u32 {
    let start = Instant::now();
    loop {
        let found = roundsman_tests::children(command).into_iter().find(|child| {
            fs::read(format!("/proc/{child}/cmdline")).is_ok_and(|line| line == b"roundsman-net\0fetch\0")
                && fs::read_to_string(format!("/proc/{child}/status")).is_ok_and(|it| it.contains("Seccomp:\t2"))
        });
        if let Some(child) = found {
            return child;
        }
        assert!(start.elapsed() < PATIENCE, "no fetcher below {command}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_fetcher_has_an_account_of_its_own_and_no_file_but_a_pipe() {
    let site = Site::new();
    let server = site.answers();
    site.host.file("served/disk.wasm.minisig.silent", "");
    let reference = format!("https://localhost:{}/disk.wasm", server.port);
    let start = || {
        let mut command = site.host.command(&[]);
        let command = command.args(["install", &reference]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("started");
        server.said.recv_timeout(PATIENCE).expect("a request");
        child
    };
    let child = start();
    let fetcher = fetcher_of(child.id());
    let status = fs::read_to_string(format!("/proc/{fetcher}/status")).expect("status");
    let line = |key: &str| status.lines().find(|line| line.starts_with(key)).unwrap_or_default().trim().to_owned();
    assert_eq!(line("Uid:"), "Uid:\t60717\t60717\t60717\t60717", "{status}");
    assert_eq!((line("Groups:"), line("CapEff:")), ("Groups:".to_owned(), "CapEff:\t0000000000000000".to_owned()));
    assert_eq!((line("Threads:"), line("NoNewPrivs:")), ("Threads:\t1".to_owned(), "NoNewPrivs:\t1".to_owned()));
    let links = fs::read_dir(format!("/proc/{fetcher}/fd")).expect("descriptors");
    let mut held: Vec<String> = links
        .filter_map(|link| Some(fs::read_link(link.ok()?.path()).ok()?.to_string_lossy().into_owned()))
        .map(|target| target.split(':').next().unwrap_or_default().to_owned())
        .collect();
    held.sort();
    assert_eq!(held, ["/memfd", "pipe", "pipe", "socket"]);

    // One that is killed is a release that is not there; one whose command is killed dies with it.
    tool("kill", &["-KILL", &fetcher.to_string()]);
    let output = child.wait_with_output().expect("its end");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(69) && said.contains("roundsman-net was killed by SIGKILL"), "{said}");
    assert_eq!(site.lock(), "");
    let mut child = start();
    let fetcher = fetcher_of(child.id());
    child.kill().expect("killed");
    child.wait().expect("its end");
    let start = Instant::now();
    let lives = || fs::read_to_string(format!("/proc/{fetcher}/status")).is_ok_and(|it| !it.contains("State:\tZ"));
    while lives() {
        assert!(start.elapsed() < PATIENCE, "the fetcher lives on");
        std::thread::sleep(Duration::from_millis(5));
    }
}
