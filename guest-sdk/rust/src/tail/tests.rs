use super::archive::Sum;
use super::*;
use crate::HostError;
use crate::fake::Fake;

const LOG: &str = "/var/log/app.log";
const FIRST: &str = "/var/log/app.log.1";
const SECOND: &str = "/var/log/app.log.2";

fn run(host: &Fake, patterns: &[&str], max: u64) -> Tail {
    let patterns: Vec<String> = patterns.iter().map(|it| it.to_string()).collect();
    host.with(|| new_lines("test", &patterns, max).unwrap())
}

/// A host whose log has one old line, followed since; with its rotated names granted.
fn followed() -> Fake {
    let host = Fake::new();
    host.file(LOG, "old\n").grant_files(&["/var/log/app.log*"]);
    assert_eq!(only(&host), news(&[], Began::AtEnd));
    host
}

/// Reads the news of the only file, of which nothing is lost.
fn only(host: &Fake) -> News {
    let tail = run(host, &[LOG], 1000);
    assert_eq!((tail.files.len(), &tail.lost), (1, &Vec::new()), "{tail:?}");
    tail.files[0].news.clone().unwrap()
}

fn news(lines: &[&str], began: Began) -> News {
    News { lines: lines.iter().map(|it| it.to_string()).collect(), unfinished: None, skipped: 0, began }
}

/// Returns all new lines, by the files that they came in.
fn lines(tail: &Tail) -> Vec<(&str, Vec<String>)> {
    tail.files.iter().map(|it| (it.path.as_str(), it.news.clone().map(|it| it.lines).unwrap_or_default())).collect()
}

/// Returns what `gzip` makes of a content, as far as anyone looks at it here.
pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut all = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    all.extend(content.iter().rev());
    all.extend(Sum::default().and(content).to_bytes());
    all
}

#[test]
fn the_first_run_starts_at_the_end_and_each_line_comes_once() {
    let host = followed();
    host.append(LOG, "one\ntwo\r\n");
    assert_eq!(only(&host), news(&["one", "two"], Began::WhereItEnded));
    assert_eq!(only(&host), news(&[], Began::WhereItEnded));
}

#[test]
fn an_incomplete_line_is_left_for_the_next_run() {
    let host = followed();
    host.append(LOG, "one\ntw");
    assert_eq!(only(&host), news(&["one"], Began::WhereItEnded));
    host.append(LOG, "o\n");
    assert_eq!(only(&host), news(&["two"], Began::WhereItEnded));
}

#[test]
fn a_line_that_stays_incomplete_is_told_once_as_it_stands_and_once_when_it_is_whole() {
    let host = followed();
    host.append(LOG, "pan");
    assert_eq!(only(&host), news(&[], Began::WhereItEnded));
    assert_eq!(only(&host).unfinished.as_deref(), Some("pan"));
    assert_eq!(only(&host), news(&[], Began::WhereItEnded));
    host.append(LOG, "ic");
    assert_eq!(only(&host), news(&[], Began::WhereItEnded));
    assert_eq!(only(&host).unfinished.as_deref(), Some("panic"));
    host.append(LOG, "!\n");
    assert_eq!(only(&host), news(&["panic!"], Began::WhereItEnded));
}

#[test]
fn the_rest_of_a_line_that_stood_there_at_the_first_run_is_no_line() {
    let host = Fake::new();
    host.file(LOG, "begin of a li");
    only(&host);
    host.append(LOG, "ne");
    assert_eq!(only(&host), news(&[], Began::WhereItEnded));
    assert_eq!(only(&host), news(&[], Began::WhereItEnded));
    host.append(LOG, " ends\nnext\n");
    assert_eq!(only(&host), news(&["next"], Began::WhereItEnded));
}

#[test]
fn a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_start() {
    let host = followed();
    host.append(LOG, "one\nlast without end").rename(LOG, FIRST).file(LOG, "two\n");
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(tail.files[0].news, Ok(news(&["two"], Began::New)));
    assert_eq!(tail.files[1].path, FIRST);
    assert_eq!(tail.files[1].news, Ok(news(&["one", "last without end"], Began::Renamed)));
    assert_eq!(tail.lost, []);

    host.append(FIRST, "straggler\n");
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(tail.files[1].news, Ok(news(&["straggler"], Began::WhereItEnded)));
    assert_eq!(lines(&run(&host, &[LOG], 1000)), [(LOG, vec![])]);
}

