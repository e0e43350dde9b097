//! `dnf updateinfo list --updates`: advisories, and `dnf check-update`: packages (dnf(8)).

use roundsman_sdk::parse::{ParseError, rows};

use crate::pending::{Package, Pending};

/// Reads either list. A package of several advisories is counted once.
pub fn parse(text: &str) -> Result<Pending, ParseError> {
    let mut pending = Pending::default();
    for row in rows(text) {
        // What `check-update` lists below is there already.
        if row.columns()[0].text() == "Obsoleting" {
            break;
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
        match pending.packages.iter_mut().find(|it| it.name == name) {
            Some(package) => package.security |= security,
            None => pending.packages.push(Package { name: name.to_owned(), security }),
        }
    }
    Ok(pending)
}

/// Reads `RHSA-2024:1234`, `FEDORA-2024-0123abcdef`, `ALSA-…`: capitals, then the year.
fn is_advisory(text: &str) -> bool {
    let year = text.split(['-', ':']).any(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit()));
    year && text.starts_with(|it: char| it.is_ascii_uppercase()) && text.contains('-')
}
