//! Frames on the socket between worker and broker.
