//! Delivers the requests of one order, in their order, each to the first URL that answers, or to all.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use roundsman_order::{DeliveryAnswer, DeliveryOutcome, DeliveryRequest, Endpoint, Order};
use rustls::ClientConfig;

use crate::connect::{Stream, connect};
use crate::request::{Question, bytes, compose};
use crate::response::{self, Response, ResponseError};
use crate::trapper::{self, TrapperAnswer};
use crate::{mend, otlp, outcome, tls};
use roundsman_order::url::{TRAPPER, Url};

/// Questions about the parts of one body: what is left after so many is refused as it is.
const MOST_QUESTIONS: usize = 200;

/// Delivers until a request has to wait, and writes a line for each that was answered.
pub(crate) fn deliver(order: &Order, deadline: Instant, answers: &mut dyn Write) {
    let away = BTreeSet::new();
    let mut line = Line { receiver: &order.receiver, deadline, open: None, tls: None, away };
    for request in &order.requests {
        let answer = line.ask_parts(request, order.verbose);
        let waits = holds_up(&answer, &order.receiver);
        // Plain data, of which nothing fails to serialize; who does not read any more has ended.
        let text = serde_json::to_string(&answer).unwrap_or_default();
        if writeln!(answers, "{text}").and_then(|()| answers.flush()).is_err() || waits {
            return;
        }
    }
}

/// Shortens what a person is shown, so that the line of an answer has room for it: JSON makes six bytes of a control character.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 4 << 10;
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(SHOWN);
    format!("{} ... ({} bytes more)", &text[..end], text.len() - end)
}

/// Tells whether what is behind this request waits for it: it is asked again. Only what is of objects apart goes on.
fn holds_up(answer: &DeliveryAnswer, receiver: &Endpoint) -> bool {
    let is_in_trouble = answer.outcome == DeliveryOutcome::Refused && is_trouble(answer.status);
    answer.outcome == DeliveryOutcome::Later || (is_in_trouble && !receiver.names_objects)
}

/// Tells whether a refusal may be of the receiver, and not of what it was asked.
fn is_trouble(status: Option<u16>) -> bool {
    status.is_none_or(|status| status >= 500)
}

/// The way to one receiver.
struct Line<'o> {
    receiver: &'o Endpoint,
    deadline: Instant,
    /// A connection that another request may use, and the URL that it leads to.
    open: Option<(Url, Stream)>,
    tls: Option<Arc<ClientConfig>>,
    /// The URLs, by their number, from which a request of this order had no answer.
    away: BTreeSet<usize>,
}

