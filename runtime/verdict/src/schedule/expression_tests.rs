use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};
use proptest::prelude::*;

use super::*;

fn reason(expression: &str) -> String {
    parse(expression).err().unwrap_or_else(|| panic!("`{expression}` is taken"))
}

#[test]
fn what_cron_takes_is_taken() {
    for good in [
        "0 3 * * *",
        "*/5 0-6 1,15 jan-mar MON",
        "59 23 31 12 7",
        "0 0 29 2 *",
        "*/100 1-5/100 * * *",
        "005 * * * *",
        "*,5 * * * *",
        "0 0 * * 5-7",
        "0 0 * * sun-tue,fri",
        "*\t*  * * *",
    ] {
        assert!(parse(good).is_ok(), "{good}: {:?}", parse(good).err());
    }
}

#[test]
fn others_are_refused_with_the_field_and_what_to_write() {
    for (bad, why) in [
        ("1,,5 * * * *", "`1,,5` for the minute: a `,` has nothing before or behind it"),
        ("* ,1 * * *", "`,1` for the hour: a `,` has nothing before or behind it"),
        ("5/2 * * * *", "a step stands behind `*` or a range: `5-59/2`"),
        ("*/0 * * * *", "`0` is no step: write a number from 1 on"),
        ("0 0 * * fri-sun", "`fri-sun` goes backwards: write two ranges, `5-7,0-0`"),
        ("60 * * * *", "`60` is none of 0 to 59"),
        ("0 0 * 13 *", "`13` is none of 1 to 12, or jan to dec"),
        ("0 0 jan * *", "`jan` is none of 1 to 31"),
        ("0 0 ? * *", "`?` is none of 1 to 31"),
        ("0 0 * * +1", "`+1` is none of 0 to 7, or sun to sat"),
        ("0 0 * * Monday", "`Monday` is none of 0 to 7, or sun to sat"),
        ("1-5-7 * * * *", "`5-7` is none of 0 to 59"),
        ("** * * * *", "`**` is none of 0 to 59"),
        ("0 0 * * 5#6", "`5#6` is none of 0 to 7"),
        ("a b c d e", "for the minute: `a` is none of 0 to 59"),
        ("@daily", "is a nickname, not a cron expression: write `0 0 * * *`"),
        ("@reboot", "`every` runs it in the first round after"),
        ("@soon", "`@soon` is a nickname, not a cron expression"),
        ("* * * *", "has 4 fields, a cron expression has five"),
    ] {
        assert!(reason(bad).contains(why), "{bad}: {}", reason(bad));
    }
}

/// The days of 2026 on which an expression comes at midnight, by croner and by the rule of crontab(5) written out.
#[test]
fn days_are_those_of_crontab_5_for_a_whole_year() {
    let of_month = ["*", "1", "13", "1,15", "10-20", "*/2", "*/10", "1-31/2", "*,13"];
    let of_week = ["*", "1", "sun", "7", "1-5", "*/2", "*/3", "sat,sun", "*,3"];
    for month_days in of_month {
        for week_days in of_week {
            let cron = parse(&format!("0 0 {month_days} * {week_days}")).unwrap();
            let star = month_days.starts_with('*') || week_days.starts_with('*');
            let mut day: Zoned = date(2026, 1, 1).to_zoned(TimeZone::UTC).unwrap();
            while day.year() == 2026 {
                let in_month = values(month_days, 1, 31).contains(&u32::try_from(day.day()).unwrap());
                let weekday = u32::try_from(day.weekday().to_sunday_zero_offset()).unwrap();
                let week = values(week_days, 0, 7);
                let in_week = week.contains(&weekday) || (weekday == 0 && week.contains(&7));
                let expected = if star { in_month && in_week } else { in_month || in_week };
                let comes = cron.find_next_occurrence(&day, true).unwrap() == day;
                assert_eq!(comes, expected, "0 0 {month_days} * {week_days} on {day}");
                day = day.checked_add(1.day()).unwrap();
            }
        }
    }
}

/// Returns the values of a field, by the words of crontab(5) alone.
fn values(field: &str, low: u32, high: u32) -> Vec<u32> {
    let item = |item: &str| -> Vec<u32> {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let number = |text: &str| match WEEKDAYS.iter().position(|name| *name == text) {
            Some(day) => u32::try_from(day).unwrap(),
            None => text.parse().unwrap(),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (number(from), number(to)),
            None => (number(range), number(range)),
        };
        (from..=to).step_by(step.parse().unwrap()).collect()
    };
    field.split(',').flat_map(item).collect()
}

#[test]
fn days_that_cron_has_no_word_for() {
    let next = |expression: &str| {
        let from = date(2026, 3, 2).to_zoned(TimeZone::UTC).unwrap();
        parse(expression).unwrap().find_next_occurrence(&from, true).unwrap().date().to_string()
    };
    assert_eq!(next("0 0 L * *"), "2026-03-31");
    assert_eq!(next("0 0 LW * *"), "2026-03-31");
    // The 15th is a Sunday.
    assert_eq!(next("0 0 15W * *"), "2026-03-16");
    assert_eq!(next("0 0 * * 5L"), "2026-03-27");
    assert_eq!(next("0 0 * * fri#2"), "2026-03-13");
}

proptest! {
    #[test]
    fn no_text_panics(texts in prop::collection::vec("[-*/,#0-9LWa-zä?+]{1,6}", 5)) {
        let _ = parse(&texts.join(" "));
    }
}
