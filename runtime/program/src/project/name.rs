//! The name of a new check, in the forms that languages write names in.

/// A name in kebab-case: `raid-health`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// The rule of [`Name::parse`], in words.
pub const RULE: &str = "small letters and digits, in words joined by `-`, a letter first, 64 at most";

const LONGEST: usize = 64;

impl Name {
    /// Takes a name that can be one in every language.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let fits = name.len() <= LONGEST && name.starts_with(|first: char| first.is_ascii_lowercase());
        // A project that has the name of its SDK would depend on itself.
        let free = !name.starts_with("roundsman-") && name != "test" && name != "core" && name != "std";
        (fits && free && name.split('-').all(is_word)).then(|| Self(name.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Writes this name in the place of the template's, in each form.
    #[must_use]
    pub(crate) fn instead_of_sample(&self, text: &str) -> String {
        let camel: String = self.0.split('-').map(capitalised).collect();
        text.replace("sample-check", &self.0)
            .replace("sample_check", &self.0.replace('-', "_"))
            .replace("SampleCheck", &camel)
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_joined_by_hyphens() {
        for good in ["raid", "raid-health", "r2-d2"] {
            assert!(Name::parse(good).is_some(), "{good}");
        }
        for bad in
            ["", "-a", "a-", "a--b", "2fast", "Raid", "a_b", "a/b", "..", "roundsman-grants", "std", &"a".repeat(65)]
        {
            assert!(Name::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn each_form_is_replaced() {
        let name = Name::parse("raid-health").expect("a name");
        assert_eq!(
            name.instead_of_sample("sample-check sample_check SampleCheck"),
            "raid-health raid_health RaidHealth"
        );
    }
}
