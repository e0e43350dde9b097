use super::*;

fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|it| serde_json::from_value(serde_json::json!(it)).unwrap()).collect()
}

fn number(json: serde_json::Value) -> Number {
    serde_json::from_value(json).unwrap()
}

fn numbers(text: &str, wanted: &[Number]) -> Picked {
    Wanted { numbers: wanted, ..Wanted::default() }.pick(text)
}

fn json(value: serde_json::Value) -> JsonValue {
    serde_json::from_value(value).unwrap()
}

/// Returns what comes of values of JSON: name, labels and value of each metric; what is broken.
fn picked(text: &str, wanted: &[JsonValue]) -> (Vec<(String, f64)>, Vec<String>) {
    let all = Wanted { json: wanted, ..Wanted::default() }.pick(text);
    let labels =
        |it: &crate::Metric| it.labels.iter().map(|(name, value)| format!(" {name}={value}")).collect::<String>();
    let metrics = all.metrics.iter().map(|it| (format!("{}{}", it.name, labels(it)), it.value)).collect();
    (metrics, all.broken.iter().map(|(name, error)| format!("{name}: {error}")).collect())
}

#[test]
fn lines_are_matched_one_by_one() {
    let all = patterns(&["^b$", "a.b", "c"]);
    let lacks: Vec<&str> = lacking("a\nb\n", &all).into_iter().map(Pattern::text).collect();
    assert_eq!(lacks, ["a.b", "c"]);
    let (pattern, line) = &found("xc1\nxc2\n", &all)[0];
    assert_eq!((pattern.text(), line.as_str()), ("c", "xc1"));
}

#[test]
fn each_line_that_matches_gives_a_number_with_its_labels() {
    let wanted = number(serde_json::json!({
        "name": "temperature", "pattern": r"^(?<disk>sd[a-z]): (?<value>\S+) C", "unit": "celsius"
    }));
    let metrics = numbers("disks\nsda: 31.5 C\nsdb: 40 C\n", &[wanted]).metrics;
    let all: Vec<(f64, &str)> = metrics.iter().map(|it| (it.value, it.labels[0].1.as_str())).collect();
    assert_eq!(all, [(31.5, "sda"), (40.0, "sdb")]);
}

#[test]
fn the_factor_makes_base_units() {
    let wanted = number(serde_json::json!({
        "name": "cached", "pattern": r"^Cached: +(\d+) kB", "unit": "bytes", "factor": 1024
    }));
    assert_eq!(numbers("Cached:   3 kB", &[wanted]).metrics[0].value, 3072.0);
}

#[test]
fn a_summary_names_numbers_that_are_there() {
    let wanted = [number(serde_json::json!({ "name": "depth", "pattern": r"(\d+)" }))];
    let all = Wanted { numbers: &wanted, ..Wanted::default() };
    let problem = |summary: &str, all: &Wanted| {
        let summary: Summary = serde_json::from_value(serde_json::json!(summary)).unwrap();
        let mut problems = Vec::new();
        all.judge(Some(&summary), &mut problems);
        problems.pop().map(|it| format!("{it:?}"))
    };
    assert_eq!(problem("{depth} waiting", &all), None);
    assert_eq!(problem("first-line", &all), None);
    let said = problem("{depth} of {size}", &all).unwrap();
    assert!(said.contains("summary") && said.contains("has a {name} that no number has"), "{said}");
    assert_eq!(problem("{size}", &Wanted { other_series: Some("app_"), ..all }), None);
}

#[test]
fn a_name_that_ends_in_a_unit_says_it() {
    for (name, unit, expected) in [
        ("size_bytes", None, crate::Unit::Bytes),
        ("percent", None, crate::Unit::Percent),
        ("up_seconds", None, crate::Unit::Seconds),
        ("room_celsius", None, crate::Unit::Celsius),
        ("used_mbytes", None, crate::Unit::Number),
        ("depth", None, crate::Unit::Number),
        ("bytes_read", None, crate::Unit::Number),
        ("free_percent", Some("bytes"), crate::Unit::Bytes),
    ] {
        let wanted = number(serde_json::json!({ "name": name, "pattern": r"(\d+)", "unit": unit }));
        assert_eq!(numbers("3", &[wanted]).metrics[0].unit, expected.into(), "{name}");
    }
}

#[test]
fn all_matches_of_a_line_count() {
    let wanted = number(serde_json::json!({
        "name": "depth", "pattern": r#""name":"(?<queue>[^"]*)","depth":(?<value>[^,}]*)"#
    }));
    let text = r#"[{"name":"in","depth":3},{"name":"out","depth":5},{"name":"dead","depth":0}]"#;
    let all: Vec<(String, f64)> =
        numbers(text, &[wanted]).metrics.into_iter().map(|it| (it.labels[0].1.clone(), it.value)).collect();
    assert_eq!(all, [("in".into(), 3.0), ("out".into(), 5.0), ("dead".into(), 0.0)]);
    let perfdata = number(serde_json::json!({ "name": "n", "pattern": r"(?<what>\w+)=(?<value>[0-9.]+)" }));
    assert_eq!(numbers("OK | a=1 b=2.5", &[perfdata]).metrics.len(), 2);
}

