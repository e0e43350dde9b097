//! The broker's commands: what is granted runs as granted, and nothing else does.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use roundsman_config::{Buffers, Limits};
use roundsman_contract::calls::{Reply, commands};
use roundsman_contract::report::{Failure, FailureKind};
use roundsman_contract::{Completed, Ending, Error, Exceeded, GrantedCommand, Otherwise};
use roundsman_grants::argv::GrantedArgv;
use roundsman_grants::{CommandBounds, CommandGrant, EnvValue, Grants, StdinGrant};
use roundsman_os::process::user::Account;
use roundsman_sandbox::broker::commands::{Commands, need_root};

use crate::Scene;
use crate::host::{NOBODY, Scratch, alive, mark, scene, within};

pub const SCENES: &[Scene] = &[
    ("commands_nothing_is_granted_by_default", nothing_is_granted_by_default),
    ("commands_no_shell_reads_an_argument", no_shell_reads_an_argument),
    ("commands_argv_matches_word_by_word", argv_matches_word_by_word),
    ("commands_a_path_stays_below_its_pattern", a_path_stays_below_its_pattern),
    ("commands_path_is_never_searched", path_is_never_searched),
    ("_path_is_never_searched", inner_path_is_never_searched),
    ("commands_are_counted", are_counted),
    ("commands_endings", endings),
    ("commands_that_do_not_start", that_do_not_start),
    ("commands_program_that_others_can_replace", program_that_others_can_replace),
    ("commands_program_of_its_service_user", program_of_its_service_user),
    ("commands_output_limit", output_limit),
    ("commands_share_their_buffers", share_their_buffers),
    ("commands_no_room_ends_the_run", no_room_ends_the_run),
    ("commands_time_out", time_out),
    ("commands_time_out_with_the_run", time_out_with_the_run),
    ("commands_input", input),
    ("commands_users", users),
    ("commands_another_user_needs_root", another_user_needs_root),
    ("commands_secrets_reach_the_program_alone", secrets_reach_the_program_alone),
    ("commands_loose_secrets_are_denied", loose_secrets_are_denied),
    ("commands_granted_are_told", granted_are_told),
];

const MIB: u64 = 1 << 20;
/// As without a key.
const BUFFERS: Buffers = Buffers { all: 256 * MIB, runs: 1 };

fn grant(argv: &[&str]) -> CommandGrant {
    CommandGrant {
        id: None,
        argv: GrantedArgv::pattern(&words(argv)).unwrap(),
        user: None,
        timeout: None,
        memory: None,
        output: None,
        env: BTreeMap::new(),
        stdin: StdinGrant::None,
        may_gain_privileges: false,
        bounds: CommandBounds::default(),
    }
}

fn commands(grants: Vec<CommandGrant>) -> Commands {
    Commands::new(
        "disk",
        Grants { commands: grants, ..Grants::default() },
        Limits::default(),
        None,
        BUFFERS,
        within(30.0),
    )
    .unwrap()
}

fn words(argv: &[&str]) -> Vec<String> {
    argv.iter().map(|word| (*word).to_owned()).collect()
}

fn ask(commands: &mut Commands, argv: &[&str]) -> Result<Completed, Error> {
    told(commands.run(&words(argv), None, 64 * MIB))
}

fn told(reply: Result<Reply, Failure>) -> Result<Completed, Error> {
    match reply.unwrap() {
        Reply::Commands(commands::Answer::Completed(completed)) => Ok(completed),
        Reply::Error(error) => Err(error),
        other => panic!("{other:?}"),
    }
}

fn text(completed: Result<Completed, Error>) -> String {
    String::from_utf8(completed.unwrap().standard_output).unwrap()
}

/// Returns the hint of a denial.
fn denied(answer: Result<Completed, Error>) -> String {
    match answer {
        Err(Error::Denied(denial)) => {
            assert_eq!(denial.capability, "commands");
            denial.hint
        }
        other => panic!("it was not denied: {other:?}"),
    }
}

fn nothing_is_granted_by_default() {
    let mut none = commands(Vec::new());
    let hint = denied(ask(&mut none, &["/bin/df", "-P", "/a b"]));
    assert!(hint.contains("argv = [\"/bin/df\", \"-P\", \"/a b\"]"), "{hint}");
    denied(ask(&mut none, &[]));
    denied(ask(&mut none, &[""]));
}

