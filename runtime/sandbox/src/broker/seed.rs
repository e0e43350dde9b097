//! Random bytes from the kernel, for the random numbers of one run.

use rustix::rand::{GetRandomFlags, getrandom};

use roundsman_contract::Error;
use roundsman_contract::calls::Reply;
use roundsman_os::process::errno;

/// Draws a seed. It is the run's own: two checks of one round share none.
pub(crate) fn seed() -> Reply {
    let mut bytes = [0; 32];
    // Up to 256 bytes come whole once the kernel has its entropy: getrandom(2).
    match getrandom(&mut bytes[..], GetRandomFlags::empty()) {
        Ok(_) => Reply::Seed(bytes),
        Err(error) => Reply::Error(Error::Io(errno::name(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_seeds_are_the_same() {
        let (Reply::Seed(one), Reply::Seed(other)) = (seed(), seed()) else { panic!("another reply") };
        assert_ne!(one, other);
        assert_ne!(one, [0; 32]);
    }
}
