//! From load averages to what is reported of them.

use roundsman_sdk::text::decimal;
use roundsman_sdk::{Outcome, Status, Subcheck};

use crate::loadavg::Loadavg;
use crate::{CPUS, LOAD, LOADAVG, PER_CPU, RUNNABLE, TASKS};

/// Reports a part that could not be read as a subcheck, so that the others are still judged.
pub fn judge(loadavg: &Loadavg, cpus: &Result<u32, String>) -> Outcome {
    let mut outcome = Outcome::new(summary(loadavg, cpus));
    for (average, (load, per_cpu)) in loadavg.averages.iter().zip(LOAD.iter().zip(&PER_CPU)) {
        match average {
            Ok(average) => {
                let share = cpus.as_ref().ok().map(|cpus| per_cpu.value(average / f64::from(*cpus)));
                outcome = outcome.metric(load.value(*average)).metrics(share);
            }
            Err(error) => outcome = outcome.subcheck(broken(load.name(), format!("{LOADAVG}: {error}"))),
        }
    }
    match &loadavg.tasks {
        Ok(tasks) => outcome = outcome.metric(RUNNABLE.count(tasks.runnable)).metric(TASKS.count(tasks.all)),
        Err(error) => outcome = outcome.subcheck(broken("tasks", format!("{LOADAVG}: {error}"))),
    }
    match cpus {
        Ok(cpus) => outcome.metric(CPUS.value(f64::from(*cpus))),
        Err(error) => outcome.subcheck(broken("cpus", error.clone())),
    }
}

fn summary(loadavg: &Loadavg, cpus: &Result<u32, String>) -> String {
    let said = |average: &Result<f64, _>| average.as_ref().map_or("?".to_owned(), |it| decimal(*it, 2));
    let [one, five, fifteen] = loadavg.averages.each_ref().map(said);
    let mut text = format!("load {one}, {five}, {fifteen}");
    match cpus {
        Ok(1) => text.push_str(" on 1 CPU"),
        Ok(cpus) => text.push_str(&format!(" on {cpus} CPUs")),
        Err(_) => {}
    }
    if let Ok(tasks) = &loadavg.tasks {
        text.push_str(&format!("; {} runnable tasks", tasks.runnable));
    }
    text
}

fn broken(part: &str, error: String) -> Subcheck {
    Subcheck::new("part", part, error).judged(Status::Unknown)
}
