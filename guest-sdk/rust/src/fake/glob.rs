//! Patterns as the host matches them: by segment, with `*`, `?` and `[a-z]`.

/// Whether a path matches, segment by segment.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    patterns.len() == parts.len() && patterns.iter().zip(parts).all(|(pattern, part)| segment_matches(pattern, part))
}

/// Whether an argv matches, argument by argument: `*` crosses `/` here, and matches no leading `-`.
pub(super) fn argv_matches(patterns: &[String], argv: &[String]) -> bool {
    let one = |(pattern, argument): (&String, &String)| {
        let option = argument.starts_with('-') && !pattern.starts_with('-');
        !option && matches_chars(&chars(pattern), &chars(argument))
    };
    patterns.len() == argv.len() && patterns.iter().zip(argv).all(one)
}

fn segment_matches(pattern: &str, part: &str) -> bool {
    let hidden = part.starts_with('.') && !pattern.starts_with('.');
    !hidden && matches_chars(&chars(pattern), &chars(part))
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn matches_chars(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], rest) => rest.is_empty(),
        (['*', pattern @ ..], _) => (0..=text.len()).any(|skip| matches_chars(pattern, &text[skip..])),
        (['[', ..], [first, text @ ..]) => match pattern.iter().position(|it| *it == ']') {
            Some(end) => class_holds(&pattern[1..end], *first) && matches_chars(&pattern[end + 1..], text),
            None => false,
        },
        (['?', pattern @ ..], [_, text @ ..]) => matches_chars(pattern, text),
        ([literal, pattern @ ..], [first, text @ ..]) => literal == first && matches_chars(pattern, text),
        _ => false,
    }
}

fn class_holds(class: &[char], it: char) -> bool {
    match class {
        [low, '-', high, rest @ ..] => (*low..=*high).contains(&it) || class_holds(rest, it),
        [one, rest @ ..] => *one == it || class_holds(rest, it),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_cross_no_slash_and_match_no_leading_dot() {
        for (pattern, path, fits) in [
            ("/a/*", "/a/b", true),
            ("/a/*", "/a/b/c", false),
            ("/a/*", "/a/.b", false),
            ("/a/.*", "/a/.b", true),
            ("/d/sd[a-c]", "/d/sdb", true),
            ("/d/sd[a-c]", "/d/sdx", false),
            ("/d/[*]", "/d/*", true),
            ("/d/[*]", "/d/x", false),
            ("/x?z*", "/xyz", true),
        ] {
            assert_eq!(matches(pattern, path), fits, "{pattern} {path}");
        }
    }
}
