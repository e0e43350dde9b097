//! Restarts as `systemctl show --property=Id,NRestarts` prints them: blocks of `KEY=VALUE` with a blank line between them.

use roundsman_sdk::parse::{ParseError, key_values};

/// Units with how often systemd restarted them; units that are no services have no such number.
pub type Restarts = Vec<(String, u64)>;

pub fn parse(text: &str) -> Result<Restarts, ParseError> {
    if text.trim().is_empty() {
        return Err(ParseError::whole("no units were printed"));
    }
    let mut all = Restarts::new();
    for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let values = key_values(block, '=');
        let name = values.get("Id")?.text().to_owned();
        if let Some(count) = values.find("NRestarts")? {
            all.push((name, count.integer()?));
        }
    }
    Ok(all)
}
