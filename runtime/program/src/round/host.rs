//! Name of this host.

use std::borrow::Cow;
use std::fs;

use roundsman_config::{HostName, HostSettings};
use roundsman_verdict::outputs::host::HostNames;

/// Domain that the kernel has if nobody set one.
const NO_DOMAIN: &str = "(none)";

/// Returns the host's name, as the kernel has it.
#[must_use]
pub(crate) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Returns the host as outputs name it. No directory server is asked.
#[must_use]
pub fn named(settings: &HostSettings) -> HostNames<'_> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let name = match &settings.name {
        HostName::Fixed(name) => return HostNames { name: name.into(), labels: Cow::Borrowed(&settings.labels) },
        HostName::AsIs => host(),
        HostName::Short => short(&host()).to_owned(),
        HostName::Full => full(&host(), &read("/etc/hosts"), read("/proc/sys/kernel/domainname").trim()),
    };
    HostNames { name: name.into(), labels: Cow::Borrowed(&settings.labels) }
}

fn short(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Returns the name with its domain: as it is, as `/etc/hosts` has it in a line of it, or by the domain of the kernel.
fn full(name: &str, hosts: &str, domain: &str) -> String {
    if name.contains('.') {
        return name.to_owned();
    }
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let begins = format!("{name}.");
    let in_hosts = lines.flat_map(|line| line.split_whitespace().skip(1)).find(|word| word.starts_with(&begins));
    match in_hosts {
        Some(word) => word.to_owned(),
        None if domain.is_empty() || domain == NO_DOMAIN => name.to_owned(),
        None => format!("{name}.{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_and_without_a_domain() {
        const HOSTS: &str =
            "127.0.0.1 localhost\n# 10.0.0.1 web1.old\n10.0.0.7 web10.example.org web1.example.org web1\n";
        assert_eq!(full("web1", HOSTS, ""), "web1.example.org");
        assert_eq!(full("db.example.com", HOSTS, "x"), "db.example.com");
        assert_eq!(
            (full("db", HOSTS, NO_DOMAIN), full("db", HOSTS, "example.net")),
            ("db".to_owned(), "db.example.net".to_owned())
        );
        assert_eq!((short("web1.example.org"), short("web1")), ("web1", "web1"));
    }
}