#[test]
fn what_is_not_one_number_is_broken() {
    let wanted = [number(serde_json::json!({ "name": "n", "pattern": r"n=(\S*)" }))];
    for (text, said) in [
        ("\nn=1,5\n", "line 2, column 3: \"1,5\" is not a number"),
        ("n=", "line 1, column 3: an empty text is not a number"),
        ("n=NaN", "line 1, column 3: \"NaN\" is not a number"),
        ("m=1\n", "no line matches \"n=(\\\\S*)\""),
        ("n=x n=y\nn=z", "line 1, column 3: \"x\" is not a number; 2 more errors"),
        ("n=1\nn=2\n", "line 2: n is there again, as in line 1: a narrower pattern or a label tells them apart"),
        ("n=1 n=1\n", "line 1: n is there again, as in line 1: a narrower pattern or a label tells them apart"),
    ] {
        let found = numbers(text, &wanted);
        assert_eq!(found.metrics, [], "{text:?}");
        let all: Vec<String> = found.broken.iter().map(|(name, error)| format!("{name}: {error}")).collect();
        assert_eq!(all, [format!("n: {said}")]);
    }
    let optional = [number(serde_json::json!({ "name": "n", "pattern": r"n=(\S*)", "required": false }))];
    assert_eq!(numbers("m=1\n", &optional), Picked::default());
    let without = [number(serde_json::json!({ "name": "n", "pattern": r"n=(\d+)|off" }))];
    assert_eq!(numbers("off", &without).broken[0].1.to_string(), "line 1, column 1: \"off\" matches without a number");
    let large = [number(serde_json::json!({ "name": "n", "pattern": r"n=(.*)", "factor": 1e300 }))];
    let said = "line 1, column 3: \"1e300\" is out of range for a number";
    assert_eq!(numbers("n=1e300", &large).broken[0].1.to_string(), said);
}

#[test]
fn one_odd_row_leaves_the_others() {
    let wanted = number(serde_json::json!({ "name": "depth", "pattern": r"^(?<queue>\S+) (?<value>\S+)$" }));
    let found = numbers("in 3\nout n/a\ndead 0\nin2 1\ndead 4\ndead 5\n", &[wanted]);
    let queues: Vec<&str> = found.metrics.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(queues, ["in", "in2"]);
    let twice =
        "line 5: depth queue=\"dead\" is there again, as in line 3: a narrower pattern or a label tells them apart";
    let [(_, said)] = found.broken.as_slice() else { panic!("{found:?}") };
    assert_eq!(said.to_string(), format!("line 2, column 5: \"n/a\" is not a number; {twice}; 1 more error"));
}

#[test]
fn what_is_said_of_one_name_is_said_together() {
    let wanted = ["a=(.*)", "b=(.*)"].map(|pattern| number(serde_json::json!({ "name": "n", "pattern": pattern })));
    let found = numbers("c=1", &wanted);
    assert_eq!(found.broken.len(), 1, "{found:?}");
    let words = serde_json::json!({ "running": "ok", "down": "critical" });
    let same = json(
        serde_json::json!({ "name": "state", "path": "/queues/{n}/state", "labels": { "n": "/node" }, "status": words }),
    );
    let found = Wanted { json: &[same], ..Wanted::default() }.pick(QUEUES);
    assert_eq!((found.judged.len(), found.judged[0].status), (1, crate::Status::Critical));
}

#[test]
fn series_are_the_same_in_whatever_order_their_labels_are() {
    let wanted = [r"(?<a>\w+) (?<b>\w+): (?<value>\d+)", r"(?<b>\w+) < (?<a>\w+) = (?<value>\d+)"]
        .map(|pattern| number(serde_json::json!({ "name": "n", "pattern": pattern })));
    let found = numbers("x y: 1\ny < x = 2\n", &wanted);
    assert_eq!((found.metrics.len(), found.broken.len()), (0, 1), "{found:?}");
}

#[test]
fn a_plus_and_thousands_are_read_where_they_may_stand() {
    let wanted = |thousands: Option<&str>| {
        [number(serde_json::json!({ "name": "n", "pattern": r"n=(\S*)", "thousands": thousands }))]
    };
    for (text, value) in [("n=+45.5", 45.5), ("n=1,234,567.8", 1_234_567.8), ("n=-12,000", -12_000.0), ("n=999", 999.0)]
    {
        assert_eq!(numbers(text, &wanted(Some(","))).metrics[0].value, value, "{text}");
    }
    for text in ["n=1,23", "n=,123", "n=1234,567", "n=1,,234", "n=1,234.5,6", "n=+-5", "n=+", "n=1,2345"] {
        assert_eq!(numbers(text, &wanted(Some(","))).metrics, [], "{text}");
    }
    assert_eq!(numbers("n=1,234", &wanted(None)).metrics, []);
    assert_eq!(
        numbers(
            "n=1 234",
            &[number(serde_json::json!({
                "name": "n", "pattern": "n=(.*)", "thousands": " "
            }))]
        )
        .metrics[0]
            .value,
        1234.0
    );
}

