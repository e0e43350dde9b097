//! The sender against receivers that are written here, each with a fault of its own.
#![expect(clippy::disallowed_methods, reason = "receivers on threads of the test, and the program itself")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver as Heard, channel};
use std::thread;
use std::time::{Duration, Instant};

use roundsman_order::{
    Body, DeliveryAnswer, DeliveryOutcome, DeliveryRequest, Endpoint, Method, Order, Secret, VERSION,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const LONG: Duration = Duration::from_secs(10);

/// Starts a receiver that does the same with each connection; returns its URL, and what it hears.
fn server(serve: impl Fn(TcpStream, &dyn Fn(String)) + Send + 'static) -> (String, Heard<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (told, heard) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap(), &|text| drop(told.send(text)));
        }
    });
    (url, heard)
}

/// Reads one request to the end of its body.
fn request(stream: &mut impl Read) -> io::Result<String> {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        text.push(char::from(byte[0]));
    }
    let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body)?;
    Ok(text + &String::from_utf8(body).unwrap())
}

/// Starts a receiver that answers every request of a connection with this.
fn answering(answer: &'static str) -> (String, Heard<String>) {
    server(move |mut stream, told| {
        while let Ok(asked) = request(&mut stream) {
            told(asked);
            if stream.write_all(answer.as_bytes()).is_err() {
                break;
            }
        }
    })
}

fn receiver(urls: &[&str]) -> Endpoint {
    let urls = urls.iter().map(|url| Secret((*url).to_owned())).collect();
    Endpoint { urls, all: false, names_objects: false, headers: Vec::new(), sign: None, ca: None, proxy: None }
}

fn requests(count: u64) -> Vec<DeliveryRequest> {
    let one =
        |id| DeliveryRequest { id, method: Method::Post, headers: Vec::new(), body: Body::whole(format!("body {id}")) };
    (1..=count).map(one).collect()
}

/// Returns what the program answers to an order, and how long it took.
fn sent(receiver: Endpoint, requests: Vec<DeliveryRequest>, deadline: Duration) -> (Vec<DeliveryAnswer>, Duration) {
    let deadline_ms = u64::try_from(deadline.as_millis()).unwrap();
    let order = Order { version: VERSION, deadline_ms, receiver, requests, verbose: true };
    let begun = Instant::now();
    let (code, printed) = run(&serde_json::to_string(&order).unwrap());
    assert_eq!(code, 0, "{printed}");
    (printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), begun.elapsed())
}

