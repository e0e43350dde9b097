//! Ways in which a text is spoilt.

/// Returns the text cut off at so many places, which are spread over it and never at its end.
pub fn cuts(text: &str, places: usize) -> Vec<String> {
    let text = text.trim_end();
    let step = (text.len() / (places + 1)).max(1);
    let cut = |at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).map(|at| text[..at].to_owned());
    (1..=places).map(|it| it * step).filter(|at| *at < text.len()).filter_map(cut).collect()
}

/// Returns the keys of a JSON text, each once.
pub fn keys(text: &str) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((_, from)) = rest.split_once('"') {
        let Some((word, after)) = from.split_once('"') else { break };
        if after.trim_start().starts_with(':') && !keys.iter().any(|it| it == word) {
            keys.push(word.to_owned());
        }
        rest = after;
    }
    keys
}

/// Returns the text with this key named otherwise, as a newer version might.
pub fn renamed(text: &str, key: &str) -> String {
    text.replace(&format!("\"{key}\""), &format!("\"{key}_v2\""))
}

/// Returns where the numbers are; an address of the network is none.
pub fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let within = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '+');
    let mut found = Vec::new();
    let mut from = 0;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if within(character) {
            continue;
        }
        let word = &text[from..at];
        let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
        let is_number = digits.chars().all(|it| it.is_ascii_digit() || it == '.') && digits.matches('.').count() < 2;
        if digits.contains(|it: char| it.is_ascii_digit()) && is_number {
            found.push(from..at);
        }
        from = at + character.len_utf8();
    }
    found
}

/// Returns at most so many of them, spread over all.
pub fn some<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let step = all.len().div_ceil(most).max(1);
    all.into_iter().step_by(step).collect()
}

/// Returns bytes that are no text, and no output of anything.
pub fn rubbish() -> Vec<u8> {
    let next = |seed: &mut u32| {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*seed >> 24) as u8)
    };
    let mut seed = 1;
    std::iter::from_fn(|| next(&mut seed)).take(4096).collect()
}
