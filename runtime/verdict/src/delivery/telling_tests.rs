use super::*;
use crate::check_status::trouble::Trouble;
use crate::check_status::{Ack, Pause};
use crate::history::Silenced;
use crate::judge::StateType;
use crate::judge::{Verdict, sample};

const OK: Option<Status> = Some(Status::Ok);
const WARNING: Option<Status> = Some(Status::Warning);
const CRITICAL: Option<Status> = Some(Status::Critical);

pub(super) fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(60 * minute).unwrap()
}

/// A host on which time passes: checks, and the changes that they made.
#[derive(Default)]
pub(super) struct Scene {
    pub(super) checks: BTreeMap<String, CheckStatus>,
    pub(super) entries: Vec<HistoryEntry>,
    pub(super) place: Option<ReceiverPlace>,
    pub(super) only: Only,
    pub(super) repeat: Option<Duration>,
    pub(super) each_alone: bool,
    pub(super) minute: i64,
}

impl Scene {
    pub(super) fn note(&mut self, event: history::Event) {
        let sequence = self.entries.len() as u64 + 1;
        self.entries.push(HistoryEntry { sequence, time: at(self.minute), event });
    }

    /// A hard change of a check, noted as a round does.
    pub(super) fn becomes(&mut self, check: &str, to: Option<Status>) {
        let before = self.checks.get(check).cloned();
        let mut check_status = before.clone().unwrap_or_else(|| CheckStatus::pending(sample::verdict()));
        check_status.verdict = Verdict { status: to, summary: format!("{check} now"), ..check_status.verdict };
        (check_status.hard, check_status.since) = (to, Some(at(self.minute)));
        let silenced = check_status.is_silenced(at(self.minute)).then(|| Silenced {
            by: None,
            reason: String::new(),
            until: None,
            paused: true,
        });
        self.checks.insert(check.to_owned(), check_status);
        let from = before.and_then(|before| before.hard);
        self.note(history::Event::Change(Change {
            check: check.to_owned(),
            subcheck: None,
            from,
            to,
            since: Some(at(self.minute)),
            summary: format!("{check} now"),
            silenced,
        }));
    }

    /// The same of a subcheck, by the value of its one label.
    pub(super) fn part_becomes(&mut self, check: &str, part: &str, to: Option<Status>) {
        let labels = vec![("mount".to_owned(), part.to_owned())];
        let check_status = self.checks.get_mut(check).unwrap();
        check_status.troubles.retain(|trouble| trouble.labels != labels);
        if let Some(status) = to.filter(|status| *status != Status::Ok) {
            check_status.troubles.push(Trouble {
                labels: labels.clone(),
                status,
                state_type: StateType::Hard,
                attempt: 1,
                hard: to,
                since: Some(at(self.minute)),
            });
        }
        self.note(history::Event::Change(Change {
            check: check.to_owned(),
            subcheck: Some(labels),
            from: None,
            to,
            since: None,
            summary: part.to_owned(),
            silenced: None,
        }));
    }

    pub(super) fn plan(&self) -> TellingPlan {
        let wish = TellingChoice {
            only: &self.only,
            repeat: self.repeat,
            max_age: Duration::from_secs(3_600),
            each_alone: self.each_alone,
        };
        let known = KnownChanges {
            entries: &self.entries,
            last: self.entries.len() as u64,
            checks: &self.checks,
            labels: &BTreeMap::new(),
            now: at(self.minute),
        };
        plan(self.place.as_ref(), wish, known)
    }

    /// Returns a round whose messages all arrive: a word for each piece of news, messages parted by `|`.
    fn told(&mut self) -> String {
        let plan = self.plan();
        self.place = Some(plan.end.clone());
        self.minute += 1;
        words(&plan)
    }
}

pub(super) fn words(plan: &TellingPlan) -> String {
    let word = |one: &News| {
        let status = one.status.map_or("GONE", crate::judge::message_lines::status_word);
        format!("{} {} {}", one.event.word(), one.subject.name(), status)
    };
    let messages = plan.messages.iter().map(|message| message.news.iter().map(word).collect::<Vec<_>>().join(", "));
    messages.collect::<Vec<_>>().join(" | ")
}

