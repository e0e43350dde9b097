//! The host of `describe` and `validate`: nothing is granted, no time passes, nothing is remembered.

use super::{HostCalls, Reply, Request};
use crate::report::Failure;
use crate::{Denial, Error};
use roundsman_grants::GrantKind;

/// Denies whatever takes a grant.
#[derive(Debug, Default)]
pub struct DenyAll;

impl HostCalls for DenyAll {
    fn call(&mut self, request: Request, _room: u64) -> Result<Reply, Failure> {
        Ok(request.call().denied())
    }
}

pub(super) fn denied(kind: GrantKind, target: String) -> Reply {
    let hint = "a component is asked what it is before anything is granted to it";
    Reply::Error(Error::Denied(Denial::new(kind.word(), target, hint)))
}
