//! Whom the end of a trouble is told: whoever was told of the trouble, and nobody else. Rounds of one receiver, by a table and at
//! random.

use std::collections::BTreeSet;

use roundsman_order::{DeliveryAnswer, DeliveryOutcome};

use super::super::cursor::{Attempt, Cursor, CursorStep, To};
use super::tests::{Scene, words};
use super::*;
use crate::check_status::{Ack, Pause};

/// Fate of the messages of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Taken,
    /// Nobody is there.
    Away,
    /// The receiver takes so many; then it is gone.
    First(usize),
    /// The receiver takes all, and the round is killed before it notes that.
    Killed,
    /// The receiver says that it does not take them.
    Refused,
    /// The receiver is in trouble itself, and may have them all the same.
    Dropped,
}

/// A receiver, and what it has heard.
struct Receiver {
    scene: Scene,
    cursor: Cursor,
    /// Troubles that it was told of and of whose end it was not, by its own account.
    open: BTreeSet<Subject>,
    /// Ends that it was told of without the trouble.
    odd: Vec<String>,
}

impl Receiver {
    fn new() -> Self {
        Self { scene: Scene::default(), cursor: Cursor::default(), open: BTreeSet::new(), odd: Vec::new() }
    }

    /// Does what stands in a step: `CHECK STATUS`, `CHECK/PART STATUS`, `gone CHECK`, `pause CHECK`, `ack CHECK`, `resume CHECK`, `at-least STATUS`,
    /// `renamed`, and what becomes of the messages. Returns what is sent.
    fn step(&mut self, words_of_step: &str) -> String {
        let mut fate = Fate::Taken;
        for deed in words_of_step.split(", ") {
            match deed.split(' ').collect::<Vec<_>>()[..] {
                ["-"] => {}
                ["away"] => fate = Fate::Away,
                ["killed"] => fate = Fate::Killed,
                ["refused"] => fate = Fate::Refused,
                ["dropped"] => fate = Fate::Dropped,
                ["first", count] => fate = Fate::First(count.parse().unwrap()),
                ["renamed"] => (self.cursor, self.open) = (Cursor::default(), BTreeSet::new()),
                ["later", minutes] => self.scene.minute += minutes.parse::<i64>().unwrap(),
                ["at-least", status] => self.scene.only.at_least = of_word(status),
                ["gone", check] => {
                    self.scene.becomes(check, None);
                    self.scene.checks.remove(check);
                }
                ["pause" | "ack" | "resume", check] => self.silence(deed, check),
                [name, status] => match name.split_once('/') {
                    Some((check, part)) => self.scene.part_becomes(check, part, of_word(status)),
                    None => self.scene.becomes(name, of_word(status)),
                },
                _ => panic!("{deed}"),
            }
        }
        self.round(fate)
    }

    fn silence(&mut self, deed: &str, check: &str) {
        let (now, until) = (super::tests::at(self.scene.minute), super::tests::at(1_000_000));
        let check_status = self.scene.checks.get_mut(check).unwrap();
        let deed = match deed.split_once(' ').unwrap().0 {
            "pause" => {
                check_status.pause = Some(Box::new(Pause { until, reason: String::new(), by: None, at: None }));
                Deed::Pause
            }
            "ack" => {
                check_status.ack = Some(Box::new(Ack::of(
                    check_status,
                    check_status.hard.unwrap(),
                    "alice".to_owned(),
                    now,
                    String::new(),
                )));
                Deed::Ack
            }
            _ => {
                (check_status.pause, check_status.ack) = (None, None);
                Deed::Resume
            }
        };
        let (check, by) = (check.to_owned(), "alice".to_owned());
        self.scene.note(history::Event::Act(Act { check, act: deed, by, reason: None, until: None }));
    }

    fn round(&mut self, fate: Fate) -> String {
        self.scene.place.clone_from(&self.cursor.place);
        let plan = self.scene.plan();
        if plan.messages.is_empty() {
            self.cursor.place = Some(plan.end.clone());
        }
        let last = plan.messages.len();
        for (number, message) in plan.messages.iter().enumerate() {
            let place = if number + 1 == last { plan.end.clone() } else { message.place.clone() };
            let (is_heard, outcome) = match fate {
                Fate::Away => break,
                Fate::First(count) if number >= count => break,
                Fate::Taken | Fate::First(_) => (true, Some((DeliveryOutcome::Done, 200))),
                Fate::Killed => (true, None),
                Fate::Refused => (false, Some((DeliveryOutcome::Refused, 400))),
                Fate::Dropped => (true, Some((DeliveryOutcome::Refused, 500))),
            };
            if is_heard {
                self.hear(message);
            } else {
                // Whoever refuses to hear of an end has itself to blame.
                message.news.iter().filter(|news| news.event == AlertAction::Resolve).for_each(|news| {
                    self.open.remove(&news.subject);
                });
            }
            if let Some((outcome, status)) = outcome {
                self.note(outcome, status, place);
            }
        }
        self.scene.minute += 1;
        words(&plan)
    }

