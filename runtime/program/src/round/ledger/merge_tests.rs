use std::time::Duration;

use super::*;
use crate::round::plan::Timing;
use roundsman_config::{Places, RefusedFile};
use roundsman_contract::Status;
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_verdict::check_status::Pause;
use roundsman_verdict::judge::State;
use roundsman_verdict::schedule::FirstRound;
use roundsman_verdict::schedule::Start;

#[path = "../../../../verdict/src/judge/sample.rs"]
#[expect(dead_code, reason = "a part of the sample")]
mod sample;

const NOW: &str = "2026-11-22T19:14:03Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A host with the checks of one drop-in, `a` and `b`, each every five minutes.
struct Scene {
    _directory: tempfile::TempDir,
    config: Config,
    timings: BTreeMap<String, Timing>,
}

impl Scene {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("conf.d")).unwrap();
        let main = directory.path().join("main.toml");
        std::fs::write(&main, "").unwrap();
        let check = |name: &str| format!("[check.{name}]\nwasm = \"{name}.wasm\"\nevery = \"5m\"\n");
        std::fs::write(directory.path().join("conf.d/ab.toml"), check("a") + &check("b")).unwrap();
        let uid = rustix::process::geteuid().as_raw();
        let config = roundsman_config::load(&Places::beside(&main).unwrap(), uid).unwrap();
        assert_eq!((config.checks.len(), config.refused.len()), (2, 0));
        let timings = plan::timings(&config);
        Self { _directory: directory, config, timings }
    }

    fn start(&self, now: Timestamp) -> Start<'static> {
        Start { now, machine: "m", tick: self.config.run.tick, first: FirstRound::No }
    }

    fn context(&self) -> RoundContext<'_> {
        RoundContext { config: &self.config, timings: &self.timings, start: self.start(now()) }
    }

    fn run(&self, memory: &mut Memory, name: &str, verdict: Verdict, state: Option<&[u8]>) -> Verdict {
        let chosen = Chosen { check: &self.config.checks[name], serves: Some(now()) };
        let state = state.map(|value| BTreeMap::from([("k".to_owned(), value.to_vec())]));
        let (verdict, mut told) = (Verdict { check: name.to_owned(), ..verdict }, None);
        outcome(memory, self.context(), &chosen, verdict, state, |verdict| told = Some(verdict.clone()));
        told.unwrap()
    }

    fn file(&self) -> PathBuf {
        self.config.checks["a"].origin.file.clone()
    }

    fn refuse(mut self, names: &[&str]) -> Self {
        let file = self.file();
        self.config.checks.clear();
        let problems = vec![format!("{}:3:1: unknown key\n  secret = \"x\"", file.display())];
        let checks = names.iter().map(|name| (*name).to_owned()).collect();
        self.config.refused.push(RefusedFile { file, checks, problems });
        self
    }
}

fn ok() -> Verdict {
    Verdict { started: Some(now()), last_success: Some(now()), ..sample::verdict() }
}

fn failed() -> Verdict {
    let failure = Some(Failure::new(FailureKind::Timeout, "too slow"));
    Verdict { failure, status: Some(Status::Unknown), state: State::Failed, last_success: None, ..ok() }
}

#[test]
fn a_run_is_kept_with_its_state_and_serves_its_slot() {
    let (scene, mut memory) = (Scene::new(), Memory::default());
    scene.run(&mut memory, "a", ok(), Some(b"1"));
    let kept = &memory.private.checks["a"];
    assert_eq!((kept.past.served, kept.past.started), (Some(now()), Some(now())));
    assert_eq!(kept.past.fingerprint, scene.timings["a"].fingerprint);
    assert_eq!(kept.state()["k"], b"1");
    // A run that failed comes without a state, and changes none.
    let shown = scene.run(&mut memory, "a", failed(), None);
    assert_eq!(memory.private.checks["a"].state()["k"], b"1");
    assert_eq!(shown.last_success, Some(now()), "the last one that reported is remembered");
}

#[test]
fn what_is_kept_has_no_log_lines_and_what_is_told_has() {
    let (scene, mut memory) = (Scene::new(), Memory::default());
    let line = roundsman_contract::report::LogLine { level: roundsman_contract::Level::Info, message: "x".to_owned() };
    let told = scene.run(&mut memory, "a", Verdict { log: vec![line], ..ok() }, None);
    assert_eq!((told.log.len(), memory.results.checks["a"].verdict.log.len()), (1, 0));
}

#[test]
fn what_was_not_run_is_counted_and_its_outcome_stays() {
    let (scene, mut memory) = (Scene::new(), Memory::default());
    scene.run(&mut memory, "a", ok(), None);
    not_reached(&mut memory, now(), &["a".to_owned()]);
    busy(&mut memory, &[Busy { name: "a".to_owned(), pid: 1 }]);
    assert_eq!(memory.private.checks["a"].past.waiting_since, Some(now()));
    assert_eq!(memory.results.checks["a"].skipped, 2);
    assert_eq!(memory.results.checks["a"].verdict.status, Some(Status::Ok));
    scene.run(&mut memory, "a", ok(), None);
    assert_eq!(memory.private.checks["a"].past.waiting_since, None, "a run ends the wait");
}

