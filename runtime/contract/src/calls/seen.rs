//! A call as it happens, for a person who looks on: what is asked for before it is done, and how it was answered. A broker tells
//! of each in a frame before its report, through the same channel; an empty frame says that the report follows.

use std::io::Write;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::granted::granted;
use super::tape::answered;
use super::wire::{self, ToWorker, WireError, decode};
use super::{Reply, Request};
use crate::Error;
use roundsman_grants::Grants;
use roundsman_grants::escape::{clip, line};

/// Longest frame, in bytes: two texts that are cut.
const LONGEST: usize = 4 << 10;
/// Longest text, in bytes as JSON.
const LONGEST_TEXT: usize = 300;
/// Bytes of the length of a frame.
const PREFIX: usize = 4;

/// One half of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CallEvent {
    /// The request, and the grants that allow it.
    Asked { call: String, by: String },
    /// The answer, and the time that it took.
    Answered { how: String, time: Duration },
}

/// Head of what has come through a channel.
#[derive(Debug, PartialEq)]
pub enum Head {
    Seen(CallEvent),
    /// No more calls are told of: the rest is the report.
    Report,
    /// The rest of a frame has not come yet.
    Nothing,
    /// No broker writes this.
    Spoilt,
}

impl CallEvent {
    /// Tells of a call that is about to be done.
    #[must_use]
    pub fn asked(request: &Request, grants: &Grants) -> Self {
        let by: Vec<String> = granted(request, grants).iter().map(ToString::to_string).collect();
        Self::Asked { call: request.shown(), by: clip(&line(&by.join(", ")), LONGEST_TEXT) }
    }

    /// Tells of an answer; nothing of a call that has none to speak of.
    #[must_use]
    pub fn answered(request: &Request, answer: &ToWorker, time: Duration) -> Option<Self> {
        (answer.is_err() || request.call().is_worth_a_line()).then(|| Self::Answered { how: how(answer), time })
    }

    /// Writes it as one line.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Asked { call, by } if by.is_empty() => call.clone(),
            Self::Asked { call, by } => format!("{call}, by {by}"),
            Self::Answered { how, time } => format!("  {how}, after {:.1} ms", time.as_secs_f64() * 1e3),
        }
    }

    /// Sends it.
    ///
    /// # Errors
    /// The other end is gone.
    pub fn send(&self, channel: impl Write) -> Result<(), WireError> {
        wire::send(channel, self, LONGEST)
    }
}

/// Says that nothing more is told of.
///
/// # Errors
/// The other end is gone.
pub fn end(mut channel: impl Write) -> Result<(), WireError> {
    Ok(channel.write_all(&[0; PREFIX])?)
}

/// Takes what is at the head of what has come through a channel.
pub fn take(came: &mut Vec<u8>) -> Head {
    let Some((prefix, rest)) = came.split_first_chunk::<PREFIX>() else { return Head::Nothing };
    let length = u32::from_le_bytes(*prefix) as usize;
    if length > LONGEST {
        return Head::Spoilt;
    }
    let Some(frame) = rest.get(..length) else { return Head::Nothing };
    let head = match frame {
        [] => Head::Report,
        frame => decode(frame, LONGEST).map_or(Head::Spoilt, Head::Seen),
    };
    came.drain(..PREFIX + length);
    head
}

/// Says how an answer was: why there is none, how a command ended, and how many bytes it carries.
fn how(answer: &ToWorker) -> String {
    match answer {
        Ok(Reply::Error(Error::Denied(denial))) => {
            let denied = format!("denied: {} {}", denial.capability, denial.target);
            clip(&line(&denied), LONGEST_TEXT)
        }
        answer => {
            let ending = answer.as_ref().ok().and_then(|reply| reply.answer()?.ending());
            ending.map_or_else(|| answered(answer), |ending| format!("{ending}, {}", answered(answer)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Denial;
    use crate::calls::{commands, files, logging};
    use crate::report::{Failure, FailureKind};

    fn read() -> Request {
        Request::Files(files::Call::Read { path: "/a\nb".to_owned() })
    }

    #[test]
    fn what_is_sent_is_taken_in_its_order_however_it_comes() {
        let asked = CallEvent::asked(&read(), &Grants::default());
        let answered = CallEvent::answered(
            &read(),
            &Ok(Reply::Files(files::Answer::Data(vec![0; 9]))),
            Duration::from_micros(1500),
        )
        .unwrap();
        let mut sent = Vec::new();
        asked.send(&mut sent).unwrap();
        answered.send(&mut sent).unwrap();
        end(&mut sent).unwrap();
        sent.extend(b"report");
        let (mut came, mut heads) = (Vec::new(), Vec::new());
        for byte in sent {
            came.push(byte);
            if heads.last() != Some(&Head::Report) {
                heads.extend(Some(take(&mut came)).filter(|head| *head != Head::Nothing));
            }
        }
        assert_eq!(heads, [Head::Seen(asked.clone()), Head::Seen(answered.clone()), Head::Report]);
        assert_eq!(came, b"report");
        assert_eq!((asked.line().as_str(), answered.line().as_str()), ("read /a\\nb", "  9 bytes, after 1.5 ms"));
    }

    #[test]
    fn what_no_broker_writes_is_spoilt() {
        for bytes in [&[0xff; 8][..], &[2, 0, 0, 0, 9, 9], b"text of something else"] {
            assert_eq!(take(&mut bytes.to_vec()), Head::Spoilt, "{bytes:?}");
        }
        assert_eq!(take(&mut vec![200, 0, 0, 0, 1]), Head::Nothing);
    }

    #[test]
    fn whatever_is_asked_for_a_frame_is_short() {
        let argv = vec!["\u{202e}\n".repeat(1000); 100];
        let asked = CallEvent::asked(
            &Request::Commands(commands::Call::Run { argv: argv.clone(), input: None }),
            &Grants::default(),
        );
        let denial = Denial::new("commands", argv.join(" "), "");
        let answered = CallEvent::answered(&read(), &Ok(Reply::Error(Error::Denied(denial))), Duration::MAX).unwrap();
        for seen in [asked, answered] {
            let mut sent = Vec::new();
            seen.send(&mut sent).unwrap();
            assert!(sent.len() < 2_000 && !seen.line().contains(['\n', '\u{202e}']), "{} bytes", sent.len());
        }
    }

    #[test]
    fn a_line_of_the_log_has_no_answer_but_one_that_ends_the_run() {
        let log = Request::Logging(logging::Call { level: crate::Level::Info, message: "x".to_owned() });
        assert_eq!(CallEvent::answered(&log, &Ok(Reply::Done), Duration::ZERO), None);
        let ends = Err(Failure::new(FailureKind::Limit, "x"));
        assert_eq!(
            CallEvent::answered(&log, &ends, Duration::ZERO).unwrap().line(),
            "  limit ends the run, after 0.0 ms"
        );
    }
}
