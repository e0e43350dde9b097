use super::*;
use roundsman_contract::calls::{clock, files};
use roundsman_contract::{Access, Content, Error};
use roundsman_grants::Filesystems;
use roundsman_grants::GrantKind;
use roundsman_grants::argv::GrantedArgv;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn grants() -> Grants {
    let pattern = |text: &str| PathPattern::parse(text).unwrap();
    Grants {
        files: vec![pattern("/etc/*"), pattern("/proc/*/stat"), pattern("/usr/lib/x")],
        metadata: vec![pattern("/srv/*")],
        filesystems: Filesystems::Mounted,
        commands: vec![CommandGrant::of(GrantedArgv::pattern(&texts(&["/bin/sh", "-c", "*"])).unwrap())],
        ..Grants::default()
    }
}

fn tape(calls: Vec<(Request, Reply)>) -> Tape {
    let calls = calls.into_iter().map(|(request, reply)| TapedCall { request, reply: Ok(reply) });
    Tape { calls: calls.collect(), cut: false }
}

fn read(path: &str) -> Request {
    Request::Files(files::Call::Read { path: path.to_owned() })
}

fn data() -> Reply {
    Reply::Files(files::Answer::Data(Vec::new()))
}

fn toml(calls: Vec<(Request, Reply)>) -> String {
    let grants = grants();
    Learned::of(&tape(calls), &grants, &|path| (path == "/etc/x").then(|| "/usr/lib/x".to_owned())).toml("a.b")
}

#[test]
fn only_what_was_used_is_granted() {
    let denied = || Reply::Error(Error::Denied(roundsman_contract::Denial::new("files", "/etc/shadow", "")));
    let learnt = toml(vec![
        (read("/etc/hostname"), data()),
        (read("/etc/nothing[1]"), Reply::Error(Error::NotFound)),
        (read("/etc/shadow"), denied()),
        (Request::Files(files::Call::Usage { path: "/srv".to_owned() }), Reply::Error(Error::NotFound)),
        (Request::Clock(clock::Call::Now), Reply::Clock(clock::Answer::Now(1))),
    ]);
    assert_eq!(
        learnt,
        "[check.\"a.b\".grant]\nfiles = [\"/etc/hostname\", \"/etc/nothing[[]1]\"]\nfilesystems = [\"/srv\"]\n"
    );
}

#[test]
fn a_pattern_stays_one_and_has_what_was_read_by_its_name() {
    let found = Content { path: "/proc/1/stat".to_owned(), data: Ok(Vec::new()) };
    let glob = |pattern: &str| Request::Files(files::Call::ReadGlob { pattern: pattern.to_owned() });
    let learnt = toml(vec![
        (glob("/proc/[0-9]*/stat"), Reply::Files(files::Answer::Contents(vec![found]))),
        (glob("/*/hostname"), Reply::Files(files::Answer::Contents(Vec::new()))),
    ]);
    assert!(learnt.contains("files = [\"/etc/*\", \"/proc/[0-9]*/stat\"]"), "{learnt}");
}

#[test]
fn what_a_link_leads_to_is_granted_with_it() {
    assert!(toml(vec![(read("/etc/x"), data())]).contains("files = [\"/etc/x\", \"/usr/lib/x\"]"));
}

#[test]
fn a_command_is_the_one_that_was_run_and_a_shell_is_told_of() {
    let run = |text: &str| Request::Commands(commands::Call::Run { argv: texts(&["sh", "-c", text]), input: None });
    let learnt = toml(vec![(run("df"), data()), (run("df"), data())]);
    assert!(learnt.contains("argv = [\"/bin/sh\", \"-c\", \"df\"]\n"), "{learnt}");
    assert!(learnt.contains("# Look: `/bin/sh -c` runs a text"), "{learnt}");
    assert!(learnt.contains("# It may be asked for with other arguments: argv_pattern"), "{learnt}");
    let table: toml::Table = learnt.parse().unwrap();
    assert_eq!(table["check"]["a.b"]["grant"]["command"].as_array().unwrap().len(), 1, "{learnt}");
}

#[test]
fn a_run_that_used_nothing_says_so() {
    assert_eq!(
        toml(vec![(Request::Clock(clock::Call::Now), Reply::Clock(clock::Answer::Now(1)))]),
        "# This run used no grant.\n"
    );
}

#[test]
fn a_need_is_used_by_what_it_alone_would_allow() {
    let need = |access| Need { access, reason: String::new(), optional: false };
    let needs = [
        need(Access::paths(GrantKind::Files, "/etc/*")),
        need(Access::paths(GrantKind::Files, "/proc/*/stat")),
        need(Access::paths(GrantKind::Filesystems, "mounted")),
    ];
    let tape = tape(vec![
        (read("/etc/hostname"), data()),
        (Request::Files(files::Call::Mounts), Reply::Files(files::Answer::Mounts(Vec::new()))),
    ]);
    let unused: Vec<&Need> = unused(&needs, &tape);
    assert_eq!(unused, [&needs[1]]);
}