#[test]
fn what_was_rotated_between_two_runs_is_read_too() {
    let host = followed();
    host.append(LOG, "one\n").rename(LOG, FIRST).file(LOG, "two\n");
    host.rename(FIRST, SECOND).rename(LOG, FIRST).file(LOG, "three\n");
    let tail = run(&host, &[LOG], 1000);
    let expected = [(LOG, "three"), (FIRST, "two"), (SECOND, "one")].map(|(path, line)| (path, vec![line.to_owned()]));
    assert_eq!((lines(&tail), tail.lost.len()), (expected.to_vec(), 0));
}

#[test]
fn a_rotated_file_that_is_not_there_between_two_others_is_a_loss() {
    let host = followed();
    host.grant_files(&[LOG, FIRST, SECOND]);
    only(&host);
    host.rename(LOG, SECOND).file(LOG, "three\n");
    assert_eq!(run(&host, &[LOG], 1000).lost, [Loss::new(LOG, How::Between)]);
}

#[test]
fn names_of_dates_another_directory_and_links_are_followed_too() {
    let host = Fake::new();
    let dated = ["/old/app.log-20260101", "/old/app.log-20260102"];
    host.file(LOG, "old\n").grant_files(&[LOG, "/old/*"]);
    only(&host);
    host.append(LOG, "one\n").rename(LOG, dated[0]).file(dated[1], "two\n").file("/old/other.log-20260102", "x\n");
    host.file(LOG, "three\n");
    let found = run(&host, &[LOG], 1000);
    let expected = [(LOG, "three"), (dated[0], "one"), (dated[1], "two")].map(|(at, line)| (at, vec![line.to_owned()]));
    assert_eq!(lines(&found), expected);
}

#[test]
fn the_log_of_another_directory_is_another_log() {
    let host = Fake::new();
    host.file("/a/app.log", "").grant_files(&["/a/*", "/b/*"]);
    run(&host, &["/a/app.log"], 1000);
    host.file("/b/app.log", "x\n").file("/b/app.log.1", "y\n").file("/a/node-1.log", "z\n");
    assert_eq!(lines(&run(&host, &["/a/app.log"], 1000)), [("/a/app.log", vec![])]);
}

#[test]
fn a_renamed_file_that_is_not_granted_is_said_to_be_lost() {
    let host = Fake::new();
    host.file(LOG, "old\n").grant_files(&[LOG]);
    only(&host);
    host.rename(LOG, FIRST).file(LOG, "two\n");
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(tail.files[0].news, Ok(news(&["two"], Began::New)));
    assert_eq!(tail.lost, [Loss::new(LOG, How::Gone)]);
    assert_eq!(run(&host, &[LOG], 1000).lost, []);
}

/// The inode of the file that was compressed is free, and the new one has it.
#[test]
fn a_file_that_was_compressed_at_once_is_lost_unless_its_checksum_proves_that_it_was_read() {
    for (came, lost) in [("", vec![]), ("one\n", vec![Loss::new(LOG, How::Compressed)])] {
        let host = followed();
        host.rename(LOG, SECOND).file(LOG, "new\n");
        run(&host, &[LOG], 1000);
        host.append(LOG, came).remove(LOG).file(LOG, "two, and longer than it was\n");
        host.file("/var/log/app.log.1.gz", gzip(format!("new\n{came}").as_bytes()));
        let tail = run(&host, &[LOG], 1000);
        assert_eq!(tail.files[0].news, Ok(news(&["two, and longer than it was"], Began::Truncated)));
        assert_eq!(tail.lost, lost);
        assert_eq!(run(&host, &[LOG], 1000).lost, []);
    }
}

#[test]
fn a_file_between_two_runs_that_is_compressed_already_is_lost() {
    let host = followed();
    host.rename(LOG, SECOND).file("/var/log/app.log.1.gz", gzip(b"two\n")).file(LOG, "three\n");
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(tail.lost, [Loss::new("/var/log/app.log.1.gz", How::Compressed)]);
    assert_eq!(lines(&tail), [(LOG, vec!["three".to_owned()])]);
}

