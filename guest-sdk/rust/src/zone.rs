//! Time zones by their names, from the files that every host has of them (tzfile(5), RFC 9636).

use std::cell::OnceCell;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};

use crate::{Need, files};

/// Directory of the files, by the names of their zones.
const DIRECTORY: &str = "/usr/share/zoneinfo";

/// A time zone as an option: `UTC`, an offset such as `+02:00`, or a name such as `Europe/Berlin`.
///
/// ```
/// use roundsman_sdk::Zone;
///
/// let berlin: Zone = serde_json::from_str("\"Europe/Berlin\"").unwrap();
/// assert!(berlin.need().is_some());
/// assert!(serde_json::from_str::<Zone>("\"+02:00\"").unwrap().need().is_none());
/// ```
#[derive(Clone)]
pub struct Zone {
    text: String,
    /// Offset in seconds east of UTC, of a zone that has no name.
    offset: Option<i64>,
    /// Zone of a name, once it was looked up.
    read: OnceCell<Result<Changes, String>>,
}

impl Zone {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let offset = offset(text);
        let part = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"_+-".contains(&it));
        if offset.is_none() && !(text.contains('/') && text.split('/').all(part)) {
            return Err(format!(
                "{text:?} is neither \"UTC\" nor an offset such as \"+02:00\" nor a name such as \"Europe/Berlin\""
            ));
        }
        Ok(Self { text: text.to_owned(), offset, read: OnceCell::new() })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the file of a zone that is a name, which must be granted.
    pub fn need(&self) -> Option<Need> {
        let file = self.offset.is_none().then(|| self.file())?;
        Some(Need::files(&file, "when the clocks of this time zone are changed"))
    }

    /// Returns seconds since 1970 UTC of seconds since 1970 by the clocks of this zone. Of a moment that is there twice, as
    /// when clocks are set back, it is one of both.
    pub(crate) fn utc(&self, local: i64) -> Result<i64, String> {
        if let Some(offset) = self.offset {
            return Ok(local - offset);
        }
        let changes = self.read.get_or_init(|| self.changes()).as_ref().map_err(String::clone)?;
        let near = local - changes.offset(local);
        Ok(local - changes.offset(near))
    }

    fn file(&self) -> String {
        format!("{DIRECTORY}/{}", self.text)
    }

    fn changes(&self) -> Result<Changes, String> {
        let file = self.file();
        let bytes = files::read(&file).map_err(|error| error.to_string())?;
        Changes::parse(&bytes).ok_or_else(|| format!("{file}: is no file of a time zone"))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Returns seconds east of UTC: `UTC`, `GMT`, `Z`, `+02:00`, `+0200`.
pub(crate) fn offset(text: &str) -> Option<i64> {
    if ["UTC", "GMT", "Z", "z"].contains(&text) {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|it| *it != ':').collect();
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4 && !digits.starts_with(['+', '-']))?;
    (number / 100 < 24 && number % 100 < 60).then_some(sign * (number / 100 * 3600 + number % 100 * 60))
}

/// The times at which the clocks of a zone were and will be changed.
#[derive(Clone, Debug)]
struct Changes {
    /// Before all of them, in seconds east of UTC.
    first: i64,
    /// Since when, in seconds since 1970 UTC, and what then.
    all: Vec<(i64, i64)>,
    /// After all of them.
    rule: Option<Rule>,
}

/// The rule of each later year: the usual offset, and that of summer with when it begins and ends.
#[derive(Clone, Copy, Debug)]
struct Rule {
    usual: i64,
    summer: Option<(i64, Turn, Turn)>,
}

/// The day of a change: `M3.5.0/3` is 03:00 on the last Sunday of March.
#[derive(Clone, Copy, Debug)]
struct Turn {
    month: i64,
    week: i64,
    weekday: i64,
    seconds: i64,
}

