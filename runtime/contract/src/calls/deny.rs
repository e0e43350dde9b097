//! The host of `describe` and `validate`: nothing is granted, no time passes, nothing is remembered.

use super::{Host, Reply, Request};
use crate::report::Failure;
use crate::{Denial, Error, GrantedFiles};

/// Denies whatever takes a grant.
#[derive(Debug, Default)]
pub struct DenyAll;

impl Host for DenyAll {
    fn call(&mut self, request: Request, _room: u64) -> Result<Reply, Failure> {
        Ok(match request {
            Request::Read { path } | Request::ReadAt { path, .. } => denied("files", path),
            Request::ReadGlob { pattern } => denied("files", pattern),
            Request::Stat { path } => denied("metadata", path),
            Request::StatGlob { pattern } => denied("metadata", pattern),
            Request::Usage { path } => denied("filesystems", path),
            Request::Usages { paths } => denied("filesystems", paths.into_iter().next().unwrap_or_default()),
            Request::Mounts => denied("filesystems", "mounted".to_owned()),
            Request::Run { argv, .. } => denied("commands", argv.join(" ")),
            Request::GrantedFiles => {
                Reply::GrantedFiles(GrantedFiles { files: Vec::new(), metadata: Vec::new(), filesystems: Vec::new() })
            }
            Request::GrantedCommands => Reply::GrantedCommands(Vec::new()),
            Request::Now => Reply::Now(0),
            Request::Monotonic => Reply::Monotonic(0),
            Request::UtcOffset => Reply::UtcOffset(0),
            Request::Seed => Reply::Seed([0; 32]),
            Request::StateGet { .. } => Reply::State(None),
            Request::Log { .. } | Request::StateSet { .. } | Request::StateRemove { .. } => Reply::Done,
        })
    }
}

fn denied(capability: &str, target: String) -> Reply {
    let hint = "a component is asked what it is before anything is granted to it";
    Reply::Error(Error::Denied(Denial::new(capability, target, hint)))
}
