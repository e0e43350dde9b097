//! From the ports to what is reported of them.

use roundsman_sdk::rates::Rates;
use roundsman_sdk::text::count;
use roundsman_sdk::{Outcome, Status, Subcheck};

use crate::options::Options;
use crate::port::Port;
use crate::{ONLINE, RATES, SPEED};

/// `broken` is what could not be looked at of all ports.
pub fn judge(ports: &[Port], rates: &Rates, broken: &[(&str, String)], options: &Options) -> Outcome {
    let mut outcome = Outcome::new(summary(ports, options));
    for port in ports {
        let ignored = options.ignore.iter().any(|it| named(port, it));
        outcome = outcome.subcheck(subcheck(port, ignored));
        if let Ok(state) = &port.state {
            outcome = outcome.metric(ONLINE.count(u64::from(online(state))).label("port", &port.name));
        }
        let speed = port.speed.as_ref().ok().copied().flatten();
        outcome = outcome.metrics(speed.map(|speed| SPEED.count(speed).label("port", &port.name)));
        for (counter, _) in &port.statistics {
            let rate = rates.get(&port.key(counter));
            outcome = outcome.metrics(rate.map(|rate| counter.rate.value(rate).label("port", &port.name)));
        }
    }
    for (part, error) in broken {
        outcome = outcome.subcheck(Subcheck::new("part", *part, error).judged(Status::Unknown));
    }
    for name in options.ignore.iter().filter(|name| !ports.iter().any(|port| named(port, name))) {
        outcome = outcome.detail(format!("{name} is ignored, and there is no such port"));
    }
    // Where not all could be looked at, what is missing may be there.
    let seen = broken.iter().all(|(part, _)| *part == RATES);
    outcome.judged(if seen && ports.len() < options.expected { Status::Critical } else { Status::Ok }).bounded("ports")
}

fn summary(ports: &[Port], options: &Options) -> String {
    let online = ports.iter().filter(|port| port.state.as_deref().is_ok_and(online)).count();
    let found = match ports.len() {
        0 => "no Fibre Channel ports".to_owned(),
        all => format!("{online} of {} online", count(all, "Fibre Channel port")),
    };
    match options.expected {
        0 => found,
        expected => format!("{found}, {expected} expected"),
    }
}

fn subcheck(port: &Port, ignored: bool) -> Subcheck {
    let mut facts = Vec::new();
    let mut status = Status::Ok;
    match &port.state {
        Ok(state) => {
            facts.push(state.clone());
            status = if online(state) { Status::Ok } else { Status::Critical };
        }
        Err(error) => {
            facts.push(error.clone());
            status = status.worse(Status::Unknown);
        }
    }
    match &port.speed {
        Ok(Some(speed)) => facts.push(format!("{speed} Gbit/s")),
        Ok(None) => facts.push("no speed negotiated".into()),
        Err(error) => {
            facts.push(error.clone());
            status = status.worse(Status::Unknown);
        }
    }
    facts.extend(port.port_name.as_ref().map(|name| format!("port {name}")));
    facts.extend(port.node_name.as_ref().map(|name| format!("node {name}")));
    if !port.broken.is_empty() {
        facts.extend(port.broken.iter().cloned());
        status = status.worse(Status::Unknown);
    }
    if ignored {
        facts.push("ignored".into());
        status = Status::Ok;
    }
    Subcheck::new("port", &port.name, facts.join(", ")).judged(status)
}

fn online(state: &str) -> bool {
    state == "Online"
}

fn named(port: &Port, name: &str) -> bool {
    port.name == name || port.port_name.as_deref() == Some(name)
}
