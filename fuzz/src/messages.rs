//! Messages between a worker that was taken over and its broker: what decodes is one message of its length, and says
//! the same when it is sent again.

use std::fmt::Debug;

use roundsman_contract::calls::wire::{FromWorker, LONGEST_CALL, ToWorker, WireError, receive, send};
use serde::{Deserialize, Serialize};

/// As they arrive on the socket of a broker, or of a worker.
pub fn try_on(input: &[u8]) {
    one::<FromWorker>(input);
    one::<ToWorker>(input);
}

fn one<T: Serialize + for<'de> Deserialize<'de> + Debug>(mut input: &[u8]) {
    // As a broker reads: one after the other, until one is wrong.
    loop {
        let before = input.len();
        match receive::<T>(&mut input, LONGEST_CALL) {
            Ok(message) => {
                let (first, again) = (sent(&message), |bytes: &[u8]| {
                    let message = receive::<T>(bytes, LONGEST_CALL).expect("what was sent is received");
                    sent(&message)
                });
                assert_eq!(again(&first), first, "{message:?}");
                assert!(first.len() <= before - input.len(), "a message that grew: {message:?}");
            }
            Err(WireError::Io(error)) => panic!("a slice gave {error}"),
            Err(
                WireError::Closed
                | WireError::TooLong { .. }
                | WireError::Swollen
                | WireError::AfterTheEnd
                | WireError::Malformed(_),
            ) => return,
        }
    }
}

fn sent<T: Serialize>(message: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    send(&mut bytes, message, LONGEST_CALL).expect("what was received can be sent");
    bytes
}