#[test]
fn a_rotated_file_that_rested_may_be_compressed_in_any_format() {
    for archive in [gzip(b"old\none\n"), b"\xfd7zXZ\0 and so on".to_vec(), b"\x28\xb5\x2f\xfd and so on".to_vec()] {
        let host = followed();
        host.append(LOG, "one\n").rename(LOG, FIRST).file(LOG, "");
        assert_eq!(run(&host, &[LOG], 1000).files.len(), 2);
        assert_eq!(only(&host), news(&[], Began::WhereItEnded));
        host.remove(FIRST).file("/var/log/app.log.2.gz", archive);
        assert_eq!(only(&host), news(&[], Began::WhereItEnded));
    }
}

#[test]
fn what_came_after_the_rename_and_was_compressed_is_lost() {
    let host = followed();
    host.rename(LOG, FIRST).file(LOG, "");
    assert_eq!(run(&host, &[LOG], 1000).lost, []);
    host.remove(FIRST).file("/var/log/app.log.1.gz", gzip(b"old\nstraggler\n"));
    assert_eq!(run(&host, &[LOG], 1000).lost, [Loss::new(FIRST, How::Compressed)]);
}

#[test]
fn a_file_that_is_away_during_one_run_is_not_begun_at_its_end() {
    let host = followed();
    host.append(LOG, "one\n").rename(LOG, FIRST);
    let tail = run(&host, &[LOG], 1000);
    assert!(tail.files[0].news.as_ref().unwrap_err().is_not_found());
    assert_eq!(tail.files[1].news, Ok(news(&["one"], Began::Renamed)));
    host.file(LOG, "two\n");
    assert_eq!(run(&host, &[LOG], 1000).files[0].news, Ok(news(&["two"], Began::New)));
}

#[test]
fn a_truncated_file_starts_anew_even_when_it_is_longer_by_now() {
    let host = followed();
    for (content, line) in [("x\n", "x"), ("y and much more\n", "y and much more")] {
        host.file(LOG, content);
        let tail = run(&host, &[LOG], 1000);
        assert_eq!(tail.files[0].news, Ok(news(&[line], Began::Truncated)));
        assert_eq!(tail.lost, [Loss::new(LOG, How::WrittenAnew)]);
    }
}

#[test]
fn of_a_file_that_was_copied_and_truncated_nothing_is_lost() {
    let host = followed();
    host.append(LOG, "one\n").file(FIRST, "old\none\n").file(LOG, "two\n");
    let tail = run(&host, &[LOG], 1000);
    let expected = [(LOG, "two"), (FIRST, "one")].map(|(path, line)| (path, vec![line.to_owned()]));
    assert_eq!((lines(&tail), tail.lost.len()), (expected.to_vec(), 0));
}

#[test]
fn a_copy_of_what_is_still_there_is_no_news() {
    let host = followed();
    host.append(LOG, "one\n").file("/var/log/app.log.bak", "old\none\n");
    assert_eq!(only(&host), news(&["one"], Began::WhereItEnded));
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
    host.file("/l/a", "").file("/l/b", "").file("/l/quiet", "").grant_files(&["/l/*"]);
    run(&host, &["/l/*"], 10);
    host.append("/l/a", "0123456789abcdef\nno\n").append("/l/b", "yes\n").file("/l/c", "new\n");
    let tail = run(&host, &["/l/*"], 12);
    let lines: Vec<Vec<String>> = tail.files.iter().map(|it| it.news.clone().unwrap().lines).collect();
    assert_eq!(lines, [vec!["no"], vec!["yes"], vec!["new"], vec![]]);
    assert_eq!(tail.files[2].news.as_ref().unwrap().began, Began::New);
}

#[test]
fn what_is_new_to_the_check_starts_at_the_end() {
    let host = Fake::new();
    host.file("/l/a", "a\n").file("/l/a.1", "older\n").file("/l/b", "b\n").grant_files(&["/l/a", "/l/b"]);
    run(&host, &["/l/a"], 100);
    host.grant_files(&["/l/a", "/l/a.1", "/l/b"]);
    let tail = run(&host, &["/l/a", "/l/b"], 100);
    assert_eq!((lines(&tail), tail.lost.len()), (vec![("/l/a", vec![]), ("/l/b", vec![])], 0));
}

