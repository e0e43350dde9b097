//! Subject of a message: a check, or a subcheck of one by its labels.

use serde::{Deserialize, Serialize};

/// A check or a subcheck.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    pub check: String,
    /// Labels of the subcheck; `None` for the check itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcheck: Option<Vec<(String, String)>>,
}

impl Subject {
    #[must_use]
    pub fn of(check: &str, subcheck: Option<&[(String, String)]>) -> Self {
        Self { check: check.to_owned(), subcheck: subcheck.map(<[_]>::to_vec) }
    }

    /// Tells whether it is a check, and no part of one.
    #[must_use]
    pub(crate) fn is_check(&self) -> bool {
        self.subcheck.is_none()
    }

    /// Returns the same text from a trouble to its end, and for nothing else: `host/disk`, `host/disk/mount=/data`.
    #[must_use]
    pub fn key(&self, host: &str) -> String {
        let labels = self.subcheck.as_ref().map(|labels| {
            let pair = |(name, value): &(String, String)| format!("{}={}", escaped(name), escaped(value));
            format!("/{}", labels.iter().map(pair).collect::<Vec<_>>().join(","))
        });
        format!("{host}/{}{}", self.check, labels.unwrap_or_default())
    }

    /// Names the subject for people: `disk`, `disk mount=/data`.
    #[must_use]
    pub fn name(&self) -> String {
        let labels = self.subcheck.iter().flatten().map(|(name, value)| format!(" {name}={value}"));
        format!("{}{}", self.check, labels.collect::<String>())
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_subjects_have_one_key() {
        let labels = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let keys =
            [&[("a", "1"), ("b", "2")][..], &[("a", "1,b=2")], &[("a", "1\\"), ("b", "2")], &[("a", "1\\,b\\=2")]]
                .map(|pairs| Subject::of("disk", Some(&labels(pairs))).key("web1"));
        assert_eq!(keys[0], "web1/disk/a=1,b=2");
        assert_eq!(std::collections::BTreeSet::from(keys).len(), 4);
        assert_eq!(Subject::of("disk", None).key("web1"), "web1/disk");
        assert_eq!(Subject::of("disk", Some(&labels(&[("mount", "/data")]))).name(), "disk mount=/data");
    }
}