fn no_shell_reads_an_argument() {
    let scratch = Scratch::new();
    let canary = scratch.path().join("canary");
    let touch = format!("touch {}", canary.display());
    let mut commands = commands(vec![grant(&["/usr/bin/printf", "%s", "*"])]);
    for argument in
        [format!("$({touch})"), format!("`{touch}`"), format!(";{touch}"), format!("a|{touch}"), format!("a&&{touch}")]
    {
        Command::new("/bin/sh").args(["-c", &format!("printf %s {argument}")]).output().unwrap();
        assert!(canary.exists(), "a shell is fooled by {argument}");
        fs::remove_file(&canary).unwrap();
        assert_eq!(text(ask(&mut commands, &["/usr/bin/printf", "%s", &argument])), argument);
        assert!(!canary.exists());
    }
}

fn argv_matches_word_by_word() {
    let mut commands = commands(vec![grant(&["/bin/echo", "-n", "/*"])]);
    assert_eq!(text(ask(&mut commands, &["/bin/echo", "-n", "/ --output"])), "/ --output");
    denied(ask(&mut commands, &["/bin/echo", "-n", "/", "--output"]));
    denied(ask(&mut commands, &["/bin/echo", "-n"]));
    denied(ask(&mut commands, &["/bin/echo", "-n", "-oProxyCommand=x"]));
    denied(ask(&mut commands, &["/bin/echo", "-n", "/\0"]));
    denied(ask(&mut commands, &["/bin/echo\0", "-n", "/"]));
}

/// As far as its text goes: a link is followed by the program, which opens the path itself.
fn a_path_stays_below_its_pattern() {
    let scratch = Scratch::new();
    let secret = scratch.file("secret", "secret", 0o644);
    let open = scratch.path().join("open");
    fs::create_dir_all(open.join("inner")).unwrap();
    fs::write(open.join("file"), "open").unwrap();
    let below = |path: &str| format!("{}/{path}", open.display());
    let mut commands = commands(vec![grant(&["/bin/cat", &below("*")])]);
    assert_eq!(text(ask(&mut commands, &["/bin/cat", &below("file")])), "open");
    for path in ["../secret", "inner/../../secret", "./../secret", "inner/..//../secret"] {
        let path = below(path);
        assert_eq!(Command::new("/bin/cat").arg(&path).output().unwrap().stdout, b"secret", "{path} leads there");
        denied(ask(&mut commands, &["/bin/cat", &path]));
    }
    for path in ["..", "inner/.."] {
        denied(ask(&mut commands, &["/bin/cat", &below(path)]));
    }
    std::os::unix::fs::symlink(secret, open.join("link")).unwrap();
    assert_eq!(text(ask(&mut commands, &["/bin/cat", &below("link")])), "secret");
}

fn path_is_never_searched() {
    let scratch = Scratch::new();
    scratch.file("whoami", "#!/bin/sh\necho EVIL\n", 0o755);
    let planted = Command::new("whoami").env("PATH", scratch.path()).output().unwrap();
    assert_eq!(planted.stdout, b"EVIL\n", "without defence the planted one runs");
    let status = scene("_path_is_never_searched").env("PATH", scratch.path()).current_dir(scratch.path()).status();
    assert!(status.unwrap().success());
}

fn inner_path_is_never_searched() {
    let mut commands = commands(vec![grant(&["/usr/bin/whoami"])]);
    assert_eq!(text(ask(&mut commands, &["whoami"])), "root\n");
    denied(ask(&mut commands, &["./whoami"]));
    denied(ask(&mut commands, &["/tmp/whoami"]));
}

fn are_counted() {
    let mut commands = commands(vec![grant(&["/bin/true"])]);
    for _ in 0..100 {
        denied(ask(&mut commands, &["/bin/false"]));
    }
    for _ in 0..64 {
        ask(&mut commands, &["/bin/true"]).unwrap();
    }
    for _ in 0..3 {
        let refused = ask(&mut commands, &["/bin/true"]).unwrap_err();
        assert_eq!(refused, Error::Limit(Exceeded::new("commands", 64)));
    }
}