impl Changes {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let version = *bytes.get(4)?;
        let at = if version >= b'2' { Block::of(bytes, 0, 4)?.end } else { 0 };
        let width = if version >= b'2' { 8 } else { 4 };
        let block = Block::of(bytes, at, width)?;
        let offset = |kind: usize| number(bytes, block.kinds + 6 * kind, 4);
        let change = |at: usize| {
            let kind = usize::from(*bytes.get(block.numbers + at)?);
            Some((number(bytes, block.times + at * width, width)?, offset(kind)?))
        };
        let rule = match if width == 8 { footer(bytes.get(block.end..)?)? } else { "" } {
            "" => None,
            footer => Some(Rule::parse(footer)?),
        };
        Some(Self { first: offset(0)?, all: (0..block.count).map(change).collect::<Option<_>>()?, rule })
    }

    /// Returns seconds east of UTC at a moment of UTC.
    fn offset(&self, utc: i64) -> i64 {
        let until = self.all.partition_point(|(since, _)| *since <= utc);
        match (until.checked_sub(1), &self.rule) {
            (at, Some(rule)) if until == self.all.len() && (at.is_some() || self.all.is_empty()) => rule.offset(utc),
            (Some(at), _) => self.all[at].1,
            (None, _) => self.first,
        }
    }
}

/// Places of the parts of one of a file's two blocks.
struct Block {
    count: usize,
    times: usize,
    numbers: usize,
    kinds: usize,
    end: usize,
}

impl Block {
    fn of(bytes: &[u8], at: usize, width: usize) -> Option<Self> {
        let header = bytes.get(at..at + 44).filter(|it| it.starts_with(b"TZif"))?;
        let part = |index: usize| u64::try_from(number(header, 20 + 4 * index, 4)?).ok();
        let (utc, standard, leaps) = (part(0)?, part(1)?, part(2)?);
        let (count, kinds, letters) = (part(3)?, part(4)?, part(5)?);
        // A file may claim more than a guest's `usize` of 32 bits can count.
        let width = u64::try_from(width).ok()?;
        let times = u64::try_from(at + 44).ok()?;
        let numbers = times + count * width;
        let kinds_at = numbers + count;
        let end = kinds_at + kinds * 6 + letters + leaps * (width + 4) + standard + utc;
        let place = |it: u64| usize::try_from(it).ok().filter(|it| *it <= bytes.len());
        Some(Self {
            count: place(count)?,
            times: place(times)?,
            numbers: place(numbers)?,
            kinds: place(kinds_at)?,
            end: place(end)?,
        })
    }
}

/// Returns the text between two line ends that closes a file. A file that was cut has no second one.
fn footer(rest: &[u8]) -> Option<&str> {
    let (footer, _) = std::str::from_utf8(rest).ok()?.strip_prefix('\n')?.split_once('\n')?;
    Some(footer)
}

/// Returns a signed number of `width` bytes, the highest first.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<i64> {
    let bytes = bytes.get(at..at + width)?;
    let first = i64::from(i8::from_be_bytes([*bytes.first()?]));
    Some(bytes[1..].iter().fold(first, |number, byte| (number << 8) | i64::from(*byte)))
}

impl Rule {
    /// Reads `CET-1CEST,M3.5.0,M10.5.0/3`, as POSIX has it.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let (usual, rest) = east(after_name(parts.next()?)?)?;
        if rest.is_empty() {
            return Some(Self { usual, summer: None });
        }
        let (offset, _) = east(after_name(rest)?).unwrap_or((usual + 3600, ""));
        let (begins, ends) = (Turn::parse(parts.next()?)?, Turn::parse(parts.next()?)?);
        Some(Self { usual, summer: Some((offset, begins, ends)) })
    }

    fn offset(&self, utc: i64) -> i64 {
        let Some((summer, begins, ends)) = self.summer else { return self.usual };
        let year = year((utc + self.usual).div_euclid(86_400));
        let (begins, ends) = (begins.local(year) - self.usual, ends.local(year) - summer);
        let is_summer = if begins < ends { (begins..ends).contains(&utc) } else { !(ends..begins).contains(&utc) };
        if is_summer { summer } else { self.usual }
    }
}

