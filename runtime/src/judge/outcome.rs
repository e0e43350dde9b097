//! The bounds of an outcome: what a component reported, checked against its descriptor.
