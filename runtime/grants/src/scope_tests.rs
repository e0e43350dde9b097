use proptest::prelude::*;

use super::*;

fn grants(files: &[&str], metadata: &[&str], unsafe_files: &[&str]) -> Grants {
    let patterns = |texts: &[&str]| texts.iter().map(|text| PathPattern::parse(text).unwrap()).collect();
    Grants {
        files: patterns(files),
        metadata: patterns(metadata),
        unsafe_files: unsafe_files.iter().map(|text| (*text).to_owned()).collect(),
        ..Grants::default()
    }
}

fn scope(grants: &Grants) -> Scope<'_> {
    Scope { grants, own: &[4711], secrets: &[] }
}

fn hint(refusal: Refusal) -> String {
    refusal.remedy.toml("a")
}

#[test]
fn nothing_is_granted_by_default() {
    let nothing = Grants::default();
    let scope = scope(&nothing);
    let refused = scope.content("/proc/loadavg").unwrap_err();
    assert_eq!((refused.kind.word(), &*refused.target), ("files", "/proc/loadavg"));
    assert_eq!(refused.remedy.toml("disk"), "[check.disk.grant]\nfiles = [\"/proc/loadavg\"]");
    assert_eq!(hint(scope.metadata("/a*").unwrap_err()), "[check.a.grant]\nmetadata = [\"/a[*]\"]");
    assert_eq!(hint(scope.contents("/a/*").unwrap_err()), "[check.a.grant]\nfiles = [\"/a/*\"]");
    assert_eq!(hint(scope.all_metadata("/a/*").unwrap_err()), "[check.a.grant]\nmetadata = [\"/a/*\"]");
    assert_eq!(hint(scope.mount_point("/data").unwrap_err()), "[check.a.grant]\nfilesystems = [\"/data\"]");
    assert_eq!(hint(scope.mounts().err().unwrap()), "[check.a.grant]\nfilesystems = \"mounted\"");
}

#[test]
fn the_spelling_is_judged_before_any_grant() {
    let everything = grants(&["/*/*", "/*/*/*", "/*/*/*/*"], &["/*/*", "/*/*/*"], &[]);
    for path in ["/proc/../etc/shadow", "/proc/net/../../etc/x", "//proc/stat", "/proc/./stat", "/proc/1/", "proc/stat"]
    {
        assert!(hint(scope(&everything).content(path).unwrap_err()).starts_with("# "), "{path}");
    }
    for path in ["/dev/zero", "/proc/self/status", "/proc/4711/status", "/proc/thread-self/stat", "/proc/1/map_files/x"]
    {
        assert!(hint(scope(&everything).content(path).unwrap_err()).contains("never granted"), "{path}");
        assert!(scope(&everything).metadata(path).is_err(), "{path}");
    }
    assert!(scope(&everything).content("/proc/4712/status").is_ok());
}

#[test]
fn no_pattern_grants_what_is_denied_hard() {
    let wide = grants(&["/proc/*/*", "/proc/*", "/etc/*"], &[], &["/proc/1/maps"]);
    let scope = scope(&wide);
    for path in ["/proc/1/environ", "/proc/kmsg", "/etc/shadow"] {
        let hint = hint(scope.content(path).unwrap_err());
        assert!(hint.starts_with("# no pattern grants it: "), "{hint}");
        assert!(hint.ends_with(&format!("[check.a.grant]\nunsafe_files = [\"{path}\"]")), "{hint}");
    }
    assert!(scope.content("/proc/1/maps").is_ok());
    assert!(scope.content("/proc/2/maps").is_err());
    assert!(scope.metadata("/etc/shadow").is_ok(), "its age and mode are no secret");
    let resolved = scope.content("/proc/kmsg2").unwrap().admits("/proc/1/environ").unwrap_err();
    assert!(hint(resolved).ends_with("unsafe_files = [\"/proc/kmsg2\", \"/proc/1/environ\"]"));
}

#[test]
fn where_a_path_may_lead() {
    let some = grants(
        &[
            "/proc/net/dev",
            "/proc/mounts",
            "/sys/class/net/*/operstate",
            "/etc/os-release",
            "/var/log/*.log",
            "/srv/*/a",
        ],
        &[],
        &[],
    );
    for (asked, resolved, expected) in [
        ("/proc/net/dev", "/proc/4711/net/dev", true),
        ("/proc/net/dev", "/proc/1/net/dev", true),
        ("/proc/mounts", "/proc/4711/mounts", true),
        ("/proc/mounts", "/proc/4711/status", false),
        ("/proc/mounts", "/sys/x", false),
        ("/proc/mounts", "/etc/passwd", false),
        ("/proc/mounts", "/proc/1/environ", false),
        ("/sys/class/net/lo/operstate", "/sys/devices/virtual/net/lo/operstate", true),
        ("/sys/class/net/lo/operstate", "/sys/fs/cgroup/x", false),
        ("/sys/class/net/lo/operstate", "/sys/kernel/debug/x", false),
        ("/etc/os-release", "/usr/lib/os-release", false),
        ("/var/log/a.log", "/var/log/b.log", true),
        ("/var/log/a.log", "/var/log/b", false),
        ("/var/log/a.log", "/proc/mounts", true),
        ("/srv/x/a", "/srv/y/a", true),
        ("/srv/x/a", "/srv/y/secret", false),
        ("/srv/x/a", "/dev/watchdog", false),
        ("/srv/x/a", "(unreachable)/x", false),
    ] {
        let allowed = scope(&some).content(asked).unwrap();
        assert_eq!(allowed.admits(resolved).is_ok(), expected, "{asked} to {resolved}");
    }
    let refused = scope(&some).content("/etc/os-release").unwrap().admits("/usr/lib/os-release").unwrap_err();
    assert_eq!(
        hint(refused),
        "# `/etc/os-release` leads to `/usr/lib/os-release`\n[check.a.grant]\n\
         files = [\"/etc/os-release\", \"/usr/lib/os-release\"]"
    );
}