/// As recorded of `/proc/mdstat`.
const MDSTAT: &str = "Personalities : [raid1] [raid6]\nmd1 : active raid1 sdb2[1] sda2[0]\n      976630464 blocks super 1.2 [2/2] [UU]\n\n\
                      md0 : active raid1 sdb1[1] sda1[0]\n      1048512 blocks [2/1] [_U]\n\nunused devices: <none>\n";

#[test]
fn a_section_gives_its_labels_to_the_lines_below() {
    let wanted = [number(serde_json::json!({
        "name": "up", "section": r"^(?<array>md\d+) : (?<state>\S+)", "pattern": r"\[\d+/(?<value>\d+)\]"
    }))];
    let all: Vec<(Vec<(String, String)>, f64)> =
        numbers(MDSTAT, &wanted).metrics.into_iter().map(|it| (it.labels, it.value)).collect();
    let labels = |array: &str| vec![("array".to_owned(), array.to_owned()), ("state".to_owned(), "active".to_owned())];
    assert_eq!(all, [(labels("md1"), 2.0), (labels("md0"), 1.0)]);
    let early = numbers("      5 blocks [2/2]\n", &wanted);
    assert_eq!(
        early.broken[0].1.to_string(),
        "line 1, column 1: \"      5 blocks [2/2]\" stands before the first section"
    );
}

#[test]
fn matches_are_counted_by_their_labels() {
    let counted = |pattern: &str| {
        numbers(
            "ok sda\nfailed sdb\nfailed sdc failed sdd\n",
            &[number(serde_json::json!({
                "name": "n", "pattern": pattern, "as": "count"
            }))],
        )
    };
    let values = |found: Picked| -> Vec<f64> { found.metrics.iter().map(|it| it.value).collect() };
    assert_eq!(values(counted("failed")), [3.0]);
    assert_eq!(counted("gone").broken, []);
    assert_eq!(values(counted("gone")), [0.0]);
    assert_eq!(values(counted("(?<state>failed|ok) ")), [1.0, 3.0]);
}

#[test]
fn a_number_that_only_rises_is_told_by_how_much_it_rose() {
    let wanted = [("rate", "errors"), ("delta", "bytes")].map(|(told, name)| {
        number(serde_json::json!({ "name": name, "pattern": format!(r"{name} (?<port>\S+) (?<value>\d+)"), "as": told, "required": false }))
    });
    let host = crate::fake::Fake::new();
    let run = |at: u64, text: &str| -> Vec<(f64, Option<String>)> {
        host.set_time(at);
        let all = host.with(|| numbers(text, &wanted).told(&Wanted { numbers: &wanted, ..Wanted::default() }).metrics);
        all.into_iter()
            .map(|it| (it.value, it.extra.into_iter().find(|it| it.0 == "no_value").map(|it| it.1)))
            .collect()
    };
    let first = run(100, "errors a 5\nbytes a 7\n");
    assert!(first.iter().all(|it| it.0.is_nan() && it.1.as_deref() == Some("first")), "{first:?}");
    assert_eq!(run(110, "errors a 25\nbytes a 7\n"), [(2.0, None), (0.0, None)]);
    let fell = run(120, "errors a 3\nbytes b 9\n");
    assert_eq!(fell.iter().map(|it| it.1.as_deref()).collect::<Vec<_>>(), [Some("reset"), Some("first")]);
    assert_eq!(run(121, "errors a 4\n"), [(1.0, None)]);
    assert_eq!(run(121, "errors a 5\n")[0].1.as_deref(), Some("reset"));

    host.fail_to_keep(crate::HostError::Io("ENOSPC".into()));
    let found = host
        .with(|| numbers("errors a 5\nbytes a 7\n", &wanted).told(&Wanted { numbers: &wanted, ..Wanted::default() }));
    let names: Vec<&str> = found.broken.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((found.metrics.len(), names), (0, vec!["errors", "bytes"]));
}

/// In the form of RabbitMQ's management API.
const QUEUES: &str = r#"{"node": "rabbit@db1", "ok": true, "status": "yellow", "uptime": null, "queues": [
    {"name": "in", "depth": 3, "state": "running"},
    {"name": "out", "depth": 12.5, "state": "down"}
], "by_name": {"in": {"rate": "1.5"}, "a/b": {"rate": "x"}}, "large": 9007199254740993, "deep": [[1, 2], [3]]}"#;