/// Returns a receiver that knows of everything.
fn scene() -> Scene {
    let mut scene = Scene::default();
    for check in ["disk", "load"] {
        scene.becomes(check, OK);
    }
    assert_eq!(scene.told(), "", "nothing is bad in the first round");
    scene
}

#[test]
fn what_was_told_before_is_said_with_how_long_it_lasted() {
    let mut scene = scene();
    let line = |scene: &mut Scene| {
        let plan = scene.plan();
        scene.place = Some(plan.end.clone());
        scene.minute += 10;
        plan.messages[0].news[0].line("web1", at(scene.minute - 10))
    };
    scene.becomes("disk", WARNING);
    assert_eq!(line(&mut scene), "WARNING web1 disk: disk now");
    scene.becomes("disk", CRITICAL);
    assert_eq!(line(&mut scene), "CRITICAL web1 disk (was WARNING for 10 min): disk now");
    scene.becomes("disk", OK);
    assert_eq!(line(&mut scene), "OK web1 disk (was CRITICAL for 10 min): disk now");
}

#[test]
fn a_trouble_is_told_once_and_its_end_to_whoever_was_told() {
    let mut scene = scene();
    scene.becomes("disk", WARNING);
    assert_eq!(scene.told(), "trigger disk WARNING");
    assert_eq!(scene.told(), "");
    scene.becomes("disk", CRITICAL);
    assert_eq!(scene.told(), "trigger disk CRITICAL");
    scene.becomes("disk", OK);
    assert_eq!(scene.told(), "resolve disk OK");
    assert_eq!((scene.told(), scene.place.unwrap().told), (String::new(), Vec::new()));
}

#[test]
fn what_came_and_went_between_two_deliveries_is_told_in_its_order() {
    let mut scene = scene();
    scene.becomes("disk", CRITICAL);
    scene.becomes("disk", OK);
    scene.becomes("load", WARNING);
    assert_eq!(scene.told(), "trigger disk CRITICAL | resolve disk OK | trigger load WARNING");
}

#[test]
fn a_message_that_did_not_arrive_is_told_again_with_all_behind_it() {
    let mut scene = scene();
    scene.becomes("disk", CRITICAL);
    scene.becomes("load", WARNING);
    let first = scene.plan();
    // The first arrived, and the process was killed.
    scene.place = Some(first.messages[0].place.clone());
    let second = scene.plan();
    assert_eq!(words(&second), "trigger load WARNING");
    assert_eq!(second.messages[0].news, first.messages[1].news, "the same news, so that its id is the same");
}

#[test]
fn a_new_receiver_and_one_whose_cursor_is_lost_get_one_message_of_what_is_bad() {
    let mut scene = scene();
    for check in ["a", "b", "c"] {
        scene.becomes(check, CRITICAL);
    }
    scene.place = None;
    assert_eq!(scene.told(), "trigger a CRITICAL, trigger b CRITICAL, trigger c CRITICAL");
    assert_eq!(scene.told(), "");
    scene.becomes("b", OK);
    assert_eq!(scene.told(), "resolve b OK");
}

#[test]
fn more_than_five_are_one_message_unless_a_body_has_a_key() {
    let mut scene = scene();
    for check in 0..6 {
        scene.becomes(&format!("c{check}"), CRITICAL);
    }
    assert_eq!(scene.plan().messages.len(), 1);
    assert_eq!(scene.plan().messages[0].news.len(), 6);
    scene.each_alone = true;
    assert_eq!(scene.plan().messages.len(), 6);
    // A backlog of long ago is one message, with the last trouble of each and what came of it.
    scene.each_alone = false;
    assert!(!scene.told().is_empty());
    scene.becomes("disk", CRITICAL);
    scene.becomes("disk", OK);
    scene.becomes("load", WARNING);
    scene.minute += 61;
    assert_eq!(scene.told(), "trigger disk CRITICAL, resolve disk OK, trigger load WARNING");
}

