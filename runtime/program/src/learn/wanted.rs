//! The needs of a component as grants of one run.

use roundsman_contract::{Access, Need};
use roundsman_grants::argv::{Form, GrantedArgv};
use roundsman_grants::path_pattern::PathPattern;
use roundsman_grants::{CommandGrant, Filesystems, Grants};

/// Grants that a run has, once its needs are allowed.
#[derive(Debug)]
pub struct Wanted<'n> {
    pub grants: Grants,
    /// The needs that are not granted yet.
    pub new: Vec<&'n Need>,
    /// The needs that no grant can meet, each with the reason.
    pub refused: Vec<(&'n Need, String)>,
}

/// Adds needs to what is granted already. Nothing is wider than the need that asks for it.
#[must_use]
pub fn wanted<'n>(granted: &Grants, needs: &'n [Need]) -> Wanted<'n> {
    let mut wanted = Wanted { grants: granted.clone(), new: Vec::new(), refused: Vec::new() };
    for need in needs {
        match add(&mut wanted.grants, &need.access) {
            Ok(true) => wanted.new.push(need),
            Ok(false) => {}
            Err(reason) => wanted.refused.push((need, reason)),
        }
    }
    wanted
}

/// Adds one need, and says whether it was not granted before.
fn add(grants: &mut Grants, access: &Access) -> Result<bool, String> {
    match access {
        Access::Files(pattern) => add_pattern(&mut grants.files, pattern),
        Access::Metadata(pattern) => add_pattern(&mut grants.metadata, pattern),
        Access::Filesystems(mount) => Ok(add_mount(&mut grants.filesystems, mount)),
        Access::Command(argv) => add_command(&mut grants.commands, Form::Literal, argv),
        Access::CommandPattern(argv) => add_command(&mut grants.commands, Form::Pattern, argv),
        Access::Unknown { capability, .. } => Err(format!("this version has no `{capability}` to grant")),
    }
}

fn add_pattern(patterns: &mut Vec<PathPattern>, text: &str) -> Result<bool, String> {
    let pattern = PathPattern::parse(text).map_err(|error| error.to_string())?;
    let is_new = !patterns.contains(&pattern);
    if is_new {
        patterns.push(pattern);
    }
    Ok(is_new)
}

fn add_mount(filesystems: &mut Filesystems, mount: &str) -> bool {
    match filesystems {
        Filesystems::Mounted => return false,
        Filesystems::At(points) if points.iter().any(|point| point == mount) => return false,
        _ if mount == "mounted" => *filesystems = Filesystems::Mounted,
        Filesystems::At(points) => points.push(mount.to_owned()),
        Filesystems::None => *filesystems = Filesystems::At(vec![mount.to_owned()]),
    }
    true
}

fn add_command(commands: &mut Vec<CommandGrant>, form: Form, argv: &[String]) -> Result<bool, String> {
    let argv = GrantedArgv::parse(form, argv).map_err(|error| error.to_string())?;
    let is_new = !commands.iter().any(|grant| grant.argv == argv);
    if is_new {
        commands.push(CommandGrant::of(argv));
    }
    Ok(is_new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(access: Access) -> Need {
        Need { access, reason: String::new(), optional: false }
    }

    #[test]
    fn what_is_granted_already_is_not_asked_for_again() {
        let words = |argv: &[&str]| argv.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let needs = [
            need(Access::Files("/proc/*".to_owned())),
            need(Access::Filesystems("/srv".to_owned())),
            need(Access::Filesystems("mounted".to_owned())),
            need(Access::Command(words(&["/bin/df"]))),
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
            need(Access::Files("/dev/sda".to_owned())),
            need(Access::Files("etc/passwd".to_owned())),
            need(Access::Command(vec!["sh".to_owned()])),
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
