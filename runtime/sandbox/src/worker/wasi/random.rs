//! Random numbers of one run, all from one seed that the host draws: a run that was recorded has the same again.

use std::convert::Infallible;

use rand::rngs::ChaCha12Rng;
use rand::{Rng as _, SeedableRng as _, TryRng};

use crate::worker::shared_host::SharedHost;
use roundsman_contract::calls::{Reply, Request};
use roundsman_contract::report::{Failure, FailureKind};

/// The sources of random numbers that WASI has. What one of them gives tells nothing of the others.
pub struct Sources {
    pub secure: Random,
    pub insecure: Random,
    pub fixed: u128,
}

impl Sources {
    /// Asks for the seed.
    ///
    /// # Errors
    /// The kernel gives none.
    pub fn new(host: &SharedHost) -> Result<Self, Failure> {
        let seed = match host.call(0, Request::Seed, 0)? {
            Reply::Seed(seed) => seed,
            other => {
                let message = format!("the host has no random numbers (getrandom): {other:?}");
                return Err(Failure::new(FailureKind::Internal, message));
            }
        };
        let mut all = ChaCha12Rng::from_seed(seed);
        let mut random = || Random { host: host.clone(), generator: ChaCha12Rng::from_rng(&mut all) };
        let (secure, insecure) = (random(), random());
        let fixed = u128::from(all.next_u64()) << 64 | u128::from(all.next_u64());
        Ok(Self { secure, insecure, fixed })
    }
}

/// A generator whose bytes are paid for.
pub struct Random {
    host: SharedHost,
    generator: ChaCha12Rng,
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.host.owe(size_of::<u32>());
        self.generator.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.host.owe(size_of::<u64>());
        self.generator.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.host.owe(bytes.len());
        self.generator.try_fill_bytes(bytes)
    }
}
