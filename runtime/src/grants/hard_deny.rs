//! Files that no glob grants.
