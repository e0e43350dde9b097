//! Time, in steps of one millisecond.

use crate::host::{Current, Host};

/// Nanoseconds since 1970-01-01 00:00 UTC.
pub fn now() -> i64 {
    Current::now()
}

/// Nanoseconds since some moment before the run; never falls, and says nothing from one run to the next.
pub fn monotonic() -> u64 {
    Current::monotonic()
}

/// Seconds that local time is ahead of UTC now.
pub fn utc_offset() -> i32 {
    Current::utc_offset()
}
