//! Takes from a worker what it does not need.
