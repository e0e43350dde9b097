//! One delivery for a person who looks on: nothing of it is kept.

use std::time::Instant;

use jiff::Timestamp;
use roundsman_order::{Answer, Outcome};

use super::{News, order, sender, start, values};
use roundsman_config::{Config, RESERVED, Receiver, ReceiverFormat, Way};
use roundsman_contract::Status;
use roundsman_store::cursors::Cursors;
use roundsman_verdict::delivery::cursor::Place;
use roundsman_verdict::delivery::message::{self, Event, Letterhead, Message};
use roundsman_verdict::delivery::subject::Subject;

/// What came of a test.
#[derive(Debug)]
pub struct Tested {
    /// What was sent, secrets masked; `None` where nothing was.
    pub question: Option<String>,
    pub answer: Option<String>,
    /// Why it did not arrive; `None` where it did.
    pub fault: Option<String>,
}

/// Delivers the present state to one receiver: what is bad now, or that nothing is.
#[must_use]
pub fn try_out(config: &Config, receiver: &Receiver, head: &Letterhead<'_>) -> Tested {
    match send(config, receiver, head) {
        Ok(answer) => Tested {
            fault: (answer.outcome != Outcome::Done).then_some(answer.reason),
            question: answer.question,
            answer: answer.answer,
        },
        Err(fault) => Tested { question: None, answer: None, fault: Some(fault) },
    }
}

fn send(config: &Config, receiver: &Receiver, head: &Letterhead<'_>) -> Result<Answer, String> {
    let deadline = Instant::now() + config.delivery.deadline;
    let request = match &receiver.format {
        ReceiverFormat::Ping => order::ping(),
        ReceiverFormat::Webhook(webhook) => {
            let news = News::read(config, &Cursors::new()).map_err(|error| error.to_string())?;
            let plan = news.plan(config, None, webhook, head.now.at);
            let message = plan.messages.into_iter().next().unwrap_or_else(|| all_is_well(&receiver.name, head.now.at));
            message.request(0, &webhook.body, order::names_its_type(receiver), head)
        }
        ReceiverFormat::Values(wanted) => {
            let news = News::read(config, &Cursors::new()).map_err(|error| error.to_string())?;
            values::present(&news.results.checks, wanted, receiver, head)
        }
    };
    let (question, shown) = (request.body.text(), matches!(receiver.way, Way::Command(_)));
    let started = start(config, receiver, vec![request], Vec::new(), head, deadline, true)?;
    let mut came = Err("no answer before the deadline of the delivery (delivery.deadline)".to_owned());
    sender::collect(vec![started], deadline, &mut |_, heard| match heard {
        sender::Heard::Answer(answer) => came = Ok(*answer),
        sender::Heard::Ended(_, complaint) if came.is_err() => came = Err(complaint),
        sender::Heard::Ended(..) | sender::Heard::Silent => {}
    });
    // A program gets the body and nothing else.
    came.map(|answer| if shown { Answer { question: Some(question), ..answer } } else { answer })
}

fn all_is_well(output: &str, now: Timestamp) -> Message {
    let news = message::News {
        subject: Subject::of(RESERVED, None),
        event: Event::Resolve,
        status: Some(Status::Ok),
        was: None,
        since: None,
        summary: format!("a test of the output {output}; nothing that it would be told of is in trouble"),
        stamp: format!("test {now}"),
        begun: None,
    };
    Message { news: vec![news], place: Place::default() }
}
