//! The latest changes, newest first.

use std::fmt::Write as _;

use super::OutputScene;
use super::markup::{chip, text, time};
use crate::history::{Change, Event, HistoryEntry};
use crate::judge::humanize::time_between;
use crate::judge::message_lines::status_word;
use crate::outputs::history_line::{silenced_by, subject};

/// Changes that are shown.
const MOST: usize = 20;

/// Writes the table, unless nothing has changed.
pub(crate) fn table(scene: &OutputScene<'_>, page: &mut String) {
    let changes = scene.latest.iter().rev().filter_map(|entry| match &entry.event {
        // That a check is there at first is no change.
        Event::Change(change) if change.from.is_some() || change.subcheck.is_some() => Some((entry, change)),
        _ => None,
    });
    let rows: String = changes.take(MOST).map(|(entry, change)| row(entry, change, scene)).collect();
    if rows.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "<table>\n<caption>Latest changes</caption>\n<thead><tr><th scope=\"col\">Status</th><th scope=\"col\">Check</th>\
         <th scope=\"col\">Ago</th><th scope=\"col\">Was, and says</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    );
}

fn row(entry: &HistoryEntry, change: &Change, scene: &OutputScene<'_>) -> String {
    let was = change.from.map_or_else(String::new, |from| format!("{}; ", status_word(from)));
    let silenced = change
        .silenced
        .as_ref()
        .map_or_else(String::new, |silenced| format!(" ({}: {})", silenced_by(silenced), silenced.reason));
    format!(
        "<tr><td>{}</td><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
        chip(change.to, change.to.map_or("GONE", status_word)),
        text(&subject(change)),
        time(entry.time, &time_between(entry.time, scene.now.at)),
        text(&format!("{was}{}{silenced}", change.summary)),
    )
}
