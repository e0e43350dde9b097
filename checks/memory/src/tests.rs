use super::*;
use roundsman_sdk::fake::{Fake, contract};
use roundsman_sdk::{Cause, HostError, Status};

/// As recorded on Debian 12, with round numbers in the lines that are read.
const SERVER: &str = include_str!("../tests/meminfo-server");
/// As recorded in a container without swap.
const CONTAINER: &str = include_str!("../tests/meminfo-container");
/// As recorded with `vm.nr_hugepages = 16`.
const HUGE_PAGES_SET: &str = include_str!("../tests/meminfo-huge-pages");
/// In the form of OpenZFS 2, with round numbers.
const ZFS: &str = include_str!("../tests/arcstats");

fn run(text: &str) -> Result<Outcome, Failure> {
    let host = Fake::new();
    host.file(MEMINFO, text);
    host.run::<Memory>("{}")
}

fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.metrics.iter().find(|it| it.name == name).map(|it| it.value)
}

#[test]
fn the_descriptor_and_the_readme_agree() {
    contract::<Memory>(include_str!("../README.md"));
}

#[test]
fn a_server_with_swap() {
    let outcome = run(SERVER).unwrap();
    assert_eq!(outcome.summary, "4.0 GiB of 16 GiB used, 12 GiB available; 512 MiB of 2.0 GiB swap used");
    assert_eq!(value(&outcome, "used_percent"), Some(25.0));
    assert_eq!(value(&outcome, "swap_used_percent"), Some(25.0));
    assert_eq!(value(&outcome, "available"), Some(12.0 * 1024.0 * 1024.0 * 1024.0));
}

#[test]
fn without_swap_there_is_no_percentage_of_it() {
    let outcome = run(CONTAINER).unwrap();
    assert!(outcome.summary.ends_with("; no swap"), "{}", outcome.summary);
    assert_eq!(value(&outcome, "swap_used_percent"), None);
    assert_eq!(value(&outcome, "swap_size"), Some(0.0));
}

/// Returns the parts that could not be read: the name and the text of each.
fn broken(outcome: &Outcome) -> Vec<(&str, &str)> {
    assert!(outcome.subchecks.iter().all(|it| it.status == Status::Unknown));
    outcome.subchecks.iter().map(|it| (it.labels[0].1.as_str(), it.text.as_str())).collect()
}

#[test]
fn a_part_that_cannot_be_told_says_so_and_hides_no_other() {
    let full = "MemTotal: 1000 kB\nMemAvailable: 10 kB\n";
    let swap = "SwapTotal: 4 kB\nSwapFree: 1 kB\n";
    let cases = [
        // A kernel that counts swap below nothing.
        (
            "SwapTotal: 4 kB\nSwapFree: 18446744073709551488 kB\n",
            "swap",
            "line 4, column 11: \"18446744073709551488 kB\" is out of range for a size",
        ),
        ("SwapTotal: 4 kB\nSwapFree: 5 kB\n", "swap", "line 4, column 11: \"5 kB\" is more than SwapTotal"),
        ("SwapTotal: 4 kB\nSwapFr", "swap", "there is no line \"SwapFree\""),
        ("SwapTotal: 4 kB\nSwapFree: x kB", "swap", "line 4, column 11: \"x\" is not a whole number"),
        (
            "SwapTotal: 4 kB\nSwapTotal: 4 kB\nSwapFree: 1 kB",
            "swap",
            "line 4, column 1: \"SwapTotal\" is in line 3 already",
        ),
        (&format!("{swap}HugePages_Total: 1\n"), "huge_pages", "there is no line \"Hugepagesize\""),
        (
            &format!("{swap}HugePages_Total: -1\nHugepagesize: 2 kB\n"),
            "huge_pages",
            "line 5, column 18: \"-1\" is out of range for u64",
        ),
    ];
    for (rest, part, said) in cases {
        let outcome = run(&format!("{full}{rest}")).unwrap();
        assert_eq!(broken(&outcome), [(part, format!("{MEMINFO}: {said}").as_str())]);
        assert_eq!(value(&outcome, "used_percent"), Some(99.0), "{rest}");
    }
    let stray = run(&format!("a line without its mark\n{full}{swap}")).unwrap();
    assert_eq!((broken(&stray), value(&stray, "used_percent")), (vec![], Some(99.0)));
}

