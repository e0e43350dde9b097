//! Random histories of a log: every line that was written is told exactly once, or a loss is told.

use proptest::collection::vec;
use proptest::prelude::*;

use super::tests::gzip;
use super::*;
use crate::fake::Fake;

const LOG: &str = "/l/app.log";

#[derive(Clone, Copy, Debug)]
enum Step {
    Append(u8),
    /// A line to the file that was rotated last, by a program that has it open.
    Straggle,
    Rotate {
        create: bool,
    },
    CopyTruncate,
    Truncate,
    Compress(usize),
    Delete(usize),
    Run,
}

/// A line, and what became of it.
#[derive(Debug)]
struct Line {
    text: String,
    told: u32,
    /// A loss was told after it was written.
    lost: bool,
    /// It has gone without a trace: with a file of which the run before knew nothing, or it was written to a rotated file
    /// that had come to rest.
    traceless: bool,
}

struct History {
    host: Fake,
    /// The highest number of a rotated file that is granted, and whether compressed ones are.
    granted: (usize, bool),
    /// Content of the log and of its rotated files; `None` where one is compressed or away.
    files: Vec<Option<Vec<u8>>>,
    /// Of each, what it had in the run before; `None` where it was not there, or another stood there.
    known: Vec<Option<usize>>,
    /// Of each, whether nothing came in it between the last two runs, which knew it as rotated.
    rests: Vec<bool>,
    lines: Vec<Line>,
    losses: u32,
}

fn name(n: usize) -> String {
    if n == 0 { LOG.to_owned() } else { format!("{LOG}.{n}") }
}

impl History {
    fn new(grants: &[&str], granted: (usize, bool)) -> Self {
        let host = Fake::new();
        // Longer than all that follows: of what was there before the first run, only the length is known.
        let before = "before\n".repeat(500);
        host.file(LOG, &before).grant_files(grants);
        let mut new = Self {
            host,
            granted,
            files: vec![Some(before.into_bytes())],
            known: vec![None],
            rests: vec![false],
            lines: Vec::new(),
            losses: 0,
        };
        new.run();
        new
    }

    fn append(&mut self, n: usize) {
        let text = format!("line {}", self.lines.len());
        let content = self.files[n].get_or_insert_default();
        content.extend(format!("{text}\n").bytes());
        self.host.file(&name(n), &content);
        self.lines.push(Line { text, told: 0, lost: false, traceless: self.rests[n] });
    }

    /// Removes what a file got since the run before; if that run did not know the file, nothing tells that it lost anything.
    fn forget(&mut self, n: usize) {
        if self.known[n].is_some_and(|bytes| bytes > 0) {
            return;
        }
        let content = String::from_utf8(self.files[n].clone().unwrap_or_default()).unwrap();
        for line in self.lines.iter_mut().filter(|it| content.lines().any(|text| text == it.text)) {
            line.traceless = true;
        }
    }

    fn shift(&mut self) {
        if self.files.len() > self.granted.0 {
            self.forget(self.granted.0);
        }
        for n in (0..self.files.len()).rev() {
            for end in ["", ".gz"] {
                self.host.rename(&format!("{}{end}", name(n)), &format!("{}{end}", name(n + 1)));
            }
        }
        self.files.insert(0, None);
        self.known.insert(0, None);
        self.rests.insert(0, false);
    }

    fn step(&mut self, step: Step) {
        self.host.set_time(1_767_225_600 + self.lines.len() as u64);
        match step {
            Step::Append(count) => (0..count).for_each(|_| self.append(0)),
            Step::Straggle if self.files.get(1).is_some_and(Option::is_some) => self.append(1),
            Step::Rotate { create } if self.files[0].is_some() => {
                self.shift();
                if create {
                    self.files[0] = Some(Vec::new());
                    self.host.file(LOG, "");
                }
            }
            Step::CopyTruncate if self.files[0].is_some() => {
                self.shift();
                let content = self.files[1].clone().unwrap();
                self.host.rename(&name(1), LOG).file(&name(1), &content).file(LOG, "");
                self.files[0] = Some(Vec::new());
            }
            Step::Truncate if self.files[0].is_some() => {
                self.forget(0);
                (self.files[0], self.known[0]) = (Some(Vec::new()), None);
                self.host.file(LOG, "");
            }
            Step::Compress(n) if n > 0 && self.files.get(n).is_some_and(Option::is_some) => {
                if !self.granted.1 {
                    self.forget(n);
                }
                let content = self.files[n].take().unwrap();
                self.host.remove(&name(n)).file(&format!("{}.gz", name(n)), gzip(&content));
            }
            Step::Delete(n) if n > 0 && self.files.get(n).is_some_and(Option::is_some) => {
                self.forget(n);
                self.files[n] = None;
                self.host.remove(&name(n));
            }
            Step::Run => self.run(),
            _ => {}
        }
    }

    fn run(&mut self) {
        let tail = self.host.with(|| new_lines("test", &[LOG.to_owned()], 1 << 20).unwrap());
        for news in tail.files.iter().filter_map(|it| it.news.as_ref().ok()) {
            for text in &news.lines {
                let line = self.lines.iter_mut().find(|it| it.text == *text);
                line.unwrap_or_else(|| panic!("{text:?} was never written, or before the first run")).told += 1;
            }
        }
        if !tail.lost.is_empty() {
            self.losses += 1;
            self.lines.iter_mut().for_each(|it| it.lost = true);
        }
        let now: Vec<Option<usize>> = self.files.iter().map(|it| it.as_ref().map(Vec::len)).collect();
        self.rests = (0..now.len()).map(|n| n > 0 && now[n].is_some() && now[n] == self.known[n]).collect();
        self.known = now;
    }

    /// Judges that each line was told once, or is lost and was told to be.
    fn judge(mut self) -> Result<Self, TestCaseError> {
        self.run();
        for line in &self.lines {
            let right = line.told == 1 || (line.told == 0 && (line.lost || line.traceless));
            prop_assert!(right, "{line:?}");
        }
        Ok(self)
    }
}

fn steps(any: impl Strategy<Value = Step> + 'static) -> impl Strategy<Value = Vec<Step>> {
    let often = prop_oneof![4 => (1_u8..4).prop_map(Step::Append), 3 => Just(Step::Run)];
    vec(prop_oneof![3 => often, 2 => any], 1..40)
}

fn rotation() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<bool>().prop_map(|create| Step::Rotate { create }),
        1 => Just(Step::Straggle),
        1 => Just(Step::CopyTruncate),
    ]
}

fn destruction() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => rotation(),
        1 => Just(Step::Truncate),
        2 => (1_usize..4).prop_map(Step::Compress),
        1 => (1_usize..4).prop_map(Step::Delete),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_line_is_told_once_or_a_loss_is_told(all in steps(destruction())) {
        let mut history = History::new(&["/l/app.log*"], (usize::MAX, true));
        all.iter().for_each(|step| history.step(*step));
        history.judge()?;
    }

    #[test]
    fn the_same_where_only_one_rotated_file_is_granted(all in steps(destruction())) {
        let mut history = History::new(&["/l/app.log", "/l/app.log.1"], (1, false));
        all.iter().for_each(|step| history.step(*step));
        history.judge()?;
    }

    #[test]
    fn where_all_is_kept_and_granted_nothing_is_lost(all in steps(rotation())) {
        let mut history = History::new(&["/l/app.log*"], (usize::MAX, true));
        all.iter().for_each(|step| history.step(*step));
        let history = history.judge()?;
        prop_assert_eq!(history.losses, 0);
    }
}
