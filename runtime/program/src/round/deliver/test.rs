//! One delivery for a person who looks on: nothing of it is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use jiff::Timestamp;
use roundsman_order::{DeliveryAnswer, DeliveryOutcome};

use super::{News, order, sender, start, state, values};
use roundsman_config::{ChangesSettings, Config, RESERVED, Receiver, ReceiverFormat, ReceiverWay};
use roundsman_contract::Status;
use roundsman_store::cursors::Cursors;
use roundsman_verdict::check_status::CheckStatus;
use roundsman_verdict::delivery::message::{self, AlertAction, Letterhead, Message};
use roundsman_verdict::delivery::receiver_place::ReceiverPlace;
use roundsman_verdict::delivery::subject::Subject;
use roundsman_verdict::delivery::template::Template;

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
            fault: (answer.outcome != DeliveryOutcome::Done).then_some(answer.reason),
            question: answer.question,
            answer: answer.answer,
        },
        Err(fault) => Tested { question: None, answer: None, fault: Some(fault) },
    }
}

fn send(config: &Config, receiver: &Receiver, head: &Letterhead<'_>) -> Result<DeliveryAnswer, String> {
    let deadline = Instant::now() + config.delivery.deadline;
    let request = match &receiver.format {
        ReceiverFormat::Ping => order::ping(),
        ReceiverFormat::Webhook(webhook) => {
            let message = present(config, &webhook.changes, head)?;
            message.request(0, &webhook.body, order::names_its_type(receiver), head)
        }
        ReceiverFormat::JsonChanges(changes) => {
            let message = present(config, changes, head)?;
            message.request(0, &Template::default(), order::names_its_type(receiver), head)
        }
        ReceiverFormat::JsonState(only) => state::all(&checks(config)?, only, order::names_its_type(receiver), head),
        ReceiverFormat::Mail(mail) => order::letter(&present(config, &mail.changes, head)?, 0, mail, head),
        ReceiverFormat::Icinga(icinga) => state::run_of_itself(&checks(config)?, icinga, head)
            .ok_or_else(|| "no round has ended yet, so that there is nothing to say: roundsman run".to_owned())?,
        ReceiverFormat::Alertmanager(only) => {
            state::alerts_of(&checks(config)?, only, &BTreeSet::new(), config.run.tick, head).0
        }
        ReceiverFormat::Values(wanted) => values::present(&checks(config)?, wanted, receiver, head),
    };
    let (question, shown) = (request.body.text(), matches!(receiver.way, ReceiverWay::Command(_)));
    let started = start(config, receiver, (vec![request], Vec::new()), &[], head, deadline, true)?;
    let mut came = Err("no answer before the deadline of the delivery (delivery.deadline)".to_owned());
    sender::collect(vec![started], deadline, &mut |_, answer| match answer {
        sender::SenderAnswers::Answer(answer) => came = Ok(*answer),
        sender::SenderAnswers::Ended(_, complaint) if came.is_err() => {
            let silent = complaint.is_empty();
            came = Err(if silent { "its process ended without an answer".to_owned() } else { complaint });
        }
        sender::SenderAnswers::Ended(..) | sender::SenderAnswers::Silent => {}
    });
    // A program gets the body and nothing else.
    came.map(|answer| if shown { DeliveryAnswer { question: Some(question), ..answer } } else { answer })
}

fn checks(config: &Config) -> Result<BTreeMap<String, CheckStatus>, String> {
    let news = News::read(config, &Cursors::new()).map_err(|error| error.to_string())?;
    Ok(news.results.checks)
}

/// Returns the message about what is wrong now.
fn present(config: &Config, changes: &ChangesSettings, head: &Letterhead<'_>) -> Result<Message, String> {
    let news = News::read(config, &Cursors::new()).map_err(|error| error.to_string())?;
    let plan = news.plan(config, None, changes, false, head.now.at);
    Ok(plan.messages.into_iter().next().unwrap_or_else(|| all_is_well(head.output, head.now.at)))
}

fn all_is_well(output: &str, now: Timestamp) -> Message {
    let news = message::News {
        subject: Subject::of(RESERVED, None),
        event: AlertAction::Resolve,
        status: Some(Status::Ok),
        was: None,
        since: None,
        was_since: None,
        summary: format!("a test of the output {output}; nothing that it would be told of is in trouble"),
        stamp: format!("test {now}"),
        begun: None,
    };
    Message { news: vec![news], place: ReceiverPlace::default() }
}