impl Turn {
    fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.strip_prefix('M')?.split_once('/').unwrap_or((text.strip_prefix('M')?, "2"));
        let mut numbers = day.split('.').map(|it| it.parse::<i64>().ok());
        let (month, week, weekday) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let seconds = clock(time)?.0;
        let is_day = (1..=12).contains(&month) && (1..=5).contains(&week) && (0..=6).contains(&weekday);
        is_day.then_some(Self { month, week, weekday, seconds })
    }

    /// Returns seconds since 1970 by the clocks of the zone.
    fn local(&self, year: i64) -> i64 {
        let first = days(year, self.month);
        // 1970-01-01 was a Thursday.
        let weekday = (first + 4).rem_euclid(7);
        let mut day = first + (self.weekday - weekday).rem_euclid(7) + 7 * (self.week - 1);
        let next = if self.month == 12 { days(year + 1, 1) } else { days(year, self.month + 1) };
        if day >= next {
            day -= 7;
        }
        day * 86_400 + self.seconds
    }
}

/// Returns what follows the name of a zone: letters, or anything between `<` and `>`.
fn after_name(text: &str) -> Option<&str> {
    match text.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>').map(|(_, rest)| rest),
        None => Some(text.trim_start_matches(|it: char| it.is_ascii_alphabetic())),
    }
}

/// Returns seconds east of UTC of `-1` or `3:30`, which count to the west, and what follows.
fn east(text: &str) -> Option<(i64, &str)> {
    clock(text).map(|(west, rest)| (-west, rest))
}

/// Returns seconds of `2`, `-1` or `3:30`, and what follows.
fn clock(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|it: char| !(it.is_ascii_digit() || "+-:".contains(it))).unwrap_or(text.len());
    let (time, rest) = text.split_at(end);
    let (sign, digits) = time.strip_prefix('-').map_or((1, time.trim_start_matches('+')), |digits| (-1, digits));
    let mut seconds = 0;
    for (part, factor) in digits.split(':').zip([3600, 60, 1]) {
        seconds += part.parse::<i64>().ok().filter(|it| (0..168).contains(it))? * factor;
    }
    Some((sign * seconds, rest))
}

/// Returns days from 1970 to the first of a month.
fn days(year: i64, month: i64) -> i64 {
    crate::parse::days(year, month, 1)
}

