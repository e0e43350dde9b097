//! The answer of a Zabbix trapper.

use crate::DeliveryOutcome;

/// Finds how many values a server took and refused, in the answer of its protocol, or in what `zabbix_sender` prints for each
/// packet: it says `success` of both.
#[must_use]
pub(crate) fn counts(answer: &str) -> Option<(u64, u64)> {
    let number = |text: &str| text.trim_start().split(|one: char| !one.is_ascii_digit()).next()?.parse::<u64>().ok();
    let packets = answer.split("processed:").skip(1);
    let each = packets.map(|packet| Some((number(packet)?, number(packet.split("failed:").nth(1)?)?)));
    let each: Option<Vec<(u64, u64)>> = each.collect();
    let sum = |all: Vec<(u64, u64)>| {
        all.iter()
            .fold((0_u64, 0_u64), |(taken, refused), one| (taken.saturating_add(one.0), refused.saturating_add(one.1)))
    };
    each.filter(|all| !all.is_empty()).map(sum)
}

/// Judges an answer: the outcome, how many values were refused while others were taken, and why. Where nothing was taken the host
/// is unknown, and what was sent waits.
#[must_use]
pub fn judge(answer: &str) -> (DeliveryOutcome, u64, String) {
    let later = |reason: &str| (DeliveryOutcome::Later, 0, reason.to_owned());
    match counts(answer) {
        Some((_, 0)) => (DeliveryOutcome::Done, 0, String::new()),
        Some((0, _)) => later(
            "Zabbix took none of the values: it needs a host of the name in `host` with the template, whose allowed hosts have this one",
        ),
        Some((_, failed)) => {
            (DeliveryOutcome::Done, failed, "Zabbix refused values of items that it does not have".to_owned())
        }
        None if answer.contains("\"redirect\"") => {
            later("this proxy does not have the host: name the other ones of its group as `url` too")
        }
        None => later("Zabbix did not answer how many values it took"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_what_was_not_refused() {
        let answer = "{\"response\":\"success\",\"info\":\"processed: 1; failed: 2; total: 3; seconds spent: 0.0001\"}";
        assert_eq!(counts(answer), Some((1, 2)));
        assert_eq!(
            counts("\"processed: 250; failed: 0; total: 250;\"\n\"processed: 3; failed: 1; total: 4;\""),
            Some((253, 1))
        );
        assert_eq!(counts("{\"response\":\"failed\"}"), None);
    }
}
