//! Calls the host as often as it can; the option `call` says with what: `now`, `read`, `run` or `set`.

use roundsman_test_guests::{Check, Error, Failure, Outcome, component, failure, passed_on};
use roundsman_test_guests::{clock, commands, files, state};
use serde_json::{Map, Value};

struct Calls;

impl Check for Calls {
    const NAME: &'static str = "calls";

    fn run(options: Map<String, Value>) -> Result<Outcome, Failure> {
        let call = options.get("call").and_then(Value::as_str).unwrap_or("now");
        let argv: Vec<String> = vec!["/bin/true".into()];
        for round in 0_u64.. {
            let answer = match call {
                "now" => {
                    clock::now();
                    Ok(())
                }
                "read" => files::read("/proc/loadavg").map(drop),
                "run" => commands::run(&argv, None).map(drop),
                "set" => state::set(&round.to_string(), &[0; 1024]),
                other => return Err(failure(format!("no call {other}"))),
            };
            if let Err(error) = answer {
                return Err(passed_on(format!("call {round} of {call}: {error:?}"), error));
            }
        }
        Err(passed_on("the calls ran out".into(), Error::TimedOut))
    }
}

component!(Calls);
