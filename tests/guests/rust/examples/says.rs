//! Reports what its options say, so that a test writes its outcome, true or not, where it can be read.
//!
//! `summary`, `status`, `details`, `subchecks = [{labels, status, text, failure}]`,
//! `metrics = [{name, value, unit, kind, labels, warning, critical, copies, extra}]`, `extra`; `repeat` makes the summary
//! that many times longer. Labels and `extra` are lists of pairs, so that a name can come twice; `"nan"`, `"inf"` and `"-inf"` are numbers.

use roundsman_test_guests::{
    Check, Failure, Metric, MetricKind, Outcome, Range, Status, Subcheck, Unit, component, failure, fine,
};
use serde_json::{Map, Value};

struct Says;

impl Check for Says {
    const NAME: &'static str = "says";

    fn run(options: Map<String, Value>) -> Result<Outcome, Failure> {
        let text = |key: &str| options.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let repeat = options.get("repeat").and_then(Value::as_u64).unwrap_or(1) as usize;
        let mut outcome = fine(&text("summary").repeat(repeat));
        outcome.status = status(&text("status"))?;
        outcome.details = list(options.get("details")).iter().map(string).collect();
        for subcheck in list(options.get("subchecks")) {
            outcome.subchecks.push(Subcheck {
                labels: labels(&subcheck["labels"]),
                status: status(&string(&subcheck["status"]))?,
                text: string(&subcheck["text"]),
                failure: subcheck["failure"].as_str().map(|message| failure(message.into())),
                extra: vec![],
            });
        }
        for metric in list(options.get("metrics")) {
            let copies = metric["copies"].as_u64().unwrap_or(1);
            for copy in 0..copies {
                let mut named = labels(&metric["labels"]);
                if copies > 1 {
                    // Behind the label that is given, or as its own: no two are alike.
                    match named.iter_mut().find(|(name, _)| name == "item") {
                        Some((_, value)) => value.push_str(&copy.to_string()),
                        None => named.push(("item".into(), copy.to_string())),
                    }
                }
                outcome.metrics.push(Metric {
                    name: string(&metric["name"]),
                    value: number(&metric["value"])?,
                    unit: unit(&string(&metric["unit"])),
                    kind: if metric["kind"] == "counter" { MetricKind::Counter } else { MetricKind::Gauge },
                    labels: named,
                    warning: range(&metric["warning"])?,
                    critical: range(&metric["critical"])?,
                    min: None,
                    max: None,
                    extra: labels(&metric["extra"]),
                });
            }
        }
        outcome.extra = labels(options.get("extra").unwrap_or(&Value::Null));
        Ok(outcome)
    }
}

component!(Says);

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn labels(value: &Value) -> Vec<(String, String)> {
    list(Some(value)).iter().map(|pair| (string(&pair[0]), string(&pair[1]))).collect()
}

fn number(value: &Value) -> Result<f64, Failure> {
    let read = value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    read.ok_or_else(|| failure(format!("no number: {value}")))
}

fn range(value: &Value) -> Result<Option<Range>, Failure> {
    if value.is_null() {
        return Ok(None);
    }
    Ok(Some(Range { low: number(&value["low"])?, high: number(&value["high"])?, inside: value["inside"] == true }))
}

fn status(word: &str) -> Result<Status, Failure> {
    match word {
        "" | "ok" => Ok(Status::Ok),
        "warning" => Ok(Status::Warning),
        "critical" => Ok(Status::Critical),
        "unknown" => Ok(Status::Unknown),
        other => Err(failure(format!("no status: {other}"))),
    }
}

fn unit(word: &str) -> Unit {
    match word {
        "" | "number" => Unit::Number,
        "bytes" => Unit::Bytes,
        "seconds" => Unit::Seconds,
        "percent" => Unit::Percent,
        "celsius" => Unit::Celsius,
        other => Unit::Other(other.into()),
    }
}
