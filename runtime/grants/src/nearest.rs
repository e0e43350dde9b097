//! The known word that a misspelt one was meant to be.

/// Returns the nearest of the known words, if one is near enough to have been meant.
#[must_use]
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let allowed = match written.chars().count() {
        0..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    let lower = written.to_lowercase();
    known
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&lower, word), *word))
        .filter(|(distance, word)| *distance <= allowed && *distance < word.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_enough_or_not_at_all() {
        let known = ["used_percent", "free_bytes", "up"];
        assert_eq!(nearest("used_percen", &known), Some("used_percent"));
        assert_eq!(nearest("Used_Precent", &known), Some("used_percent"));
        assert_eq!(nearest("pu", &known), Some("up"));
        assert_eq!(nearest("inodes", &known), None);
        assert_eq!(nearest("", &known), None);
        assert_eq!(nearest("x", &[]), None);
    }
}
