//! Errors that a file system has recorded. Some kernels refuse writes after them and say so in no option of the mount.

use roundsman_sdk::files::{self, Found};
use roundsman_sdk::text::count;
use roundsman_sdk::{Failure, Metric, Outcome, Subcheck};

use crate::ERRORS;

/// The kernel's count for each device with ext4, since `e2fsck` last looked at it.
pub const PATTERN: &str = "/sys/fs/ext4/*/errors_count";

/// Adds what devices have recorded, where that is granted.
pub fn add(outcome: Outcome) -> Outcome {
    if !files::is_granted(PATTERN) {
        return outcome;
    }
    match files::read_glob_text(PATTERN) {
        Ok(found) => found.into_iter().filter_map(device).fold(outcome, add_one),
        Err(error) => outcome.subcheck(Subcheck::failed("device", "*", error)),
    }
}

/// A device, and its errors or why they are not known. One that vanished meanwhile is `None`.
fn device((path, text): Found<String>) -> Option<(String, Result<u64, Failure>)> {
    let name = path.split('/').nth(4)?.to_owned();
    let count = match text {
        Ok(text) => text.trim().parse().map_err(|_| Failure::new(format!("{path}: no number: {:?}", text.trim()))),
        Err(error) if error.is_not_found() => return None,
        Err(error) => Err(error.into()),
    };
    Some((name, count))
}

fn add_one(outcome: Outcome, (device, recorded): (String, Result<u64, Failure>)) -> Outcome {
    match recorded {
        Err(failure) => outcome.subcheck(Subcheck::failed("device", device, failure)),
        Ok(0) => outcome.metric(measured(&device, 0)),
        Ok(number) => {
            let text = format!(
                "{} recorded since it was checked last: look at the kernel's log, unmount it and run e2fsck, which clears \
                 them",
                count(usize::try_from(number).unwrap_or(usize::MAX), "error")
            );
            outcome.metric(measured(&device, number)).subcheck(Subcheck::new("device", device, text))
        }
    }
}

fn measured(device: &str, count: u64) -> Metric {
    ERRORS.count(count).label("device", device)
}
