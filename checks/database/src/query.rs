//! The granted commands, each of which puts one query to a database.

use roundsman_sdk::commands::{self, Command, Ending, GrantedCommand};
use roundsman_sdk::text::cut;
use roundsman_sdk::{Failure, Problem};

/// Characters of a query that name it, where its command has no id.
const NAME: usize = 60;

/// A query, and what its client printed or why nothing.
pub struct Query {
    pub name: String,
    pub printed: Result<Printed, Failure>,
}

/// The command of a client with the text that it printed, and how long it took in seconds.
pub struct Printed {
    pub command: Command,
    pub text: String,
    pub duration: f64,
}

/// Runs each granted command. One that fails hides no other.
pub fn read() -> Result<Vec<Query>, Failure> {
    let mut queries: Vec<Query> = Vec::new();
    for it in &commands::all_granted()? {
        let name = name(it);
        if queries.iter().any(|query| query.name == name) {
            let message = format!("two granted commands are called \"{name}\": give each an id of its own");
            return Err(Failure::options(vec![Problem::new("", message)]));
        }
        queries.push(Query { printed: printed(it), name });
    }
    Ok(queries)
}

/// Returns the id, or else the query, which is the last argument of each client.
fn name(granted: &GrantedCommand) -> String {
    let last = granted.argv.last().map(|it| cut(it.trim(), NAME)).unwrap_or_default();
    granted.id.clone().unwrap_or(last)
}

fn printed(granted: &GrantedCommand) -> Result<Printed, Failure> {
    if !granted.literal {
        return Err(Failure::new(format!("{} has wildcards: grant the whole argv", granted.argv.join(" "))));
    }
    let command = Command::new(granted.argv.iter().cloned());
    let completed = command.run()?;
    if completed.ending != Ending::Code(0) {
        return Err(completed.failure(&command));
    }
    Ok(Printed { text: completed.text(&command)?.to_owned(), duration: completed.duration as f64 / 1e9, command })
}