fn run(order: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roundsman-net"));
    // No proxy of the environment counts.
    command.env("http_proxy", "http://127.0.0.1:1").env("HTTPS_PROXY", "http://127.0.0.1:1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(order.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn one(url: &str) -> DeliveryAnswer {
    let (mut answers, _) = sent(receiver(&[url]), requests(1), LONG);
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}

#[test]
fn requests_arrive_in_their_order_on_one_connection() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    let (url, heard) = server(move |mut stream, told| {
        counted.fetch_add(1, Ordering::SeqCst);
        while let Ok(asked) = request(&mut stream) {
            told(asked);
            stream.write_all(OK.as_bytes()).unwrap();
        }
    });
    let (answers, _) = sent(receiver(&[&url]), requests(20), LONG);
    let done: Vec<_> = (1..=20).map(|id| (id, DeliveryOutcome::Done)).collect();
    assert_eq!(answers.iter().map(|one| (one.id, one.outcome)).collect::<Vec<_>>(), done);
    let bodies: Vec<String> = heard.try_iter().map(|text| text.rsplit("\r\n\r\n").next().unwrap().to_owned()).collect();
    assert_eq!(bodies, (1..=20).map(|id| format!("body {id}")).collect::<Vec<_>>());
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[test]
fn each_answer_has_its_outcome_and_the_first_that_waits_ends_the_order() {
    let later = DeliveryOutcome::Later;
    for (answer, outcome, retry_after, reason) in [
        ("HTTP/1.1 400 Bad\r\nContent-Length: 4\r\n\r\nhalf", DeliveryOutcome::Refused, None, "HTTP status 400"),
        ("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", later, None, "mend `auth`"),
        ("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", later, Some(7), "fewer requests"),
        ("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", DeliveryOutcome::Refused, None, "in trouble itself"),
        ("HTTP/1.1 503 Oh\r\nContent-Length: 0\r\n\r\n", later, None, "in trouble itself"),
        ("HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", later, None, "never followed"),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", later, None, "the answer is no HTTP/1.1"),
    ] {
        let (url, _heard) = answering(answer);
        let (answers, _) = sent(receiver(&[&url]), requests(3), LONG);
        let waits = outcome == later || answers[0].status == Some(500);
        let count = if waits { 1 } else { 3 };
        assert_eq!(answers.len(), count, "{answer}: {answers:?}");
        assert_eq!((answers[0].outcome, answers[0].retry_after), (outcome, retry_after), "{answer}");
        assert!(answers[0].reason.contains(reason), "{answers:?}");
    }
}

/// Starts a receiver that answers its requests with these in turn, each in a connection of its own.
fn in_turn(statuses: Vec<u16>) -> (String, Heard<String>) {
    let left = std::sync::Mutex::new(statuses.into_iter());
    server(move |mut stream, told| {
        let asked = request(&mut stream).unwrap();
        told(asked);
        let status = left.lock().unwrap().next().unwrap_or(204);
        write!(stream, "HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
    })
}

fn of_parts(count: usize) -> Vec<DeliveryRequest> {
    let parts = (0..count).map(|part| format!("{part}\n")).collect();
    let body = Body { parts, ..Body::whole(String::new()) };
    vec![DeliveryRequest { id: 1, method: Method::Post, headers: Vec::new(), body }]
}

#[test]
fn what_is_behind_a_request_in_trouble_waits_for_it() {
    let (url, heard) = in_turn(vec![500, 204]);
    let (answers, _) = sent(receiver(&[&url]), requests(2), LONG);
    assert_eq!(answers.iter().map(|one| (one.id, one.status)).collect::<Vec<_>>(), [(1, Some(500))]);
    assert_eq!(heard.try_iter().count(), 1);
    // Objects are told apart: one of them holds up no other.
    let (url, _heard) = in_turn(vec![500, 204]);
    let apart = Endpoint { names_objects: true, ..receiver(&[&url]) };
    assert_eq!(sent(apart, requests(2), LONG).0.len(), 2);
}

#[test]
fn a_body_of_which_no_part_is_taken_is_refused_and_a_half_in_trouble_is_asked_for_again() {
    let (url, _heard) = in_turn(vec![400; 9]);
    let answer = sent(receiver(&[&url]), of_parts(4), LONG).0.remove(0);
    assert_eq!((answer.outcome, answer.status, answer.dropped), (DeliveryOutcome::Refused, Some(400), 4));
    assert!(answer.question.is_some() && answer.answer.is_some(), "{answer:?}");
    let (url, _heard) = in_turn(vec![400, 204, 500]);
    let answer = sent(receiver(&[&url]), of_parts(4), LONG).0.remove(0);
    assert_eq!((answer.outcome, answer.status, answer.dropped), (DeliveryOutcome::Refused, Some(500), 0));
}

#[test]
fn what_a_person_is_shown_of_a_large_body_is_shortened() {
    let (url, _heard) = in_turn(vec![204]);
    let answer = sent(receiver(&[&url]), of_parts(200_000), LONG).0.remove(0);
    let shown = answer.question.expect("the question");
    assert!(
        answer.outcome == DeliveryOutcome::Done && shown.len() < 5_000 && shown.ends_with(" bytes more)"),
        "{}",
        shown.len()
    );
}

#[test]
fn who_refuses_hangs_or_closes_is_for_later() {
    let refuses = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let answer = one(&format!("http://{refuses}/"));
    assert!(answer.outcome == DeliveryOutcome::Later && answer.reason.contains("Connection refused"), "{answer:?}");

    let (url, _heard) = server(|mut stream, _| {
        let _ = request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal");
        let _ = stream.shutdown(Shutdown::Both);
    });
    let answer = one(&url);
    assert!(
        answer.outcome == DeliveryOutcome::Later && answer.reason.contains("closed before an answer"),
        "{answer:?}"
    );

    let (url, _heard) = server(|stream, _| {
        thread::sleep(LONG);
        drop(stream);
    });
    let (answers, took) = sent(receiver(&[&url]), requests(1), Duration::from_millis(500));
    assert!(
        answers[0].outcome == DeliveryOutcome::Later && answers[0].reason.contains("no answer in time"),
        "{answers:?}"
    );
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn who_answers_byte_by_byte_is_waited_for_to_the_deadline_and_not_beyond() {
    let slow = |pause: u64| {
        server(move |mut stream, _| {
            let _ = request(&mut stream);
            for byte in OK.as_bytes() {
                thread::sleep(Duration::from_millis(pause));
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
            }
        })
    };
    let (url, _heard) = slow(20);
    assert_eq!(one(&url).outcome, DeliveryOutcome::Done);
    let (url, _heard) = slow(200);
    let (answers, took) = sent(receiver(&[&url]), requests(1), Duration::from_secs(1));
    assert!(answers[0].outcome == DeliveryOutcome::Later && took < Duration::from_secs(4), "{answers:?} {took:?}");
}

#[test]
fn the_second_url_is_asked_where_the_first_does_not_answer_and_all_where_all_are_wanted() {
    let gone = format!("http://{}/", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let (url, heard) = answering(OK);
    let (answers, _) = sent(receiver(&[&gone, &url]), requests(1), LONG);
    assert!(answers[0].outcome == DeliveryOutcome::Done && heard.try_iter().count() == 1, "{answers:?}");
    let (other, also) = answering(OK);
    let (answers, _) = sent(Endpoint { all: true, ..receiver(&[&url, &other]) }, requests(2), LONG);
    assert_eq!((answers.len(), heard.try_iter().count(), also.try_iter().count()), (2, 2, 2));
    let (answers, _) = sent(Endpoint { all: true, ..receiver(&[&url, &gone]) }, requests(2), LONG);
    assert_eq!((answers.len(), answers[0].outcome), (1, DeliveryOutcome::Later));
}

#[test]
fn a_url_that_hangs_leaves_the_others_their_share_of_the_time() {
    let (hangs, asked) = server(|mut stream, told| {
        told(request(&mut stream).unwrap_or_default());
        let _ = stream.read(&mut [0]);
    });
    let (url, heard) = answering(OK);
    let begun = Instant::now();
    let (answers, _) = sent(receiver(&[&hangs, &url]), requests(20), Duration::from_secs(16));
    assert!(answers.len() == 20 && answers.iter().all(|answer| answer.outcome == DeliveryOutcome::Done), "{answers:?}");
    assert_eq!((asked.try_iter().count(), heard.try_iter().count()), (1, 20), "who hung is asked last from then on");
    assert!(begun.elapsed() >= Duration::from_secs(8), "it had its share: {:?}", begun.elapsed());
    let (answers, _) = sent(Endpoint { all: true, ..receiver(&[&hangs, &url]) }, requests(1), Duration::from_secs(6));
    assert_eq!(
        (answers[0].outcome, heard.try_iter().count()),
        (DeliveryOutcome::Later, 1),
        "the other has it: {answers:?}"
    );
}

#[test]
fn a_kept_connection_that_was_closed_is_opened_again() {
    let (url, heard) = server(|mut stream, told| {
        if let Ok(asked) = request(&mut stream) {
            told(asked);
            // Promises to stay open, and does not.
            stream.write_all(OK.as_bytes()).unwrap();
            let _ = stream.shutdown(Shutdown::Both);
        }
    });
    let (answers, _) = sent(receiver(&[&url]), requests(3), LONG);
    assert!(answers.iter().all(|answer| answer.outcome == DeliveryOutcome::Done), "{answers:?}");
    assert_eq!(heard.try_iter().count(), 3);
}

#[test]
fn a_proxy_of_the_order_is_asked_for_the_whole_url() {
    let (proxy, heard) = answering(OK);
    let by_proxy = Endpoint { proxy: Some(Secret(proxy)), ..receiver(&["http://receiver.invalid/hook"]) };
    let (answers, _) = sent(by_proxy, requests(1), LONG);
    assert_eq!(answers[0].outcome, DeliveryOutcome::Done, "{answers:?}");
    let asked = heard.recv().unwrap();
    assert!(asked.starts_with("POST http://receiver.invalid/hook HTTP/1.1\r\nHost: receiver.invalid\r\n"), "{asked}");
}

#[test]
fn an_order_of_another_version_is_left_alone_and_a_damaged_one_is_not_repeated() {
    assert_eq!(run("{\"version\":999,\"anything\":1}").0, 75);
    let (code, printed) = run("{\"version\":2,\"receiver\":{\"urls\":[\"SECRET\"],\"all\":\"SECRET\"}}");
    assert!(code == 65 && !printed.contains("SECRET"), "{printed}");
    let (code, printed) = run("");
    assert!(code == 65 && printed.contains("roundsman send --test NAME"), "{printed}");
}

/// An authority of this test, with certificates for two names; made by openssl.
struct Authority {
    directory: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        let authority = Self { directory: tempfile::tempdir().unwrap() };
        authority.openssl(&format!("req -x509 {KEY} -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem"));
        for name in ["localhost", "elsewhere.example"] {
            std::fs::write(authority.directory.path().join("names"), format!("subjectAltName=DNS:{name}")).unwrap();
            authority.openssl(&format!("req {KEY} -subj /CN={name} -keyout {name}.key -out {name}.csr"));
            let sign = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile names";
            authority.openssl(&format!("x509 -req -in {name}.csr {sign} -out {name}.pem"));
        }
        authority
    }

    fn openssl(&self, words: &str) {
        let directory = self.directory.path();
        let output = Command::new("openssl").args(words.split(' ')).current_dir(directory).output().expect("openssl");
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn pem(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("ca.pem")).unwrap()
    }

    /// Starts a web server of openssl's with the certificate of a name; it ends with the guard.
    fn serve(&self, name: &str) -> (u16, Ended) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let words = format!("s_server -accept 127.0.0.1:{port} -cert {name}.pem -key {name}.key -www -quiet");
        let mut command = Command::new("openssl");
        command.args(words.split(' ')).current_dir(self.directory.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let guard = Ended(command.spawn().unwrap());
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(20));
        }
        (port, guard)
    }
}

struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn tls_is_trusted_by_its_authority_and_its_name_alone() {
    let authority = Authority::new();
    let ask = |port: u16, ca: Option<String>| {
        let get = vec![DeliveryRequest { id: 1, method: Method::Get, headers: Vec::new(), body: Body::default() }];
        let (mut answers, _) = sent(Endpoint { ca, ..receiver(&[&format!("https://localhost:{port}/")]) }, get, LONG);
        answers.remove(0)
    };
    let (port, _guard) = authority.serve("localhost");
    let answer = ask(port, Some(authority.pem()));
    assert_eq!((answer.outcome, answer.status), (DeliveryOutcome::Done, Some(200)), "{answer:?}");
    // Its authority is not one of the host's.
    let answer = ask(port, None);
    assert!(
        answer.outcome == DeliveryOutcome::Later && answer.reason.starts_with("TLS with localhost: "),
        "{answer:?}"
    );
    let (port, _guard) = authority.serve("elsewhere.example");
    let answer = ask(port, Some(authority.pem()));
    assert!(answer.outcome == DeliveryOutcome::Later && answer.reason.contains("not valid for name"), "{answer:?}");
    let answer = ask(port, Some("no certificate".to_owned()));
    assert!(answer.reason.contains("no certificate of an authority is in `tls.ca`"), "{answer:?}");
}