#[test]
fn values_of_json_are_picked_by_their_place() {
    let all = [
        json(
            serde_json::json!({ "name": "depth", "path": "/queues/{n}/depth", "labels": { "n": "/queues/{n}/name" } }),
        ),
        json(serde_json::json!({ "name": "ok", "path": "/ok" })),
        json(serde_json::json!({ "name": "uptime", "path": "/uptime" })),
        json(serde_json::json!({ "name": "deep", "path": "/deep/{x}/{y}", "factor": 10.0 })),
        json(serde_json::json!({ "name": "queues", "path": "/queues/{n}", "as": "count" })),
        json(serde_json::json!({ "name": "gone", "path": "/gone", "optional": true })),
    ];
    let (metrics, broken) = picked(QUEUES, &all);
    let expected = [
        ("depth n=in", 3.0),
        ("depth n=out", 12.5),
        ("ok", 1.0),
        ("deep x=0 y=0", 10.0),
        ("deep x=0 y=1", 20.0),
        ("deep x=1 y=0", 30.0),
        ("queues", 2.0),
    ];
    assert_eq!(metrics, expected.map(|(series, value)| (series.to_owned(), value)));
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn what_is_no_value_is_broken_and_hides_no_other() {
    for (wanted, metrics, said) in [
        (
            serde_json::json!({ "name": "n", "path": "/node" }),
            0,
            "n: /node: \"rabbit@db1\" is a text; text = true reads it as a number",
        ),
        (
            serde_json::json!({ "name": "n", "path": "/by_name/{q}/rate", "text": true }),
            1,
            "n: /by_name/a~1b/rate: \"x\" is not a number",
        ),
        (serde_json::json!({ "name": "n", "path": "/large" }), 0, "n: /large: is beyond 2^53, and would be rounded"),
        (serde_json::json!({ "name": "n", "path": "/queues" }), 0, "n: /queues: is a list or a table, and no number"),
        (serde_json::json!({ "name": "n", "path": "/queues/{q}/size" }), 0, "n: there is nothing at /queues/{q}/size"),
        (
            serde_json::json!({ "name": "n", "path": "/queues/{q}/depth", "labels": { "x": "/queues/{q}/id" } }),
            0,
            "n: /queues/0/depth: label x: no text at /queues/0/id; 1 more error",
        ),
        (
            serde_json::json!({ "name": "n", "path": "/queues/{q}/depth", "labels": { "q": "/node" } }),
            0,
            "n: /queues/1/depth: n q=\"rabbit@db1\" is there again, as in /queues/0/depth: a narrower pattern or a label tells them apart",
        ),
        (serde_json::json!({ "name": "n", "path": "/ok", "factor": 1e308 }), 1, ""),
        (
            serde_json::json!({ "name": "n", "path": "/queues/0/depth", "factor": 1e308 }),
            0,
            "n: /queues/0/depth: is out of range for a number",
        ),
    ] {
        let (found, broken) = picked(QUEUES, &[json(wanted)]);
        assert_eq!((found.len(), broken.join("; ").as_str()), (metrics, said));
    }
    for text in ["", "{\"queues\": [", "not json", "{} {}", "[NaN]"] {
        let (found, broken) = picked(text, &[json(serde_json::json!({ "name": "n", "path": "" }))]);
        assert_eq!((found.len(), broken.len()), (0, 1), "{text}: {broken:?}");
    }
}

#[test]
fn words_of_json_are_judged() {
    let words = serde_json::json!({ "running": "ok", "down": "critical" });
    let all = [
        json(
            serde_json::json!({ "name": "state", "path": "/queues/{n}/state", "labels": { "n": "/queues/{n}/name" }, "status": words }),
        ),
        json(serde_json::json!({ "name": "health", "path": "/status", "status": { "green": "ok", "*": "warning" } })),
        json(serde_json::json!({ "name": "ok", "path": "/ok", "status": { "true": "ok" } })),
        json(serde_json::json!({ "name": "odd", "path": "/status", "status": { "green": "ok" } })),
    ];
    let found = Wanted { json: &all, ..Wanted::default() }.pick(QUEUES);
    let judged: Vec<(&str, &str, crate::Status)> =
        found.judged.iter().map(|it| (it.labels[0].1.as_str(), it.text.as_str(), it.status)).collect();
    let expected = [
        ("in", "state running", crate::Status::Ok),
        ("out", "state down", crate::Status::Critical),
        ("health", "health yellow", crate::Status::Warning),
        ("ok", "ok true", crate::Status::Ok),
    ];
    assert_eq!(judged, expected);
    assert_eq!(found.broken[0].1.to_string(), "/status: \"yellow\" is none of the words of status");
}

#[test]
fn keys_that_do_not_go_together_are_problems_of_json() {
    for (value, key) in [
        (serde_json::json!({ "name": "Bad", "path": "/a" }), "json[0].name"),
        (serde_json::json!({ "name": "n", "path": "/{a}/{a}" }), "json[0].path"),
        (serde_json::json!({ "name": "n", "path": "/{a}", "labels": { "x": "/{b}" } }), "json[0].labels.x"),
        (serde_json::json!({ "name": "n", "path": "/a", "factor": 0.0 }), "json[0].factor"),
        (serde_json::json!({ "name": "n", "path": "/a", "unit": "bytes", "status": { "a": "ok" } }), "json[0].status"),
    ] {
        let problems = Wanted { json: &[json(value)], ..Wanted::default() }.problems(&[]);
        assert_eq!(problems.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), [key]);
    }
}

#[test]
fn keys_that_do_not_go_together_are_problems() {
    for (value, key) in [
        (serde_json::json!({ "name": "n", "pattern": "(a)", "as": "count" }), "numbers[0].pattern"),
        (serde_json::json!({ "name": "n", "pattern": "(a)", "section": "b" }), "numbers[0].section"),
        (
            serde_json::json!({ "name": "n", "pattern": "(?<x>a)(?<value>b)", "section": "(?<x>b)" }),
            "numbers[0].section",
        ),
        (serde_json::json!({ "name": "n", "pattern": "(a)", "thousands": "." }), "numbers[0].thousands"),
    ] {
        let problems = Wanted { numbers: &[number(value)], ..Wanted::default() }.problems(&[]);
        assert_eq!(problems.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), [key]);
    }
}

