//! Lines of a shell; whole files are in `tests/cases/import`, with what comes of each.

use super::words::Word;
use super::*;

fn nothing(_: &str) -> Vec<String> {
    Vec::new()
}

fn argv(line: &str) -> Result<Vec<String>, String> {
    unwrap(words(line)?).map(|unwrapped| unwrapped.argv)
}

#[test]
fn a_line_is_split_as_a_shell_splits_it() {
    for (line, expected) in [
        ("/a b  c", &["/a", "b", "c"][..]),
        ("/a 'b c' \"d e\" f\\ g", &["/a", "b c", "d e", "f g"]),
        ("/a b'c'\"d\"e", &["/a", "bcde"]),
        ("/a '' \"\"", &["/a", "", ""]),
        ("/a \"\\$x \\n\"", &["/a", "$x \\n"]),
        ("/a 1,5;2>/dev/null", &[]),
        ("/a x=~y -~ a#b {} !", &["/a", "x=~y", "-~", "a#b", "{}", "!"]),
        ("/a 2>&1 b", &["/a", "b"]),
        ("/a b>/dev/null", &["/a", "b"]),
        ("\t/a\tb\t", &["/a", "b"]),
    ] {
        match expected {
            [] => assert!(argv(line).is_err(), "{line}"),
            expected => assert_eq!(
                argv(line).as_deref(),
                Ok(&expected.iter().map(|it| it.to_string()).collect::<Vec<_>>()[..]),
                "{line}"
            ),
        }
    }
}

#[test]
fn what_needs_a_shell_is_refused_with_what_to_do() {
    for (line, what) in [
        ("/a | b", "| is a pipe"),
        ("/a|b", "| is a pipe"),
        ("/a || b", "|| begins another command"),
        ("/a; b", "; begins another command"),
        ("/a && b", "&& begins another command"),
        ("/a &", "& leaves it in the background"),
        ("/a > /tmp/x", "> /tmp/x writes a file"),
        ("/a < /tmp/x", "< is a redirection"),
        ("/a $(id)", "$(…) is a command in a command"),
        ("/a \"$(id)\"", "$(…) is a command in a command"),
        ("/a `id`", "`…` is a command in a command"),
        ("/a $HOME", "$HOME is a variable of a shell"),
        ("/a *.log", "* is a pattern of file names"),
        ("/a fil?", "? is a pattern of file names"),
        ("/a [ab]", "[ is a pattern of file names"),
        ("~/a", "~ is a home directory"),
        ("(/a)", "( ) is a shell of its own"),
    ] {
        let why = argv(line).unwrap_err();
        assert_eq!(why, format!("{what}: put this into a script of root's and grant that"), "{line}");
    }
    for line in ["", "   ", "sudo", "timeout", "/a 'b", "/a \"b", "/a b\\", "relative", "./a", "cd /x", "FOO=bar"] {
        assert!(argv(line).is_err(), "{line}");
    }
}

#[test]
fn an_argument_of_nrpes_within_quotes_comes_from_the_network_too() {
    // NRPE puts it there before any shell looks at quotes.
    let line = ImportSource::of("nrpe.cfg", "command[a]=/a '$ARG1$'\n".to_owned()).unwrap();
    let options = ImportOptions { every: "1m".to_owned(), lines: Vec::new(), taken: BTreeMap::new(), faults: &nothing };
    let imported = import(&[line], &options);
    assert_eq!((imported.left, imported.names.len()), (1, 0), "{}", imported.drop_ins);
}

#[test]
fn what_a_command_is_started_through_becomes_keys() {
    let it = unwrap(words("sudo -u app timeout -k 1 90 nice -n 5 env A=1 /x y >> /log 2>&1").unwrap()).unwrap();
    assert_eq!(it.argv, ["/x", "y"]);
    assert_eq!((it.user.as_deref(), it.timeout, it.memory), (Some("app"), Some(90), None));
    assert_eq!(it.env, [("A".to_owned(), "1".to_owned())]);
    assert_eq!(it.notes.len(), 3, "{:?}", it.notes);
    let limited = unwrap(words("ulimit -v 1000; /x").unwrap()).unwrap();
    assert_eq!((limited.argv, limited.memory), (vec!["/x".to_owned()], Some(1000)));
    assert_eq!(words("a >> b"), Ok(vec![Word::Argument("a".into()), Word::Redirection(">> b".into())]));
}

