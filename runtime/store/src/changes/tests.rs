use std::fs;

use super::append::Tail;
use super::*;
use roundsman_os::replace::Readers;
use roundsman_verdict::history::Event;

/// A history to which each call appends so many steps of the clock, told apart by their length.
struct History {
    directory: tempfile::TempDir,
    mark: HistoryEnd,
    longest: u64,
    noted: i64,
}

impl History {
    fn new(longest: u64) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        Self { directory, mark: HistoryEnd::default(), longest, noted: 0 }
    }

    fn tail(&self) -> Tail {
        tail(self.directory.path(), &self.mark).expect("readable")
    }

    /// Notes events and does not remember that: the state was not written.
    fn note(&mut self, count: i64) -> HistoryEnd {
        let events = (self.noted + 1..=self.noted + count).map(|seconds| Event::Clock { seconds }).collect();
        self.noted += count;
        append(self.directory.path(), &self.mark, &self.tail(), events, Readers::Owner, self.longest).expect("noted")
    }

    fn grow(&mut self, count: i64) {
        self.mark = self.note(count);
    }

    fn after(&self, sequence: u64) -> ChangesRead {
        after(self.directory.path(), sequence).expect("readable")
    }

    fn files(&self) -> Vec<String> {
        let entries = self.directory.path().read_dir().expect("a listing");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }
}

fn sequences(found: &ChangesRead) -> Vec<u64> {
    found.entries.iter().map(|entry| entry.sequence).collect()
}

#[test]
fn what_is_noted_is_read_after_any_number() {
    let mut history = History::new(u64::MAX);
    assert_eq!(history.after(0), ChangesRead::default());
    assert!(history.tail().is_first);
    for count in [1, 700, 3] {
        history.grow(count);
    }
    assert!(history.tail().entries.is_empty() && !history.tail().is_first);
    assert_eq!(history.mark.last, 704);
    for sequence in [0, 1, 350, 702, 703, 704, 9_000] {
        let found = history.after(sequence);
        assert_eq!(sequences(&found), (sequence + 1..=704).collect::<Vec<_>>(), "after {sequence}");
        let noted = found.entries.iter().all(|entry| {
            let seconds = i64::try_from(entry.sequence).expect("small");
            entry.event == Event::Clock { seconds }
        });
        assert!(noted, "after {sequence}");
    }
}

#[test]
fn of_the_last_entries_little_more_than_those_is_read() {
    let mut history = History::new(u64::MAX);
    history.grow(20_000);
    let mut seen = 0;
    each(history.directory.path(), 19_990, &mut |_| seen += 1).expect("readable");
    assert!(seen < 2_000, "{seen} of 20000");
}

#[test]
fn long_files_are_closed_and_read_as_one_history() {
    let mut history = History::new(4_000);
    for _ in 0..12 {
        history.grow(17);
    }
    assert!(history.files().len() > 3 && history.files()[0] == FILE, "{:?}", history.files());
    assert!(history.files().contains(&"changes.1".to_owned()), "{:?}", history.files());
    for sequence in 0..=204 {
        let found = history.after(sequence);
        assert_eq!(sequences(&found), (sequence + 1..=204).collect::<Vec<_>>(), "after {sequence}");
    }
    // The oldest is gone: that shows.
    fs::remove_file(history.directory.path().join("changes.1")).expect("a file");
    let found = history.after(1);
    assert!(found.first.is_some_and(|first| first > 2) && sequences(&found).first() == found.first.as_ref());
}

#[test]
fn what_was_noted_before_a_kill_is_found_and_counted_on() {
    for longest in [u64::MAX, 1] {
        let mut history = History::new(longest);
        history.grow(3);
        history.note(2);
        let tail: Vec<u64> = history.tail().entries.iter().map(|entry| entry.sequence).collect();
        assert_eq!(tail, [4, 5], "{longest}");
        history.grow(1);
        assert_eq!((history.mark.last, history.tail().entries.len()), (6, 0));
        assert_eq!(sequences(&history.after(0)), [1, 2, 3, 4, 5, 6]);
        // Killed after the file was closed, before another was begun.
        history.note(1);
        let active = history.directory.path().join(FILE);
        fs::rename(&active, history.directory.path().join("changes.7777")).expect("closed");
        assert_eq!(history.tail().entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [7]);
    }
}

#[test]
fn a_file_cut_anywhere_loses_no_whole_line_and_goes_on() {
    let mut history = History::new(u64::MAX);
    history.grow(2);
    let path = history.directory.path().join(FILE);
    let known = fs::metadata(&path).expect("a file").len();
    history.note(2);
    let whole = fs::read(&path).expect("a file");
    for end in usize::try_from(known).expect("small")..whole.len() {
        fs::write(&path, &whole[..end]).expect("cut");
        let lines = whole[..end].iter().filter(|byte| **byte == b'\n').count() as u64;
        assert_eq!(history.tail().entries.len() as u64, lines - 2, "cut at {end}");
        assert_eq!((history.after(0).entries.len() as u64, history.after(0).unreadable), (lines, 0), "cut at {end}");
        assert_eq!(history.note(1).last, lines + 1, "cut at {end}");
        assert_eq!(sequences(&history.after(0)), (1..=lines + 1).collect::<Vec<_>>(), "cut at {end}");
    }
    fs::write(&path, [b"no entry\n", &whole[..]].concat()).expect("damaged");
    assert_eq!((history.after(0).entries.len(), history.after(0).unreadable), (4, 1));
}

#[test]
fn a_history_that_is_gone_begins_anew_behind_the_last_number() {
    let mut history = History::new(u64::MAX);
    history.grow(5);
    fs::remove_file(history.directory.path().join(FILE)).expect("a file");
    assert!(history.tail().is_first);
    history.grow(1);
    assert_eq!((history.after(3).first, history.mark.last), (Some(6), 6));
}

#[test]
fn a_planted_link_is_not_followed() {
    let directory = tempfile::tempdir().expect("a directory");
    std::os::unix::fs::symlink("/dev/full", directory.path().join(FILE)).expect("planted");
    let events = vec![Event::Clock { seconds: 1 }];
    let error = append(directory.path(), &HistoryEnd::default(), &Tail::default(), events, Readers::Owner, 1);
    assert_eq!(error.expect_err("a link is not followed").raw_os_error(), Some(libc::ELOOP));
}