#[test]
fn descriptions_that_cannot_work_are_problems_of_their_key() {
    let all = [
        serde_json::json!({ "name": "Bad-Name", "pattern": "(a)" }),
        serde_json::json!({ "name": "duration", "pattern": "(a)(b)" }),
        serde_json::json!({ "name": "c", "pattern": "(?<x>a)", "factor": 0 }),
    ]
    .map(number);
    let problems = Wanted { numbers: &all, ..Wanted::default() }.problems(&["duration"]);
    let keys: Vec<&str> = problems.iter().map(|it| it.key.as_str()).collect();
    let expected =
        ["numbers[0].name", "numbers[1].name", "numbers[1].pattern", "numbers[2].factor", "numbers[2].pattern"];
    assert_eq!(keys, expected);
}

#[test]
fn a_pattern_that_does_not_parse_says_why() {
    let error = serde_json::from_str::<Pattern>("\"(a\"").unwrap_err().to_string();
    assert!(error.starts_with("\"(a\" is no regular expression: "), "{error}");
}

fn rows(value: serde_json::Value) -> Rows {
    serde_json::from_value(value).unwrap()
}

/// Returns what comes of a table: text and status of each subcheck by its first label; metrics; what is broken.
fn table(text: &str, wanted: &Rows) -> (Vec<String>, Vec<String>, Vec<String>) {
    let all = Wanted { rows: Some(wanted), ..Wanted::default() }.pick(text);
    let judged = all.judged.iter().map(|it| format!("{} {}: {}", it.labels[0].1, it.status.word(), it.text)).collect();
    let metrics = all.metrics.iter().map(|it| format!("{} {} {}", it.name, it.labels[0].1, it.value)).collect();
    (judged, metrics, all.broken.iter().map(|(name, error)| format!("{name}: {error}")).collect())
}

/// As `zpool list -Hp -o name,cap,health` prints it.
const POOLS: &str = "tank\t45\tONLINE\nbackup\t-\tDEGRADED\nold\t7x\tONLINE\nnew\t1\tREMOVING\n\ncut\t3\n";

#[test]
fn rows_of_a_table_are_subchecks_with_numbers() {
    let wanted = rows(serde_json::json!({
        "separator": "\t", "columns": ["pool", "cap", "health"], "labels": ["pool"],
        "numbers": { "cap": { "unit": "percent" } },
        "status": { "column": "health", "ONLINE": "ok", "DEGRADED": "warning" }
    }));
    let (judged, metrics, broken) = table(POOLS, &wanted);
    let expected = [
        "tank ok: cap 45%, health ONLINE",
        "backup warning: health DEGRADED",
        "old unknown: cap: line 3, column 5: \"7x\" is not a number, health ONLINE",
        "new unknown: cap 1%, health REMOVING, which is none of the words of status",
    ];
    assert_eq!(judged, expected);
    assert_eq!(metrics, ["cap tank 45", "cap new 1"]);
    assert_eq!(broken, ["rows: line 6: 2 columns, not the 3 that are named"]);
    let any = rows(serde_json::json!({
        "separator": "\t", "columns": ["pool", "cap", "health"], "labels": ["pool"],
        "status": { "column": "health", "ONLINE": "ok", "*": "critical" }
    }));
    assert_eq!(table("a\t1\tGONE\n", &any).0, ["a critical: health GONE"]);
}

#[test]
fn a_header_names_the_columns_and_a_renamed_one_is_said() {
    let wanted = rows(serde_json::json!({
        "header": true, "labels": ["mounted_on"], "numbers": { "use": { "name": "used", "unit": "percent", "suffix": "%" } }
    }));
    let (judged, metrics, broken) = table("Filesystem Use% Mounted-on\n/dev/sda1 45% /\n/dev/sdb 7 /data\n", &wanted);
    assert_eq!(metrics, ["used / 45"]);
    assert_eq!(judged, ["/ ok: used 45%", "/data unknown: use: line 3, column 10: \"7\" does not end in \"%\""]);
    assert_eq!(broken, Vec::<String>::new());
    let (_, metrics, broken) = table("Filesystem Capacity Mounted-on\n/dev/sda1 45% /\n", &wanted);
    let said = "rows: there is no column \"use\", or more than one, among filesystem, capacity, mounted_on";
    assert_eq!((metrics.len(), broken), (0, vec![said.to_owned()]));
    for text in ["", "\n\n", "Filesystem Use% Mounted-on\n"] {
        assert_eq!(table(text, &wanted).2, ["rows: there is no row"], "{text:?}");
    }
    assert_eq!(table("", &Rows { optional: true, ..wanted }).2, Vec::<String>::new());
}

