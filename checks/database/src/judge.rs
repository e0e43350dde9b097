//! From the rows to what is reported of them.

use roundsman_sdk::text::count;
use roundsman_sdk::{Failure, Outcome, Subcheck};

use crate::options::Options;
use crate::query::Query;
use crate::table::{self, Row};
use crate::{DURATION, ROWS, VALUE};

pub fn judge(queries: &[Query], options: &Options) -> Outcome {
    let read: Vec<(&Query, Result<Vec<Row>, Failure>)> = queries.iter().map(|it| (it, rows(it, options))).collect();
    let mut outcome = Outcome::new(summary(&read));
    for (query, rows) in read {
        if let Ok(printed) = &query.printed {
            outcome = outcome.metric(DURATION.value(printed.duration).label("query", &query.name));
        }
        let rows = match rows {
            Ok(rows) => rows,
            Err(failure) => {
                outcome = outcome.subcheck(Subcheck::failed("query", &query.name, failure));
                continue;
            }
        };
        outcome = outcome.metric(ROWS.count(rows.len() as u64).label("query", &query.name));
        let program = query.printed.as_ref().map(|it| it.command.argv()[0].as_str()).unwrap_or_default();
        for row in rows {
            let metric = row.value.as_ref().ok().copied().flatten().map(|value| VALUE.value(value));
            let labelled = metric.map(|metric| match row.name.as_str() {
                "" => metric.label("query", &query.name),
                name => metric.label("query", &query.name).label("row", name),
            });
            outcome = outcome.metrics(labelled).subcheck(subcheck(&query.name, row, program));
        }
    }
    outcome.bounded("rows")
}

fn rows(query: &Query, options: &Options) -> Result<Vec<Row>, Failure> {
    let printed = query.printed.as_ref().map_err(Failure::clone)?;
    printed.command.read(&printed.text, |text| table::parse(text, options))
}

/// Says the number where there is one only, else how many rows there are.
fn summary(read: &[(&Query, Result<Vec<Row>, Failure>)]) -> String {
    let facts = read.iter().map(|(query, rows)| match rows {
        Err(_) => format!("{}: not known", query.name),
        Ok(rows) => match rows.as_slice() {
            [Row { name, written, value: Ok(Some(_)) }] if name.is_empty() => format!("{}: {written}", query.name),
            rows => format!("{}: {}", query.name, count(rows.len(), "row")),
        },
    });
    facts.take(10).collect::<Vec<_>>().join(", ")
}

fn subcheck(query: &str, row: Row, program: &str) -> Subcheck {
    let subcheck = match row.value {
        Ok(Some(_)) => Subcheck::new("query", query, row.written),
        Ok(None) => Subcheck::new("query", query, "NULL: no number"),
        Err(failure) => {
            let message = format!("{program}: {}", failure.message);
            Subcheck::failed("query", query, Failure { message, ..failure })
        }
    };
    if row.name.is_empty() { subcheck } else { subcheck.label("row", row.name) }
}
