//! A component's file: found, trusted, read once, and known by its digest.