#[test]
fn memory_that_cannot_be_told_says_what_and_where() {
    let cases = [
        ("", "there is no line \"MemTotal\""),
        ("<html>", "there is no line \"MemTotal\""),
        ("MemTotal: x kB\n", "line 1, column 11: \"x\" is not a whole number"),
        ("MemTotal: 5 MB\n", "line 1, column 11: \"5 MB\" does not end in \"kB\""),
        ("MemTotal: 5 kB\nMemAvailable: 6 kB\n", "line 2, column 15: \"6 kB\" is more than MemTotal"),
        ("MemTotal: -1 kB\n", "line 1, column 11: \"-1\" is out of range for u64"),
        ("MemTotal: 0 kB\nMemAvailable: 0 kB\n", "line 1, column 11: \"0 kB\" is not the memory of a host"),
    ];
    for (text, said) in cases {
        let outcome = run(&format!("{text}\nSwapTotal: 4 kB\nSwapFree: 1 kB\n")).unwrap();
        assert_eq!(broken(&outcome), [("memory", format!("{MEMINFO}: {said}").as_str())]);
        assert_eq!((value(&outcome, "used_percent"), value(&outcome, "swap_used_percent")), (None, Some(75.0)));
    }
}

#[test]
fn a_text_cut_off_anywhere_tells_a_part_as_it_is_or_not_at_all() {
    let whole = meminfo::parse(SERVER);
    for end in (0..SERVER.len()).filter(|end| SERVER.is_char_boundary(*end)) {
        let cut = meminfo::parse(&SERVER[..end]);
        assert!(cut.memory.is_err() || cut.memory == whole.memory, "cut at byte {end}");
        assert!(cut.swap.is_err() || cut.swap == whole.swap, "cut at byte {end}");
        assert!(!matches!(cut.huge, Ok(Some(_))) || cut.huge == whole.huge, "cut at byte {end}");
    }
}

