//! Places in a JSON text (RFC 6901), of which a part in braces stands for every member or element.

use serde::de::{Deserialize, Deserializer, Error};

use super::summary::is_name;
use crate::OptionValue;
use crate::json::{Json, JsonWriter, Wrong};

/// A place, such as `/nodes/{node}/queues/{queue}/depth`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointer(Vec<Token>);

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A member by its name, or an element by its number.
    Name(String),
    /// Every member or element; which one it is becomes a label.
    Each(String),
}

/// What stood for a name in braces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held<'a> {
    pub(super) name: String,
    pub(super) key: String,
    value: &'a Json,
}

/// What stood for all of them, from left to right.
pub(super) type Bound<'a> = Vec<Held<'a>>;

impl Pointer {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("{text:?} is no place in JSON: it begins with \"/\", as in \"/queue/depth\""));
        };
        rest.split('/').map(token).collect::<Result<_, _>>().map(Self)
    }

    /// Returns the names in braces.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|token| match token {
            Token::Each(name) => Some(name.as_str()),
            Token::Name(_) => None,
        })
    }

    /// Returns all values at this place, with what stood for the names in braces.
    pub(super) fn all<'a>(&self, json: &'a Json) -> Vec<(Bound<'a>, &'a Json)> {
        let mut found = Vec::new();
        walk(json, &self.0, &mut Bound::new(), &mut found);
        found
    }

    /// Returns the value at this place for what `of` found: where both begin alike, it is looked for from there on, as to go
    /// through a table of ten thousand members for each of them is too much.
    pub(super) fn beside<'a>(&self, of: &Pointer, json: &'a Json, bound: &Bound<'a>) -> Option<&'a Json> {
        let alike = self.0.iter().zip(&of.0).take_while(|(one, other)| one == other).map(|(token, _)| token);
        let (mut begin, mut from, mut held) = (0, json, bound.iter());
        for (at, token) in alike.enumerate() {
            if matches!(token, Token::Each(_)) {
                (begin, from) = (at + 1, held.next()?.value);
            }
        }
        self.0[begin..].iter().try_fold(from, |at, token| match token {
            Token::Name(name) => member(at, name),
            Token::Each(name) => member(at, &bound.iter().find(|it| it.name == *name)?.key),
        })
    }

    /// As it is written, with what stood for the names in braces.
    pub(super) fn written(&self, bound: &Bound) -> String {
        let of = |name: &str| bound.iter().find(|it| it.name == name).map(|it| escaped(&it.key));
        let token = |token: &Token| match token {
            Token::Name(name) => format!("/{}", escaped(name)),
            Token::Each(name) => format!("/{}", of(name).unwrap_or_else(|| format!("{{{name}}}"))),
        };
        self.0.iter().map(token).collect()
    }
}

fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

fn walk<'a>(at: &'a Json, rest: &[Token], bound: &mut Bound<'a>, found: &mut Vec<(Bound<'a>, &'a Json)>) {
    match rest {
        [] => found.push((bound.clone(), at)),
        [Token::Name(name), rest @ ..] => {
            if let Some(next) = member(at, name) {
                walk(next, rest, bound, found);
            }
        }
        [Token::Each(name), rest @ ..] => {
            let mut each = |key: String, next: &'a Json| {
                bound.push(Held { name: name.clone(), key, value: next });
                walk(next, rest, bound, found);
                bound.pop();
            };
            match at {
                Json::Table(all) => all.iter().for_each(|(key, next)| each(key.clone(), next)),
                Json::Items(all) => all.iter().enumerate().for_each(|(at, next)| each(at.to_string(), next)),
                _ => {}
            }
        }
    }
}

fn member<'a>(at: &'a Json, name: &str) -> Option<&'a Json> {
    match at {
        Json::Table(all) => all.iter().find(|(key, _)| key == name).map(|(_, value)| value),
        Json::Items(all) => {
            let index: usize = name.parse().ok()?;
            all.get(index).filter(|_| index.to_string() == name)
        }
        _ => None,
    }
}

impl OptionValue for Pointer {
    const TYPE: &'static str = "text";

    fn write(&self, json: &mut JsonWriter) -> bool {
        json.text(&self.written(&Bound::new()));
        true
    }

    fn read(json: &Json) -> Result<Self, Wrong> {
        Self::parse(json.text()?).map_err(Wrong::new)
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn token(part: &str) -> Result<Token, String> {
    if let Some(name) = part.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
        let wrong = || format!("{part:?} is no name of a label: small letters, digits and _");
        return if is_name(name) { Ok(Token::Each(name.to_owned())) } else { Err(wrong()) };
    }
    let rest = part.replace("~0", "").replace("~1", "");
    if rest.contains('~') {
        return Err(format!("{part:?}: \"~\" is written \"~0\", and \"/\" within a name \"~1\""));
    }
    Ok(Token::Name(part.replace("~1", "/").replace("~0", "~")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(text: &str) -> Result<Pointer, String> {
        serde_json::from_value(serde_json::json!(text)).map_err(|error| error.to_string())
    }

    fn json(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    /// The examples of RFC 6901, section 5.
    #[test]
    fn places_are_those_of_the_standard() {
        let all = json(
            r#"{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}"#,
        );
        for (text, value) in [
            ("/foo/0", Json::Text("bar".into())),
            ("/", Json::Natural(0)),
            ("/a~1b", Json::Natural(1)),
            ("/c%d", Json::Natural(2)),
            ("/i\\j", Json::Natural(5)),
            ("/k\"l", Json::Natural(6)),
            ("/ ", Json::Natural(7)),
            ("/m~0n", Json::Natural(8)),
            ("", all.clone()),
        ] {
            let place = pointer(text).unwrap();
            assert_eq!(place.all(&all), [(Bound::new(), &value)], "{text}");
            assert_eq!(place.written(&Bound::new()), text);
        }
        for text in ["/foo/2", "/foo/00", "/foo/-", "/foo/bar", "/nothing", "//x"] {
            assert_eq!(pointer(text).unwrap().all(&all), [], "{text}");
        }
        for text in ["foo", "/{}", "/{Bad}", "/{a b}", "/a~2", "/~"] {
            assert!(pointer(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_in_braces_is_each_of_many() {
        let all =
            json(r#"{"nodes": {"a": {"q": [{"d": 1}, {"d": 2}]}, "b": {"q": []}, "c/d": {"q": [{"d": 3}]}, "e": 5}}"#);
        let place = pointer("/nodes/{node}/q/{n}/d").unwrap();
        let found: Vec<String> = place.all(&all).iter().map(|(bound, _)| place.written(bound)).collect();
        assert_eq!(found, ["/nodes/a/q/0/d", "/nodes/a/q/1/d", "/nodes/c~1d/q/0/d"]);
        let (bound, _) = &place.all(&all)[1];
        assert_eq!(place.beside(&place, &all, bound), Some(&Json::Natural(2)));
        let first = pointer("/nodes/{node}/q/0/d").unwrap();
        assert_eq!(first.beside(&place, &all, bound), Some(&Json::Natural(1)));
        assert_eq!(pointer("/nodes/{node}/name").unwrap().beside(&place, &all, bound), None);
        assert_eq!(pointer("/other/{node}").unwrap().beside(&place, &all, bound), None);
    }
}
