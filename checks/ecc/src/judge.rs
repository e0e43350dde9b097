//! From the modules to what is reported of them.

use roundsman_sdk::rates::Rates;
use roundsman_sdk::text::count;
use roundsman_sdk::tree::Tree;
use roundsman_sdk::{Error, Failure, Outcome, Part, Status, Subcheck};

use crate::module::Module;
use crate::options::Options;
use crate::{CORRECTABLE, CORRECTABLE_RATE, UNCORRECTABLE};

pub fn judge(controllers: &Tree, modules: &[Module], rates: Result<Rates, Error>, options: &Options) -> Outcome {
    let found = controllers.things.len();
    let mut facts = vec![format!("{} at {}", count(modules.len(), "module"), count(found, "memory controller"))];
    facts.extend((options.expected > 0).then(|| format!("{} expected", options.expected)));
    let known = rates.as_ref().ok();
    let mut outcome = Outcome::new(facts.join(", "));
    for module in modules {
        outcome = outcome.part("module", &module.label, part(module, known));
    }
    for error in controllers.errors.iter().chain(rates.as_ref().err()) {
        outcome = outcome.subcheck(Subcheck::failed("part", &error.on, Failure::from(error.clone())));
    }
    // Where not all could be looked at, what is missing may be there.
    let fewer = found < options.expected && controllers.errors.is_empty();
    outcome.judged(if fewer { Status::Critical } else { Status::Ok }).bounded("modules")
}

fn part(module: &Module, rates: Option<&Rates>) -> Result<Part, Failure> {
    let correctable = *module.correctable.as_ref().map_err(Failure::clone)?;
    let uncorrectable = *module.uncorrectable.as_ref().map_err(Failure::clone)?;
    let part = Part::new(format!("{correctable} errors corrected, {uncorrectable} that could not be"));
    let rate = rates.and_then(|rates| rates.get(&module.label));
    let part = part.metric(CORRECTABLE.count(correctable)).metric(UNCORRECTABLE.count(uncorrectable));
    Ok(part.metrics(rate.map(|rate| CORRECTABLE_RATE.value(rate))))
}
