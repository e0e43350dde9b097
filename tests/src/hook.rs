//! A web server on a thread of a test, which keeps what it is asked and answers as the test wants.
#![expect(clippy::disallowed_methods, reason = "a server beside the test that asks it")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::Value;

/// A receiver on a thread of the test: answers each request with what `answer` says, `None` for silence.
pub struct Hook {
    pub url: String,
    pub heard: Receiver<String>,
}

impl Hook {
    /// Answers by the number of the request.
    pub fn new(answer: impl Fn(usize) -> Option<&'static str> + Send + 'static) -> Self {
        Self::answering(move |_, number| answer(number))
    }

    /// Answers by the request and its number.
    ///
    /// # Panics
    /// There is no port.
    pub fn answering(answer: impl Fn(&str, usize) -> Option<&'static str> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let (told, heard) = channel();
        thread::spawn(move || {
            let (mut number, mut silent) = (0, Vec::new());
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                while let Some(request) = request(&mut stream) {
                    let said = answer(&request, number);
                    let _ = told.send(request);
                    number += 1;
                    let Some(answer) = said else {
                        silent.push(stream);
                        break;
                    };
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        });
        Self { url, heard }
    }

    #[must_use]
    pub fn ok() -> Self {
        Self::new(|_| Some(OK))
    }

    /// Returns what was heard since the last look.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.heard.try_iter().collect()
    }

    /// Returns the texts of the messages that were heard since the last look.
    ///
    /// # Panics
    /// One has no text.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.heard().iter().map(|request| body(request)["text"].as_str().expect("a text").to_owned()).collect()
    }
}

pub const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
pub const AWAY: &str = "HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n";
pub const WRONG: &str = "HTTP/1.1 400 Wrong\r\nContent-Length: 0\r\n\r\n";

fn request(stream: &mut TcpStream) -> Option<String> {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        text.push(char::from(byte[0]));
    }
    let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
    stream.read_exact(&mut body).ok()?;
    Some(text + &String::from_utf8(body).expect("UTF-8"))
}

/// Reads the body of a request.
///
/// # Panics
/// It is no JSON.
#[must_use]
pub fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
}
