//! From the maps to what is reported of them.

use roundsman_sdk::glob::{any, matches};
use roundsman_sdk::text::count;
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::map::{Map, Path, Seen};
use crate::options::Options;
use crate::{FAULTS, PATHS, USABLE};

pub fn judge(maps: &[Map], options: &Options) -> Outcome {
    let looked_at: Vec<&Map> = maps.iter().filter(|it| !any(&options.exclude, &it.name)).collect();
    let mut outcome = Outcome::new(summary(&looked_at));
    for map in &looked_at {
        let seen = map.seen.as_ref().map_err(Failure::clone);
        outcome = outcome.part("map", &map.name, seen.map(|seen| part(&map.name, seen, options)));
    }
    for wanted in options.expected.iter().filter(|wanted| !maps.iter().any(|it| matches(wanted, &it.name))) {
        outcome = outcome.subcheck(Subcheck::new("map", wanted, "is not there").judged(Status::Critical));
    }
    outcome.bounded("maps")
}

fn summary(maps: &[&Map]) -> String {
    let seen: Vec<&Seen> = maps.iter().filter_map(|it| it.seen.as_ref().ok()).collect();
    let paths: usize = seen.iter().map(|it| it.paths.len()).sum();
    let usable: usize = seen.iter().map(|it| usable(it)).sum();
    match maps.len() {
        0 => "no multipath maps".to_owned(),
        all => format!("{}, {usable} of {} work", count(all, "map"), count(paths, "path")),
    }
}

fn usable(seen: &Seen) -> usize {
    seen.paths.iter().filter(|it| it.is_usable()).count()
}

fn part(name: &str, seen: &Seen, options: &Options) -> Part {
    let usable = usable(seen);
    let wanted = options.paths.max(seen.paths.len());
    let status = match usable {
        0 => Status::Critical,
        // The next fault ends it, and a path that is gone altogether is in no list.
        1 if !any(&options.single, name) => Status::Critical,
        usable if usable < wanted => Status::Warning,
        _ => Status::Ok,
    };
    let mut facts = vec![format!("{usable} of {} work", count(wanted, "path"))];
    facts.extend(seen.paths.iter().filter(|it| !it.is_usable()).map(describe));
    facts.extend((usable == 0).then_some(seen.queueing.as_ref()).flatten().map(|it| format!("queueing {it}")));
    facts.extend(seen.suspended.then(|| "suspended".to_owned()));
    Part::new(facts.join(", "))
        .metric(PATHS.count(seen.paths.len() as u64))
        .metric(USABLE.count(usable as u64))
        .metrics(seen.faults.map(|faults| FAULTS.count(faults)))
        .judged(status)
        .judged(if seen.suspended { Status::Warning } else { Status::Ok })
}

fn describe(path: &Path) -> String {
    format!("{} {} ({})", path.device, path.kernel, path.checker)
}