#[test]
fn huge_pages_are_set_apart_unless_the_option_counts_them() {
    let outcome = run(HUGE_PAGES_SET).unwrap();
    assert_eq!(
        (value(&outcome, "huge_pages"), value(&outcome, "huge_pages_free")),
        (Some(33_554_432.0), Some(33_554_432.0))
    );
    assert!(outcome.summary.ends_with("; 32 MiB of huge pages"), "{}", outcome.summary);

    // A database server: of 100 GB it has 80 in huge pages, and 15 of the others are free.
    let text = "MemTotal: 100000 kB\nMemAvailable: 15000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n\
                HugePages_Total: 40\nHugePages_Free: 10\nHugepagesize: 2000 kB\nHugetlb: 80000 kB\n";
    let outcome = run(text).unwrap();
    assert_eq!((value(&outcome, "used_percent"), value(&outcome, "huge_pages")), (Some(25.0), Some(81_920_000.0)));
    let host = Fake::new();
    host.file(MEMINFO, text);
    let counted = host.run::<Memory>(r#"{"count_as_used": ["huge_pages"]}"#).unwrap();
    assert_eq!(value(&counted, "used_percent"), Some(85.0));
}

#[test]
fn what_the_cache_of_zfs_gives_back_is_available_unless_the_option_counts_it() {
    let host = Fake::new();
    host.file(MEMINFO, SERVER).file(ARCSTATS, ZFS);
    let gib = 1024.0 * 1024.0 * 1024.0;
    // 12 GiB are available, and the cache of 7 GiB keeps 1.
    let outcome = host.run::<Memory>("{}").unwrap();
    assert_eq!((value(&outcome, "available"), value(&outcome, "zfs_cache")), (Some(16.0 * gib), Some(7.0 * gib)));
    let text = "MemTotal: 16777216 kB\nMemAvailable: 1048576 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n";
    host.file(MEMINFO, text);
    assert_eq!(value(&host.run::<Memory>("{}").unwrap(), "used_percent"), Some(56.25));
    let counted = host.run::<Memory>(r#"{"count_as_used": ["zfs_cache"]}"#).unwrap();
    assert_eq!(value(&counted, "used_percent"), Some(93.75));

    host.file(ARCSTATS, &ZFS[..ZFS.find("c_min").unwrap()]);
    let cut = host.run::<Memory>("{}").unwrap();
    assert_eq!(broken(&cut), [("zfs_cache", "/proc/spl/kstat/zfs/arcstats: there is no line \"size\"")]);
    assert_eq!(value(&cut, "used_percent"), Some(93.75));

    host.remove(ARCSTATS).grant_files(&[MEMINFO, ARCSTATS]);
    let without = host.run::<Memory>("{}").unwrap();
    assert_eq!((broken(&without), value(&without, "zfs_cache")), (vec![], None));
}

#[test]
fn a_cache_that_is_larger_than_the_memory_hides_nothing() {
    let host = Fake::new();
    host.grant_files(&[MEMINFO, ARCSTATS]);
    host.file(MEMINFO, SERVER).file(ARCSTATS, "1 1 0x01\nname type data\nsize 4 99999999999999\nc_min 4 1\n");
    let outcome = host.run::<Memory>("{}").unwrap();
    assert_eq!(value(&outcome, "used_percent"), Some(25.0));
    assert_eq!(broken(&outcome), [("zfs_cache", "the cache of ZFS has 91 TiB, which is more than the host")]);
}

#[test]
fn what_the_host_refuses_is_passed_on() {
    let host = Fake::new();
    host.grant_files(&["/proc/loadavg"]);
    let failure = host.run::<Memory>("{}").unwrap_err();
    assert!(matches!(failure.cause, Cause::Host(HostError::Denied(_))));
}

#[test]
fn what_counts_as_used_is_one_of_two_words() {
    let failure = Fake::new().run::<Memory>(r#"{"count_as_used": ["cache"]}"#).unwrap_err();
    assert!(failure.message.starts_with("count_as_used[0]: unknown variant `cache`"), "{}", failure.message);
}

/// In the form of Linux 6.18, cut to some of its lines.
const VMSTAT_TEXT: &str = include_str!("../tests/vmstat");
const MINUTE: u64 = 60;

/// A host whose kernel has counted so many kills.
fn with_kills(host: &Fake, kills: u64) {
    host.file(VMSTAT, VMSTAT_TEXT.replace("oom_kill 33\n", &format!("oom_kill {kills}\n")));
}

fn counted(host: &Fake, at: u64) -> (Option<f64>, String) {
    host.set_time(at);
    let outcome = host.run::<Memory>(r#"{"oom_kills_within": "30m"}"#).unwrap();
    assert_eq!(broken(&outcome), [], "{}", outcome.summary);
    (value(&outcome, "oom_kills"), outcome.summary)
}

#[test]
fn kills_are_counted_for_as_long_as_the_option_says() {
    let host = Fake::new();
    host.file(MEMINFO, SERVER);
    with_kills(&host, 33);
    assert_eq!(counted(&host, 1000).0, None, "a first run does not know when they were");
    assert_eq!(counted(&host, 1000 + MINUTE).0, Some(0.0));
    with_kills(&host, 34);
    let (kills, summary) = counted(&host, 1000 + 2 * MINUTE);
    assert_eq!(kills, Some(1.0));
    assert!(summary.ends_with("; 1 process ended for want of memory in 30 min 0 s"), "{summary}");
    with_kills(&host, 36);
    assert_eq!(counted(&host, 1000 + 20 * MINUTE).0, Some(3.0));
    assert_eq!(counted(&host, 1000 + 31 * MINUTE).0, Some(3.0));
    assert_eq!(counted(&host, 1000 + 32 * MINUTE).0, Some(2.0), "the first is 30 minutes old");
    assert_eq!(counted(&host, 1000 + 50 * MINUTE).0, Some(0.0));
    // A boot: the counter is lower, and all of it is new.
    with_kills(&host, 2);
    assert_eq!(counted(&host, 1000 + 51 * MINUTE).0, Some(2.0));
    // The clock is set back by a day, and the kills stay known.
    assert_eq!(counted(&host, 900).0, Some(2.0));
    assert_eq!(counted(&host, 900 + 29 * MINUTE).0, Some(2.0));
    assert_eq!(counted(&host, 900 + 30 * MINUTE).0, Some(0.0));
}

#[test]
fn kills_at_each_second_keep_no_more_than_a_step_each() {
    let mut kept = kills::Kept::first(0);
    for second in 0..4 * 3600 {
        kept = kept.next(second as u64 + 1, second * 1_000_000_000, 3600);
        assert!(format!("{kept:?}").len() < 4096);
    }
    let told = kept.count();
    assert!((3540..=3600).contains(&told), "{told} of 3600, but for a step");
    let most = kept.next(u64::MAX, i64::MAX, u64::MAX).next(u64::MAX, i64::MIN, u64::MAX);
    assert_eq!(most.count(), u64::MAX - 4 * 3600 + told);
}

#[test]
fn the_rates_of_swap_are_told_where_the_option_asks() {
    let host = Fake::new();
    host.file(MEMINFO, SERVER).file(VMSTAT, VMSTAT_TEXT).set_time(100);
    let config = r#"{"swap_rates": true}"#;
    assert_eq!(value(&host.run::<Memory>(config).unwrap(), "swapped_in"), None);
    let more = VMSTAT_TEXT.replace("pswpin 0\n", "pswpin 600\n").replace("pswpout 0\n", "pswpout 60\n");
    host.file(VMSTAT, &more).set_time(160);
    let second = host.run::<Memory>(config).unwrap();
    assert_eq!((value(&second, "swapped_in"), value(&second, "swapped_out")), (Some(10.0), Some(1.0)));
    assert_eq!(value(&second, "oom_kills"), None);
}

#[test]
fn counters_that_cannot_be_told_are_parts() {
    let both = r#"{"oom_kills_within": "30m", "swap_rates": true}"#;
    let cases = [
        (
            "oom_kill 1\noom_kill 2\npswpin 1\npswpout 1\n",
            "oom_kills",
            "/proc/vmstat: line 2, column 1: \"oom_kill\" is in line 1 already",
        ),
        (
            "oom_kill -1\npswpin 1\npswpout 1\n",
            "oom_kills",
            "/proc/vmstat: line 1, column 10: \"-1\" is out of range for u64",
        ),
        ("pswpin 1\npswpout 1\n", "oom_kills", "/proc/vmstat: there is no line \"oom_kill\""),
        ("oom_kill 1\npswpin 1\n", "swap_rates", "/proc/vmstat: there is no line \"pswpout\""),
    ];
    for (text, part, said) in cases {
        let host = Fake::new();
        host.file(MEMINFO, SERVER).file(VMSTAT, text);
        let outcome = host.run::<Memory>(both).unwrap();
        assert_eq!(broken(&outcome), [(part, said)]);
        assert_eq!(value(&outcome, "used_percent"), Some(25.0));
    }
    let ungranted = Fake::new();
    ungranted.file(MEMINFO, SERVER).grant_files(&[MEMINFO]);
    let outcome = ungranted.run::<Memory>(both).unwrap();
    assert_eq!(broken(&outcome).iter().map(|(part, _)| *part).collect::<Vec<_>>(), ["oom_kills", "swap_rates"]);
}

#[test]
fn a_state_that_is_not_ours_begins_anew_and_says_so() {
    let host = Fake::new();
    host.file(MEMINFO, SERVER);
    with_kills(&host, 3);
    host.with(|| state::set(KILLS_KEPT, b"[]").unwrap());
    assert_eq!(counted(&host, 1000).0, None);
    assert!(host.log()[0].contains("begins anew"), "{:?}", host.log());
    assert_eq!(counted(&host, 1001).0, Some(0.0));
}

#[test]
fn a_span_of_nothing_is_refused() {
    let failure = Fake::new().run::<Memory>(r#"{"oom_kills_within": "0s"}"#).unwrap_err();
    assert_eq!(failure.message, "oom_kills_within: 0 seconds have no kills: \"30m\" is a usual span");
}
