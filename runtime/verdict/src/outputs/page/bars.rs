//! The last days of a check as bars: the worse a day, the higher its bar.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::markup::text;
use crate::history::Day;
use crate::judge::humanize::for_people;
use crate::judge::message_lines::status_word;
use roundsman_contract::{Status, Unit};

/// Days that are shown.
pub(crate) const DAYS: i32 = 90;

/// Height of the picture; how high the bar of each status is stands in the style.
const HEIGHT: u32 = 12;

/// Draws the days, oldest first; those in a row with the same worst status are one bar. Those that are OK lie below the others,
/// which are higher, as one bar of all days of which something is known: a page has little else.
pub(crate) fn svg(days: &[(Date, Option<Day>)]) -> String {
    let worst = |(_, day): &(Date, Option<Day>)| day.and_then(|day| day.worst());
    let known = rows(days, |day| worst(day).map(|_| Status::Ok));
    let is_in_part_ok = |bar: &&Bar<'_>| bar.days.iter().any(|day| worst(day) == Some(Status::Ok));
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {DAYS} {HEIGHT}\" preserveAspectRatio=\"none\">",
        text(&label(days))
    );
    let well = known.iter().filter(|bar| bar.worst.is_some()).filter(is_in_part_ok);
    well.for_each(|bar| bar.draw(&mut svg));
    rows(days, worst).iter().filter(|bar| bar.worst != Some(Status::Ok)).for_each(|bar| bar.draw(&mut svg));
    svg + "</svg>"
}

/// Returns a bar for all days in a row of which the same is so.
fn rows(days: &[(Date, Option<Day>)], of: impl Fn(&(Date, Option<Day>)) -> Option<Status>) -> Vec<Bar<'_>> {
    let mut bars: Vec<Bar<'_>> = Vec::new();
    for (at, day) in days.iter().enumerate() {
        let worst = of(day);
        match bars.last_mut() {
            Some(bar) if bar.worst == worst => bar.days = &days[bar.from..=at],
            _ => bars.push(Bar { worst, from: at, days: &days[at..=at], first: day.0 }),
        }
    }
    bars
}

/// Days in a row.
struct Bar<'d> {
    worst: Option<Status>,
    from: usize,
    days: &'d [(Date, Option<Day>)],
    first: Date,
}

impl Bar<'_> {
    fn draw(&self, svg: &mut String) {
        let class = match self.worst {
            None => "",
            Some(Status::Ok) => " class=ok",
            Some(Status::Unknown) => " class=unknown",
            Some(Status::Warning) => " class=warning",
            Some(Status::Critical) => " class=critical",
        };
        // A page has thousands of them: how high one is says the style, and one day is as wide as a bar is by itself.
        let width = if self.days.len() > 1 { format!(" width={}", self.days.len()) } else { String::new() };
        // Writing to a String cannot fail.
        let _ = write!(svg, "<rect{class} x={}{width}>", self.from);
        let _ = write!(svg, "<title>{}</title></rect>", text(&self.title()));
    }

    /// Returns `2026-11-21: 6 h CRITICAL`, `2026-09-01 to 2026-11-20: WARNING`, `OK`: the days of that are shown by the others.
    fn title(&self) -> String {
        let word = self.worst.map_or("nothing known", status_word);
        if self.worst == Some(Status::Ok) {
            return word.to_owned();
        }
        let last = self.days.last().map_or(self.first, |(date, _)| *date);
        if last != self.first {
            return format!("{} to {last}: {word}", self.first);
        }
        let seconds = self.days[0].1.zip(self.worst).map(|(day, worst)| day.seconds(worst));
        let time = seconds.map_or_else(String::new, |seconds| for_people(f64::from(seconds), &Unit::Seconds, 0) + " ");
        format!("{}: {time}{word}", self.first)
    }
}

/// Returns `90 days: 2 CRITICAL, 80 OK, 8 not known`.
fn label(days: &[(Date, Option<Day>)]) -> String {
    let worst = |day: &Option<Day>| day.and_then(|day| day.worst());
    let count = |wanted: Option<Status>| days.iter().filter(|(_, day)| worst(day) == wanted).count();
    let counts = Day::WORST_FIRST
        .map(Some)
        .into_iter()
        .chain([None])
        .map(|status| (count(status), status.map_or("not known", status_word)));
    let counts: Vec<String> =
        counts.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    format!("{DAYS} days: {}", if counts.is_empty() { "nothing known".to_owned() } else { counts.join(", ") })
}
