//! From the operator's table to a check's typed options: every problem at once, each by its option.

use crate::json::Json;
use crate::{Check, OptionInfo, OptionValue as _, Options, Problem};

/// Reads the options of `C` from `config`, a JSON object.
pub(crate) fn read<C: Check>(config: &str) -> Result<C::Options, Vec<Problem>> {
    let whole = |message: String| vec![Problem::new("", message)];
    // Not by `parse`: nobody reads where in this text a fault is, and to say so is 1 KB.
    let table = match serde_json::from_str(config) {
        Ok(Json::Table(table)) => table,
        Ok(_) => return Err(whole("the options are no table".into())),
        Err(error) => return Err(whole(error.to_string())),
    };
    let known = C::Options::options();
    let replaced = |key: &String| Some(Problem::new(key, format!("is replaced: write {}", C::replaced(key, config)?)));
    let unknown = |(key, _): &(String, Json)| unknown(key, &known).map(|problem| replaced(key).unwrap_or(problem));
    let mut problems: Vec<Problem> = table.iter().filter_map(unknown).collect();
    problems.extend(known.iter().filter(|it| it.required && !table.iter().any(|(key, _)| *key == it.key)).map(missing));

    match fitting::<C>(table, &mut problems) {
        Some(options) if problems.is_empty() => {
            problems.extend(C::problems(&options));
            if problems.is_empty() { Ok(options) } else { Err(problems) }
        }
        _ => Err(problems),
    }
}

/// Serde stops at the first value that does not fit: note it, leave its option out, and look at the others.
fn fitting<C: Check>(mut table: Vec<(String, Json)>, problems: &mut Vec<Problem>) -> Option<C::Options> {
    table.retain(|(key, _)| !problems.iter().any(|problem| &problem.key == key));
    let mut json = Json::Table(table);
    loop {
        let wrong = match C::Options::read(&json) {
            Ok(options) => return Some(options),
            Err(wrong) => wrong,
        };
        let option = wrong.path.split(['.', '[']).next().unwrap_or_default();
        if let Json::Table(table) = &mut json
            && let Some(at) = table.iter().position(|(key, _)| key == option)
        {
            table.remove(at);
            problems.push(Problem::new(wrong.path, wrong.message));
            continue;
        }
        // A required option that is missing, or was left out above, has its problem already.
        if problems.is_empty() {
            problems.push(Problem::new("", wrong.message));
        }
        return None;
    }
}

fn missing(option: &OptionInfo) -> Problem {
    Problem::new(option.key, format!("is required: {}", option.help))
}

fn unknown(key: &str, known: &[OptionInfo]) -> Option<Problem> {
    if known.iter().any(|option| option.key == key) {
        return None;
    }
    let nearest = known.iter().map(|option| (distance(key, option.key), option.key)).min();
    let help = match nearest {
        None => "this check has no options".to_owned(),
        Some((distance, nearest)) if distance <= 1 + key.len() / 3 => format!("did you mean \"{nearest}\"?"),
        Some(_) => {
            let keys: Vec<&str> = known.iter().map(|option| option.key).collect();
            format!("known are {}", keys.join(", "))
        }
    };
    Some(Problem::new(key, format!("unknown option; {help}")))
}

/// Tells how many characters must be added, removed or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{Descriptor, Failure, Outcome};

    #[derive(Debug, Deserialize, PartialEq, crate::Options)]
    #[serde(deny_unknown_fields)]
    struct Options {
        /// the file to read
        path: String,
        /// how many
        #[serde(default)]
        lines: u32,
        /// what to look for
        #[serde(default)]
        patterns: Vec<Pattern>,
    }

    #[derive(Debug, Deserialize, PartialEq, crate::Options)]
    #[serde(deny_unknown_fields)]
    struct Pattern {
        /// a word
        text: String,
    }

    struct Sample;

    impl Check for Sample {
        type Options = Options;

        fn describe() -> Descriptor {
            Descriptor::new("sample", "1", "for the test")
        }

        fn problems(options: &Options) -> Vec<Problem> {
            if options.lines > 100 { vec![Problem::new("lines", "at most 100")] } else { Vec::new() }
        }

        fn run(_: Options) -> Result<Outcome, Failure> {
            Ok(Outcome::new(""))
        }
    }

    fn problems(config: &str) -> Vec<(String, String)> {
        read::<Sample>(config).unwrap_err().into_iter().map(|it| (it.key, it.message)).collect()
    }

    #[test]
    fn good_options_are_typed() {
        let options = read::<Sample>(r#"{"path": "/x", "patterns": [{"text": "a"}]}"#).unwrap();
        assert_eq!(options, Options { path: "/x".into(), lines: 0, patterns: vec![Pattern { text: "a".into() }] });
    }

    #[test]
    fn every_problem_is_named_by_its_option() {
        let all = problems(r#"{"pth": 1, "lines": "many", "patterns": [{"text": "a"}, {"text": 5}]}"#);
        assert_eq!(
            all,
            [
                ("pth", "unknown option; did you mean \"path\"?"),
                ("path", "is required: the file to read"),
                ("lines", "invalid type: string \"many\", expected u32"),
                ("patterns[1].text", "invalid type: integer `5`, expected a string"),
            ]
            .map(|(key, message)| (key.to_owned(), message.to_owned()))
        );
    }

    #[test]
    fn a_required_option_of_the_wrong_type_is_one_problem() {
        let all = problems(r#"{"path": 5, "lines": -1}"#);
        let keys: Vec<&str> = all.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["path", "lines"]);
    }

    #[test]
    fn a_key_like_no_other_brings_the_list() {
        let all = problems(r#"{"path": "/x", "threshold_of_pain": 1}"#);
        assert_eq!(all[0].1, "unknown option; known are path, lines, patterns");
    }

    #[test]
    fn the_checks_own_judgement_comes_after_the_types() {
        assert_eq!(problems(r#"{"path": "/x", "lines": 101}"#), [("lines".to_owned(), "at most 100".to_owned())]);
    }

    #[test]
    fn what_is_no_object_is_a_problem_of_the_whole() {
        for config in ["", "[]", "{", "{\"path\": \"/x\"} x"] {
            assert_eq!(problems(config)[0].0, "", "{config}");
        }
    }
}