fn endings() {
    let mut commands = commands(vec![grant(&["/bin/sh", "-c", "*"])]);
    let mut ending = |script: &str| ask(&mut commands, &["/bin/sh", "-c", script]).unwrap();
    assert_eq!(ending("exit 7").ending, Ending::Code(7));
    assert_eq!(ending("exit 127").ending, Ending::Code(127));
    assert_eq!(ending("kill -KILL $$").ending, Ending::Signal(9));
    let silent = ending(":");
    assert_eq!((silent.ending, silent.standard_output.len()), (Ending::Code(0), 0));
    let bytes = ending(r"printf '\377\0'; printf x >&2");
    assert_eq!((bytes.standard_output, bytes.standard_error), (vec![0xff, 0], vec![b'x']));
    let slow = ending("sleep 0.2").duration;
    assert!((200_000_000..2_000_000_000).contains(&slow), "{slow}");
    let mark = mark();
    let before = Instant::now();
    assert_eq!(text(Ok(ending(&format!("setsid sleep {mark} & echo started")))), "started\n");
    assert!(before.elapsed() < Duration::from_secs(1));
    assert_eq!(alive(&mark), 0);
}

fn that_do_not_start() {
    let scratch = Scratch::new();
    let closed = scratch.file("closed", "#!/bin/sh\n", 0o644);
    let words = scratch.file("words", "echo ran\n", 0o755);
    let orphan = scratch.file("orphan", "#!/no/such/shell\n", 0o755);
    let absent = scratch.path().join("absent").to_str().unwrap().to_owned();
    let directory = scratch.path().to_str().unwrap().to_owned();
    let below = format!("{closed}/x");
    let all = [&closed, &words, &orphan, &absent, &directory, &below];
    let mut commands = commands(all.iter().map(|program| grant(&[program])).collect());
    let mut error = |program: &str| ask(&mut commands, &[program]).unwrap_err();
    assert_eq!(error(&closed), Error::Io("EACCES".to_owned()));
    assert_eq!(error(&words), Error::Io("ENOEXEC".to_owned()));
    assert_eq!(error(&absent), Error::NotFound);
    let Error::Other(Otherwise { message, .. }) = error(&orphan) else { panic!("another error") };
    assert!(message.contains("the interpreter that its first line names is missing"), "{message}");
    let Error::Other(Otherwise { message, .. }) = error(&directory) else { panic!("another error") };
    assert!(message.contains("is a directory, not a regular file"), "{message}");
    let Error::Other(Otherwise { message, .. }) = error(&below) else { panic!("another error") };
    assert!(message.contains("not a directory"), "{message}");
}

fn program_that_others_can_replace() {
    let scratch = Scratch::new();
    let program = scratch.file("program", "#!/bin/sh\necho ran\n", 0o755);
    let mut commands = commands(vec![grant(&[&program])]);
    let mut with = |path: &str, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let answer = ask(&mut commands, &[&program]);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        answer
    };
    let directory = scratch.path().to_str().unwrap();
    assert_eq!(text(with(&program, 0o755)), "ran\n");
    let hint = denied(with(&program, 0o775));
    assert!(hint.contains(&format!("chmod g-w {program}")), "{hint}");
    let hint = denied(with(&program, 0o757));
    assert!(hint.contains(&format!("chmod o-w {program}")), "{hint}");
    let hint = denied(with(directory, 0o777));
    assert!(hint.contains(&format!("chmod go-w {directory}")), "{hint}");
    // Swapped after the grant was read: by a link that another user owns.
    fs::remove_file(&program).unwrap();
    std::os::unix::fs::symlink("/bin/true", &program).unwrap();
    std::os::unix::fs::lchown(&program, Some(NOBODY), None).unwrap();
    let hint = denied(ask(&mut commands, &[&program]));
    assert!(hint.contains("belongs to uid 65534"), "{hint}");
}

