//! A check in Rust for `wasm32-wasip2`: what its option `do` says, by the standard library, and by WASI itself where that has
//! more.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, SystemTime};

wit_bindgen::generate!({ path: "../../../../wit", world: "base" });

use exports::roundsman::check::guest::{Failure, Guest, Outcome};
use roundsman::check::types::Status;

struct Speaks;

impl Guest for Speaks {
    fn describe() -> String {
        // What it sees of the host meanwhile, for whoever inspects it.
        let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let file = std::fs::read("/etc/hostname").is_ok();
        let options = r#"[{"key":"do","type":"text","help":"what it does"}]"#;
        format!(r#"{{"name":"speaks","version":"0.1.0","summary":"clock {clock}, file {file}","options":{options}}}"#)
    }

    fn validate(_: String) -> String {
        "{}".to_owned()
    }

    fn run(config: String) -> Result<Outcome, Failure> {
        let asked = config.split('"').nth(3).unwrap_or_default();
        let none = Vec::new;
        Ok(Outcome {
            status: Status::Ok,
            summary: act(asked),
            details: none(),
            subchecks: Vec::new(),
            metrics: Vec::new(),
            extra: Vec::new(),
        })
    }
}

export!(Speaks);

fn act(asked: &str) -> String {
    match asked {
        "print" => {
            println!("to standard output");
            eprintln!("to standard error");
            "printed".to_owned()
        }
        "panic" => panic!("no such disk"),
        "exit" => std::process::exit(3),
        "time" => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis().to_string(),
        "random" => RandomState::new().hash_one(1).to_string(),
        "open" => shown(std::fs::read_to_string("/etc/hostname")),
        "write" => shown(std::fs::write("/tmp/written", "x")),
        "connect" => shown(std::net::TcpStream::connect("127.0.0.1:9").map(|_| ())),
        "listen" => shown(std::net::TcpListener::bind("127.0.0.1:0").map(|_| ())),
        "send" => shown(std::net::UdpSocket::bind("0.0.0.0:0").map(|_| ())),
        "name" => shown(std::net::ToSocketAddrs::to_socket_addrs("localhost:80").map(|_| ())),
        "program" => shown(std::process::Command::new("/bin/true").spawn().map(|_| ())),
        "directory" => shown(std::fs::read_dir("/").map(|_| ())),
        "environment" => format!("{:?} {:?}", std::env::vars().count(), std::env::args().count()),
        "input" => shown(std::io::read_to_string(std::io::stdin())),
        "thread" => shown(std::thread::Builder::new().spawn(|| ()).map(|_| ())),
        "sleep" => {
            std::thread::sleep(Duration::from_millis(50));
            "slept".to_owned()
        }
        "sleep forever" => {
            std::thread::sleep(Duration::from_secs(1_000_000));
            "woke".to_owned()
        }
        "flood" => {
            (0..1_000_000).for_each(|number| println!("line {number}"));
            "flooded".to_owned()
        }
        "flood without lines" => {
            (0..1_000_000).for_each(|_| eprint!("{}", "x".repeat(100)));
            "flooded".to_owned()
        }
        hostile => wasi(hostile),
    }
}

/// Calls WASI itself.
fn wasi(asked: &str) -> String {
    use wasip2::sockets::{instance_network, ip_name_lookup, network, tcp_create_socket, udp_create_socket};
    match asked {
        "huge random" => wasip2::random::random::get_random_bytes(1 << 30).len().to_string(),
        "random for ever" => loop {
            wasip2::random::random::get_random_bytes(64 << 10);
        },
        "time for ever" => loop {
            wasip2::clocks::wall_clock::now();
        },
        "many timers" => {
            let timers = (0..100_000).map(|_| wasip2::clocks::monotonic_clock::subscribe_duration(1));
            timers.collect::<Vec<_>>().len().to_string()
        }
        "many pollables" => {
            let timer = wasip2::clocks::monotonic_clock::subscribe_duration(u64::MAX);
            wasip2::io::poll::poll(&[&timer]).len().to_string()
        }
        "huge zeroes" => {
            let stream = wasip2::cli::stdout::get_stdout();
            shown(stream.write_zeroes(1 << 40))
        }
        "tcp" => shown(tcp_create_socket::create_tcp_socket(network::IpAddressFamily::Ipv4).map(|_| ())),
        "udp" => shown(udp_create_socket::create_udp_socket(network::IpAddressFamily::Ipv6).map(|_| ())),
        "lookup" => {
            let network = instance_network::instance_network();
            shown(ip_name_lookup::resolve_addresses(&network, "localhost").and_then(|found| {
                found.subscribe().block();
                found.resolve_next_address()
            }))
        }
        "http" => {
            let request = wasip2::http::types::OutgoingRequest::new(wasip2::http::types::Fields::new());
            shown(wasip2::http::outgoing_handler::handle(request, None).map(|_| ()))
        }
        other => format!("no such act: {other}"),
    }
}

/// What came of an attempt.
fn shown<T: std::fmt::Debug, E: std::fmt::Debug>(result: Result<T, E>) -> String {
    format!("{result:?}")
}
