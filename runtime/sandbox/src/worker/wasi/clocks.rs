//! WASI's clocks, as the host tells the time: in its steps, and so that a replay sees the same.

use std::time::Duration;

use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

use crate::worker::shared_host::SharedHost;
use roundsman_contract::calls::{Reply, Request, clock};
use roundsman_contract::report::{Failure, FailureKind};

/// One step of the host's clocks.
const STEP: Duration = Duration::from_millis(1);

/// The clocks of the host.
pub struct Clocks(pub SharedHost);

impl Clocks {
    /// Asks for a number of nanoseconds; WASI's clocks have no word for an error.
    fn nanoseconds(&self, request: Request) -> u64 {
        let reply = self.0.call(0, request, 0);
        match reply {
            // Before 1970 there was no WASI.
            Ok(Reply::Clock(clock::Answer::Now(at))) => u64::try_from(at).unwrap_or(0),
            Ok(Reply::Clock(clock::Answer::Monotonic(elapsed))) => elapsed,
            Ok(_) => {
                self.0
                    .end_with(Failure::new(FailureKind::Internal, "the host answered with something else than a time"));
                0
            }
            Err(failure) => {
                self.0.end_with(failure);
                0
            }
        }
    }
}

impl HostWallClock for Clocks {
    fn resolution(&self) -> Duration {
        STEP
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds(Request::Clock(clock::Call::Now)))
    }
}

impl HostMonotonicClock for Clocks {
    fn resolution(&self) -> u64 {
        u64::try_from(STEP.as_nanos()).unwrap_or(u64::MAX)
    }

    fn now(&self) -> u64 {
        self.nanoseconds(Request::Clock(clock::Call::Monotonic))
    }
}