fn program_of_its_service_user() {
    let scratch = Scratch::new();
    let program = scratch.file("tool", "#!/bin/sh\nid -un\n", 0o755);
    let service = Account::of_name("daemon").unwrap();
    chown(&program, Some(service.uid), Some(service.gid)).unwrap();
    let mut as_service = grant(&[&program]);
    as_service.user = Some("daemon".to_owned());
    let mut service_runs = commands(vec![as_service]);
    assert_eq!(text(ask(&mut service_runs, &[&program])), "daemon\n");
    let mut as_other = grant(&[&program]);
    as_other.user = Some("nobody".to_owned());
    let hint = denied(ask(&mut commands(vec![as_other]), &[&program]));
    assert!(hint.contains("belongs to uid 1, neither to root nor to uid 65534"), "{hint}");
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let hint = denied(ask(&mut service_runs, &[&program]));
    assert!(hint.contains("writable by"), "{hint}");
}

fn output_limit() {
    let mut small = grant(&["/usr/bin/head", "-c", "*", "/dev/zero"]);
    small.output = Some(1000);
    let mut commands = commands(vec![small, grant(&["/bin/sh", "-c", "*"])]);
    let zeros = |count| ["/usr/bin/head", "-c", count, "/dev/zero"];
    assert_eq!(ask(&mut commands, &zeros("1000")).unwrap().standard_output.len(), 1000);
    let over = ask(&mut commands, &zeros("1001")).unwrap_err();
    assert_eq!(over, Error::Limit(Exceeded::new("output", 1000)));
    let mark = mark();
    let flood = format!("yes {mark} & yes {mark} >&2");
    let over = ask(&mut commands, &["/bin/sh", "-c", &flood]).unwrap_err();
    assert_eq!(over, Error::Limit(Exceeded::new("output", MIB)));
    assert_eq!(alive(&mark), 0);
}

fn share_their_buffers() {
    let mut large = grant(&["/usr/bin/head", "-c", "*", "/dev/zero"]);
    large.output = Some(200 * MIB);
    let grants = Grants { commands: vec![large], ..Grants::default() };
    let (buffers, limits) = (Buffers { all: 64 * MIB, runs: 4 }, Limits::default());
    let mut commands = Commands::new("disk", grants, limits, None, buffers, within(30.0)).unwrap();
    let zeros = |count| ["/usr/bin/head", "-c", count, "/dev/zero"];
    assert_eq!(ask(&mut commands, &zeros("8M")).unwrap().standard_output.len() as u64, 8 * MIB);
    let before = peak();
    let over = ask(&mut commands, &zeros("100M")).unwrap_err();
    assert_eq!(over, Error::Limit(Exceeded::new("buffers", 64 * MIB)));
    assert!(peak() - before < 4 * MIB, "{} bytes", peak() - before);
    // The run itself has less left, and that ends it.
    let failure = commands.run(&words(&zeros("100M")), None, MIB).unwrap_err();
    assert!(failure.message.starts_with("limits.memory of 128MiB is reached"), "{failure}");
}

fn no_room_ends_the_run() {
    let mut large = grant(&["/usr/bin/head", "-c", "*", "/dev/zero"]);
    large.output = Some(200 * MIB);
    let mut commands = commands(vec![large]);
    let before = peak();
    let failure = commands.run(&words(&["/usr/bin/head", "-c", "150M", "/dev/zero"]), None, 40 * MIB).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Limit);
    assert_eq!(
        failure.message,
        "limits.memory of 128MiB is reached: `/usr/bin/head` printed more than the 41943040 bytes that it has left for \
         an output"
    );
    assert_eq!(failure.hint.as_deref(), Some("[check.disk.limits]\nmemory = \"256MiB\""));
    assert!(peak() - before < 48 * MIB, "{} bytes", peak() - before);
}

/// Returns the most memory that this process ever had resident, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
}

fn time_out() {
    let mut short = grant(&["/bin/sh", "-c", "*"]);
    short.timeout = Some(Duration::from_millis(300));
    let mut commands = commands(vec![short]);
    let mark = mark();
    let before = Instant::now();
    assert_eq!(ask(&mut commands, &["/bin/sh", "-c", &format!("sleep {mark}")]).unwrap_err(), Error::TimedOut);
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    let stubborn = format!("trap '' TERM; while :; do sleep {mark}; done");
    assert_eq!(ask(&mut commands, &["/bin/sh", "-c", &stubborn]).unwrap_err(), Error::TimedOut);
    assert!(before.elapsed() < Duration::from_secs(4), "{:?}", before.elapsed());
    assert_eq!(alive(&mark), 0);
    assert_eq!(text(ask(&mut commands, &["/bin/sh", "-c", "echo still here"])), "still here\n");
}