#[test]
fn quotes_are_those_of_csv_and_bars_stand_apart() {
    let csv = rows(serde_json::json!({
        "separator": ",", "columns": ["name", "size"], "labels": ["name"], "numbers": { "size": { "thousands": "," } }
    }));
    let (judged, metrics, broken) = table("\"a, \"\"b\"\"\",\"1,024\"\n\"c\"d,5\ne,6\n", &csv);
    assert_eq!(judged, ["a, \"b\" ok: size 1024", "e ok: size 6"]);
    assert_eq!(
        (metrics.len(), broken),
        (2, vec!["rows: line 2, column 1: \"c\" goes on behind its closing quote".to_owned()])
    );
    let bars = rows(serde_json::json!({
        "separator": "|", "columns": ["name", "size"], "labels": ["name"], "numbers": { "size": {} }
    }));
    assert_eq!(table(" a \"b | 5 \n", &bars).1, ["size a \"b 5"]);
    let twice = table("a|5\na|6\n", &bars);
    assert_eq!(twice.1, Vec::<String>::new());
    assert!(twice.2[0].starts_with("size: line 2: size name=\"a\" is there again, as in line 1"), "{twice:?}");
    // Of rows with one name the worst is shown, with what it says itself.
    let judged = rows(serde_json::json!({
        "separator": "|", "columns": ["name", "health"], "labels": ["name"],
        "status": { "column": "health", "ok": "ok", "slow": "warning", "*": "critical" }
    }));
    let shown = table("a|ok\na|broken\na|slow\nb|ok\n", &judged).0;
    assert_eq!(shown, ["a critical: health broken", "b ok: health ok"]);
}

#[test]
fn tables_that_cannot_work_are_problems() {
    for (value, key) in [
        (serde_json::json!({ "columns": ["a"], "numbers": { "a": {} } }), "rows.labels"),
        (serde_json::json!({ "labels": ["a"], "numbers": { "b": {} } }), "rows.columns"),
        (
            serde_json::json!({ "header": true, "columns": ["a", "b"], "labels": ["a"], "numbers": { "b": {} } }),
            "rows.columns",
        ),
        (serde_json::json!({ "header": true, "labels": ["a"] }), "rows.numbers"),
        (serde_json::json!({ "header": true, "labels": ["A"], "numbers": { "b": {} } }), "rows.labels"),
        (
            serde_json::json!({ "header": true, "labels": ["a"], "numbers": { "b": { "as": "count" } } }),
            "rows.numbers.b.as",
        ),
        (
            serde_json::json!({ "header": true, "labels": ["a"], "numbers": { "b": { "factor": 0 } } }),
            "rows.numbers.b.factor",
        ),
        (serde_json::json!({ "columns": ["a", "b", "b"], "labels": ["a"], "numbers": { "b": {} } }), "rows.columns"),
    ] {
        let wanted = rows(value);
        let problems = Wanted { rows: Some(&wanted), ..Wanted::default() }.problems(&[]);
        assert!(problems.iter().any(|it| it.key == key), "{key}: {problems:?}");
    }
    let wrong = serde_json::json!({ "labels": ["a"], "status": { "column": "b", "up": "fine" } });
    let wrong = <Rows as crate::OptionValue>::read(&serde_json::from_value(wrong).unwrap()).unwrap_err();
    assert!(wrong.to_string().starts_with("status.up: \"fine\" is none of"), "{wrong}");
}

#[test]
fn moments_are_told_in_seconds() {
    let numbers = [
        number(serde_json::json!({
            "name": "left", "pattern": "^notAfter=(.*)$", "as": "until", "format": "%b %e %H:%M:%S %Y %Z"
        })),
        number(serde_json::json!({ "name": "age", "pattern": "^last=(.*)$", "as": "since", "timezone": "+01:00" })),
        number(serde_json::json!({ "name": "odd", "pattern": "^odd=(.*)$", "as": "since", "required": false })),
    ];
    let json = [
        json(serde_json::json!({ "name": "run", "path": "/at", "as": "since", "factor": 0.001 })),
        json(serde_json::json!({ "name": "next", "path": "/next", "as": "until" })),
    ];
    let host = crate::fake::Fake::new();
    host.set_time(1_767_225_600);
    let told = |wanted: Wanted, text: &str| {
        let all = host.with(|| wanted.pick(text).told(&wanted));
        let units = all.metrics.iter().all(|it| it.unit == crate::Unit::named("seconds").into());
        let values: Vec<(String, f64)> = all.metrics.into_iter().map(|it| (it.name, it.value)).collect();
        let broken: Vec<String> = all.broken.iter().map(|(name, error)| format!("{name}: {error}")).collect();
        (units, values, broken)
    };
    let text = "notAfter=Jan  1 00:01:00 2026 GMT\nlast=2026-01-01 00:59:30\nodd=soon\n";
    let (units, values, broken) = told(Wanted { numbers: &numbers, ..Wanted::default() }, text);
    assert!(units);
    assert_eq!(values, [("left".to_owned(), 60.0), ("age".to_owned(), 30.0)]);
    let said = "odd: line 3, column 5: \"soon\" is no moment: neither RFC 3339 nor seconds since 1970; a format may describe it";
    assert_eq!(broken, [said]);
    let text = r#"{"at": 1767225590000, "next": "2026-01-01T00:00:05Z"}"#;
    let (_, values, broken) = told(Wanted { json: &json, ..Wanted::default() }, text);
    assert_eq!((values, broken.len()), (vec![("run".to_owned(), 10.0), ("next".to_owned(), 5.0)], 0));
}

