//! `dnf updateinfo list --updates`: advisories, and `dnf check-update`: packages (dnf(8)); the same of dnf5, whose table of
//! advisories has a header and more columns (dnf5-advisory(8)).

use roundsman_sdk::parse::{Field, ParseError, rows};

use crate::pending::{Package, Pending};

/// The first line of dnf5's table.
const HEADER: [&str; 5] = ["Name", "Type", "Severity", "Package", "Issued"];

/// The types of advisories.
const KINDS: [&str; 5] = ["security", "bugfix", "enhancement", "newpackage", "unspecified"];

/// Reads either list. A package of several advisories is counted once.
pub fn parse(text: &str) -> Result<Pending, ParseError> {
    let mut pending = Pending::default();
    for row in rows(text) {
        // What `check-update` lists below is there already.
        if row.columns()[0].text() == "Obsoleting" {
            break;
        }
        if let Some(package) = of_dnf5(row.columns()) {
            add(&mut pending, package);
            continue;
        }
        if row.columns().iter().map(Field::text).eq(HEADER) {
            continue;
        }
        let [first, second, third] = row.exactly::<3>()?;
        // `RHSA-2024:1234 Important/Sec. bash-5.1.8-9.el9.x86_64`, or `bash.x86_64 5.1.8-9.el9 baseos`.
        let (name, security) = if is_advisory(first.text()) {
            (third.text(), second.text().contains("Sec"))
        } else if first.text().contains('.') {
            (first.text(), false)
        } else {
            return Err(first.error("is neither an advisory nor a package"));
        };
        add(&mut pending, Package { name: name.to_owned(), security });
    }
    Ok(pending)
}

fn add(pending: &mut Pending, package: Package) {
    match pending.packages.iter_mut().find(|it| it.name == package.name) {
        Some(known) => known.security |= package.security,
        None => pending.packages.push(package),
    }
}

/// Reads `FEDORA-2024-1a2b security Important curl-8.6.0-8.fc40.x86_64 2024-05-12 01:10:17`, in which the severity may be
/// missing. `None` where it is no such row.
fn of_dnf5(columns: &[Field]) -> Option<Package> {
    let (name, kind) = (columns.first()?.text(), columns.get(1)?.text());
    let package = columns.get(columns.len().checked_sub(3)?)?;
    let is_row = (5..=6).contains(&columns.len()) && is_advisory(name) && KINDS.contains(&kind);
    is_row.then(|| Package { name: package.text().to_owned(), security: kind == "security" })
}

/// Reads `RHSA-2024:1234`, `FEDORA-2024-0123abcdef`, `ALSA-…`: capitals, then the year.
fn is_advisory(text: &str) -> bool {
    let year = text.split(['-', ':']).any(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit()));
    year && text.starts_with(|it: char| it.is_ascii_uppercase()) && text.contains('-')
}