fn time_out_with_the_run() {
    let mark = mark();
    let mut patient = grant(&["/bin/sleep", "*"]);
    patient.timeout = Some(Duration::from_secs(20));
    let grants = Grants { commands: vec![patient], ..Grants::default() };
    let mut commands = Commands::new("disk", grants, Limits::default(), None, BUFFERS, within(0.3)).unwrap();
    let before = Instant::now();
    for _ in 0..3 {
        assert_eq!(ask(&mut commands, &["/bin/sleep", &mark]).unwrap_err(), Error::TimedOut);
    }
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    assert_eq!(alive(&mark), 0);
}

fn input() {
    let mut fed = grant(&["/usr/bin/wc", "-c"]);
    fed.stdin = StdinGrant::Component;
    let mut deaf = grant(&["/bin/true"]);
    deaf.stdin = StdinGrant::Component;
    let mut commands = commands(vec![fed, deaf, grant(&["/bin/cat"])]);
    let mut give = |argv: &[&str], input: Vec<u8>| told(commands.run(&words(argv), Some(input), 64 * MIB));
    assert_eq!(text(give(&["wc", "-c"], vec![b'\n'; 1 << 20])), "1048576\n");
    assert_eq!(give(&["true"], vec![0; 1 << 20]).unwrap().ending, Ending::Code(0));
    let hint = denied(give(&["cat"], vec![1]));
    assert!(hint.ends_with("stdin = \"component\""), "{hint}");
    assert_eq!(text(ask(&mut commands, &["cat"])), "");
}

fn users() {
    let show = ["/bin/sh", "-c", "id -u; id -g; id -G"];
    let mut as_nobody = grant(&show);
    as_nobody.user = Some("nobody".to_owned());
    assert_eq!(text(ask(&mut commands(vec![as_nobody.clone()]), &show)), "65534\n65534\n65534\n");
    let default = Some(Account { uid: 4242, gid: 4242, groups: vec![7] });
    let by_default = |commands| {
        let grants = Grants { commands, ..Grants::default() };
        Commands::new("disk", grants, Limits::default(), default.clone(), BUFFERS, within(9.0)).unwrap()
    };
    assert_eq!(text(ask(&mut by_default(vec![grant(&show)]), &show)), "4242\n4242\n4242 7\n");
    assert_eq!(text(ask(&mut by_default(vec![as_nobody.clone()]), &show)), "65534\n65534\n65534\n");
    let mut as_root = as_nobody.clone();
    as_root.user = Some("root".to_owned());
    assert!(text(ask(&mut by_default(vec![as_root]), &show)).starts_with("0\n0\n"));
    let mut as_stranger = as_nobody;
    as_stranger.user = Some("no-such-account".to_owned());
    let hint = denied(ask(&mut by_default(vec![as_stranger]), &show));
    assert!(hint.contains("there is no account `no-such-account`"), "{hint}");
}

fn another_user_needs_root() {
    Account::of_name("nobody").unwrap().become_for_good().unwrap();
    let named = |user: &str| {
        let mut named = grant(&["/usr/bin/id", "-u"]);
        named.user = Some(user.to_owned());
        ask(&mut commands(vec![named]), &["id", "-u"])
    };
    assert_eq!(text(named("nobody")), "65534\n");
    let hint = denied(named("daemon"));
    assert!(hint.contains("`daemon`") && hint.contains("start as root"), "{hint}");
    let by_default = |account| {
        let grants = Grants { commands: vec![grant(&["/usr/bin/id", "-u"])], ..Grants::default() };
        let mut commands = Commands::new("disk", grants, Limits::default(), account, BUFFERS, within(9.0)).unwrap();
        ask(&mut commands, &["id", "-u"])
    };
    assert_eq!(text(by_default(None)), "65534\n");
    assert_eq!(text(by_default(Some(Account::of_number(NOBODY)))), "65534\n", "it became the default account before");
    let hint = denied(by_default(Some(Account::of_number(4242))));
    assert!(hint.contains("uid 4242") && hint.contains("start as root"), "{hint}");
}

