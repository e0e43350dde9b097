use super::*;
use crate::fake::Fake;

const LOG: &str = "/var/log/app.log";

fn run(host: &Fake, patterns: &[&str], max: u64) -> Tail {
    let patterns: Vec<String> = patterns.iter().map(|it| it.to_string()).collect();
    host.with(|| new_lines("test", &patterns, max).unwrap())
}

/// The news of the only file.
fn only(host: &Fake) -> News {
    let tail = run(host, &[LOG], 1000);
    assert_eq!(tail.files.len(), 1, "{tail:?}");
    tail.files[0].news.clone().unwrap()
}

fn news(lines: &[&str], began: Began) -> News {
    News { lines: lines.iter().map(|it| it.to_string()).collect(), skipped: 0, began }
}

#[test]
fn the_first_run_starts_at_the_end_and_each_line_comes_once() {
    let host = Fake::new();
    host.file(LOG, "old\n");
    assert_eq!(only(&host), news(&[], Began::AtEnd));
    host.append(LOG, "one\ntwo\r\n");
    assert_eq!(only(&host), news(&["one", "two"], Began::WhereItEnded));
    assert_eq!(only(&host), news(&[], Began::WhereItEnded));
}

#[test]
fn an_incomplete_line_is_left_for_the_next_run() {
    let host = Fake::new();
    host.file(LOG, "");
    only(&host);
    host.append(LOG, "one\ntw");
    assert_eq!(only(&host), news(&["one"], Began::WhereItEnded));
    assert_eq!(only(&host), news(&[], Began::WhereItEnded));
    host.append(LOG, "o\n");
    assert_eq!(only(&host), news(&["two"], Began::WhereItEnded));
}

#[test]
fn the_rest_of_a_line_that_stood_there_at_the_first_run_is_no_line() {
    let host = Fake::new();
    host.file(LOG, "begin of a li");
    only(&host);
    host.append(LOG, "ne");
    assert_eq!(only(&host), news(&[], Began::WhereItEnded));
    host.append(LOG, " ends\nnext\n");
    assert_eq!(only(&host), news(&["next"], Began::WhereItEnded));
}

#[test]
fn a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_start() {
    let host = Fake::new();
    host.file(LOG, "old\n").grant_files(&["/var/log/app.log*"]);
    only(&host);
    host.append(LOG, "one\nlast without end");
    host.rename(LOG, "/var/log/app.log.1");
    host.file(LOG, "two\n");
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(tail.files[0].news, Ok(news(&["two"], Began::New)));
    assert_eq!(tail.files[1].path, "/var/log/app.log.1");
    assert_eq!(tail.files[1].news, Ok(news(&["one", "last without end"], Began::Renamed)));
    assert_eq!(tail.lost, Vec::<String>::new());

    host.append("/var/log/app.log.1", "straggler\n");
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(tail.files[1].news, Ok(news(&["straggler"], Began::Renamed)));
}

#[test]
fn a_renamed_file_that_is_not_granted_is_said_to_be_lost() {
    let host = Fake::new();
    host.file(LOG, "old\n").grant_files(&[LOG]);
    only(&host);
    host.rename(LOG, "/var/log/app.log.1");
    host.file(LOG, "two\n");
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(tail.files[0].news, Ok(news(&["two"], Began::New)));
    assert_eq!(tail.lost, [LOG]);
    assert_eq!(run(&host, &[LOG], 1000).lost, Vec::<String>::new());
}

#[test]
fn a_file_that_is_away_during_one_run_is_not_begun_at_its_end() {
    let host = Fake::new();
    host.file(LOG, "old\n").grant_files(&["/var/log/app.log*"]);
    only(&host);
    host.append(LOG, "one\n").rename(LOG, "/var/log/app.log.1");
    let tail = run(&host, &[LOG], 1000);
    assert!(tail.files[0].news.as_ref().unwrap_err().is_not_found());
    assert_eq!(tail.files[1].news, Ok(news(&["one"], Began::Renamed)));
    host.file(LOG, "two\n");
    assert_eq!(run(&host, &[LOG], 1000).files[0].news, Ok(news(&["two"], Began::New)));
}

