//! Counters that only rise, as rates: what they rose by since the run before, by the second.
//!
//! ```
//! use roundsman_sdk::fake::Fake;
//! use roundsman_sdk::rates::{self, Rates};
//!
//! let host = Fake::new();
//! let counted = |packets: u64| host.with(|| rates::per_second("net", [("eth0".to_owned(), packets)])).unwrap();
//! let first: Rates = counted(1000);
//! // Of the first run no rate is known.
//! assert_eq!(first.get("eth0"), None);
//! host.set_time(1_767_225_600 + 10);
//! assert_eq!(counted(1500).get("eth0"), Some(50.0));
//! let (_, part) = host.with(|| rates::per_second_or_part("net", [("eth0".to_owned(), 1600)]));
//! assert!(part.is_none());
//! ```

use serde::{Deserialize, Serialize};

use crate::{Error, Reason, Subcheck, clock, log, state};

/// Rates by the keys of their counters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates(Vec<(String, f64)>);

impl Rates {
    /// By how much the counter rose a second. `None` where no rate is known: the first run, a counter that was not
    /// there before, one that fell (it began anew), or a clock that did not advance.
    pub fn get(&self, key: &str) -> Option<f64> {
        find(&self.0, key)
    }
}

#[derive(Deserialize, Serialize)]
struct Kept {
    /// Nanoseconds since 1970 UTC.
    at: i64,
    /// Sorted by their keys.
    counters: Vec<(String, u64)>,
}

fn find<T: Copy>(sorted: &[(String, T)], key: &str) -> Option<T> {
    let at = sorted.binary_search_by(|(it, _)| it.as_str().cmp(key)).ok()?;
    Some(sorted[at].1)
}

/// Keeps these counters in the state, below `set`, and tells their rates since the run before. All counters of one
/// set go in one call: what is left out is forgotten.
pub fn per_second(set: &str, counters: impl IntoIterator<Item = (String, u64)>) -> Result<Rates, Error> {
    let key = format!("rates:{set}");
    let mut now = Kept { at: clock::now(), counters: counters.into_iter().collect() };
    now.counters.sort_unstable();
    let before = match state::get_json::<Kept>(&key) {
        Ok(before) => before,
        Err(Error { reason: Reason::Unreadable(why), .. }) => {
            log::warning(&format!("counters of the run before are unreadable, rates begin anew: {why}"));
            None
        }
        Err(error) => return Err(error),
    };
    state::set_json(&key, &now)?;
    Ok(before.map(|before| between(&before, &now)).unwrap_or_default())
}

/// Does as [`per_second`]. Where counters cannot be kept no rate is ever known, and none judged: a subcheck, UNKNOWN, says so.
pub fn per_second_or_part(set: &str, counters: impl IntoIterator<Item = (String, u64)>) -> (Rates, Option<Subcheck>) {
    match per_second(set, counters) {
        Ok(rates) => (rates, None),
        Err(error) => (Rates::default(), Some(Subcheck::failed("part", "rates", error))),
    }
}

fn between(before: &Kept, now: &Kept) -> Rates {
    let seconds = now.at.saturating_sub(before.at) as f64 / 1e9;
    if seconds <= 0.0 {
        return Rates::default();
    }
    let rate = |(key, value): &(String, u64)| {
        let rise = value.checked_sub(find(&before.counters, key)?)?;
        Some((key.clone(), rise as f64 / seconds))
    };
    Rates(now.counters.iter().filter_map(rate).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    fn rates(host: &Fake, at: u64, counters: &[(&str, u64)]) -> Rates {
        host.set_time(at);
        let counters: Vec<(String, u64)> = counters.iter().map(|(key, value)| (key.to_string(), *value)).collect();
        host.with(|| per_second("test", counters).unwrap())
    }

    #[test]
    fn the_first_run_knows_no_rate_and_the_second_does() {
        let host = Fake::new();
        assert_eq!(rates(&host, 100, &[("a", 1000)]).get("a"), None);
        let second = rates(&host, 160, &[("a", 1600), ("new", 5)]);
        assert_eq!(second.get("a"), Some(10.0));
        assert_eq!(second.get("new"), None);
    }

    #[test]
    fn a_counter_that_fell_gives_no_rate_and_then_goes_on() {
        let host = Fake::new();
        rates(&host, 100, &[("a", 1000)]);
        assert_eq!(rates(&host, 160, &[("a", 3)]).get("a"), None);
        assert_eq!(rates(&host, 161, &[("a", 4)]).get("a"), Some(1.0));
    }

    #[test]
    fn a_clock_that_stands_or_goes_back_gives_no_rate() {
        let host = Fake::new();
        rates(&host, 100, &[("a", 1)]);
        assert_eq!(rates(&host, 100, &[("a", 2)]).get("a"), None);
        assert_eq!(rates(&host, 50, &[("a", 3)]).get("a"), None);
        assert_eq!(rates(&host, 51, &[("a", 4)]).get("a"), Some(1.0));
    }

    #[test]
    fn what_another_version_left_behind_is_begun_anew_and_said() {
        let host = Fake::new();
        host.with(|| state::set("rates:test", b"\xff").unwrap());
        assert_eq!(rates(&host, 100, &[("a", 1)]).get("a"), None);
        assert!(host.log()[0].contains("rates begin anew"), "{:?}", host.log());
        assert_eq!(rates(&host, 101, &[("a", 2)]).get("a"), Some(1.0));
    }
}
