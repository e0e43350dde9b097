//! From the jobs to what is reported of them.

use roundsman_sdk::text::{count, duration};
use roundsman_sdk::{Failure, Outcome, Part, Range, Status, Subcheck};

use crate::job::Job;
use crate::options::Options;
use crate::{DURATION, EXIT_CODE, RUNNING_FOR, SUCCESS_AGE};

/// Reports each of them; `timers` is why those of systemd are not known, `now` is in seconds since 1970 UTC.
pub fn judge(jobs: &[Job], timers: Option<&Failure>, now: i64, options: &Options) -> Outcome {
    let looked_at: Vec<&Job> = jobs.iter().filter(|it| options.looks_at(&it.name)).collect();
    let running = looked_at.iter().filter(|it| it.running_since().is_some()).count();
    let failed = looked_at.iter().filter(|it| it.has_failed()).count();
    let mut facts = vec![count(looked_at.len(), "job")];
    facts.extend((failed > 0).then(|| format!("{failed} failed")));
    facts.extend((running > 0).then(|| format!("{running} running")));
    let mut outcome = Outcome::new(facts.join(", "));
    for job in &looked_at {
        outcome = outcome.part("job", &job.name, part(job, now, options.period(&job.name)));
    }
    for wanted in options.jobs.iter().filter(|wanted| !jobs.iter().any(|it| it.name == wanted.name)) {
        let text = match (wanted.is_timer(), timers) {
            (true, Some(_)) => continue,
            (true, None) => "systemd has no such timer",
            (false, _) => "has never run under roundsman-job",
        };
        outcome = outcome.subcheck(Subcheck::new("job", &wanted.name, text).judged(Status::Critical));
    }
    if let Some(failure) = timers {
        outcome = outcome.subcheck(Subcheck::failed("part", "timers", failure.clone()));
    }
    outcome.bounded("jobs")
}

/// Reports a job; `period` is how often it must run, in seconds.
fn part(job: &Job, now: i64, period: Option<u64>) -> Result<Part, Failure> {
    if let Some(failure) = &job.broken {
        return Err(failure.clone());
    }
    // A run that came to its end left both.
    if job.exit.is_some() && job.end.is_none() {
        return Err(Failure::new(format!("there is {0}.exit, and no {0}.end beside it", job.name)));
    }
    let since = |at: i64| u64::try_from(now.saturating_sub(at)).unwrap_or(0);
    let mut facts = Vec::new();
    let mut metrics = Vec::new();
    let mut status = Status::Ok;
    match job.success.map(since) {
        Some(age) => {
            facts.push(format!("succeeded {} ago", duration(age)));
            let mut metric = SUCCESS_AGE.count(age);
            metric.critical = period.map(|period| Range::up_to(period as f64 * 2.0));
            metrics.push(metric);
        }
        None => {
            facts.push("has not succeeded yet".to_owned());
            // The first run of a job that must run may take its time, but not two periods.
            let late = |period: u64| {
                job.end.is_some() || job.start.is_none_or(|start| since(start) > period.saturating_mul(2))
            };
            status = if period.is_some_and(late) { Status::Critical } else { Status::Ok };
        }
    }
    if let Some(word) = &job.ended_by {
        facts.push(format!("ended by {word}"));
        status = status.worse(Status::Warning);
    }
    if let Some(code) = job.exit {
        facts.push(format!("exit code {code}"));
        metrics.push(EXIT_CODE.count(u64::from(code)));
    }
    match (job.running_since(), job.start, job.end) {
        (Some(start), ..) => {
            facts.push(format!("running for {}", duration(since(start))));
            metrics.push(RUNNING_FOR.count(since(start)));
        }
        (None, Some(start), Some(end)) => {
            let took = u64::try_from(end.saturating_sub(start)).unwrap_or(0);
            facts.push(format!("took {}", duration(took)));
            metrics.push(DURATION.count(took));
        }
        _ => {}
    }
    facts.extend(job.notes.iter().cloned());
    Ok(Part::new(facts.join(", ")).metrics(metrics).judged(status))
}
