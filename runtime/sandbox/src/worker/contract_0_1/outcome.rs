//! Outcomes and failures of a component, turned from the engine's types into the plain ones.

use roundsman_contract as plain;

use super::types::{
    Cause, Denial, Error, Exceeded, Failure, Metric, MetricKind, Otherwise, Outcome, Problem, Range, Status, Subcheck,
    Unit,
};
use super::{Turn, cases, record};

cases!(Status => plain::Status { Ok, Warning, Critical, Unknown });
cases!(MetricKind => plain::MetricKind { Gauge, Counter });
cases!(Unit => plain::Unit { Number, Bytes, Seconds, Percent, Celsius; Other });
record!(Range => plain::Range { low, high, inside });
record!(Metric => plain::Metric { name, value, labels, min, max, extra; unit, kind, warning, critical });
record!(Subcheck => plain::Subcheck { labels, text, extra; status, failure });
record!(Outcome => plain::Outcome { summary, details, extra; status, subchecks, metrics });

record!(Denial => plain::Denial { capability, target, hint, extra });
record!(Exceeded => plain::Exceeded { key, value, extra });
record!(Otherwise => plain::Otherwise { code, message, extra });
record!(Problem => plain::OptionProblem { key, message });
cases!(Error => plain::Error { NotFound, TimedOut; Io; Denied, Limit, Other });
cases!(Cause => plain::Cause { ; ; Options, Host, Other });
record!(Failure => plain::GuestFailure { message, extra; cause });