#[test]
fn a_file_grant_gives_metadata_of_regular_files_only() {
    let some = grants(&["/var/log/*"], &["/var/spool/*"], &[]);
    assert!(scope(&some).metadata("/var/log/a").unwrap().only_regular());
    assert!(!scope(&some).metadata("/var/spool/a").unwrap().only_regular());
    assert!(scope(&some).content("/var/spool/a").is_err());
}

#[test]
fn a_walk_enters_only_where_a_grant_could_match() {
    let some = grants(&["/proc/*/stat", "/srv/a/*"], &[], &[]);
    let glob = scope(&some).contents("/*/*/*").unwrap();
    for (parts, expected) in [
        (&[][..], true),
        (&["proc"], true),
        (&["proc", "12"], true),
        (&["proc", "4711"], false),
        (&["proc", "self"], false),
        (&["srv", "a"], true),
        (&["srv", "b"], false),
        (&["etc"], false),
        (&["proc", "12", "stat"], true),
        (&["proc", "12", "status"], false),
    ] {
        assert_eq!(glob.may_enter(parts), expected, "{parts:?}");
    }
    assert!(glob.path("/proc/12/stat").is_some());
    assert!(glob.path("/proc/12/environ").is_none());
    let listed = |asked, resolved| glob.may_list(&RequestedPath::parse(asked).unwrap(), resolved);
    assert!(listed("/srv/a", "/srv/a"));
    assert!(listed("/proc/12", "/proc/13"), "links in /proc are the kernel's");
    assert!(!listed("/srv/a", "/home/a"));
    assert!(!listed("/srv/a", "/dev"));
    assert!(scope(&some).contents("/etc/*").is_err());
    assert!(scope(&some).contents("/proc/*/environ").is_err());
}

#[test]
fn only_granted_mount_points() {
    let at = Grants { filesystems: Filesystems::At(vec!["/data".to_owned(), "/".to_owned()]), ..Grants::default() };
    for (path, expected) in
        [("/data", true), ("/", true), ("/home", false), ("/data/", false), ("/data/../home", false)]
    {
        assert_eq!(scope(&at).mount_point(path).is_ok(), expected, "{path}");
    }
    assert!(scope(&at).mounts().unwrap()("/data"));
    assert!(!scope(&at).mounts().unwrap()("/home"));
    let all = Grants { filesystems: Filesystems::Mounted, ..Grants::default() };
    assert!(scope(&all).mount_point("/dev/shm").is_ok());
    assert!(scope(&all).mounts().unwrap()("/home"));
}

const PART: &str = "(proc|sys|etc|dev|self|kmsg|maps|shadow|4711|1|a|\\.a|ab)";
const PATTERN_PART: &str = "(proc|sys|etc|[a-d*?]{1,2}|\\.\\*|1|4711|self)";

fn join(parts: &[String]) -> String {
    parts.iter().map(|part| format!("/{part}")).collect()
}

proptest! {
    /// P2: whatever is granted, and wherever links lead, what is let through is granted itself or in the same tree of
    /// the kernel, never hard-denied, never below /dev or of a process of our own.
    #[test]
    fn allowed_means_that_the_resolved_path_may_be_read(
        patterns in prop::collection::vec(prop::collection::vec(PATTERN_PART, 1..4), 0..4),
        asked in prop::collection::vec(PART, 1..4),
        resolved in prop::collection::vec(PART, 1..4),
    ) {
        let files: Vec<PathPattern> =
            patterns.iter().filter_map(|parts| PathPattern::parse(&join(parts)).ok()).collect();
        let grants = Grants { files: files.clone(), ..Grants::default() };
        let (asked, resolved) = (join(&asked), join(&resolved));
        if let Ok(allowed) = scope(&grants).content(&asked) && allowed.admits(&resolved).is_ok() {
            let reference = |path: &str| files.iter().any(|pattern| shell_matches(pattern.as_str(), path));
            prop_assert!(reference(&asked));
            let within = |path: &str, top: &str| path == top || path.starts_with(&format!("{top}/"));
            let kernel = ["/proc", "/sys"].iter().any(|top| within(&asked, top) && within(&resolved, top));
            prop_assert!(kernel || reference(&resolved), "{asked} to {resolved}");
            for path in [&asked, &resolved] {
                let parts: Vec<&str> = path.split('/').skip(1).collect();
                prop_assert!(hard_deny::reason(&parts).is_none());
                prop_assert!(parts[0] != "dev");
                prop_assert!(!(parts[0] == "proc" && parts.get(1).is_some_and(|part| *part == "self" || *part == "4711")));
            }
        }
    }
}

/// Matches as a shell does, one part after the other, by trying everything.
fn shell_matches(pattern: &str, path: &str) -> bool {
    fn part(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => (0..=name.len()).any(|taken| part(rest, &name[taken..])),
            ([b'?', rest @ ..], [_, after @ ..]) => part(rest, after),
            ([one, rest @ ..], [other, after @ ..]) => one == other && part(rest, after),
            _ => false,
        }
    }
    let (patterns, names): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    patterns.len() == names.len()
        && patterns.iter().zip(&names).all(|(pattern, name)| {
            (!name.starts_with('.') || pattern.starts_with('.')) && part(pattern.as_bytes(), name.as_bytes())
        })
}
