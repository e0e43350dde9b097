//! The files of a new check in an author's own folder, from the templates that the program carries. Pure: who calls writes them.

mod name;

use std::borrow::Cow;

pub use name::ProjectName;

/// Every file that the program carries, by its path in the repository.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The contract, in the repository.
const CONTRACT: &str = "wit/";
/// Line of the manifest of Rust that names the SDK: in the project, and in a registry.
const VENDORED: &str = "roundsman-sdk = { path = \"vendor/roundsman-sdk\" }";
const PUBLISHED: &str = concat!("roundsman-sdk = \"", env!("CARGO_PKG_VERSION"), "\"");
/// Dependencies of the SDK's manifest on the crate that its fake host decides by: in the repository, and in a project.
const GRANTS: [&str; 2] = ["path = \"../../runtime/grants\"", "path = \"grants\""];

/// Languages that a project can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Rust,
    Python,
    Javascript,
    C,
}

/// A file to write, by its path in the project.
#[derive(Debug, PartialEq, Eq)]
pub struct NewFile {
    pub path: String,
    pub content: Cow<'static, [u8]>,
}

impl Language {
    /// Folders of the repository, and the place of their files in a project.
    fn folders(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Rust => &[
                ("templates/rust/", ""),
                ("guest-sdk/rust/", "vendor/roundsman-sdk/"),
                ("runtime/grants/", "vendor/roundsman-sdk/grants/"),
                (CONTRACT, "vendor/roundsman-sdk/wit/"),
            ],
            Self::Python => &[
                ("templates/python/", ""),
                ("guest-sdk/python/roundsman_sdk/", "vendor/roundsman_sdk/"),
                (CONTRACT, "wit/deps/roundsman-check/"),
            ],
            Self::Javascript => &[("templates/javascript/", ""), (CONTRACT, "wit/deps/roundsman-check/")],
            Self::C => &[("templates/c/", ""), ("guest-sdk/c/", "vendor/")],
        }
    }

    /// Returns commands that build and test a project, as its README has them.
    #[must_use]
    pub fn commands(self) -> &'static str {
        match self {
            Self::Rust => "cargo test, cargo wasm",
            Self::Python => "pytest, componentize-py",
            Self::Javascript => "npm install, npm test, npm run build",
            Self::C => "make test, make",
        }
    }
}

/// Lists the files of a new project. With `registry` it names the version of the SDK, and has no copy of it.
#[must_use]
pub fn files(name: &ProjectName, language: Language, registry: bool) -> Vec<NewFile> {
    let mut files = Vec::new();
    for (folder, place) in language.folders() {
        if registry && place.starts_with("vendor/roundsman-sdk/") {
            continue;
        }
        for (path, content) in below(folder) {
            let content = if place.is_empty() { named(name, content, registry) } else { vendored(content) };
            files.push(NewFile { path: format!("{place}{path}"), content });
        }
    }
    files
}

/// Lists the files of the contract.
#[must_use]
pub(crate) fn contract() -> Vec<NewFile> {
    below(CONTRACT).map(|(path, content)| NewFile { path: path.to_owned(), content: Cow::Borrowed(content) }).collect()
}

fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    EMBEDDED.iter().filter_map(move |(path, content)| Some((path.strip_prefix(folder)?, *content)))
}

/// Returns what is vendored as it is, but for the place of the crate beside the SDK.
fn vendored(content: &'static [u8]) -> Cow<'static, [u8]> {
    match std::str::from_utf8(content) {
        Ok(text) if text.contains(GRANTS[0]) => Cow::Owned(text.replace(GRANTS[0], GRANTS[1]).into_bytes()),
        _ => Cow::Borrowed(content),
    }
}

fn named(name: &ProjectName, content: &'static [u8], registry: bool) -> Cow<'static, [u8]> {
    let Ok(text) = std::str::from_utf8(content) else { return Cow::Borrowed(content) };
    let text = name.instead_of_sample(text);
    Cow::Owned(if registry { text.replace(VENDORED, PUBLISHED) } else { text }.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(language: Language, registry: bool) -> Vec<NewFile> {
        files(&ProjectName::parse("raid-health").expect("a name"), language, registry)
    }

    #[test]
    fn every_language_has_its_files_and_no_sample_is_left() {
        for (language, file) in [
            (Language::Rust, "src/lib.rs"),
            (Language::Python, "app.py"),
            (Language::Javascript, "check.js"),
            (Language::C, "Makefile"),
        ] {
            let files = project(language, false);
            for wanted in [file, "README.md", "drop-in.toml", ".gitignore", ".github/workflows/ci.yml"] {
                assert!(files.iter().any(|file| file.path == wanted), "{language:?} has no {wanted}");
            }
            for file in files.iter().filter(|file| !file.path.contains("vendor/")) {
                let text = String::from_utf8_lossy(&file.content).to_lowercase();
                assert!(!text.contains("sample"), "{language:?}: {} names the sample", file.path);
            }
        }
    }

    #[test]
    fn the_contract_is_whole() {
        let names: Vec<String> = contract().into_iter().map(|file| file.path).collect();
        assert!(
            ["world.wit", "types.wit", "guest.wit"].iter().all(|name| names.iter().any(|it| it == name)),
            "{names:?}"
        );
    }

    #[test]
    fn a_project_with_the_published_sdk_has_no_copy_of_it() {
        let files = project(Language::Rust, true);
        assert!(files.iter().all(|file| !file.path.starts_with("vendor/")));
        let manifest = files.iter().find(|file| file.path == "Cargo.toml").expect("a manifest");
        assert!(String::from_utf8_lossy(&manifest.content).contains(PUBLISHED));
    }

    #[test]
    fn a_vendored_sdk_has_all_that_its_manifest_names() {
        let files = project(Language::Rust, false);
        let has = |path: &str| files.iter().any(|file| file.path == path);
        assert!(has("vendor/roundsman-sdk/wit/guest.wit") && has("vendor/roundsman-sdk/grants/src/lib.rs"));
        assert!(!has("vendor/roundsman-sdk/grants/src/scope_tests.rs"));
        let manifest = files.iter().find(|file| file.path == "vendor/roundsman-sdk/Cargo.toml").expect("a manifest");
        let manifest: toml::Table = String::from_utf8_lossy(&manifest.content).parse().expect("TOML");
        let grants = &manifest["target"]["cfg(not(target_family = \"wasm\"))"]["dependencies"]["roundsman-grants"];
        assert_eq!(grants["path"].as_str(), Some("grants"));
    }
}
