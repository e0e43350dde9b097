//! Series of the textfile that say how it is with each receiver, as the deliveries before this round left it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::prometheus::{Family, seconds};
use crate::check_status::RESERVED;
use crate::delivery::cursor::Cursor;
use roundsman_contract::MetricKind;

/// A sample: a label besides `output`, if it has one, and the value.
type Sample = (Option<(&'static str, String)>, f64);

/// A family with a series for each receiver.
pub(super) struct ReceiverFamily {
    /// Behind `roundsman_output_`.
    pub name: &'static str,
    kind: MetricKind,
    pub help: &'static str,
    samples: fn(&Cursor) -> Vec<Sample>,
}

pub(super) const FAMILIES: [ReceiverFamily; 6] = [
    ReceiverFamily {
        name: "deliveries_total",
        kind: MetricKind::Counter,
        help: "Requests that the receiver has accepted.",
        samples: |cursor| vec![(None, cursor.delivered as f64)],
    },
    ReceiverFamily {
        name: "last_success_timestamp_seconds",
        kind: MetricKind::Gauge,
        help: "When the receiver last accepted a request.",
        samples: |cursor| time(cursor.last_success),
    },
    ReceiverFamily {
        name: "failures",
        kind: MetricKind::Gauge,
        help: "Failed attempts in a row; 0 after a success.",
        samples: |cursor| vec![(None, f64::from(cursor.failures))],
    },
    ReceiverFamily {
        name: "failing_since_timestamp_seconds",
        kind: MetricKind::Gauge,
        help: "When the first of these failed; the oldest queued message is about as old.",
        samples: |cursor| time(cursor.failed_since.filter(|_| cursor.failures > 0)),
    },
    ReceiverFamily {
        name: "waiting",
        kind: MetricKind::Gauge,
        help: "Messages, outcomes or runs that are queued for the receiver.",
        samples: |cursor| vec![(None, cursor.waiting as f64)],
    },
    ReceiverFamily {
        name: "dropped_total",
        kind: MetricKind::Counter,
        help: "Messages, outcomes or values that were dropped, by reason.",
        samples: |cursor| {
            let dropped = cursor.dropped.iter();
            dropped.map(|(reason, count)| (Some(("reason", reason.clone())), *count as f64)).collect()
        },
    },
];

fn time(at: Option<Timestamp>) -> Vec<Sample> {
    at.map(|at| (None, seconds(at))).into_iter().collect()
}

/// Writes the families of all receivers.
pub(super) fn write(receivers: &BTreeMap<String, Cursor>, text: &mut String) {
    for ReceiverFamily { name, kind, help, samples } in FAMILIES {
        let mut family = Family::new(kind, help.to_owned());
        for (output, cursor) in receivers {
            for (label, value) in samples(cursor) {
                let labels = label.iter().map(|(name, value)| (*name, value.as_str()));
                family.add(RESERVED, labels.chain([("output", output.as_str())]), value);
            }
        }
        family.write(&name_of(name), text);
    }
}

/// Returns the whole name of a family.
pub(super) fn name_of(name: &str) -> String {
    format!("roundsman_output_{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_that_is_away_shows_since_when() {
        let at = |second| Timestamp::from_second(second).ok();
        let well = Cursor { delivered: 7, last_success: at(100), ..Cursor::default() };
        let (failures, failed_since, waiting) = (2, at(160), 3);
        let mut away = Cursor { failures, failed_since, waiting, ..well.clone() };
        away.drop("HTTP status 400: \"no\"\n", 5);
        let receivers = [("chat", well), ("lake", away)].map(|(name, cursor)| (name.to_owned(), cursor)).into();
        let mut text = String::new();
        write(&receivers, &mut text);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            [
                "roundsman_output_deliveries_total{check=\"roundsman\",output=\"chat\"} 7",
                "roundsman_output_deliveries_total{check=\"roundsman\",output=\"lake\"} 7",
                "roundsman_output_last_success_timestamp_seconds{check=\"roundsman\",output=\"chat\"} 100",
                "roundsman_output_last_success_timestamp_seconds{check=\"roundsman\",output=\"lake\"} 100",
                "roundsman_output_failures{check=\"roundsman\",output=\"chat\"} 0",
                "roundsman_output_failures{check=\"roundsman\",output=\"lake\"} 2",
                "roundsman_output_failing_since_timestamp_seconds{check=\"roundsman\",output=\"lake\"} 160",
                "roundsman_output_waiting{check=\"roundsman\",output=\"chat\"} 0",
                "roundsman_output_waiting{check=\"roundsman\",output=\"lake\"} 3",
                "roundsman_output_dropped_total{check=\"roundsman\",output=\"lake\",reason=\"HTTP status 400: \\\"no\\\"\\\\n\"} 5",
            ]
        );
    }
}
