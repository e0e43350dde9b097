//! Identity of a broker: a uid that no command has, and the rest of root's rights. A command that signals all that it may
//! reaches its own user's processes, and no broker or reader.

use std::io;

use serde::{Deserialize, Serialize};

use super::Brief;
use super::commands::need_root;
use roundsman_os::process::rights::{Right, act_as, take_group};
use roundsman_os::process::slot::SlotRow;
use roundsman_os::process::user::{Account, AccountError};

/// The uid and gid of a broker, of which its readers have the real and saved ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    pub uid: u32,
    /// All that are given to runs.
    pub row: SlotRow,
}

/// Looks up an account that a grant names. Without uids of their own, runs have none that an account could share.
pub(super) fn account(own: Option<Own>, name: &str) -> Result<Account, AccountError> {
    own.map_or_else(|| Account::of_name(name), |own| own.row.account_beside(name))
}

impl Brief {
    /// Gives up what this broker does not need of root, for good. One that must become a user that a grant names, read a
    /// secret of root's, or read and run as root stays root, under a group of its own. One that runs commands has the account
    /// as its effective user, which judges their files as they will; the others have a uid of their own alone.
    ///
    /// # Errors
    /// The kernel refuses the change; the process should then end.
    pub(crate) fn give_up(&self) -> io::Result<()> {
        let (Some(Own { uid, .. }), Some(account)) = (self.own, &self.account) else { return Ok(()) };
        let grants = &self.subject.grants;
        if account.uid == 0 || grants.user.is_some() || need_root(&grants.commands) {
            return take_group(uid);
        }
        if grants.commands.is_empty() {
            return act_as(&Account::of_number(uid), uid, &[Right::SetUid, Right::SetGid]);
        }
        // The kernel kills the children of a broker that dies only if the broker may signal them.
        act_as(account, uid, &[Right::SetUid, Right::SetGid, Right::Kill])
    }
}