impl Line<'_> {
    /// Asks for the whole body; where that is refused for its halves, until the parts are found that the receiver does not take.
    fn ask_parts(&mut self, request: &DeliveryRequest, verbose: bool) -> DeliveryAnswer {
        let all = request.body.parts.len();
        let (mut open, mut questions) = (std::iter::once(0..all).collect::<Vec<_>>(), 0);
        // Parts, and values of parts that were taken.
        let (mut refused, mut dropped) = (0, 0);
        let (mut last, mut reason) = (answer(request, DeliveryOutcome::Done, String::new()), String::new());
        while let Some(parts) = open.pop() {
            let asked = self.ask_all(request, parts.clone(), verbose);
            questions += 1;
            let is_parted = parts.len() > 1 && questions < MOST_QUESTIONS;
            match asked.outcome {
                // What was taken meanwhile is sent again, which every receiver of parts can take.
                DeliveryOutcome::Later => return asked,
                DeliveryOutcome::Done => {
                    dropped += asked.dropped;
                    // A part that was taken whole does not hide why another was not.
                    if reason.is_empty() {
                        reason.clone_from(&asked.reason);
                    }
                    last = asked;
                }
                DeliveryOutcome::Refused if is_parted && !is_trouble(asked.status) => {
                    let middle = parts.start + parts.len() / 2;
                    open.extend([middle..parts.end, parts.start..middle]);
                }
                DeliveryOutcome::Refused if parts.len() == all || is_trouble(asked.status) => return asked,
                DeliveryOutcome::Refused => {
                    refused += parts.len();
                    reason.clone_from(&asked.reason);
                    if last.status.is_none() {
                        last = DeliveryAnswer { dropped: 0, ..asked };
                    }
                }
            }
        }
        let outcome = if refused == all && all > 0 { DeliveryOutcome::Refused } else { DeliveryOutcome::Done };
        DeliveryAnswer { outcome, dropped: dropped + refused as u64, reason, ..last }
    }

    /// Asks the URLs in turn, those last from which no answer came before. With `all` each is asked, and all have to have the
    /// request before it is done.
    fn ask_all(&mut self, request: &DeliveryRequest, parts: Range<usize>, verbose: bool) -> DeliveryAnswer {
        let receiver = self.receiver;
        let mut order: Vec<(usize, &str)> = receiver.urls.iter().map(|url| url.0.as_str()).enumerate().collect();
        order.sort_by_key(|(number, _)| self.away.contains(number));
        let mut worst: Option<DeliveryAnswer> = None;
        for (asked_before, (number, url)) in order.iter().enumerate() {
            let until = self.share(order.len() - asked_before);
            let asked = self.ask(url, request, parts.clone(), verbose, until);
            if asked.outcome == DeliveryOutcome::Later && asked.status.is_none() {
                self.away.insert(*number);
            }
            // Nobody is there, or in trouble: the next one may be the one that works.
            let goes_on = receiver.all || asked.outcome == DeliveryOutcome::Later;
            let is_worse = |before: &DeliveryAnswer| !receiver.all || rank(asked.outcome) > rank(before.outcome);
            if worst.as_ref().is_none_or(is_worse) {
                worst = Some(asked);
            }
            if !goes_on {
                break;
            }
        }
        worst.unwrap_or_else(|| answer(request, DeliveryOutcome::Later, "the output has no `url`".to_owned()))
    }

    /// Returns when the next of so many URLs has had its share of the time: one that is silent leaves the others theirs.
    fn share(&self, urls: usize) -> Instant {
        let now = Instant::now();
        let left = self.deadline.saturating_duration_since(now);
        now + left / u32::try_from(urls).unwrap_or(u32::MAX)
    }

    fn ask(
        &mut self,
        url: &str,
        request: &DeliveryRequest,
        parts: Range<usize>,
        verbose: bool,
        until: Instant,
    ) -> DeliveryAnswer {
        let later = |reason: String| answer(request, DeliveryOutcome::Later, reason);
        if url.starts_with(TRAPPER) {
            return ask_trapper(url, request, parts, verbose, until);
        }
        let parsed = Url::parse(url).and_then(|url| {
            let proxy = self.receiver.proxy.as_ref().map(|proxy| Url::parse(&proxy.0)).transpose()?;
            Ok((url, proxy))
        });
        let (url, proxy) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return later(error.to_string()),
        };
        let question = match compose(&url, self.receiver, request, parts, proxy.is_some() && !url.is_tls) {
            Ok(question) => question,
            Err(error) => return later(error.to_string()),
        };
        let shown = |answer: DeliveryAnswer, said: Option<String>| DeliveryAnswer {
            question: verbose.then(|| shortened(&question.shown)),
            answer: said.filter(|_| verbose).map(|said| shortened(&said)),
            ..answer
        };
        match self.exchange(&url, proxy.as_ref(), &question, until) {
            Ok(response) => {
                let Response { status, retry_after, body, .. } = response;
                let of_object = if self.receiver.names_objects { outcome::of_object(status, &body) } else { None };
                let (outcome, reason) = of_object.unwrap_or_else(|| outcome::of_status(status));
                // Of such a body the answer counts what was not taken of it.
                let is_counted = request.body.is_binary && outcome == DeliveryOutcome::Done;
                let dropped = if is_counted { otlp::rejected(&body) } else { 0 };
                let reason = if dropped > 0 { outcome::REJECTED.to_owned() } else { reason };
                let said = format!("{status}\n{}", String::from_utf8_lossy(&body));
                shown(
                    DeliveryAnswer { status: Some(status), retry_after, dropped, ..answer(request, outcome, reason) },
                    Some(said),
                )
            }
            Err(reason) => shown(later(reason), None),
        }
    }

    /// Sends a question and reads the answer. A connection that was kept may have been closed meanwhile: then once more on a new
    /// one, as receivers take a request twice.
    fn exchange(
        &mut self,
        url: &Url,
        proxy: Option<&Url>,
        question: &Question,
        until: Instant,
    ) -> Result<Response, String> {
        let kept = self.open.take().filter(|(open, _)| {
            open == url || (open.is_tls, &open.host, open.port) == (url.is_tls, &url.host, url.port)
        });
        if let Some((_, mut stream)) = kept {
            stream.keep_until(until);
            if let Ok(response) = self.on(stream, url, question) {
                return Ok(response);
            }
        }
        let ca = self.receiver.ca.as_deref();
        let known = &mut self.tls;
        let mut settings = || -> io::Result<Arc<ClientConfig>> {
            match known {
                Some(known) => Ok(known.clone()),
                None => Ok(known.insert(tls::config(ca)?).clone()),
            }
        };
        let stream = connect(url, proxy, &mut settings, until).map_err(|error| mend::connecting(&error))?;
        self.on(stream, url, question).map_err(|error| format!("{}: {}", url.authority(), mend::answering(&error)))
    }

    fn on(&mut self, mut stream: Stream, url: &Url, question: &Question) -> Result<Response, ResponseError> {
        let written = stream.write_all(&question.bytes).and_then(|()| stream.flush());
        // A receiver that refuses early may have answered although it did not read all.
        let response = response::read(&mut stream);
        let response = match (written, response) {
            (Err(error), Err(_)) => return Err(error.into()),
            (_, response) => response?,
        };
        if response.keeps_open {
            self.open = Some((url.clone(), stream));
        }
        Ok(response)
    }
}

fn ask_trapper(
    url: &str,
    request: &DeliveryRequest,
    parts: Range<usize>,
    verbose: bool,
    until: Instant,
) -> DeliveryAnswer {
    let later = |reason: String| answer(request, DeliveryOutcome::Later, reason);
    let (url, body) = match (Url::parse_trapper(url), bytes(&request.body, parts)) {
        (Ok(url), Ok(body)) => (url, body),
        (Err(error), _) => return later(error.to_string()),
        (_, Err(error)) => return later(error.to_string()),
    };
    let TrapperAnswer { outcome, dropped, reason, answer: said } = trapper::ask(&url, &body, until);
    let question = verbose.then(|| shortened(&String::from_utf8_lossy(&body)));
    DeliveryAnswer { dropped, question, answer: verbose.then(|| shortened(&said)), ..answer(request, outcome, reason) }
}

fn answer(request: &DeliveryRequest, outcome: DeliveryOutcome, reason: String) -> DeliveryAnswer {
    DeliveryAnswer {
        id: request.id,
        outcome,
        status: None,
        retry_after: None,
        reason,
        dropped: 0,
        question: None,
        answer: None,
    }
}

/// Orders outcomes: of several receivers the one that has it least counts.
fn rank(outcome: DeliveryOutcome) -> u8 {
    match outcome {
        DeliveryOutcome::Done => 0,
        DeliveryOutcome::Refused => 1,
        DeliveryOutcome::Later => 2,
    }
}
