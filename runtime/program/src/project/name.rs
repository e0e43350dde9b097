//! The name of a new check, in the forms that languages write names in.

/// A name in kebab-case: `raid-health`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName(String);

/// The form of a name, in words.
const FORM: &str = "a name is small letters and digits, in words joined by `-`, a letter first, 64 at most";
/// The reason why a word that languages know cannot be a name, in words.
const TAKEN: &str = "this word means something else to a language or a library that checks are written with; join it with another one by `-`";

const LONGEST: usize = 64;

/// Single words that a project cannot be named by: keywords of Rust and of WIT, and crates that the project would shadow.
const WORDS: [&str; 3] = [
    "abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let \
     loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof union \
     unsafe unsized use virtual where while yield",
    "bool borrow char constructor export f32 f64 flags from func future import include interface list map option own package \
     record resource result s16 s32 s64 s8 stream string tuple u16 u32 u64 u8 variant with world",
    "alloc core serde std test",
];

impl ProjectName {
    /// Takes a name that can be one in every language.
    ///
    /// # Errors
    /// What a name is, in words.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let fits = name.len() <= LONGEST && name.starts_with(|first: char| first.is_ascii_lowercase());
        if !fits || !name.split('-').all(is_word) {
            return Err(FORM);
        }
        // A project that has the name of its SDK would depend on itself.
        if name.starts_with("roundsman-") || WORDS.iter().any(|words| words.split(' ').any(|word| word == name)) {
            return Err(TAKEN);
        }
        Ok(Self(name.to_owned()))
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
        for good in ["raid", "raid-health", "r2-d2", "fn-health"] {
            assert!(ProjectName::parse(good).is_ok(), "{good}");
        }
        let long = "a".repeat(65);
        for bad in ["", "-a", "a-", "a--b", "2fast", "Raid", "a_b", "a/b", "..", "a b", "gr\u{f6}\u{df}e", "a\n", &long]
        {
            assert_eq!(ProjectName::parse(bad), Err(FORM), "{bad}");
        }
        for taken in ["roundsman-grants", "std", "serde", "fn", "self", "list", "world"] {
            assert_eq!(ProjectName::parse(taken), Err(TAKEN), "{taken}");
        }
    }

    #[test]
    fn each_form_is_replaced() {
        let name = ProjectName::parse("raid-health").expect("a name");
        assert_eq!(
            name.instead_of_sample("sample-check sample_check SampleCheck"),
            "raid-health raid_health RaidHealth"
        );
    }
}