#[test]
fn a_moment_of_a_named_zone_is_told_by_its_file() {
    let value = serde_json::json!({ "name": "age", "pattern": "^last=(.*)$", "as": "since", "timezone": "Test/East" });
    let numbers = [number(value.clone())];
    let wanted = Wanted { numbers: &numbers, ..Wanted::default() };
    assert_eq!(wanted.needs().len(), 1);
    let host = crate::fake::Fake::new();
    // A file of one kind of time, an hour east of UTC; its rule has summer from the last Sunday of March to that of October.
    let mut file = Vec::new();
    for _ in 0..2 {
        file.extend(b"TZif2");
        file.extend([0; 15]);
        [0, 0, 0, 0, 1, 4].iter().for_each(|it: &u32| file.extend(it.to_be_bytes()));
        file.extend([0, 0, 14, 16, 0, 0]);
        file.extend(b"CET\0");
    }
    file.extend(b"\nCET-1CEST,M3.5.0,M10.5.0/3\n");
    host.file("/usr/share/zoneinfo/Test/East", file).set_time(1_782_864_000);
    let age = |text: &str| {
        let told = host.with(|| wanted.pick(text).told(&wanted));
        assert_eq!(told.broken, [], "{text}");
        told.metrics[0].value
    };
    // 2026-07-01 is in summer, 2026-01-01 is not.
    assert_eq!(age("last=2026-07-01 02:00:00"), 0.0);
    assert_eq!(age("last=2026-01-01 01:00:00"), 1_782_864_000.0 - 1_767_225_600.0);
    assert_eq!(
        age("last=2026-07-01 00:00:00Z"),
        0.0,
        "a text that says its zone is the same moment wherever it is read"
    );
    host.remove("/usr/share/zoneinfo/Test/East");
    // The zone was read once already.
    let numbers = [number(value)];
    let wanted = Wanted { numbers: &numbers, ..Wanted::default() };
    let broken = host.with(|| wanted.pick("last=2026-07-01 02:00:00")).broken[0].1.to_string();
    assert!(broken.contains("/usr/share/zoneinfo/Test/East"), "{broken}");
}

#[test]
fn moments_that_cannot_be_read_are_problems() {
    for (value, key) in [
        (serde_json::json!({ "name": "n", "pattern": "(a)", "as": "until", "format": "%H:%M" }), "numbers[0].format"),
        (serde_json::json!({ "name": "n", "pattern": "(a)", "format": "%s" }), "numbers[0].format"),
        (serde_json::json!({ "name": "n", "pattern": "(a)", "timezone": "Europe/Berlin" }), "numbers[0].format"),
    ] {
        let wanted = [number(value)];
        let problems = Wanted { numbers: &wanted, ..Wanted::default() }.problems(&[]);
        assert_eq!(problems.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), [key]);
    }
}

#[test]
fn a_label_with_every_character_is_kept_and_one_too_long_hides_no_other() {
    let every: String = (1..=0x2ff_u32).filter_map(char::from_u32).filter(|it| !matches!(it, '\n' | '\r')).collect();
    let wanted = [number(serde_json::json!({ "name": "n", "pattern": "^(?<value>\\d+) (?<label>.*)$" }))];
    let found = numbers(&format!("1 {every}\n2 {}\n3 short\n", "x".repeat(5000)), &wanted);
    let labels: Vec<&str> = found.metrics.iter().map(|it| it.labels[0].1.as_str()).collect();
    assert_eq!(labels, [every.as_str(), "short"]);
    let said = format!("line 2: label label: \"{}…\" is longer than 4096 bytes", "x".repeat(40));
    assert_eq!(found.broken[0].1.to_string(), said);
}

/// As an exporter prints it, with a line that was cut.
const EXPORTED: &str = "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\",Host=\"a\"} 5\n\
    http_requests_total{code=\"500\",Host=\"a\"} 1e3\nup NaN\nqueue_bytes 12kB\nhttp_requests_total{code=\"4\n";

