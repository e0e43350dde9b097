//! Lines for the operator, kept with the outcome up to `limits.log`; the rest is dropped and counted.
//!
//! ```
//! use roundsman_sdk::{fake::Fake, log};
//!
//! let host = Fake::new();
//! host.with(|| {
//!     log::debug("12 lines were read");
//!     log::info("a new disk: sdc");
//!     log::warning("an unknown column is left out");
//!     log::error("the table is cut off");
//! });
//! assert_eq!(host.log()[2], "warning: an unknown column is left out");
//! ```

use crate::bindings::roundsman::check::logging::Level;
use crate::host::{Current, Host};

/// Something only an author would look for.
pub fn debug(message: &str) {
    Current::log(Level::Debug, message);
}

/// Something worth knowing that is in order.
pub fn info(message: &str) {
    Current::log(Level::Info, message);
}

/// Something that is not as it should be, and that the check can go on with.
pub fn warning(message: &str) {
    Current::log(Level::Warning, message);
}

/// Something that is wrong. The last such line before a panic would be taken for its message: panics log their own.
pub fn error(message: &str) {
    Current::log(Level::Error, message);
}
