//! The first line and the lines after it.
