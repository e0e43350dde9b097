//! The parts of a URL of `http`, `https` or `zabbix`. Pure.

/// The scheme of a Zabbix trapper.
pub const TRAPPER: &str = "zabbix://";

/// Address of a request, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    pub is_tls: bool,
    /// A name or an address, without the brackets of IPv6.
    pub host: String,
    pub port: u16,
    /// Path and query, with a `/` first.
    pub target: String,
}

/// Reason why a text is no URL that can be asked. It holds nothing of the text, which may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("the URL begins with neither http:// nor https:// nor zabbix://")]
    Scheme,
    #[error("the URL names a user: write that as `auth`")]
    User,
    #[error("the URL has no host, or one with characters that no host has")]
    Host,
    #[error("the port of the URL is no number from 1 to 65535")]
    Port,
    #[error("the URL has a character that is not ASCII, or a blank: write it as %XX")]
    Character,
    #[error("the URL has a `{{` or `}}`: `{{host}}` and `{{machine_id}}` are filled in, and nothing else")]
    Brace,
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (is_tls, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            _ => return Err(UrlError::Scheme),
        };
        if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UrlError::Character);
        }
        if rest.contains(['{', '}']) {
            return Err(UrlError::Brace);
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = authority_of(authority, if is_tls { 443 } else { 80 })?;
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self { is_tls, host, port, target: format!("{slash}{target}") })
    }

    /// Reads `zabbix://HOST:PORT`, the place of a trapper.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse_trapper(text: &str) -> Result<Self, UrlError> {
        let rest = text.strip_prefix(TRAPPER).ok_or(UrlError::Scheme)?;
        if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UrlError::Character);
        }
        let (host, port) = authority_of(rest.trim_end_matches('/'), 10_051)?;
        Ok(Self { is_tls: false, host, port, target: String::new() })
    }

    /// Returns the value of the header `Host`.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.is_tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }
}

fn authority_of(authority: &str, usual: u16) -> Result<(String, u16), UrlError> {
    if authority.contains('@') {
        return Err(UrlError::User);
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or(UrlError::Host)?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_host) {
        return Err(UrlError::Host);
    }
    let port = match port {
        "" | ":" => usual,
        port => {
            port.strip_prefix(':').and_then(|port| port.parse().ok()).filter(|port| *port > 0).ok_or(UrlError::Port)?
        }
    };
    Ok((host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let url = |text: &str| {
            Url::parse(text).map(|url| (url.is_tls, url.host.clone(), url.port, url.target.clone(), url.authority()))
        };
        let parts = |tls, host: &str, port, target: &str, authority: &str| {
            Ok((tls, host.to_owned(), port, target.to_owned(), authority.to_owned()))
        };
        assert_eq!(
            url("https://Hooks.example/a/b?c=1#d"),
            parts(true, "hooks.example", 443, "/a/b?c=1", "hooks.example")
        );
        assert_eq!(url("HTTP://h:8080"), parts(false, "h", 8080, "/", "h:8080"));
        assert_eq!(url("http://h?x"), parts(false, "h", 80, "/?x", "h"));
        assert_eq!(url("http://[::1]:9/"), parts(false, "::1", 9, "/", "[::1]:9"));
    }

    #[test]
    fn what_is_no_url_is_refused_and_not_repeated() {
        for (text, error) in [
            ("ftp://secret", UrlError::Scheme),
            ("secret", UrlError::Scheme),
            ("http://user:secret@h/", UrlError::User),
            ("http:///secret", UrlError::Host),
            ("http://[::1/secret", UrlError::Host),
            ("http://a%b/", UrlError::Host),
            ("http://h:0/", UrlError::Port),
            ("http://h:99999/", UrlError::Port),
            ("http://[::1]x/", UrlError::Port),
            ("http://h/secret\r\nX: y", UrlError::Character),
            ("http://h/ä", UrlError::Character),
            ("http://h/secret/{check}", UrlError::Brace),
        ] {
            assert_eq!(Url::parse(text), Err(error), "{text}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