/// Returns the year of a day since 1970.
fn year(day: i64) -> i64 {
    let near = 1970 + day.div_euclid(365);
    // A year has no fewer days, so that it is this one or one before it.
    (0..).map(|before| near - before).find(|year| days(*year, 1) <= day).unwrap_or(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    /// Makes a file of a zone as a system with slim ones has it: its one change, to +01:00 in 1893, and a rule.
    fn slim(footer: &str) -> Vec<u8> {
        let mut file = Vec::new();
        for width in [4, 8] {
            let (count, kinds) = if width == 8 { (1_u32, 2_u32) } else { (0, 1) };
            file.extend(b"TZif2");
            file.extend([0; 15]);
            [0, 0, 0, count, kinds, 4].iter().for_each(|it: &u32| file.extend(it.to_be_bytes()));
            if width == 8 {
                file.extend((-2_422_054_408_i64).to_be_bytes());
                file.push(1);
            }
            file.extend([3_208_i32.to_be_bytes().as_slice(), &[0, 0]].concat());
            if width == 8 {
                file.extend([3_600_i32.to_be_bytes().as_slice(), &[0, 0]].concat());
            }
            file.extend(b"CET\0");
        }
        file.extend(format!("\n{footer}\n").bytes());
        file
    }

    fn utc(footer: &str, local: i64) -> i64 {
        let host = Fake::new();
        host.file("/usr/share/zoneinfo/Test/Zone", slim(footer));
        host.with(|| Zone::parse("Test/Zone").unwrap().utc(local).unwrap())
    }

    /// Each as `date -d 'TZ="…" …' +%s` tells it, less the local seconds.
    #[test]
    fn the_rule_of_a_zone_says_when_it_is_summer() {
        const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
        for (footer, local, ahead) in [
            (BERLIN, 1_767_225_600, 3_600),
            (BERLIN, 1_782_864_000, 7_200),
            // 2026-03-29 01:59:59 and 03:00:00, 2026-10-25 01:59:59 and 03:00:00.
            (BERLIN, 1_774_749_599, 3_600),
            (BERLIN, 1_774_753_200, 7_200),
            (BERLIN, 1_792_893_599, 7_200),
            (BERLIN, 1_792_897_200, 3_600),
            (BERLIN, -2_500_000_000, 3_208),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_767_225_600, 39_600),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_782_864_000, 36_000),
            ("NST3:30NDT,M3.2.0,M11.1.0", 1_782_864_000, -9_000),
            ("<-03>3", 1_782_864_000, -10_800),
        ] {
            assert_eq!(local - utc(footer, local), ahead, "{footer} {local}");
        }
    }

    #[test]
    fn what_is_no_zone_is_said() {
        for text in ["", "CET", "local", "Europe/", "/etc/passwd", "Europe/../passwd", "+2", "Europe/Ber lin"] {
            assert!(Zone::parse(text).unwrap_err().contains("is neither \"UTC\" nor an offset"), "{text}");
        }
        let host = Fake::new();
        let said = |name| host.with(|| Zone::parse(name).unwrap().utc(0).unwrap_err());
        assert!(said("Europe/Nowhere").contains("/usr/share/zoneinfo/Europe/Nowhere"), "{}", said("Europe/Nowhere"));
        for bytes in [&b""[..], b"TZif2", &slim("CET-1CEST,J60,J300"), &slim("CET-1")[..100]] {
            host.file("/usr/share/zoneinfo/Odd/Zone", bytes);
            assert_eq!(said("Odd/Zone"), "/usr/share/zoneinfo/Odd/Zone: is no file of a time zone");
        }
    }

    /// A file that is being written, say: it would have the winter's time all year.
    #[test]
    fn a_file_that_was_cut_is_refused_wherever_it_was() {
        for footer in ["CET-1CEST,M3.5.0,M10.5.0/3", ""] {
            let mut cut = slim(footer);
            assert_eq!(Changes::parse(&cut).unwrap().rule.is_some(), !footer.is_empty());
            while cut.pop().is_some() {
                assert!(Changes::parse(&cut).is_none(), "{footer:?}, {} bytes", cut.len());
            }
        }
        for odd in [&b"CET-1\n"[..], b"\nCET-\xff\n"] {
            let mut file = slim("");
            file.truncate(file.len() - 2);
            assert!(Changes::parse(&[&file, odd].concat()).is_none(), "{odd:?}");
        }
    }

    /// A guest's `usize` has 32 bits, so that such a count would overflow there.
    #[test]
    fn a_header_that_claims_more_than_the_file_has_is_refused() {
        let whole = slim("CET-1");
        // Of both blocks: the second begins behind the first with its one kind and the name of it.
        for (block, count) in [0, 54].into_iter().flat_map(|block| (0..6).map(move |count| (block, count))) {
            let mut file = whole.clone();
            assert!(file[block..].starts_with(b"TZif2"));
            let at = block + 20 + 4 * count;
            for claimed in [0x7fff_ffff_u32, 0xffff_ffff] {
                file[at..at + 4].copy_from_slice(&claimed.to_be_bytes());
                assert!(Changes::parse(&file).is_none(), "count {count} of the block at {block}: {claimed:#x}");
            }
        }
    }

    #[test]
    fn a_rule_of_numbers_that_no_date_has_is_refused() {
        for turn in [
            "M3.5.-9223372036854775808",
            "M3.5.-1",
            "M3.5.7",
            "M3.0.0",
            "M3.6.0",
            "M0.5.0",
            "M13.5.0",
            "M3.5.0/--9223372036854775808",
            "M3.5.0/2:-9223372036854775808",
            "M3.5.0/168",
        ] {
            let text = format!("CET-1CEST,{turn},M10.5.0/3");
            assert!(Rule::parse(&text).is_none(), "{turn}");
        }
    }
}
