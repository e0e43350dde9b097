//! A receiver that speaks HTTP, the protocol of a Zabbix trapper or SMTP, and has the fault that a test wants.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http,
    Trapper,
    Smtp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Hears all, and says nothing.
    Hangs,
    /// Answers byte by byte, a second apart.
    Drips,
    /// Closes the connection in the middle of its answer.
    Closes,
    /// Answers with this status line and these headers, as HTTP has them.
    Says(&'static str),
    /// Answers status 400 where this is in the request, and takes what it is not in.
    Refuses(&'static str),
}

pub struct Server {
    pub port: u16,
    fault: Arc<Mutex<Fault>>,
    heard: Receiver<String>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub fn new(protocol: Protocol) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (fault, (told, heard)) = (Arc::new(Mutex::new(Fault::None)), channel());
        let of_server = fault.clone();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = Connection {
                    stream: stream.expect("a connection"),
                    fault: *of_server.lock().expect("a fault"),
                    told: told.clone(),
                };
                counted.fetch_add(1, Ordering::Relaxed);
                // One that hangs holds up no other.
                thread::spawn(move || connection.serve(protocol));
            }
        });
        Self { port, fault, heard, connections }
    }

    /// Has this fault from the next connection on.
    pub fn have(&self, fault: Fault) {
        *self.fault.lock().expect("a fault") = fault;
    }

    /// Waits until something is heard, and returns it.
    #[track_caller]
    pub fn wait(&self) -> Vec<String> {
        let first = self.heard.recv_timeout(Duration::from_secs(60)).expect("something is heard");
        std::iter::once(first).chain(self.heard.try_iter()).collect()
    }

    /// Returns how many have connected.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Returns what was heard since the last look.
    pub fn heard(&self) -> Vec<String> {
        self.heard.try_iter().collect()
    }
}

/// Returns a port at which nobody listens.
pub fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port()
}

struct Connection {
    stream: TcpStream,
    fault: Fault,
    told: Sender<String>,
}

impl Connection {
    /// Serves until the other side closes, or the fault ends it.
    fn serve(mut self, protocol: Protocol) {
        let _ = match protocol {
            Protocol::Http => self.http(),
            Protocol::Trapper => self.trapper(),
            Protocol::Smtp => self.smtp(),
        };
    }

    fn http(&mut self) -> io::Result<()> {
        loop {
            let head = self.until("\r\n\r\n")?;
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
            self.stream.read_exact(&mut body)?;
            // Of what is no text each byte is a character.
            let body = String::from_utf8(body)
                .unwrap_or_else(|it| it.as_bytes().iter().map(|byte| char::from(*byte)).collect());
            let status = match self.fault {
                Fault::Says(status) => status,
                Fault::Refuses(what) if body.contains(what) => "400 Bad Request\r\n",
                _ => "200 OK\r\n",
            };
            self.tell(head + &body);
            self.say(format!("HTTP/1.1 {status}Content-Length: 2\r\n\r\nok").as_bytes())?;
        }
    }

    fn trapper(&mut self) -> io::Result<()> {
        let mut head = [0; 13];
        self.stream.read_exact(&mut head)?;
        let length = u32::from_le_bytes(head[5..9].try_into().expect("four bytes"));
        let mut body = vec![0; length as usize];
        self.stream.read_exact(&mut body)?;
        let body = String::from_utf8(body).expect("UTF-8");
        let refused = if matches!(self.fault, Fault::Refuses(_)) { 1 } else { 0 };
        let taken = body.matches("\"key\":").count() - refused;
        self.tell(body);
        let info = format!("processed: {taken}; failed: {refused}; total: 9; seconds spent: 0.000100");
        let answer = format!("{{\"response\":\"success\",\"info\":\"{info}\"}}");
        let length = u32::try_from(answer.len()).expect("a length").to_le_bytes();
        self.say(&[b"ZBXD\x01", &length[..], &[0; 4], answer.as_bytes()].concat())
    }

    fn smtp(&mut self) -> io::Result<()> {
        self.say(b"220 here ESMTP\r\n")?;
        loop {
            let line = self.until("\r\n")?;
            let answer = match line.get(..4).unwrap_or_default() {
                "RCPT" if matches!(self.fault, Fault::Refuses(_)) => "550 there is no such user",
                "RCPT" if matches!(self.fault, Fault::Says(_)) => "450 not now",
                "DATA" => {
                    self.stream.write_all(b"354 go on\r\n")?;
                    let mail = self.until("\r\n.\r\n")?;
                    self.tell(mail);
                    "250 taken"
                }
                "QUIT" => "221 bye",
                _ => "250 here",
            };
            self.stream.write_all(format!("{answer}\r\n").as_bytes())?;
        }
    }

    fn tell(&self, text: String) {
        // Nobody listens any more where the test is over.
        let _ = self.told.send(text);
    }

    /// Reads to the end of this.
    fn until(&mut self, end: &str) -> io::Result<String> {
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(end.as_bytes()) {
            self.stream.read_exact(&mut byte)?;
            text.push(byte[0]);
        }
        Ok(String::from_utf8(text).expect("UTF-8"))
    }

    /// Answers as the fault has it.
    fn say(&mut self, answer: &[u8]) -> io::Result<()> {
        let ended = || Err(io::ErrorKind::ConnectionAborted.into());
        match self.fault {
            Fault::Hangs => {
                let _ = self.stream.read(&mut [0; 1]);
                ended()
            }
            Fault::Drips => {
                for byte in answer {
                    sleep(Duration::from_secs(1));
                    self.stream.write_all(&[*byte])?;
                }
                Ok(())
            }
            Fault::Closes => {
                self.stream.write_all(&answer[..answer.len() / 2])?;
                self.stream.shutdown(Shutdown::Both)?;
                ended()
            }
            Fault::None | Fault::Says(_) | Fault::Refuses(_) => self.stream.write_all(answer),
        }
    }
}
