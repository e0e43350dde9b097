//! What a round knows of the rounds before.

use super::private::Private;
use super::results::Results;

/// All that is remembered: what every check said last, and what is nobody else's to read.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    pub results: Results,
    pub private: Private,
    /// First lines of the two files that held it; nothing where none did, or not any more.
    pub(super) held_by: Option<[String; 2]>,
}
