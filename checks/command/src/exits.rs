//! How a command may end, and what that means.

use roundsman_sdk::commands::Ending;
use roundsman_sdk::{Json, JsonWriter, Map, OptionValue, Problem, Status, Wrong};
use serde::Deserialize;

/// Any other code.
const ANY: &str = "*";
/// A signal, whichever.
const SIGNAL: &str = "signal";

/// The option `exits`: statuses by exit code.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Exits(Map<Status>);

/// The meaning of an ending.
#[derive(Debug, PartialEq)]
pub enum Meaning {
    /// The operator names this code: what the command printed is looked at too.
    Named(Status),
    /// Nobody knows what was printed then.
    Alone(Status, &'static str),
}

impl Default for Exits {
    fn default() -> Self {
        Self([("0", Status::Ok), (ANY, Status::Critical)].into_iter().collect())
    }
}

impl OptionValue for Exits {
    const TYPE: &'static str = "table";

    fn write(&self, json: &mut JsonWriter) -> bool {
        self.0.write(json)
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        Map::read(json).map(Self)
    }
}

impl Exits {
    /// A shell, `env` and most wrappers end with 126 and 127 where they could not run what they were to run: nothing is known
    /// then.
    pub fn meaning(&self, ending: &Ending) -> Meaning {
        let any = || self.0.get(ANY).copied().unwrap_or(Status::Critical);
        match ending {
            Ending::Signal(_) => Meaning::Alone(self.0.get(SIGNAL).copied().unwrap_or_else(any), "ended by a signal"),
            Ending::Code(code) => match (self.0.get(&code.to_string()), code) {
                (Some(status), _) => Meaning::Named(*status),
                (None, 0) => Meaning::Named(Status::Ok),
                (None, 126) => Meaning::Alone(Status::Unknown, "a program could not be executed"),
                (None, 127) => Meaning::Alone(Status::Unknown, "a program was not found"),
                (None, _) => Meaning::Alone(any(), "exits does not name it"),
            },
        }
    }

    pub fn problems(&self) -> Vec<Problem> {
        let is_code = |key: &str| key.parse::<u8>().is_ok_and(|code| code.to_string() == key);
        let wrong = self.0.keys().filter(|key| !is_code(key) && *key != ANY && *key != SIGNAL);
        let message = "is no exit code from 0 to 255, nor \"signal\", nor \"*\" for any other";
        wrong.map(|key| Problem::new(format!("exits.{key}"), message)).collect()
    }
}

/// The options that `exits` replaced.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Before {
    expected_exits: Option<Vec<i64>>,
    unexpected_exit: Option<String>,
}

/// Returns the option to write in place of `expected_exits` or `unexpected_exit`; `None` for any other key.
pub fn replaced(key: &str, config: &str) -> Option<String> {
    if key != "expected_exits" && key != "unexpected_exit" {
        return None;
    }
    let before: Before = roundsman_sdk::parse::json(config).unwrap_or_default();
    let codes = before.expected_exits.unwrap_or_else(|| vec![0]);
    let any = before.unexpected_exit.unwrap_or_else(|| "critical".into());
    let named = codes.iter().map(|code| format!("{code} = \"ok\""));
    let all: Vec<String> = named.chain([format!("\"*\" = {any:?}")]).collect();
    Some(format!("exits = {{ {} }}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exits(pairs: &[(&str, Status)]) -> Exits {
        Exits(pairs.iter().copied().collect())
    }

    #[test]
    fn codes_mean_what_the_operator_says_and_0_is_in_order() {
        let all = exits(&[("1", Status::Warning), ("signal", Status::Unknown), ("*", Status::Ok)]);
        for (ending, meaning) in [
            (Ending::Code(0), Meaning::Named(Status::Ok)),
            (Ending::Code(1), Meaning::Named(Status::Warning)),
            (Ending::Code(2), Meaning::Alone(Status::Ok, "exits does not name it")),
            (Ending::Code(126), Meaning::Alone(Status::Unknown, "a program could not be executed")),
            (Ending::Code(127), Meaning::Alone(Status::Unknown, "a program was not found")),
            (Ending::Signal(9), Meaning::Alone(Status::Unknown, "ended by a signal")),
        ] {
            assert_eq!(all.meaning(&ending), meaning);
        }
        assert_eq!(exits(&[]).meaning(&Ending::Signal(9)), Meaning::Alone(Status::Critical, "ended by a signal"));
        assert_eq!(exits(&[("127", Status::Ok)]).meaning(&Ending::Code(127)), Meaning::Named(Status::Ok));
        assert_eq!(exits(&[("0", Status::Critical)]).meaning(&Ending::Code(0)), Meaning::Named(Status::Critical));
    }

    #[test]
    fn what_is_no_code_is_a_problem() {
        let all = exits(&[("0", Status::Ok), ("255", Status::Ok), ("*", Status::Ok), ("signal", Status::Ok)]);
        assert_eq!(all.problems(), []);
        for wrong in ["256", "-1", "01", "+1", "", "SIGKILL", "1-3"] {
            assert_eq!(exits(&[(wrong, Status::Ok)]).problems()[0].key, format!("exits.{wrong}"));
        }
    }

    #[test]
    fn the_old_spelling_is_written_anew() {
        let anew = |config| replaced("expected_exits", config).unwrap();
        let both = r#"{"expected_exits": [0, 7], "unexpected_exit": "warning", "lines": 5}"#;
        assert_eq!(anew(both), "exits = { 0 = \"ok\", 7 = \"ok\", \"*\" = \"warning\" }");
        assert_eq!(anew(r#"{"unexpected_exit": "ok"}"#), "exits = { 0 = \"ok\", \"*\" = \"ok\" }");
        assert_eq!(anew(r#"{"expected_exits": "x"}"#), "exits = { 0 = \"ok\", \"*\" = \"critical\" }");
        assert_eq!(anew(r#"{"expected_exits": []}"#), "exits = { \"*\" = \"critical\" }");
        assert_eq!(replaced("exit", both), None);
    }
}
