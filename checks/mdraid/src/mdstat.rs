//! `/proc/mdstat` (md(4)): `md0 : active raid1 vdb[1] vda[0]`, and lines of each array below.

use roundsman_sdk::parse::{ParseError, lines};

/// The devices that it lists. It begins with the line `Personalities`: what does not is another file.
pub fn parse(text: &str) -> Result<Vec<String>, ParseError> {
    if !text.starts_with("Personalities :") {
        return Err(ParseError::whole("there is no line \"Personalities\" at its beginning"));
    }
    let of_array = |line: &str| {
        let (name, _) = line.split_once(" : ")?;
        (name != "Personalities" && !name.starts_with(' ')).then(|| name.to_owned())
    };
    Ok(lines(text).filter_map(|line| of_array(line.text())).collect())
}
