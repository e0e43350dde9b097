use super::*;

fn grants() -> Grants {
    let pattern = |text: &str| PathPattern::parse(text).unwrap();
    let argv = GrantedArgv::literal(&["/bin/df".to_owned()]).unwrap();
    Grants {
        files: vec![pattern("/proc/*")],
        metadata: vec![pattern("/srv/*")],
        filesystems: Filesystems::At(vec!["/".to_owned()]),
        unsafe_files: vec!["/etc/shadow".to_owned()],
        commands: vec![CommandGrant::of(argv)],
        user: None,
    }
}

/// Each access with how it is shown, and whether the grants meet it in part and whole.
#[test]
fn each_access_is_shown_and_met_by_its_own_kind() {
    let unknown = Access::Unknown { capability: "network".to_owned(), target: "{}".to_owned() };
    for (access, shown, in_part, whole) in [
        (Access::paths(GrantKind::Files, "/proc/stat"), "files /proc/stat", true, true),
        (Access::paths(GrantKind::Files, "/*/stat"), "files /*/stat", true, false),
        (Access::paths(GrantKind::Files, "/srv/a"), "files /srv/a", false, false),
        (Access::paths(GrantKind::Files, "/etc/shadow"), "files /etc/shadow", true, false),
        (Access::paths(GrantKind::Metadata, "/srv/a"), "metadata /srv/a", true, true),
        (Access::paths(GrantKind::Metadata, "/proc/stat"), "metadata /proc/stat", true, false),
        (Access::paths(GrantKind::Filesystems, "/"), "filesystems /", true, true),
        (Access::paths(GrantKind::Filesystems, "mounted"), "filesystems mounted", true, false),
        (Access::command(Form::Literal, &["/bin/df"]), "command /bin/df", true, true),
        (Access::command(Form::Literal, &["/bin/df", "-h"]), "command /bin/df -h", true, false),
        (Access::command(Form::Pattern, &["/bin/df", "*"]), "command pattern /bin/df *", true, false),
        (Access::command(Form::Literal, &["/bin/ls"]), "command /bin/ls", false, false),
        (unknown, "network {}, which this version does not have", false, false),
    ] {
        let grants = grants();
        assert_eq!(access.shown(), shown);
        assert_eq!((access.is_met_in_part(&grants), access.is_met(&grants)), (in_part, whole), "{shown}");
    }
}

/// A grant that is added as the remedy says meets the need, whatever the kind.
#[test]
fn each_remedy_meets_its_need() {
    for access in [
        Access::paths(GrantKind::Files, "/proc/stat"),
        Access::paths(GrantKind::Metadata, "/srv/*"),
        Access::paths(GrantKind::Filesystems, "/srv"),
        Access::paths(GrantKind::Filesystems, "mounted"),
        Access::command(Form::Literal, &["/bin/df", "-h"]),
    ] {
        let mut grants = Grants::default();
        assert!(!access.is_met(&grants) && !access.is_met_in_part(&grants));
        assert_eq!(access.add_to(&mut grants), Ok(true));
        assert_eq!(access.add_to(&mut grants), Ok(false), "once is enough");
        assert!(access.is_met(&grants) && access.is_met_in_part(&grants), "{access:?}");
        let toml = access.remedy().expect("a kind of this version").toml("a");
        let written: toml::Table = toml.parse().unwrap_or_else(|error| panic!("{error}: {toml}"));
        assert!(written["check"]["a"]["grant"].is_table(), "{toml}");
    }
    let quoted = Access::paths(GrantKind::Files, "\"/proc/stat\"");
    assert!(quoted.remedy().unwrap().toml("a").contains("from `/` on"));
}

#[test]
fn a_forged_kind_is_not_read() {
    for kind in [GrantKind::Files, GrantKind::Metadata, GrantKind::Filesystems] {
        let access = Access::paths(kind, "/a");
        assert_eq!(postcard::from_bytes::<Access>(&postcard::to_allocvec(&access).unwrap()).unwrap(), access);
    }
    for kind in [GrantKind::UnsafeFiles, GrantKind::Commands] {
        let forged = postcard::to_allocvec(&Access::paths(kind, "/etc/shadow")).unwrap();
        assert!(postcard::from_bytes::<Access>(&forged).is_err(), "{kind:?}");
    }
}