    fn note(&mut self, outcome: DeliveryOutcome, status: u16, place: ReceiverPlace) {
        let (now, tick) = (super::tests::at(self.scene.minute), Duration::from_secs(60));
        let attempt = Attempt { now, tick, machine: "m", output: "chat", each_round: false };
        let (reason, status) = (String::new(), Some(status));
        let answer = DeliveryAnswer {
            id: 0,
            outcome,
            status,
            retry_after: None,
            reason,
            dropped: 0,
            question: None,
            answer: None,
        };
        // It was tried three times.
        self.cursor.failures = 2;
        self.cursor.take(&answer, Some(CursorStep::to(To::Place(place), 1)), attempt);
    }

    fn hear(&mut self, message: &Message) {
        for news in &message.news {
            match news.event {
                AlertAction::Trigger => drop(self.open.insert(news.subject.clone())),
                // A part that made its check change is told of with it, and its end may be told by itself.
                AlertAction::Resolve if self.open.remove(&news.subject) || !news.subject.is_check() => {}
                AlertAction::Acknowledge if self.open.contains(&news.subject) => {}
                _ => self.odd.push(format!("{} {}", news.event.word(), news.subject.name())),
            }
        }
    }
}

fn of_word(word: &str) -> Option<Status> {
    match word {
        "OK" => Some(Status::Ok),
        "WARNING" => Some(Status::Warning),
        "CRITICAL" => Some(Status::Critical),
        "UNKNOWN" => Some(Status::Unknown),
        _ => panic!("{word}"),
    }
}

/// Steps of a receiver, each with what it is sent then.
type Row = (&'static str, &'static [(&'static str, &'static str)]);

const ROWS: [Row; 14] = [
    (
        "a trouble and its end",
        &[("disk CRITICAL", "trigger disk CRITICAL"), ("-", ""), ("disk OK", "resolve disk OK"), ("-", "")],
    ),
    (
        "one that worsens is told, and its end once",
        &[
            ("disk WARNING", "trigger disk WARNING"),
            ("disk CRITICAL", "trigger disk CRITICAL"),
            ("disk WARNING", "trigger disk WARNING"),
            ("disk OK", "resolve disk OK"),
        ],
    ),
    ("what was never hard bad has no end", &[("disk OK", ""), ("gone disk", "")]),
    (
        "a filter keeps a trouble and its end back",
        &[
            ("at-least CRITICAL, disk WARNING", ""),
            ("disk OK", ""),
            ("disk CRITICAL", "trigger disk CRITICAL"),
            ("disk OK", "resolve disk OK"),
        ],
    ),
    (
        "a filter that is made narrower ends what it no longer chooses, a wider one tells what it chooses now",
        &[
            ("disk WARNING", "trigger disk WARNING"),
            ("at-least CRITICAL", "resolve disk WARNING"),
            ("disk OK", ""),
            ("disk WARNING", ""),
            ("at-least WARNING", "trigger disk WARNING"),
            ("disk OK", "resolve disk OK"),
        ],
    ),
    (
        "an output that is new, or has another name, hears of what is bad then and of no other end",
        &[
            ("disk CRITICAL, load CRITICAL", "trigger disk CRITICAL | trigger load CRITICAL"),
            ("load OK", "resolve load OK"),
            ("renamed", "trigger disk CRITICAL"),
            ("disk OK", "resolve disk OK"),
        ],
    ),
    (
        "a new one that is away hears nothing of what was over before it was there",
        &[("renamed, disk CRITICAL, away", "trigger disk CRITICAL"), ("disk OK", "")],
    ),
    (
        "a silence keeps a trouble back with its end, and what is still bad when it ends is told then",
        &[
            ("pause disk", ""),
            ("disk CRITICAL", ""),
            ("disk OK", ""),
            ("disk CRITICAL", ""),
            ("resume disk", "trigger disk CRITICAL"),
            ("disk OK", "resolve disk OK"),
        ],
    ),
    (
        "one that was told before a silence hears of an end in it, or of what is still bad after it, once",
        &[
            ("disk CRITICAL", "trigger disk CRITICAL"),
            ("pause disk", ""),
            ("disk OK", "resolve disk OK"),
            ("resume disk", ""),
            ("disk CRITICAL", "trigger disk CRITICAL"),
            ("ack disk", "acknowledge disk CRITICAL"),
            ("-", ""),
            ("resume disk", "trigger disk CRITICAL"),
            ("-", ""),
            ("pause disk", ""),
            ("resume disk", "trigger disk CRITICAL"),
            ("-", ""),
            ("disk OK", "resolve disk OK"),
        ],
    ),
    (
        "who is away hears of both, in one message too, and of no acknowledgement without the trouble",
        &[
            ("disk CRITICAL, away", "trigger disk CRITICAL"),
            ("disk OK, away", "trigger disk CRITICAL | resolve disk OK"),
            (
                "load WARNING, ack load, away",
                "trigger disk CRITICAL | resolve disk OK | trigger load WARNING | acknowledge load WARNING",
            ),
            ("later 61", "trigger disk CRITICAL, resolve disk OK, trigger load WARNING, acknowledge load WARNING"),
            ("load OK", "resolve load OK"),
        ],
    ),
    (
        "of many changes in one message none is an end without its begin",
        &[
            ("c5 CRITICAL, c5 OK, away", "trigger c5 CRITICAL | resolve c5 OK"),
            (
                "c1 CRITICAL, c2 CRITICAL, c3 CRITICAL, c4 CRITICAL, c5 WARNING, c5 OK",
                "trigger c1 CRITICAL, trigger c2 CRITICAL, trigger c3 CRITICAL, trigger c4 CRITICAL, trigger c5 WARNING, resolve c5 OK",
            ),
            ("c1 OK, c2 OK, c3 OK, c4 OK", "resolve c1 OK | resolve c2 OK | resolve c3 OK | resolve c4 OK"),
        ],
    ),
    (
        "who refused a trouble is told neither its end nor the trouble again, but what it becomes",
        &[
            ("disk WARNING, refused", "trigger disk WARNING"),
            ("-", ""),
            ("ack disk", ""),
            ("disk OK, resume disk", ""),
            ("disk WARNING, refused", "trigger disk WARNING"),
            ("disk CRITICAL", "trigger disk CRITICAL"),
            ("disk OK", "resolve disk OK"),
        ],
    ),
    (
        "who was in trouble itself may have it, and is told its end",
        &[("disk WARNING, dropped", "trigger disk WARNING"), ("disk OK", "resolve disk OK")],
    ),
    (
        "a round that is killed tells the same again, and the end behind it",
        &[
            ("disk CRITICAL, load WARNING, first 1", "trigger disk CRITICAL | trigger load WARNING"),
            ("load OK, killed", "trigger load WARNING | resolve load OK"),
            ("-", "trigger load WARNING | resolve load OK"),
            ("gone disk", "resolve disk GONE"),
        ],
    ),
];

