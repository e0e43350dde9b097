//! Servers that lie in other ways: slow ones, those without an end in each answer, digests of other kinds, secrets that they know.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use roundsman_order::VERSION;
use roundsman_order::fetch::{FetchOrder, ReleasePlace};
use roundsman_tests::program;

use crate::{Site, answer, digest};

// D17
#[test]
fn no_answer_of_a_registry_is_read_without_a_limit() {
    let site = Site::new();
    let server = site.answers();
    let host = format!("localhost:{}", server.port);
    let endless = |path: &str| {
        site.serve(path, b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n".to_vec());
        site.host.file(&format!("served/{path}.endless"), "");
    };
    let reference = format!("oci://{host}/disk:1.0.0");
    endless("v2/disk/manifests/1.0.0");
    site.refuses(&reference, "its answer is larger than 1048576 bytes");
    let challenge = format!("WWW-Authenticate: Bearer realm=\"https://{host}/token\",service=\"registry\"\r\n");
    site.serve("v2/asks/manifests/1.0.0.asks", answer("401 Unauthorized", &challenge, b""));
    endless("token_service=registry");
    site.refuses(&format!("oci://{host}/asks:1.0.0"), "its answer is larger than 1048576 bytes");
    // A list of tags, which only an upgrade asks for.
    let (bytes, signature) = site.signed("1.0.0", "acme");
    site.serve("v2/good/manifests/1.0.0", answer("200 OK", "", site.manifest(&bytes, &signature).as_bytes()));
    site.serve(&format!("v2/good/blobs/{}", digest(&bytes)), answer("200 OK", "", &bytes));
    assert_eq!(site.run(&["install", &format!("oci://{host}/good:1.0.0")]).code, 0);
    endless("v2/good/tags/list_n=10000");
    let upgraded = site.run(&["upgrade"]);
    assert!(upgraded.code == 65 && upgraded.stderr.contains("larger than 1048576 bytes"), "{upgraded}");
}

// D18
#[test]
fn a_digest_of_another_kind_or_with_a_path_in_it_is_asked_for_nowhere() {
    let site = Site::new();
    let server = site.answers();
    let reference = format!("oci://localhost:{}/disk:1.0.0", server.port);
    let (bytes, signature) = site.signed("1.0.0", "acme");
    let good = site.manifest(&bytes, &signature);
    let (sha512, md5) = (format!("sha512:{}", "0".repeat(128)), format!("md5:{}", "0".repeat(32)));
    for other in [&sha512, &md5, "sha256:../../../token", "sha256:", ""] {
        let lies = good.replace(&digest(&bytes), other);
        site.serve("v2/disk/manifests/1.0.0", answer("200 OK", "", lies.as_bytes()));
        server.requests();
        site.refuses(&reference, "a digest that is none of SHA-256");
        assert_eq!(server.requests(), ["/v2/disk/manifests/1.0.0"], "{other}");
        let pinned = site.run(&["install", &format!("oci://localhost:{}/disk@{other}", server.port)]);
        assert!(pinned.code == 64 && pinned.stderr.contains("…@sha256:HEX"), "{other}: {pinned}");
    }
}

// D18
#[test]
fn no_message_tells_a_token_a_password_or_a_signed_url() {
    let site = Site::new();
    let server = site.answers();
    let host = format!("localhost:{}", server.port);
    let secrets = ["t0ken", "dTpodW50ZXIy", "hunter2", "5igned"];
    let file =
        site.host.file("etc/registries.json", format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"dTpodW50ZXIy\"}}}}}}"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
    let ca = site.host.path("tls/ca.pem");
    site.host.main(&format!("[install]\nca = \"{}\"\nauth = \"{}\"\n", ca.display(), file.display()));
    let (bytes, signature) = site.signed("1.0.0", "acme");
    let challenge = format!("WWW-Authenticate: Bearer realm=\"https://{host}/token\",service=\"registry\"\r\n");
    site.serve("v2/disk/manifests/1.0.0.asks", answer("401 Unauthorized", &challenge, b""));
    site.serve("token_service=registry", answer("200 OK", "", b"{\"token\":\"t0ken\"}"));
    let blob = format!("v2/disk/blobs/{}", digest(&bytes));
    let reference = format!("oci://{host}/disk:1.0.0");
    let refused = |code: i32, said: &str| {
        let output = site.run(&["install", &reference]);
        assert!(output.code == code && output.stderr.contains(said), "{said}: {output}");
        for secret in secrets {
            assert!(!output.to_string().contains(secret), "{secret}: {output}");
        }
    };
    // A registry that says again what it was told.
    let echo = b"{\"errors\":[\"t0ken dTpodW50ZXIy hunter2\"]}";
    for (status, code) in [("401 Unauthorized", 65), ("403 Forbidden", 65), ("404 None", 65), ("500 Trouble", 69)] {
        site.serve("v2/disk/manifests/1.0.0", answer(status, "", echo));
        refused(code, &format!("HTTP status {}", &status[..3]));
    }
    site.serve("v2/disk/manifests/1.0.0", answer("200 OK", "", b"\"t0ken\""));
    refused(65, "the manifest is none of an image");
    site.serve("token_service=registry", answer("200 OK", "", b"t0ken hunter2"));
    refused(65, "no token");
    site.serve("token_service=registry", answer("200 OK", "", b"{\"token\":\"t0ken\"}"));
    // A blob that is kept elsewhere, behind a URL whose query opens it.
    site.serve("v2/disk/manifests/1.0.0", answer("200 OK", "", site.manifest(&bytes, &signature).as_bytes()));
    for (to, code, said) in [
        (format!("https://{host}/elsewhere?X-Signature=5igned"), 65, "/elsewhere?…: HTTP status 404"),
        (format!("https://{host}/further?X-Signature=5igned"), 65, "it leads to https://localhost:1/?…"),
        ("http://localhost:1/x?X-Signature=5igned".to_owned(), 65, "http://localhost:1/x?…: it is not https://"),
        ("https://localhost:1/x?X-Signature=5igned".to_owned(), 69, "https://localhost:1/x?…: "),
        ("https://u:hunter2@localhost:1/x".to_owned(), 65, "…@localhost:1/x"),
    ] {
        site.serve(
            "further_X-Signature=5igned",
            answer("302 Found", "Location: https://localhost:1/?a=5igned\r\n", b""),
        );
        site.serve(&blob, answer("307 Temporary", &format!("Location: {to}\r\n"), b""));
        refused(code, said);
    }
}

/// Starts the fetcher as `roundsman` does, with less time.
// D17
#[test]
fn a_server_that_answers_byte_by_byte_has_no_more_time_than_others() {
    let site = Site::new();
    let server = site.answers();
    site.serve("disk.wasm.minisig", answer("200 OK", "", &[b'x'; 300]));
    site.host.file("served/disk.wasm.minisig.drips", "");
    let order = FetchOrder {
        version: VERSION,
        deadline_ms: 1500,
        place: ReleasePlace::Mirror(format!("https://localhost:{}/disk.wasm", server.port)),
        largest: 1 << 20,
        ca: Some(fs::read_to_string(site.host.path("tls/ca.pem")).expect("a certificate")),
        proxy: None,
        auth: None,
        known: None,
    };
    let mut net = program().into_os_string();
    net.push("-net");
    let mut command = Command::new(net);
    let command = command.arg("fetch").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begun = Instant::now();
    let mut child = command.spawn().expect("started");
    let order = serde_json::to_vec(&order).expect("JSON");
    child.stdin.take().expect("a pipe").write_all(&order).expect("the order");
    let output = child.wait_with_output().expect("its end");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(69) && said.contains("/disk.wasm.minisig: "), "{said}");
    assert_eq!(server.requests(), ["/disk.wasm.minisig"]);
    assert!(output.stdout.is_empty() && begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
}