#[test]
fn a_refused_file_makes_its_checks_unknown_and_is_news_once() {
    let (scene, mut memory) = (Scene::new(), Memory::default());
    scene.run(&mut memory, "a", ok(), Some(b"1"));
    settle(&mut memory, scene.context(), &[]);
    // `b` has never run and is not in a header that can be read, but the file gave it.
    let scene = scene.refuse(&["a", "new"]);
    let (all, news) = refused(&mut memory, &scene.config, now());
    let names: Vec<&str> = all.iter().map(|verdict| verdict.check.as_str()).collect();
    assert_eq!((names, news.len()), (vec!["a", "b", "new"], 3));
    for verdict in &all {
        let failure = verdict.failure.as_ref().unwrap();
        assert_eq!((verdict.status, failure.kind), (Some(Status::Unknown), FailureKind::Config));
        assert!(failure.message.contains("ab.toml:3:1") && !format!("{verdict:?}").contains("secret"), "{verdict:?}");
    }
    settle(&mut memory, scene.context(), &all);
    assert_eq!(memory.private.checks["a"].state()["k"], b"1", "kept for when the file is mended");
    let (all, news) = refused(&mut memory, &scene.config, now());
    assert_eq!((all.len(), news.len()), (3, 0));
    assert_eq!(memory.results.checks["a"].runs.of("config"), 1, "said once, counted once");
}

#[test]
fn a_check_does_not_run_without_the_override_that_it_had() {
    let (mut scene, mut memory) = (Scene::new(), Memory::default());
    let file = PathBuf::from("/etc/roundsman/conf.d/override.toml");
    scene.config.checks.get_mut("a").unwrap().changed_by.push(file.clone());
    settle(&mut memory, scene.context(), &[]);
    // The same check, as its own file gives it: the other one cannot be read, and tells no names.
    let mut config = scene.config.clone();
    config.checks.get_mut("a").unwrap().changed_by.clear();
    config.refused.push(RefusedFile { file, checks: Vec::new(), problems: vec!["chmod".to_owned()] });
    let known = without_lost(&config, &memory);
    assert_eq!(
        (known.checks.keys().collect::<Vec<_>>(), &known.refused[0].checks[..]),
        (vec![&"b".to_owned()], &["a".to_owned()][..])
    );
    let (all, _) = refused(&mut memory, &known, now());
    assert_eq!((all.len(), all[0].check.as_str(), all[0].status), (1, "a", Some(Status::Unknown)));
    // A file that is refused for another reason, and whose override holds, takes nothing away.
    config.checks.get_mut("a").unwrap().changed_by.push(config.refused[0].file.clone());
    assert_eq!(without_lost(&config, &memory).checks.len(), 2);
}

#[test]
fn new_checks_are_pending_and_those_that_are_gone_leave_at_once() {
    let (mut scene, mut memory) = (Scene::new(), Memory::default());
    scene.run(&mut memory, "a", ok(), Some(b"1"));
    settle(&mut memory, scene.context(), &[]);
    assert_eq!(memory.results.checks["b"].verdict.state, State::Pending);
    scene.config.checks.clear();
    settle(&mut memory, scene.context(), &[]);
    assert!(memory.results.checks.is_empty());
    assert_eq!(memory.private.checks["a"].state()["k"], b"1");
}

#[test]
fn a_pause_lasts_until_its_time_though_no_file_gives_the_check_meanwhile() {
    let (mut scene, mut memory) = (Scene::new(), Memory::default());
    scene.run(&mut memory, "a", ok(), None);
    let until = now() + Duration::from_secs(3600);
    let pause = Pause { until, reason: "new disks".to_owned(), by: None, at: None };
    memory.results.checks.get_mut("a").unwrap().pause = Some(Box::new(pause.clone()));
    let given = std::mem::take(&mut scene.config.checks);
    for _ in 0..2 {
        settle(&mut memory, scene.context(), &[]);
        assert!(memory.results.checks.is_empty());
    }
    scene.config.checks = given;
    // In the round that sees it again, too: what is due is chosen before anything is settled.
    assert_eq!(plan::pause(&memory, "a", now()), Some(&pause));
    assert_eq!(plan::pause(&memory, "a", until), None);
    settle(&mut memory, scene.context(), &[]);
    assert_eq!(memory.results.checks["a"].pause.as_deref(), Some(&pause));
    assert_eq!((&memory.private.checks["a"].pause, &memory.results.checks["b"].pause), (&None, &None));
}

#[test]
fn the_state_of_a_check_that_is_gone_is_kept_for_thirty_days() {
    let (mut scene, mut memory) = (Scene::new(), Memory::default());
    scene.run(&mut memory, "a", ok(), Some(b"1"));
    scene.config.checks.clear();
    let at = |hours: i64| now() + Duration::from_secs(u64::try_from(hours).unwrap() * 3600);
    for (hours, is_kept) in [(0, true), (29 * 24, true), (31 * 24, false)] {
        settle(&mut memory, RoundContext { start: scene.start(at(hours)), ..scene.context() }, &[]);
        assert_eq!(memory.private.checks.contains_key("a"), is_kept, "after {hours} hours");
    }
}

#[test]
fn rounds_that_are_missing_are_a_gap_unless_the_clock_was_set() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (started, overdue) = (at("2026-11-22T10:00:00Z"), at("2026-11-22T10:03:00Z"));
    let mut memory = Memory::default();
    assert_eq!(gap(&memory, overdue, false), None, "there was no round before");
    let verdict = Verdict { check: RESERVED.to_owned(), started: Some(started), ..sample::verdict() };
    let check_status =
        CheckStatus { verdict: verdict.clone(), overdue: Some(overdue), ..CheckStatus::pending(verdict) };
    memory.results.checks.insert(RESERVED.to_owned(), check_status);
    let later = at("2026-11-22T19:00:00Z");
    assert_eq!(gap(&memory, overdue, false), None);
    assert_eq!(gap(&memory, later, false), Some(Event::Gap { since: started, until: later }));
    assert_eq!(gap(&memory, later, true), None);
}
