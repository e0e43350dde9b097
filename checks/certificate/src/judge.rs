//! From the certificates to what is reported of them.

use roundsman_sdk::text::{count, cut, duration};
use roundsman_sdk::x509::{Certificate, Key};
use roundsman_sdk::{Failure, Outcome, Part, Status, Subcheck};

use crate::options::Options;
use crate::{CERTIFICATES, Read, TIME_LEFT};

/// Bits of a key of RSA below which it is weak (NIST SP 800-131A).
const RSA: u64 = 2048;
/// Characters of a name, which whoever made the certificate chose.
const NAME: usize = 100;

type Seen = (String, Result<Vec<Read>, Failure>);

/// `now` in seconds since 1970 UTC.
pub fn judge(seen: &[Seen], missing: &[&str], now: i64, options: &Options) -> Outcome {
    let mut outcome = Outcome::new(summary(seen, now));
    for (path, all) in seen {
        let part = all.as_ref().map_err(Failure::clone).and_then(|all| part(all, now, options));
        outcome = outcome.part("file", path, part);
    }
    for pattern in missing {
        let subcheck = Subcheck::new("file", *pattern, "there is no such file").judged(options.missing);
        outcome = outcome.subcheck(subcheck);
    }
    outcome.bounded("files")
}

/// One file: the first certificate is whom it is for, those behind it are its chain or a collection.
fn part(all: &[Read], now: i64, options: &Options) -> Result<Part, Failure> {
    let mut known: Vec<&Certificate> = Vec::new();
    for one in all {
        known.push(one.as_ref().map_err(Failure::clone)?);
    }
    let Some(first) = known.first() else { return Err(Failure::new("there is no certificate in it")) };
    let ends_first = known.iter().min_by_key(|it| it.not_after).unwrap_or(first);
    let mut facts = vec![format!("{}, {}", named(first), left(first, now))];
    if ends_first.not_after < first.not_after {
        facts.push(format!("{} of the same file {}", named(ends_first), left(ends_first, now)));
    }
    let mut status = Status::Ok;
    if let Some(early) = known.iter().find(|it| it.not_before > now) {
        let wait = duration(early.not_before.abs_diff(now));
        facts.push(format!("{} is not valid yet, for {wait}", named(early)));
        status = Status::Critical;
    }
    // A root is trusted by itself, and not by its signature.
    for weak in known.iter().filter(|it| !it.is_self_issued()) {
        if let Some(why) = weakness(weak) {
            facts.push(format!("{} is weak: {why}", named(weak)));
            status = status.worse(options.weak);
        }
    }
    if let Some((one, next)) = gap(&known) {
        facts.push(format!("{} is not issued by {}, which follows it", named(one), named(next)));
        status = status.worse(Status::Warning);
    }
    facts.push(format!("issued by {}", shown(&first.issuer)));
    if known.len() > 1 {
        facts.push(count(known.len(), "certificate"));
    }
    let seconds = (ends_first.not_after - now) as f64;
    Ok(Part::new(facts.join(", "))
        .judged(status)
        .metric(TIME_LEFT.value(seconds))
        .metric(CERTIFICATES.count(known.len() as u64)))
}

/// The first place where a chain does not hold. A file that begins with an authority is a collection, in any order.
fn gap<'a>(all: &[&'a Certificate]) -> Option<(&'a Certificate, &'a Certificate)> {
    if all.first()?.authority {
        return None;
    }
    all.windows(2).find(|pair| !pair[0].is_issued_by(pair[1])).map(|pair| (pair[0], pair[1]))
}

fn weakness(certificate: &Certificate) -> Option<String> {
    match certificate.key {
        Key::Rsa(bits) if bits < RSA => Some(format!("a key of {bits} bits")),
        _ => certificate.weak_signature.then(|| "signed by means of MD5 or SHA-1".into()),
    }
}

fn left(certificate: &Certificate, now: i64) -> String {
    let seconds = certificate.not_after.abs_diff(now);
    if certificate.not_after < now {
        format!("ended {} ago", duration(seconds))
    } else {
        format!("ends in {}", duration(seconds))
    }
}

/// Names a certificate by its subject, its first alternative name, or its serial number.
fn named(certificate: &Certificate) -> String {
    let names = [&certificate.subject].into_iter().chain(&certificate.names);
    let name = names.into_iter().find(|it| !it.is_empty());
    name.map_or_else(|| format!("serial {}", certificate.serial), |name| shown(name))
}

fn shown(name: &str) -> String {
    cut(name, NAME)
}

fn summary(seen: &[Seen], now: i64) -> String {
    let known = seen.iter().filter_map(|(path, all)| Some((path, all.as_ref().ok()?)));
    let all = known.flat_map(|(path, all)| all.iter().filter_map(move |it| Some((it.as_ref().ok()?, path))));
    let files = count(seen.len(), "file");
    match all.min_by_key(|(it, _)| it.not_after) {
        Some((first, path)) => format!("{files}, {path} is the first: {} {}", named(first), left(first, now)),
        None => files,
    }
}
