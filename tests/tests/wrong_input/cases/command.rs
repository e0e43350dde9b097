//! The check `command`, which reads what the operator says.

use super::Printed::Text;
use super::Shape::Json;
use super::{CASE, Case, ONE, Program};

pub const CASES: &[Case] = &[
    Case {
        name: "command numbers",
        check: "command",
        config: "numbers = [{ name = \"queued\", pattern = 'queued: (?<value>\\S+)' }, { name = \"oldest\", pattern = 'oldest: (?<value>\\S+)' }]",
        programs: &[Program { name: "queue-status", printed: Text("queued: 12\noldest: 3.5\n"), ..ONE }],
        ..CASE
    },
    Case {
        name: "command json",
        check: "command",
        config: "json = [{ name = \"depth\", path = \"/queues/{queue}/depth\" }, { name = \"health\", path = \"/status\", status = { green = \"ok\", \"*\" = \"critical\" } }]",
        programs: &[Program {
            name: "queues",
            printed: Text(
                "{\"status\": \"green\", \"queues\": {\"mail\": {\"depth\": 4}, \"web\": {\"depth\": 7.5}}}\n",
            ),
            shape: Json,
            // Names of queues, which come and go.
            optional: &["mail", "web"],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "command rows",
        check: "command",
        config: "rows = { separator = \"\\t\", columns = [\"pool\", \"cap\", \"health\"], labels = [\"pool\"], numbers = { cap = { unit = \"percent\" } }, status = { column = \"health\", ONLINE = \"ok\", \"*\" = \"critical\" } }",
        programs: &[Program {
            name: "pools",
            printed: Text("tank\t57\tONLINE\nold\t3.5\tONLINE\n"),
            none: &["-", ""],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "command prometheus",
        check: "command",
        config: "format = \"prometheus\"\nseries = [{ from = \"app_up\", name = \"up\" }]\nother_series = \"x_\"",
        programs: &[Program {
            name: "metrics",
            printed: Text("# TYPE app_up gauge\napp_up 1\napp_latency{part=\"a\"} 0.25\n"),
            none: &["nan"],
            ..ONE
        }],
        ..CASE
    },
    Case {
        name: "command influx",
        check: "command",
        config: "format = \"influx\"\nseries = [{ from = \"cpu_usage\", name = \"usage\" }]",
        programs: &[Program { name: "lines", printed: Text("cpu,host=a usage=0.5\n"), ..ONE }],
        ..CASE
    },
];
