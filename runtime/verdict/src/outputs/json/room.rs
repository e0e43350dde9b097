//! What has room in an object that must not be longer than a receiver takes: whole items, counted as they are printed.

use std::collections::BTreeMap;
use std::io;

use roundsman_grants::escape;
use serde::Serialize;

/// Takes what has room of one list after the other.
pub(super) struct Keeps<'r> {
    /// Bytes that are left.
    room: &'r mut usize,
    left_out: &'r mut BTreeMap<&'static str, usize>,
}

impl<'r> Keeps<'r> {
    pub(super) fn new(room: &'r mut usize, left_out: &'r mut BTreeMap<&'static str, usize>) -> Self {
        Self { room, left_out }
    }

    /// Returns the first of the items, as many as have room; counts the rest.
    pub(super) fn of<T: Serialize>(&mut self, list: &'static str, mut items: Vec<T>) -> Vec<T> {
        let all = items.len();
        let fits = |item: &&T| match self.room.checked_sub(length(*item) + ",".len()) {
            Some(left) => {
                *self.room = left;
                true
            }
            None => false,
        };
        items.truncate(items.iter().take_while(fits).count());
        if items.len() < all {
            self.left_out.insert(list, all - items.len());
        }
        items
    }
}

/// Counts the bytes of a value as it is printed, without making it.
pub(super) fn length<T: Serialize>(value: &T) -> usize {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, value).expect("plain data serializes");
    length.0
}

/// Counts what [`escape::json`] would leave of what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let escaped =
            |text: &str| text.chars().map(|one| if escape::is_dangerous(one) { 6 } else { one.len_utf8() }).sum();
        // Pieces are cut where something is escaped, and that is never within a character.
        self.0 += std::str::from_utf8(piece).map_or(6 * piece.len(), escaped);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