#[test]
fn an_end_is_told_to_whoever_was_told_the_trouble() {
    for (what, steps) in ROWS {
        let mut receiver = Receiver::new();
        receiver.step("disk OK, load OK");
        for (number, (step, sent)) in steps.iter().enumerate() {
            assert_eq!(receiver.step(step), *sent, "{what}: step {number}, {step}");
        }
        assert_eq!((receiver.odd, receiver.open), (Vec::new(), BTreeSet::new()), "{what}");
    }
}

/// Numbers that look as if nothing led from one to the next, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

#[test]
fn whatever_happens_nobody_hears_of_an_end_alone_and_in_the_end_of_all_ends() {
    let checks = ["disk", "load", "c1", "c2", "c3", "c4"];
    let mut sent = 0;
    for seed in 0..1_000 {
        let (mut numbers, mut receiver, mut steps) = (Numbers(seed), Receiver::new(), Vec::new());
        receiver.step(&checks.map(|check| format!("{check} OK")).join(", "));
        receiver.scene.repeat = (seed % 3 == 0).then_some(Duration::from_secs(300));
        let mut do_step = |receiver: &mut Receiver, step: String| {
            sent += receiver.step(&step).len();
            steps.push(step);
            assert_eq!(receiver.odd, Vec::<String>::new(), "{seed}: {steps:?}");
        };
        for _ in 0..20 {
            let mut deeds = Vec::new();
            for _ in 0..numbers.below(8) {
                let check = numbers.one_of(&checks);
                let is_bad = receiver.scene.checks[check].hard.is_some_and(|hard| hard != Status::Ok);
                deeds.push(match numbers.below(10) {
                    0 => format!("pause {check}"),
                    1 if is_bad => format!("ack {check}"),
                    2 => format!("resume {check}"),
                    3 => format!("at-least {}", numbers.one_of(&["UNKNOWN", "WARNING", "CRITICAL"])),
                    4 => format!("later {}", numbers.one_of(&["1", "70"])),
                    _ => format!("{check} {}", numbers.one_of(&["OK", "OK", "WARNING", "CRITICAL"])),
                });
            }
            let fates = ["-", "-", "-", "away", "first 1", "first 2", "refused", "dropped"];
            deeds.push(numbers.one_of(&fates).to_owned());
            do_step(&mut receiver, deeds.join(", "));
        }
        let well = checks.map(|check| format!("resume {check}, {check} OK"));
        do_step(&mut receiver, well.join(", "));
        assert_eq!(receiver.open, BTreeSet::new(), "{seed}: {steps:?}");
        assert_eq!(receiver.cursor.place.unwrap().told, Vec::new(), "{seed}: {steps:?}");
    }
    assert!(sent > 50_000, "{sent} bytes of words: little was told");
}
