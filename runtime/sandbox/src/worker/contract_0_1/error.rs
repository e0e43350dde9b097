//! The errors that the host answers with: from the plain types to the engine's.

use roundsman_contract as plain;

use super::types::{Denial, Error, Exceeded, Otherwise};
use super::{Turn, cases, record};

record!(plain::Denial => Denial { capability, target, hint, extra });
record!(plain::Exceeded => Exceeded { key, value, extra });
record!(plain::Otherwise => Otherwise { code, message, extra });
cases!(plain::Error => Error { NotFound, TimedOut; Io; Denied, Limit, Other });
