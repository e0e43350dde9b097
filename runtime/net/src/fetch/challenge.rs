//! The header `WWW-Authenticate` of a registry that wants a password, or a token even of those who have no account. Pure.

/// Authentication that a registry asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Challenge {
    /// Name and password with each request.
    Password,
    /// A token, which another server gives.
    Token(Realm),
}

/// The address at which a token is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Realm {
    pub realm: String,
    service: Option<String>,
    scope: Option<String>,
}

impl Challenge {
    /// Reads `Basic …` or `Bearer realm="…",service="…",scope="…"`; `None` where it asks for something else.
    pub fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Password);
        }
        if scheme.eq_ignore_ascii_case("bearer") { Realm::parse(rest).map(Self::Token) } else { None }
    }
}

impl Realm {
    fn parse(mut rest: &str) -> Option<Self> {
        let mut challenge = Self { realm: String::new(), service: None, scope: None };
        while let Some((key, after)) = rest.split_once("=\"") {
            let (value, next) = after.split_once('"')?;
            match key.trim_matches([',', ' ']) {
                "realm" => value.clone_into(&mut challenge.realm),
                "service" => challenge.service = Some(value.to_owned()),
                "scope" => challenge.scope = Some(value.to_owned()),
                _ => {}
            }
            rest = next;
        }
        (!challenge.realm.is_empty()).then_some(challenge)
    }

    /// Returns the URL that answers with a token.
    pub(crate) fn url(&self) -> String {
        let mut url = self.realm.clone();
        for (name, value) in [("service", &self.service), ("scope", &self.scope)] {
            if let Some(value) = value {
                let join = if url.contains('?') { '&' } else { '?' };
                url.push_str(&format!("{join}{name}={}", encoded(value)));
            }
        }
        url
    }
}

/// Writes what may not stand in a query as `%XX`.
fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_asked_for_where_the_registry_says() {
        let header = r#"Bearer realm="https://auth.example/token",service="a b",scope="repository:x/y:pull,push""#;
        let Some(Challenge::Token(realm)) = Challenge::parse(header) else { panic!("a token") };
        let url = realm.url();
        assert_eq!(url, "https://auth.example/token?service=a%20b&scope=repository:x/y:pull%2Cpush");
        assert_eq!(Challenge::parse("Basic realm=\"x\""), Some(Challenge::Password));
        for other in ["Digest realm=\"x\"", "Bearer", "Bearer realm=\"cut", "Bearer service=\"x\"", ""] {
            assert_eq!(Challenge::parse(other), None, "{other}");
        }
    }
}
