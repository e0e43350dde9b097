//! Numbers told by how much they rose since the run before.

use serde::{Deserialize, Serialize};

use super::number::ToldAs;
use super::pick::{Picked, Wanted};
use crate::parse::ParseError;
use crate::{Error, Metric, Reason, clock, log, order, state};

const KEY: &str = "numbers";

/// A number by its bits, which are exact: to write a fraction in digits is 12 KB of a component.
type Bits = u64;

#[derive(Default, Deserialize, Serialize)]
struct Kept {
    /// Nanoseconds since 1970 UTC.
    at: i64,
    /// By the keys of their series, sorted.
    values: Vec<(String, Bits)>,
}

impl Picked {
    /// Tells moments by the seconds until or since them, and makes rates and differences of the numbers that are to be told so, by what the run before had; keeps what the next run
    /// needs. A number without one has no value, and says why in `extra`: `no_value` is `first` or `reset`. Where the state
    /// stands in the way, these numbers are broken, and no others.
    pub fn told(mut self, wanted: &Wanted) -> Self {
        let told = wanted.told();
        for metric in &mut self.metrics {
            match of(&told, metric) {
                Some(ToldAs::Until) => metric.value -= clock::now() as f64 / 1e9,
                Some(ToldAs::Since) => metric.value = clock::now() as f64 / 1e9 - metric.value,
                _ => {}
            }
        }
        let told: Vec<(&str, ToldAs)> = told.into_iter().filter(|(_, it)| it.is_risen()).collect();
        if told.is_empty() {
            return self;
        }
        if let Err(error) = rise(&mut self.metrics, &told) {
            self.metrics.retain(|metric| of(&told, metric).is_none());
            let broken = told.iter().map(|(name, _)| (name.to_string(), ParseError::whole(error.to_string())));
            self.broken.extend(broken);
        }
        self.one_of_each()
    }
}

fn rise(metrics: &mut [Metric], told: &[(&str, ToldAs)]) -> Result<(), Error> {
    let before = kept()?;
    let mut now = Kept { at: clock::now(), values: Vec::new() };
    let seconds = now.at.saturating_sub(before.at) as f64 / 1e9;
    for metric in metrics {
        let Some(told) = of(told, metric) else { continue };
        let key = key(metric);
        let rise = find(&before.values, &key).map(|it| metric.value - it);
        now.values.push((key, metric.value.to_bits()));
        let rise = match rise {
            None => Err("first"),
            Some(rise) if rise < 0.0 => Err("reset"),
            // A clock that stands or went back tells no rate.
            Some(_) if told == ToldAs::Rate && seconds <= 0.0 => Err("reset"),
            Some(rise) if told == ToldAs::Rate => Ok(rise / seconds),
            Some(rise) => Ok(rise),
        };
        metric.extra.extend(rise.err().map(|why| ("no_value".to_owned(), why.to_owned())));
        metric.value = rise.unwrap_or(f64::NAN);
    }
    let order = order::places(now.values.len(), &|one, other| now.values[one].0.cmp(&now.values[other].0));
    now.values = order.into_iter().map(|at| std::mem::take(&mut now.values[at])).collect();
    state::set_json(KEY, &now)
}

/// Tells how a metric is to be told, where that is by how much it rose.
fn of(told: &[(&str, ToldAs)], metric: &Metric) -> Option<ToldAs> {
    told.iter().find(|(name, _)| *name == metric.name).map(|(_, told)| *told)
}

fn find(sorted: &[(String, Bits)], key: &str) -> Option<f64> {
    let at = sorted.binary_search_by(|(it, _)| it.as_str().cmp(key)).ok()?;
    Some(f64::from_bits(sorted[at].1))
}

fn kept() -> Result<Kept, Error> {
    match state::get_json(KEY) {
        Ok(kept) => Ok(kept.unwrap_or_default()),
        Err(Error { reason: Reason::Unreadable(why), .. }) => {
            log::warning(&format!("numbers of the run before are unreadable: {why}"));
            Ok(Kept::default())
        }
        Err(error) => Err(error),
    }
}

/// A series as a key that no other has.
fn key(metric: &Metric) -> String {
    format!("{} {:?}", metric.name, order::labels(&metric.labels))
}
