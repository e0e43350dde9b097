//! The needs of a component as grants of one run.

use roundsman_contract::Need;
use roundsman_grants::Grants;

/// Grants that a run has, once its needs are allowed.
#[derive(Debug)]
pub struct NeededGrants<'n> {
    pub grants: Grants,
    /// The needs that are not granted yet.
    pub new: Vec<&'n Need>,
    /// The needs that no grant can meet, each with the reason.
    pub refused: Vec<(&'n Need, String)>,
}

/// Adds needs to what is granted already. Nothing is wider than the need that asks for it.
#[must_use]
pub(crate) fn wanted<'n>(granted: &Grants, needs: &'n [Need]) -> NeededGrants<'n> {
    let mut wanted = NeededGrants { grants: granted.clone(), new: Vec::new(), refused: Vec::new() };
    for need in needs {
        match need.access.add_to(&mut wanted.grants) {
            Ok(true) => wanted.new.push(need),
            Ok(false) => {}
            Err(reason) => wanted.refused.push((need, reason)),
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundsman_contract::Access;
    use roundsman_grants::argv::Form;
    use roundsman_grants::{Filesystems, GrantKind};

    fn need(access: Access) -> Need {
        Need { access, reason: String::new(), optional: false }
    }

    #[test]
    fn what_is_granted_already_is_not_asked_for_again() {
        let needs = [
            need(Access::paths(GrantKind::Files, "/proc/*")),
            need(Access::paths(GrantKind::Filesystems, "/srv")),
            need(Access::paths(GrantKind::Filesystems, "mounted")),
            need(Access::command(Form::Literal, &["/bin/df"])),
        ];
        let first = wanted(&Grants::default(), &needs);
        assert_eq!((first.new.len(), first.refused.len()), (4, 0));
        assert_eq!(first.grants.filesystems, Filesystems::Mounted);
        let second = wanted(&first.grants, &needs);
        assert!(second.new.is_empty() && second.refused.is_empty());
        assert_eq!((second.grants.files.len(), second.grants.commands.len()), (1, 1));
    }

    #[test]
    fn what_no_grant_can_meet_is_refused_with_the_reason() {
        let needs = [
            need(Access::paths(GrantKind::Files, "/dev/sda")),
            need(Access::paths(GrantKind::Files, "etc/passwd")),
            need(Access::command(Form::Literal, &["sh"])),
            need(Access::Unknown { capability: "network".to_owned(), target: String::new() }),
        ];
        let wanted = wanted(&Grants::default(), &needs);
        assert!(wanted.new.is_empty() && !wanted.grants.gives_content() && wanted.grants.commands.is_empty());
        let reasons: Vec<&str> = wanted.refused.iter().map(|(_, reason)| reason.as_str()).collect();
        for (reason, part) in reasons.iter().zip(["never granted", "not absolute", "not absolute", "no `network`"]) {
            assert!(reason.contains(part), "{reason}");
        }
        assert_eq!(reasons.len(), 4);
    }
}
