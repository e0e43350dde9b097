//! Bounds of the denials of a run: their number, and the length of each.

/// Denials that are kept of one run; a component that goes on asking adds nothing new.
pub const DENIALS_KEPT: usize = 100;
/// Most bytes of all denials of a run but the last one, as JSON.
pub const DENIAL_BYTES_KEPT: usize = 64 << 10;
/// Longest target and hint of a denial that is kept, in bytes as JSON: an argv may be as long as a component likes.
pub const LONGEST_DENIAL: usize = 4 << 10;
/// Bytes of JSON around the texts of one denial, and the mark of a text that was cut.
const AROUND: usize = 128;
/// Most bytes of all denials of a run, as JSON with quotes and keys.
pub const MOST_OF_DENIALS: usize = DENIAL_BYTES_KEPT + 2 * LONGEST_DENIAL + AROUND * (DENIALS_KEPT + 1);
