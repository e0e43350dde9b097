//! Time, in steps of one millisecond.
//!
//! ```
//! use roundsman_sdk::{clock, fake::Fake};
//!
//! let host = Fake::new();
//! host.set_time(1_800_000_000);
//! host.with(|| {
//!     assert_eq!(clock::now() / 1_000_000_000, 1_800_000_000);
//!     assert!(clock::monotonic() <= clock::monotonic());
//!     assert_eq!(clock::utc_offset(), 0);
//! });
//! ```

use crate::host::{Current, Host};

/// Nanoseconds since 1970-01-01 00:00 UTC.
pub fn now() -> i64 {
    Current::now()
}

/// Nanoseconds since some moment before the run; never falls, and says nothing from one run to the next.
pub fn monotonic() -> u64 {
    Current::monotonic()
}

/// Returns seconds that local time is ahead of UTC now.
pub fn utc_offset() -> i32 {
    Current::utc_offset()
}