#[test]
fn a_silence_tells_nobody_and_what_is_bad_at_its_end_is_told_once() {
    let mut scene = scene();
    let pause = Pause { until: at(100), reason: String::new(), by: None, at: None };
    scene.checks.get_mut("disk").unwrap().pause = Some(Box::new(pause));
    scene.becomes("disk", CRITICAL);
    assert_eq!(scene.told(), "");
    scene.minute = 100;
    assert_eq!(scene.told(), "trigger disk CRITICAL");
    assert_eq!(scene.told(), "");
    // Who was told hears of the end, even in a silence.
    scene.checks.get_mut("disk").unwrap().pause =
        Some(Box::new(Pause { until: at(500), reason: String::new(), by: None, at: None }));
    scene.becomes("disk", OK);
    assert_eq!(scene.told(), "resolve disk OK");
}

#[test]
fn an_acknowledgement_is_told_to_whoever_was_told_the_trouble() {
    let mut scene = scene();
    scene.becomes("disk", CRITICAL);
    assert_eq!(scene.told(), "trigger disk CRITICAL");
    for check in ["disk", "load"] {
        let check_status = scene.checks.get_mut(check).unwrap();
        check_status.ack =
            Some(Box::new(Ack::of(check_status, Status::Critical, "alice".to_owned(), at(0), String::new())));
        scene.note(history::Event::Act(Act {
            check: check.to_owned(),
            act: Deed::Ack,
            by: "alice".to_owned(),
            reason: None,
            until: None,
        }));
    }
    assert_eq!(scene.told(), "acknowledge disk CRITICAL");
    assert_eq!(scene.told(), "");
}

#[test]
fn a_filter_is_asked_of_troubles_and_leaving_it_is_told() {
    let mut scene = scene();
    scene.only.at_least = CRITICAL;
    scene.becomes("disk", WARNING);
    assert_eq!(scene.told(), "");
    scene.becomes("disk", CRITICAL);
    assert_eq!(scene.told(), "trigger disk CRITICAL");
    scene.becomes("disk", WARNING);
    assert_eq!(scene.told(), "resolve disk WARNING");
    scene.becomes("disk", OK);
    assert_eq!(scene.told(), "", "nobody was told of the warning");
    scene.only = Only { checks: Some(vec![roundsman_grants::glob::Glob::parse("load*").unwrap()]), ..Only::default() };
    scene.becomes("disk", CRITICAL);
    scene.becomes("load", CRITICAL);
    assert_eq!(scene.told(), "trigger load CRITICAL");
}

#[test]
fn a_subcheck_that_changes_its_check_goes_with_it_and_another_is_told_too() {
    let mut scene = scene();
    scene.becomes("disk", CRITICAL);
    scene.part_becomes("disk", "/archive", CRITICAL);
    assert_eq!(scene.told(), "trigger disk CRITICAL");
    scene.part_becomes("disk", "/data", CRITICAL);
    assert_eq!(scene.told(), "trigger disk mount=/data CRITICAL");
    scene.part_becomes("disk", "/data", OK);
    assert_eq!(scene.told(), "resolve disk mount=/data OK");
    scene.becomes("disk", OK);
    scene.part_becomes("disk", "/archive", OK);
    assert_eq!((scene.told().as_str(), scene.place.unwrap().told.len()), ("resolve disk OK", 0));
}

#[test]
fn what_is_not_over_is_repeated_and_a_clock_that_goes_back_repeats_nothing() {
    let mut scene = scene();
    scene.repeat = Some(Duration::from_secs(3_600));
    scene.becomes("disk", CRITICAL);
    assert_eq!(scene.told(), "trigger disk CRITICAL");
    scene.minute += 30;
    assert_eq!(scene.told(), "");
    scene.minute += 30;
    assert_eq!(scene.told(), "trigger disk CRITICAL");
    scene.minute -= 50;
    assert_eq!(scene.told(), "");
    scene.becomes("disk", OK);
    scene.minute += 1_000;
    assert_eq!(scene.told(), "resolve disk OK");
    scene.minute += 1_000;
    assert_eq!(scene.told(), "");
}

#[test]
fn a_check_that_is_gone_is_over() {
    let mut scene = scene();
    scene.becomes("disk", CRITICAL);
    assert_eq!(scene.told(), "trigger disk CRITICAL");
    scene.checks.remove("disk");
    assert_eq!(scene.told(), "resolve disk GONE");
}