#[test]
fn series_of_another_agent_are_picked_by_their_names() {
    let series = |value: serde_json::Value| -> Series { serde_json::from_value(value).unwrap() };
    let all = [
        series(serde_json::json!({ "from": "http_requests_total", "name": "requests", "kind": "counter" })),
        series(serde_json::json!({ "from": "up", "name": "up" })),
        series(serde_json::json!({ "from": "queue_bytes", "name": "queue", "unit": "bytes" })),
        series(serde_json::json!({ "from": "gone", "name": "gone" })),
        series(serde_json::json!({ "from": "gone", "name": "also_gone", "optional": true })),
    ];
    let wanted = Wanted { series: &all, format: Some(TextFormat::Prometheus), ..Wanted::default() };
    let found = wanted.pick(EXPORTED);
    let metrics: Vec<(&str, &str, f64)> =
        found.metrics.iter().map(|it| (it.name.as_str(), it.labels[0].1.as_str(), it.value)).collect();
    assert_eq!(metrics, [("requests", "200", 5.0), ("requests", "500", 1000.0)]);
    assert_eq!(found.metrics[0].labels.len(), 1, "a label that is not snake_case is left out");
    let broken: Vec<String> = found.broken.iter().map(|(name, error)| format!("{name}: {error}")).collect();
    let expected = [
        "queue: line 5: \"12kB\" is not a number",
        "gone: there is no series \"gone\"",
        "series: line 6, column 1: \"http_requests_total{code=\\\"4\" has a label without a closing quote",
    ];
    assert_eq!(broken, expected);

    let influx = [series(serde_json::json!({
        "from": "cpu/usage", "name": "usage", "labels": ["cpu"], "unit": "percent", "as": "value", "factor": 100
    }))];
    let wanted = Wanted { series: &influx, format: Some(TextFormat::Influx), ..Wanted::default() };
    let found =
        wanted.pick("cpu,cpu=cpu0,host=a usage=0.5 1465839830100400200\ncpu,cpu=cpu1,host=a usage=0.25,idle=5i\n");
    let metrics: Vec<(&str, f64)> = found.metrics.iter().map(|it| (it.labels[0].1.as_str(), it.value)).collect();
    assert_eq!((metrics, found.broken.len()), (vec![("cpu0", 50.0), ("cpu1", 25.0)], 0));

    let problems = |wanted: Wanted| wanted.problems(&[]).into_iter().map(|it| it.key).collect::<Vec<_>>();
    assert_eq!(problems(Wanted { series: &influx, ..Wanted::default() }), ["format"]);
    assert_eq!(problems(Wanted { format: Some(TextFormat::Influx), ..Wanted::default() }), ["format"]);
    let odd = [series(serde_json::json!({ "from": "a", "name": "B", "labels": ["C"], "as": "count" }))];
    let odd = Wanted { series: &odd, format: Some(TextFormat::Influx), ..Wanted::default() };
    assert_eq!(problems(odd), ["series[0].name", "series[0].labels", "series[0].as"]);
}

#[test]
fn series_that_nobody_names_are_taken_behind_a_prefix() {
    let named: Series = serde_json::from_value(serde_json::json!({ "from": "up", "name": "up" })).unwrap();
    let wanted = Wanted {
        series: std::slice::from_ref(&named),
        format: Some(TextFormat::Prometheus),
        other_series: Some("app_"),
        ..Wanted::default()
    };
    let text = "# HELP Hits_total TYPE\n# TYPE Hits_total counter\nHits_total{code=\"200\",Host=\"a\"} 5\n\
                up 1\nrate::5m: 2\nlatency:p99 NaN\nlatency:p50 0.25\nodd 5ms\n";
    let found = wanted.pick(text);
    let metrics: Vec<(&str, f64, crate::MetricKind)> =
        found.metrics.iter().map(|it| (it.name.as_str(), it.value, it.kind)).collect();
    let expected = [
        ("app_hits_total", 5.0, crate::MetricKind::Counter),
        ("up", 1.0, crate::MetricKind::Gauge),
        ("app_rate_5m", 2.0, crate::MetricKind::Gauge),
        ("app_latency_p50", 0.25, crate::MetricKind::Gauge),
    ];
    assert_eq!(metrics, expected);
    assert_eq!(found.metrics[0].labels, [("code".to_owned(), "200".to_owned())]);
    let broken: Vec<String> = found.broken.iter().map(|(name, error)| format!("{name}: {error}")).collect();
    assert_eq!(broken, ["series: line 8: app_odd: \"5ms\" is not a number"]);

    let bare = Wanted { format: Some(TextFormat::Influx), other_series: Some(""), ..Wanted::default() };
    let found = bare.pick("9p,host=a read=5i\ncpu,host=a usage=0.5\n");
    assert_eq!(found.metrics[0].name, "cpu_usage");
    assert!(found.broken[0].1.to_string().contains("\"9p_read\" is no name of a metric"), "{:?}", found.broken);
    for prefix in ["A-", "node_", "node_app_", "roundsman_"] {
        let odd = Wanted { format: Some(TextFormat::Influx), other_series: Some(prefix), ..Wanted::default() };
        let problems = odd.problems(&[]);
        assert_eq!(problems.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["other_series"], "{problems:?}");
    }
    let own = Wanted { format: Some(TextFormat::Influx), other_series: Some("nodes_"), ..Wanted::default() };
    assert_eq!(own.problems(&[]), []);
}

#[test]
fn the_old_spelling_of_a_prefix_is_written_anew() {
    let anew = |config| super::replaced("series_prefix", config).unwrap();
    assert_eq!(anew(r#"{"format": "influx", "series_prefix": "x_"}"#), "other_series = \"x_\"");
    assert_eq!(anew(r#"{"series_prefix": ""}"#), "other_series = \"\"");
    assert_eq!(anew(r#"{"series_prefix": 5}"#), "other_series = \"app_\"");
    assert_eq!(super::replaced("series", r#"{"series_prefix": "x_"}"#), None);
}
