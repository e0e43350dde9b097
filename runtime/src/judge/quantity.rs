//! Numbers with units: sizes, durations, percent.
