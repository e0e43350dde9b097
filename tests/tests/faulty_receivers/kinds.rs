//! The kinds of receivers, each with how it is configured, and how it is told that the check `disk` is bad or well.

use serde_json::Value;

use crate::otlp;
use crate::server::Protocol;

/// A kind of output, and what it sends about the check `disk`.
pub struct Kind {
    /// Its name here, and its format.
    pub word: &'static str,
    /// Keys besides those of its place, its format where the word is none.
    pub keys: &'static str,
    pub protocol: Protocol,
    /// How often a request says that it is CRITICAL, and how often that it is OK.
    pub says: fn(&str) -> (usize, usize),
    /// How often both arrive in all, where it was bad while nobody was there, and is well when somebody is again.
    pub later: (usize, usize),
    /// The same where the request was dropped that said that it is bad.
    pub dropped: (usize, usize),
}

fn body(request: &str) -> Value {
    let body = request.split_once("\r\n\r\n").map_or(request, |(_, body)| body);
    serde_json::from_str(body).unwrap_or_default()
}

fn count(text: &str, bad: &str, well: &str) -> (usize, usize) {
    (text.matches(bad).count(), text.matches(well).count())
}

/// Counts the items of a list in a request that are one or the other.
fn items(list: &Value, is: fn(&Value) -> Option<bool>) -> (usize, usize) {
    let told = list.as_array().map(|items| items.iter().filter_map(is).collect::<Vec<bool>>()).unwrap_or_default();
    (told.iter().filter(|bad| **bad).count(), told.iter().filter(|bad| !**bad).count())
}

fn changes(request: &str) -> (usize, usize) {
    items(&body(request)["changes"], |change| (change["check"] == "disk").then(|| change["status"] == "critical"))
}

fn values_of_zabbix(request: &str) -> (usize, usize) {
    items(&body(request)["data"], |item| (item["key"] == "roundsman.state[\"disk\"]").then(|| item["value"] == "2"))
}

pub const KINDS: [Kind; 12] = [
    Kind {
        word: "webhook",
        keys: "",
        protocol: Protocol::Http,
        says: changes,
        later: (1, 1),
        // Whoever was not told of the trouble is not told of its end.
        dropped: (0, 0),
    },
    // Nothing but that a round was stored.
    Kind {
        word: "ping",
        keys: "",
        protocol: Protocol::Http,
        says: |request| (0, usize::from(request.starts_with("GET / "))),
        later: (0, 1),
        dropped: (0, 1),
    },
    // The newest run alone.
    Kind {
        word: "icinga",
        keys: "",
        protocol: Protocol::Http,
        says: |request| {
            let of_disk = usize::from(body(request)["service"] == "web1!disk" || request.contains("disk"));
            let status = body(request)["exit_status"].as_i64();
            (of_disk * usize::from(status == Some(2)), of_disk * usize::from(status == Some(0)))
        },
        later: (0, 1),
        dropped: (0, 1),
    },
    // An alert that may have arrived is told to end.
    Kind {
        word: "alertmanager",
        keys: "",
        protocol: Protocol::Http,
        says: |request| {
            items(&body(request), |alert| {
                (alert["labels"]["check"] == "disk").then(|| alert["annotations"]["summary"].is_string())
            })
        },
        later: (0, 1),
        dropped: (0, 1),
    },
    Kind {
        word: "influx",
        keys: "",
        protocol: Protocol::Http,
        says: |request| {
            count(
                request,
                "roundsman_check,check=disk,host=web1 state=2i",
                "roundsman_check,check=disk,host=web1 state=0i",
            )
        },
        later: (1, 1),
        dropped: (0, 1),
    },
    Kind {
        word: "json",
        keys: "",
        protocol: Protocol::Http,
        says: |request| {
            items(&body(request), |outcome| (outcome["check"] == "disk").then(|| outcome["status"] == "critical"))
        },
        later: (1, 1),
        dropped: (0, 1),
    },
    Kind {
        word: "json-changes",
        keys: "format = \"json\"\ndeliver = \"changes\"\n",
        protocol: Protocol::Http,
        says: changes,
        later: (1, 1),
        dropped: (0, 0),
    },
    // Where all stands now.
    Kind {
        word: "json-state",
        keys: "format = \"json\"\ndeliver = \"state\"\n",
        protocol: Protocol::Http,
        says: |request| {
            items(&body(request), |outcome| (outcome["check"] == "disk").then(|| outcome["status"] == "critical"))
        },
        later: (0, 1),
        dropped: (0, 1),
    },
    Kind { word: "otlp", keys: "", protocol: Protocol::Http, says: otlp::states, later: (1, 1), dropped: (0, 1) },
    Kind {
        word: "zabbix",
        keys: "",
        protocol: Protocol::Trapper,
        says: values_of_zabbix,
        later: (1, 1),
        dropped: (1, 1),
    },
    Kind {
        word: "zabbix-sender",
        keys: "",
        protocol: Protocol::Trapper,
        says: values_of_zabbix,
        later: (1, 1),
        dropped: (1, 1),
    },
    Kind {
        word: "mail",
        keys: "",
        protocol: Protocol::Smtp,
        says: |mail| count(mail, "Subject: CRITICAL web1 disk", "Subject: OK web1 disk"),
        later: (1, 1),
        dropped: (0, 0),
    },
];
