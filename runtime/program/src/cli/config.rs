//! `config`: what holds, and where it was written.

use super::{exit, print};
use roundsman_config::{Effective, Places, effective};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show only this check
    name: Option<String>,
}

/// Runs the command: exit 0, or 78 where a file was refused; what holds all the same is printed.
pub fn config(args: &Args, places: &Places) -> u8 {
    let effective = match effective(places, rustix::process::geteuid().as_raw()) {
        Ok(effective) => effective,
        Err(error) => {
            print::complain_page(&error.to_string());
            return exit::CONFIG;
        }
    };
    match &args.name {
        None => all(&effective),
        Some(name) => one(&effective, name),
    }
}

fn all(effective: &Effective) -> u8 {
    let printed = print::page(&effective.to_toml());
    let refused = &effective.config.refused;
    refused.iter().for_each(|file| print::complain_page(&file.problems.join("\n")));
    if refused.is_empty() { printed } else { exit::CONFIG }
}

fn one(effective: &Effective, name: &str) -> u8 {
    if let Some(check) = effective.check_to_toml(name) {
        return print::page(&check);
    }
    let lost = effective.config.refused.iter().filter(|file| file.checks.iter().any(|check| check == name));
    let mut code = exit::USAGE;
    for file in lost {
        print::complain_page(&file.problems.join("\n"));
        code = exit::CONFIG;
    }
    if code == exit::USAGE {
        let known: Vec<&str> = effective.config.checks.keys().map(String::as_str).collect();
        print::complain(&format!("there is no check `{name}`{}", super::nearest_known(name, &known)));
    }
    code
}