#[test]
fn a_name_that_is_taken_is_an_error_and_a_made_one_gets_a_number() {
    let taken = BTreeMap::from([("disk".to_owned(), "the configuration".to_owned())]);
    let options = ImportOptions { every: "1m".to_owned(), lines: Vec::new(), taken, faults: &nothing };
    let nrpe = ImportSource::of("nrpe.cfg", "command[disk]=/x\ncommand[a b]=/y\ncommand[a_b]=/z\n".to_owned()).unwrap();
    let imported = super::import(&[nrpe], &options);
    let said = [
        "nrpe.cfg:1: the name `disk` is taken by the configuration",
        "nrpe.cfg:3: the name `a_b` is taken by nrpe.cfg:2",
    ];
    assert_eq!(imported.errors, said);
    assert_eq!(imported.names, [Renamed { theirs: "a b".to_owned(), ours: "a_b".to_owned() }]);

    let programs = vec!["/l/60/disk".to_owned(), "/l/90/disk.sh".to_owned()];
    let local = ImportSource { path: "/l".to_owned(), form: SourceForm::Local { programs } };
    let ours: Vec<String> = super::import(&[local], &options).names.into_iter().map(|name| name.ours).collect();
    assert_eq!(ours, ["disk_2", "disk_3"]);
}

#[test]
fn a_file_of_no_known_form_is_refused() {
    for text in ["", "hello\n", "[section]\nkey = 1\n", "#!/bin/sh\necho\n"] {
        assert!(ImportSource::of("/etc/x.conf", text.to_owned()).is_err(), "{text}");
    }
}

#[test]
fn a_timer_is_taken_with_its_service_and_refused_with_the_reason() {
    let options = ImportOptions { every: "1m".to_owned(), lines: Vec::new(), taken: BTreeMap::new(), faults: &nothing };
    let taken = |timer: &str, service: Option<&str>| {
        let source = ImportSource {
            path: "/etc/systemd/system/queue.timer".to_owned(),
            form: SourceForm::Timer { text: timer.to_owned(), service: service.map(str::to_owned) },
        };
        import(&[source], &options).drop_ins
    };
    let every = taken("[Timer]\nOnBootSec=1min\nOnUnitActiveSec=1h 30min\n", Some("[Service]\nExecStart=+/x/y a\n"));
    for said in
        ["[check.y]", "every = \"90m\"", "argv = [\"/x/y\", \"a\"]", "user = \"root\"", "disable --now queue.timer"]
    {
        assert!(every.contains(said), "{said}: {every}");
    }
    const DAILY: &str = "[Timer]\nOnCalendar=daily\n";
    for (timer, service, why) in [
        (DAILY, None, "there is no queue.service beside it"),
        ("[Timer]\nUnit=other.service\nOnCalendar=daily\n", None, "there is no other.service"),
        (DAILY, Some("[Service]\nExecStart=/a\nExecStart=/b\n"), "it runs 2 programs"),
        (DAILY, Some("[Service]\nExecStartPre=/a\nExecStart=/b\n"), "`ExecStartPre=` runs another program"),
        (DAILY, Some("[Service]\nExecStart=/a $HOME\n"), "$ is a variable of systemd"),
        (DAILY, Some("[Service]\nExecStart=/a %h\n"), "% is a specifier of systemd"),
        (DAILY, Some("[Service]\nExecStart=/a 'b\n"), "a quote is not closed"),
        (DAILY, Some("[Service]\nExecStart=relative\n"), "no absolute path"),
        (DAILY, Some("[Service]\nDynamicUser=yes\nExecStart=/a\n"), "DynamicUser="),
        (DAILY, Some(""), "it runs 0 programs"),
        ("[Timer]\n", Some("[Service]\nExecStart=/a\n"), "it names neither OnCalendar= nor OnUnitActiveSec="),
        ("[Timer]\nOnCalendar=daily\nOnCalendar=12:00\n", Some("[Service]\nExecStart=/a\n"), "it names 2 moments"),
        ("[Timer]\nOnCalendar=*:*:30\n", Some("[Service]\nExecStart=/a\n"), "cron has no seconds"),
    ] {
        let drop_ins = taken(timer, service);
        assert!(drop_ins.contains("not taken") && drop_ins.contains(why), "{why}: {drop_ins}");
    }
}
