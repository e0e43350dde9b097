//! Delivers the requests of one order, in their order, each to the first URL that answers, or to all.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use roundsman_order::{Answer, Order, Outcome, Receiver, Request};
use rustls::ClientConfig;

use crate::connect::{Stream, connect};
use crate::request::{Question, compose};
use crate::response::{self, Response, ResponseError};
use crate::url::Url;
use crate::{outcome, tls};

/// Delivers until a request has to wait, and writes a line for each that was answered.
pub fn deliver(order: &Order, deadline: Instant, answers: &mut dyn Write) {
    let mut line = Line { receiver: &order.receiver, deadline, open: None, tls: None };
    for request in &order.requests {
        let answer = line.ask_all(request, order.verbose);
        let waits = answer.outcome == Outcome::Later;
        // Plain data, of which nothing fails to serialize; who does not read any more has ended.
        let text = serde_json::to_string(&answer).unwrap_or_default();
        if writeln!(answers, "{text}").and_then(|()| answers.flush()).is_err() || waits {
            return;
        }
    }
}

/// The way to one receiver.
struct Line<'o> {
    receiver: &'o Receiver,
    deadline: Instant,
    /// A connection that another request may use, and the URL that it leads to.
    open: Option<(Url, Stream)>,
    tls: Option<Arc<ClientConfig>>,
}

impl Line<'_> {
    /// Asks the URLs in turn. With `all` each has to have the request before it is done.
    fn ask_all(&mut self, request: &Request, verbose: bool) -> Answer {
        let mut last = answer(request, Outcome::Later, "the output has no `url`".to_owned());
        for url in &self.receiver.urls {
            let asked = self.ask(&url.0, request, verbose);
            let goes_on = match (self.receiver.all, asked.outcome) {
                (true, outcome) => outcome == Outcome::Done,
                // Nobody is there, or in trouble: the next one may be the one that works.
                (false, outcome) => outcome == Outcome::Later,
            };
            last = asked;
            if !goes_on {
                break;
            }
        }
        last
    }

    fn ask(&mut self, url: &str, request: &Request, verbose: bool) -> Answer {
        let later = |reason: String| answer(request, Outcome::Later, reason);
        let parsed = Url::parse(url).and_then(|url| {
            let proxy = self.receiver.proxy.as_ref().map(|proxy| Url::parse(&proxy.0)).transpose()?;
            Ok((url, proxy))
        });
        let (url, proxy) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return later(error.to_string()),
        };
        let question = match compose(&url, self.receiver, request, proxy.is_some() && !url.is_tls) {
            Ok(question) => question,
            Err(error) => return later(error.to_string()),
        };
        let shown = |answer: Answer, said: Option<String>| Answer {
            question: verbose.then(|| question.shown.clone()),
            answer: said.filter(|_| verbose),
            ..answer
        };
        match self.exchange(&url, proxy.as_ref(), &question) {
            Ok(response) => {
                let Response { status, retry_after, body, .. } = response;
                let outcome = outcome::of_status(status);
                let reason = if outcome == Outcome::Done { String::new() } else { outcome::reason(status) };
                let said = format!("{status}\n{}", String::from_utf8_lossy(&body));
                shown(Answer { status: Some(status), retry_after, ..answer(request, outcome, reason) }, Some(said))
            }
            Err(reason) => shown(later(reason), None),
        }
    }

    /// Sends a question and reads the answer. A connection that was kept may have been closed meanwhile: then once more on a new
    /// one, as receivers take a request twice.
    fn exchange(&mut self, url: &Url, proxy: Option<&Url>, question: &Question) -> Result<Response, String> {
        let kept = self.open.take().filter(|(open, _)| {
            open == url || (open.is_tls, &open.host, open.port) == (url.is_tls, &url.host, url.port)
        });
        if let Some((_, stream)) = kept
            && let Ok(response) = self.on(stream, url, question)
        {
            return Ok(response);
        }
        let ca = self.receiver.ca.as_deref();
        let known = &mut self.tls;
        let mut settings = || -> io::Result<Arc<ClientConfig>> {
            match known {
                Some(known) => Ok(known.clone()),
                None => Ok(known.insert(tls::config(ca)?).clone()),
            }
        };
        let stream = connect(url, proxy, &mut settings, self.deadline).map_err(|error| error.to_string())?;
        self.on(stream, url, question).map_err(|error| format!("{}: {error}", url.authority()))
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

fn answer(request: &Request, outcome: Outcome, reason: String) -> Answer {
    Answer { id: request.id, outcome, status: None, retry_after: None, reason, question: None, answer: None }
}
