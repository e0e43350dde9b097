//! The protocol of Zabbix' trapper: one packet with values, one with how many of them were taken.

use std::io::{self, Read, Write};
use std::time::Instant;

use roundsman_order::DeliveryOutcome;
use roundsman_order::zabbix::judge;

use crate::connect::connect;
use crate::mend;
use roundsman_order::url::Url;

/// The beginning of a packet: the protocol, version 1, lengths of four bytes.
const HEAD: &[u8; 5] = b"ZBXD\x01";
/// Longest answer, in bytes.
const LONGEST: usize = 16 << 10;

/// The meaning of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct TrapperAnswer {
    pub outcome: DeliveryOutcome,
    /// Values that were refused while others were taken.
    pub dropped: u64,
    pub reason: String,
    pub answer: String,
}

/// Sends a body to a trapper and judges what it answers.
pub(crate) fn ask(url: &Url, body: &[u8], deadline: Instant) -> TrapperAnswer {
    match exchange(url, body, deadline) {
        Ok(answer) => judged(answer),
        Err(reason) => TrapperAnswer {
            outcome: DeliveryOutcome::Later,
            dropped: 0,
            reason: format!("{}: {reason}", url.authority()),
            answer: String::new(),
        },
    }
}

fn judged(answer: String) -> TrapperAnswer {
    let (outcome, dropped, reason) = judge(&answer);
    TrapperAnswer { outcome, dropped, reason, answer }
}

fn exchange(url: &Url, body: &[u8], deadline: Instant) -> Result<String, String> {
    let mut plain = || Err(io::Error::other("a trapper is asked without TLS"));
    let mut stream = connect(url, None, &mut plain, deadline).map_err(|error| mend::connecting(&error))?;
    let length = u32::try_from(body.len()).map_err(|_| "the packet is too long".to_owned())?;
    let packet = [&HEAD[..], &length.to_le_bytes(), &[0; 4], body].concat();
    let answered = stream.write_all(&packet).and_then(|()| stream.flush()).and_then(|()| read(&mut stream));
    answered.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => mend::answering(&error.into()),
        io::ErrorKind::UnexpectedEof => {
            "the connection was closed before an answer: the server may not take values from this host".to_owned()
        }
        _ => error.to_string(),
    })
}

/// Reads one packet.
fn read(stream: &mut dyn Read) -> io::Result<String> {
    let mut head = [0; 13];
    stream.read_exact(&mut head)?;
    if head[..5] != HEAD[..] {
        return Err(io::Error::other("the answer is no packet of Zabbix"));
    }
    let length = u32::from_le_bytes([head[5], head[6], head[7], head[8]]) as usize;
    if length > LONGEST {
        return Err(io::Error::other(format!("the answer is longer than {LONGEST} bytes")));
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_what_was_taken() {
        let answer = |processed, failed| {
            let info = format!("processed: {processed}; failed: {failed}; total: 9; seconds spent: 0.000100");
            let TrapperAnswer { outcome, dropped, .. } =
                judged(format!("{{\"response\":\"success\",\"info\":\"{info}\"}}"));
            (outcome, dropped)
        };
        assert_eq!(
            [answer(3, 0), answer(2, 1), answer(0, 3)],
            [(DeliveryOutcome::Done, 0), (DeliveryOutcome::Done, 1), (DeliveryOutcome::Later, 0)]
        );
        assert_eq!(
            judged("{\"response\":\"failed\",\"redirect\":{\"address\":\"b\"}}".to_owned()).outcome,
            DeliveryOutcome::Later
        );
        assert_eq!(judged("nonsense".to_owned()).outcome, DeliveryOutcome::Later);
    }

    #[test]
    fn a_packet_is_read_to_its_length_and_no_further() {
        let packet = |length: u32, body: &[u8]| [&HEAD[..], &length.to_le_bytes(), &[0; 4], body].concat();
        assert_eq!(read(&mut &packet(2, b"okmore")[..]).unwrap(), "ok");
        for wrong in [packet(3, b"ok"), packet(u32::MAX, b"ok"), b"HTTP/1.1 400 Bad Request".to_vec(), Vec::new()] {
            assert!(read(&mut &wrong[..]).is_err());
        }
    }
}
