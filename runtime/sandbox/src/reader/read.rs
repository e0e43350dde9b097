//! Bytes of an open file. Sizes that the kernel tells are not believed: /proc says 0, /sys says 4096.

use std::os::fd::OwnedFd;

use rustix::io::{self, Errno};

use super::budget::Budget;
use super::error::ReadError;
use super::open::OpenFile;

/// Bytes asked for at once: some files of /proc are cheaper in large pieces, none needs more. Most have less than the first
/// piece, and memory that is not touched costs nothing.
const FIRST: usize = 2 * PAGE;
const CHUNK: usize = 16 * PAGE;
const PAGE: usize = 4096;

/// Returns the whole content, or an error: never a part. It is read in order, since not every file can be read by offset.
pub(super) fn whole(file: &OpenFile, budget: &Budget) -> Result<Vec<u8>, ReadError> {
    let (room, over) = (budget.room(), budget.exceeded());
    let mut has_all = false;
    let read = |buffer: &mut [u8], _| {
        if has_all {
            return Ok(0);
        }
        let count = budget.spending(io::read(&file.fd, &mut *buffer))?;
        has_all = file.is_one_record && count < buffer.len();
        Ok(count)
    };
    let data = until(read, 0, room.saturating_add(1)).map_err(ReadError::Io)?;
    if data.len() as u64 > room { Err(over) } else { Ok(data) }
}

/// Returns at most `max` bytes from `offset`; fewer only at the end.
pub(super) fn piece(file: &OwnedFd, offset: u64, max: u64, budget: &Budget) -> Result<Vec<u8>, ReadError> {
    let (room, over) = (budget.room(), budget.exceeded());
    let most = max.min(room.saturating_add(1));
    let data = until(|buffer, offset| budget.spending(io::pread(file, buffer, offset)), offset, most)
        .map_err(ReadError::Io)?;
    if data.len() as u64 > room { Err(over) } else { Ok(data) }
}

/// Reads a file for the reader itself; of a file of more than `most` bytes, one byte more than that.
pub(super) fn own(file: &OwnedFd, most: u64) -> Result<Vec<u8>, ReadError> {
    until(|buffer, _| io::read(file, buffer), 0, most.saturating_add(1)).map_err(ReadError::Io)
}

/// Reads up to `most` bytes from `start` on, until there are no more.
fn until(
    mut read: impl FnMut(&mut [u8], u64) -> Result<usize, Errno>,
    start: u64,
    most: u64,
) -> Result<Vec<u8>, Errno> {
    let mut data = Vec::new();
    let mut chunk = vec![0; FIRST];
    let mut again = true;
    while (data.len() as u64) < most {
        // Whole pages: some files refuse to be read by odd numbers of bytes.
        let left = usize::try_from(most - data.len() as u64).unwrap_or(CHUNK).min(chunk.len());
        let buffer = &mut chunk[..left.next_multiple_of(PAGE)];
        match read(buffer, start.saturating_add(data.len() as u64)) {
            Ok(0) => break,
            Ok(count) => {
                data.extend_from_slice(&buffer[..count]);
                if count == chunk.len() {
                    chunk.resize(CHUNK, 0);
                }
            }
            Err(Errno::INTR) => {}
            // Some drivers of sensors say so once, some for ever.
            Err(Errno::AGAIN) if again => again = false,
            Err(number) => return Err(number),
        }
    }
    data.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(data)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_reads_and_interruptions_lose_nothing(
            content in prop::collection::vec(any::<u8>(), 0..200),
            steps in prop::collection::vec(0_usize..4, 1..50),
            start in 0_u64..50,
            most in 0_u64..250,
        ) {
            let mut steps = steps.into_iter();
            let read = |buffer: &mut [u8], offset: u64| {
                let step = steps.next().unwrap_or(1);
                if step == 0 {
                    return Err(Errno::INTR);
                }
                let rest = &content[content.len().min(offset as usize)..];
                let count = rest.len().min(step).min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                Ok(count)
            };
            let rest = &content[content.len().min(start as usize)..];
            prop_assert_eq!(until(read, start, most).unwrap(), &rest[..rest.len().min(most as usize)]);
        }
    }

    #[test]
    fn a_file_that_is_never_ready_is_asked_twice() {
        let mut asked = 0;
        let never = |_: &mut [u8], _| {
            asked += 1;
            Err(Errno::AGAIN)
        };
        assert_eq!(until(never, 0, 10), Err(Errno::AGAIN));
        assert_eq!(asked, 2);
    }

    #[test]
    fn what_ends_never_stops_at_the_cap() {
        assert_eq!(until(|buffer, _| Ok(buffer.len()), 0, 100_001).unwrap().len(), 100_001);
        assert_eq!(until(|_, _| Err(Errno::INVAL), 0, 10), Err(Errno::INVAL));
    }
}