#[test]
fn a_file_that_cannot_be_read_once_goes_on_where_it_was() {
    let host = followed();
    host.append(LOG, "one\n").fail(LOG, HostError::TimedOut);
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(tail.files[0].news, Err(Error::host(LOG, HostError::TimedOut)));
    assert_eq!(tail.lost, []);
    host.heal(LOG);
    assert_eq!(only(&host), news(&["one"], Began::WhereItEnded));
}

#[test]
fn what_is_not_found_is_not_lost_while_a_grant_cannot_be_listed() {
    let host = followed();
    host.append(LOG, "one\n").rename(LOG, FIRST).file(LOG, "").fail("/var/log/app.log*", HostError::TimedOut);
    let tail = run(&host, &[LOG], 1000);
    assert_eq!((tail.lost.len(), tail.files.len()), (0, 2), "{tail:?}");
    host.heal("/var/log/app.log*");
    assert_eq!(lines(&run(&host, &[LOG], 1000))[1], (FIRST, vec!["one".to_owned()]));
}

#[test]
fn a_pattern_that_cannot_be_listed_hides_no_other_and_is_no_news_later() {
    let host = Fake::new();
    host.file("/a/x.log", "old\n").file("/b/y", "").grant_files(&["/a/*", "/b/*"]).fail("/a/*", HostError::TimedOut);
    run(&host, &["/a/*", "/b/y"], 1000);
    host.append("/b/y", "one\n");
    let tail = run(&host, &["/a/*", "/b/y"], 1000);
    assert_eq!(tail.files[0].news, Err(Error::host("/a/*", HostError::TimedOut)));
    assert_eq!(lines(&tail)[1], ("/b/y", vec!["one".to_owned()]));
    host.heal("/a/*");
    assert_eq!(lines(&run(&host, &["/a/*", "/b/y"], 1000)), [("/a/x.log", vec![]), ("/b/y", vec![])]);

    host.append("/a/x.log", "two\n").fail("/a/*", HostError::TimedOut);
    assert_eq!(run(&host, &["/a/*", "/b/y"], 1000).lost, []);
    host.heal("/a/*");
    assert_eq!(lines(&run(&host, &["/a/*", "/b/y"], 1000))[0], ("/a/x.log", vec!["two".to_owned()]));
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
fn what_the_run_before_kept_and_is_unreadable_is_a_loss() {
    let host = followed();
    host.append(LOG, "one\n").with(|| state::set("tail:test", b"\xff").unwrap());
    let tail = run(&host, &[LOG], 1000);
    assert_eq!(lines(&tail), [(LOG, vec![])]);
    assert_eq!(tail.lost, [Loss::new(LOG, How::Forgotten)]);
}

#[test]
fn bytes_that_are_no_text_are_shown_and_nul_is_left_out() {
    let host = followed();
    host.append(LOG, b"a\xff\n".as_slice());
    assert_eq!(only(&host).lines, ["a\\xff"]);
    host.append(LOG, b"\0\0\0\0panic\n".as_slice());
    assert_eq!(only(&host).lines, ["panic"]);
}

#[test]
fn utf_16_is_read_as_such() {
    let written = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let host = Fake::new();
    host.file(LOG, written("\u{feff}old\n")).grant_files(&["/var/log/app.log*"]);
    only(&host);
    host.append(LOG, written("panic \u{4e0a}\r\nnext")).append(LOG, b" ".as_slice());
    assert_eq!(only(&host).lines, ["panic \u{4e0a}"]);
    host.append(LOG, [written(" ")[1..].to_vec(), written("!\n")].concat());
    assert_eq!(only(&host).lines, ["next !"]);

    host.rename(LOG, FIRST).file(LOG, written("\u{feff}first\n"));
    assert_eq!(lines(&run(&host, &[LOG], 1000))[0].1, ["first"]);
    host.append(LOG, written("much\nmore\nthan\nmay be\n"));
    assert_eq!(lines(&run(&host, &[LOG], 21))[0].1, ["may be"]);
}

#[test]
fn a_compressed_file_by_itself_has_no_lines() {
    let host = Fake::new();
    host.file(LOG, gzip(b"old\n"));
    let said = run(&host, &[LOG], 1000).files[0].news.clone().unwrap_err().to_string();
    assert_eq!(said, "/var/log/app.log: is compressed: name the file that is written");
}
