//! From the queues to what is reported of them.

use roundsman_sdk::text::{count, duration, size};
use roundsman_sdk::{Outcome, Part};

use crate::queue::{Oldest, Queue, Queues};
use crate::{MESSAGES, OLDEST_AGE, SIZE};

/// Reports each of them; `now` is in seconds since 1970 UTC.
pub fn judge(queues: &Queues, now: i64) -> Outcome {
    let all: u64 = queues.0.iter().map(|(_, queue)| queue.messages).sum();
    let oldest = queues.0.iter().filter_map(|(_, queue)| age(queue, now)).max();
    let oldest = oldest.map(|age| format!(", the oldest for {}", duration(age))).unwrap_or_default();
    let mut outcome = Outcome::new(match all {
        0 => "no messages wait".to_owned(),
        all => format!("{} waiting{oldest}", messages(all)),
    });
    for (name, queue) in &queues.0 {
        outcome = outcome.part("queue", name, Ok::<Part, roundsman_sdk::Failure>(part(queue, now)));
    }
    outcome.bounded("queues")
}

fn part(queue: &Queue, now: i64) -> Part {
    let age = age(queue, now);
    let mut facts = vec![messages(queue.messages)];
    facts.extend(queue.size.map(size));
    facts.extend(age.map(|age| format!("the oldest for {}", duration(age))));
    Part::new(facts.join(", "))
        .metric(MESSAGES.count(queue.messages))
        .metrics(queue.size.map(|bytes| SIZE.count(bytes)))
        .metrics(age.map(|age| OLDEST_AGE.count(age)))
}

fn messages(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "message")
}

/// Returns the age in seconds; one that came in the future, by another clock, has none.
fn age(queue: &Queue, now: i64) -> Option<u64> {
    match queue.oldest? {
        Oldest::At(came) => Some(u64::try_from(now.saturating_sub(came)).unwrap_or(0)),
        Oldest::Age(age) => Some(age),
    }
}
