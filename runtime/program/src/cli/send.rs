//! `send --test NAME`: one delivery now, for who sets up an output.

use super::{exit, print};
use crate::round::deliver::{Tested, letterhead, try_out};
use crate::round::machine;
use roundsman_config::{Config, Places, Receiver};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Deliver the present state to this output, print request and answer without secrets, and store nothing
    #[arg(long, value_name = "NAME", required = true)]
    test: String,
}

/// Runs the command: exit 0 where the receiver took it.
pub fn send(args: &Args, places: &Places) -> u8 {
    let config = match super::loaded(places) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let Some(receiver) = config.receivers.iter().find(|receiver| receiver.name == args.test) else {
        print::complain(&unknown(&config, &args.test));
        return exit::USAGE;
    };
    let machine = machine();
    let mut head = letterhead(&config, &machine);
    head.output = &receiver.name;
    told(receiver, try_out(&config, receiver, &head))
}

fn told(receiver: &Receiver, tested: Tested) -> u8 {
    let Tested { question, answer, fault } = tested;
    let question = question.map(|text| format!("{}\n", indented("> ", &text)));
    let answer = answer.map(|text| format!("{}\n", indented("< ", &text)));
    let printed = print::page(&[question, answer].into_iter().flatten().collect::<String>());
    match fault {
        Some(fault) => {
            print::complain(&format!("output {}: {fault}", receiver.name));
            exit::NOT_STORED
        }
        None => printed,
    }
}

fn indented(mark: &str, text: &str) -> String {
    text.lines().map(|line| format!("{mark}{line}")).collect::<Vec<_>>().join("\n")
}

fn unknown(config: &Config, name: &str) -> String {
    if config.outputs.iter().any(|output| output.name == name) {
        return format!("the output `{name}` is a file, which each round writes: there is nothing to send");
    }
    let known: Vec<&str> = config.receivers.iter().map(|receiver| receiver.name.as_str()).collect();
    format!("there is no output `{name}` with a `url` or a `command`{}", super::nearest_known(name, &known))
}