fn secrets_reach_the_program_alone() {
    const SECRET: &str = "s3cr3t-of-this-scene";
    let scratch = Scratch::new();
    let file = PathBuf::from(scratch.file("pg", format!("{SECRET}\n"), 0o600));
    let mut with_env = grant(&["/bin/sh", "-c", "*"]);
    with_env.env = BTreeMap::from([
        ("PGPASSWORD".to_owned(), EnvValue::File(file.clone())),
        ("LANG".to_owned(), EnvValue::Text("C".to_owned())),
    ]);
    with_env.user = Some("nobody".to_owned());
    let mut with_input = grant(&["/bin/cat"]);
    with_input.stdin = StdinGrant::File(file.clone());
    assert!(need_root(std::slice::from_ref(&with_input)) && !need_root(&[grant(&["/bin/true"])]));
    let mut commands = commands(vec![with_env, with_input]);
    assert_eq!(text(ask(&mut commands, &["/bin/sh", "-c", "echo $PGPASSWORD $LANG"])), format!("{SECRET} C\n"));
    assert_eq!(text(ask(&mut commands, &["/bin/cat"])), format!("{SECRET}\n"));
    assert!(!format!("{commands:?}").contains(SECRET));
    let ours = fs::read("/proc/self/environ").unwrap();
    assert!(!ours.windows(SECRET.len()).any(|text| text == SECRET.as_bytes()));
    // Read each time, so that a new password needs no restart.
    fs::write(&file, "another").unwrap();
    assert_eq!(text(ask(&mut commands, &["/bin/cat"])), "another");
    let Ok(Reply::Error(given)) = commands.run(&words(&["/bin/cat"]), Some(vec![1]), MIB) else {
        panic!("input was taken beside the secret")
    };
    assert!(matches!(given, Error::Denied(_)));
}

fn loose_secrets_are_denied() {
    const SECRET: &str = "s3cr3t-of-this-scene";
    let scratch = Scratch::new();
    let path = scratch.file("pg", SECRET, 0o600);
    let mut with_env = grant(&["/usr/bin/env"]);
    with_env.env = BTreeMap::from([("X".to_owned(), EnvValue::File(PathBuf::from(&path)))]);
    let mut with_input = grant(&["/bin/cat"]);
    with_input.stdin = StdinGrant::File(PathBuf::from(&path));
    let mut commands = commands(vec![with_env, with_input]);
    let mut both = |wanted: &str| {
        for program in ["env", "cat"] {
            let hint = denied(ask(&mut commands, &[program]));
            assert!(hint.contains(wanted) && hint.contains(&path) && !hint.contains(SECRET), "{hint}");
        }
    };
    for mode in [0o644, 0o640, 0o604, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        both(&format!("can be read by others (mode {mode:04o}): chmod 600"));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    chown(&path, Some(NOBODY), None).unwrap();
    both("belongs to uid 65534");
    fs::write(&path, [0; (64 << 10) + 1]).unwrap();
    chown(&path, Some(0), None).unwrap();
    both("is larger than 65536 bytes");
    fs::remove_file(&path).unwrap();
    both("does not exist");
    fs::write(&path, "a\0b").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let hint = denied(ask(&mut commands, &["env"]));
    assert!(hint.contains("NUL"), "{hint}");
}

fn granted_are_told() {
    let mut named = grant(&["/usr/sbin/smartctl", "-H", "/dev/sd[a-z]"]);
    named.id = Some("status".to_owned());
    let mut granted = commands(vec![named, grant(&["/bin/echo", "[*]"])]);
    let Ok(Reply::Commands(commands::Answer::Granted(mut told))) = granted.call(commands::Call::Granted, MIB) else {
        panic!("another reply")
    };
    for grant in &mut told {
        let [(key, left)] = &grant.extra[..] else { panic!("{:?}", grant.extra) };
        let left: u64 = left.parse().unwrap();
        assert!(key == "time_left" && (1..=30_000_000_000).contains(&left), "{key} {left}");
        grant.extra.clear();
    }
    let smart = words(&["/usr/sbin/smartctl", "-H", "/dev/sd[a-z]"]);
    assert_eq!(
        told,
        vec![
            GrantedCommand { id: Some("status".to_owned()), argv: smart, literal: false, extra: Vec::new() },
            GrantedCommand { id: None, argv: words(&["/bin/echo", "*"]), literal: true, extra: Vec::new() },
        ]
    );
}
