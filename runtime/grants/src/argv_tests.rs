use proptest::prelude::*;

use super::*;

fn argv(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn pattern(texts: &[&str]) -> GrantedArgv {
    GrantedArgv::pattern(&argv(texts)).unwrap()
}

#[test]
fn refusals_teach() {
    for (texts, message) in [
        (&[][..], "the argv is empty; write a program by its absolute path, then its arguments"),
        (
            &["df", "-P"],
            "the program `df` is not absolute: PATH is never searched; write its whole path, such as `/usr/bin/df`",
        ),
        (&["bin/df"], "the program `bin/df` is not absolute; write the whole path, from `/` on"),
        (&["/bin/../df"], "the program `/bin/../df` has the part `..`; write the path without it"),
        (
            &["/usr/bin/d*"],
            "the program `/usr/bin/d*` has a wildcard; a grant names one program, only arguments of an `argv_pattern` may have wildcards",
        ),
        (&["/dev/shm/x"], "the program `/dev/shm/x` is below `/dev` or `/proc`, where no program lives"),
        (&["/proc/self/exe"], "the program `/proc/self/exe` is below `/dev` or `/proc`, where no program lives"),
        (&["/bin/a", "x", "\0"], "argument 2 has a NUL, which no argument can have"),
        (&["/bin/a", "[x"], "argument 1: `[x` has a `[` without its `]`; a literal bracket is written `[[]`"),
    ] {
        assert_eq!(GrantedArgv::pattern(&argv(texts)).unwrap_err().to_string(), message);
        let literal = GrantedArgv::literal(&argv(texts)).map_err(|error| error.to_string());
        let only_a_pattern = message.contains("`[x`");
        assert_eq!(literal.err().as_deref(), (!only_a_pattern).then_some(message));
    }
    assert!(GrantedArgv::pattern(&argv(&["/usr/bin/["])).is_ok());
}

#[test]
fn each_argument_is_one_element_and_their_count_is_exact() {
    let df = pattern(&["/usr/bin/df", "-P", "*"]);
    assert!(df.matches(&argv(&["/usr/bin/df", "-P", "/"])));
    assert!(df.matches(&argv(&["df", "-P", "/ --output"])), "one element, whatever is in it");
    for wrong in [
        &[][..],
        &["/usr/bin/df"],
        &["df", "-P"],
        &["df", "-P", "/", "--output"],
        &["df", "-Px", "/"],
        &["/bin/df", "-P", "/"],
        &["./df", "-P", "/"],
        &["bin/df", "-P", "/"],
        &["", "-P", "/"],
        &["df", "-P", "/\0"],
    ] {
        assert!(!df.matches(&argv(wrong)), "{wrong:?}");
    }
}

#[test]
fn a_wildcard_smuggles_nothing_in() {
    let free = pattern(&["/bin/x", "*"]);
    for wrong in [
        "-oProxyCommand=id",
        "--checkpoint-action=exec=id",
        "-exec",
        "--output=/etc/cron.d/x",
        "-",
        "--",
        "",
        "a\n",
        "\nid",
        "a\x1b[2J",
        "..",
        "/var/../etc/shadow",
    ] {
        assert!(!free.matches(&argv(&["x", wrong])), "{wrong:?}");
    }
    for right in ["$(id)", "`id`", ";id", "a|b", "/a/b", "a..b", "a -b", "ä"] {
        assert!(free.matches(&argv(&["x", right])), "{right:?}");
    }
    assert!(!pattern(&["/bin/x", "[-a]b"]).matches(&argv(&["x", "-b"])), "a class is a wildcard");
    assert!(pattern(&["/bin/x", "-o?"]).matches(&argv(&["x", "-oa"])), "the pattern begins with -");
    assert!(pattern(&["/bin/x", "--", "*"]).matches(&argv(&["x", "--", "a"])));
    assert!(!pattern(&["/bin/x", "/var/*"]).matches(&argv(&["x", "/var/../etc/shadow"])));
    assert!(pattern(&["/bin/x", "../*"]).matches(&argv(&["x", "../a"])), "the operator wrote it");
}

#[test]
fn whole_elements_and_ascii_digits() {
    let digit = pattern(&["/bin/x", "[0-9]"]);
    assert!(digit.matches(&argv(&["x", "7"])));
    for wrong in ["7\n", "٧", "77", "", "a7"] {
        assert!(!digit.matches(&argv(&["x", wrong])), "{wrong:?}");
    }
    let literal = pattern(&["/bin/x", "a|b", "", "--", "..", "\n"]);
    assert!(literal.matches(&argv(&["x", "a|b", "", "--", "..", "\n"])), "what is written is meant");
    assert!(!literal.matches(&argv(&["x", "a", "", "--", "..", "\n"])));
}

#[test]
fn a_pattern_without_wildcards_can_be_run_as_it_is() {
    assert_eq!(pattern(&["/bin/x", "[*]"]).only_argv(), Some(argv(&["/bin/x", "*"])));
    assert_eq!(pattern(&["/bin/x", "*"]).only_argv(), None);
    assert_eq!(pattern(&["/bin/x", "[*]"]).arguments(), ["[*]"]);
}

#[test]
fn a_literal_argv_is_just_that() {
    // A path of jq, a URL, SQL, and what are globs elsewhere.
    let texts = ["/bin/x", ".queues[0].depth", "http://a/?b=c", "count(*)", "*", "[*]", "[", "[!a]", "", "-o", "a\nb"];
    let literal = GrantedArgv::literal(&argv(&texts)).unwrap();
    assert!(literal.matches(&argv(&texts)));
    assert_eq!((literal.only_argv(), literal.written()), (Some(argv(&texts)), argv(&texts)));
    assert_eq!(literal.free_arguments().count(), 0);
    for (place, other) in
        [(1, ".queues0.depth"), (2, "http://a/xb=c"), (3, "count(1)"), (4, "a"), (4, "**"), (5, "*"), (10, "a b")]
    {
        let mut asked = argv(&texts);
        asked[place] = other.to_owned();
        assert!(!literal.matches(&asked), "{other:?}");
    }
    assert_eq!(pattern(&["/bin/x", "a", "b*", "[*]"]).free_arguments().collect::<Vec<_>>(), ["b*"]);
}

proptest! {
    #[test]
    fn a_literal_grant_allows_what_is_written_and_nothing_else(
        texts in prop::collection::vec("[a*?\\[\\]!^.-]{0,4}", 0..4),
        asked in prop::collection::vec("[a*?\\[\\]!^.-]{0,4}", 0..4),
    ) {
        let whole = |texts: &[String]| [&["/bin/x".to_owned()], texts].concat();
        let literal = GrantedArgv::literal(&whole(&texts)).unwrap();
        prop_assert!(literal.matches(&whole(&texts)));
        prop_assert_eq!(literal.matches(&whole(&asked)), texts == asked);
    }

    #[test]
    fn a_pattern_without_wildcards_matches_its_only_argv(texts in prop::collection::vec("[^\0]{0,6}", 0..4)) {
        let all: Vec<String> = std::iter::once("/bin/x".to_owned()).chain(texts).collect();
        if let Ok(pattern) = GrantedArgv::pattern(&all) && let Some(argv) = pattern.only_argv() {
            prop_assert!(pattern.matches(&argv));
            prop_assert!(GrantedArgv::literal(&argv).unwrap().matches(&argv));
        }
    }

    #[test]
    fn no_text_panics(texts in prop::collection::vec(any::<String>(), 0..4), argv in prop::collection::vec(any::<String>(), 0..4)) {
        for form in [Form::Literal, Form::Pattern] {
            if let Ok(granted) = GrantedArgv::parse(form, &texts) {
                let _ = granted.matches(&argv);
            }
        }
    }
}