#[test]
fn a_truncated_file_starts_anew_even_when_it_is_longer_by_now() {
    let host = Fake::new();
    host.file(LOG, "old\n");
    only(&host);
    host.file(LOG, "x\n");
    assert_eq!(only(&host), news(&["x"], Began::Truncated));
    host.file(LOG, "y and much more\n");
    assert_eq!(only(&host), news(&["y and much more"], Began::Truncated));
}

#[test]
fn what_is_too_much_is_skipped_from_the_oldest_and_said() {
    let host = Fake::new();
    host.file(LOG, "");
    run(&host, &[LOG], 10);
    host.append(LOG, "0123456789\nabcdefgh\nxyz\n");
    let tail = run(&host, &[LOG], 10);
    let news = tail.files[0].news.as_ref().unwrap();
    assert_eq!(news.lines, ["xyz"]);
    assert_eq!(news.skipped, 20);

    host.append(LOG, "a line that is longer than all that may be read");
    let tail = run(&host, &[LOG], 10);
    assert_eq!(tail.files[0].news.as_ref().unwrap().skipped, 47);
    host.append(LOG, " end\nok\n");
    assert_eq!(run(&host, &[LOG], 10).files[0].news.as_ref().unwrap().lines, ["ok"]);
}

#[test]
fn of_many_files_each_has_its_share() {
    let host = Fake::new();
    host.file("/l/a", "").file("/l/b", "").grant_files(&["/l/*"]);
    run(&host, &["/l/*"], 10);
    host.append("/l/a", "0123456789abcdef\nno\n").append("/l/b", "yes\n").file("/l/c", "new\n");
    let tail = run(&host, &["/l/*"], 12);
    let lines: Vec<Vec<String>> = tail.files.iter().map(|it| it.news.clone().unwrap().lines).collect();
    assert_eq!(lines, [vec!["no"], vec!["yes"], vec!["new"]]);
    assert_eq!(tail.files[2].news.as_ref().unwrap().began, Began::New);
}

#[test]
fn a_pattern_that_is_new_to_the_check_starts_at_the_end() {
    let host = Fake::new();
    host.file("/l/a", "a\n").file("/l/b", "b\n");
    run(&host, &["/l/a"], 100);
    let tail = run(&host, &["/l/a", "/l/b"], 100);
    assert_eq!(tail.files[1].news, Ok(news(&[], Began::AtEnd)));
}

#[test]
fn a_file_that_cannot_be_read_once_goes_on_where_it_was() {
    let host = Fake::new();
    host.file(LOG, "old\n");
    only(&host);
    host.append(LOG, "one\n").fail(LOG, HostError::TimedOut);
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(tail.files[0].news, Err(Error::host(LOG, HostError::TimedOut)));
    host.heal(LOG);
    assert_eq!(only(&host), news(&["one"], Began::WhereItEnded));
}

#[test]
fn what_cannot_be_read_at_first_is_no_news_later() {
    for (patterns, error) in [(LOG, HostError::TimedOut), ("/var/log/*", HostError::Io("EACCES".into()))] {
        let host = Fake::new();
        host.file(LOG, "old\n").grant_files(&["/var/log/*"]).fail(LOG, error);
        for _ in 0..2 {
            assert!(run(&host, &[patterns], 1000).files[0].news.is_err());
        }
        host.heal(LOG);
        assert_eq!(run(&host, &[patterns], 1000).files[0].news, Ok(news(&[], Began::AtEnd)));
        host.append(LOG, "one\n");
        assert_eq!(run(&host, &[patterns], 1000).files[0].news, Ok(news(&["one"], Began::WhereItEnded)));
    }
}

#[test]
fn bytes_that_are_no_text_are_shown() {
    let host = Fake::new();
    host.file(LOG, "");
    only(&host);
    host.append(LOG, b"a\xff\n".as_slice());
    assert_eq!(only(&host).lines, ["a\\xff"]);
}
