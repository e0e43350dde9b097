//! `man`: manual pages, made from the same definitions as `--help`.

use clap::CommandFactory as _;

use super::{Cli, exit, nearest_known, print};
use roundsman_grants::escape;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The command whose page it is; without, one page with all commands
    #[arg(value_name = "COMMAND")]
    of: Option<String>,
}

/// Runs the command: exit 0, or 64 where there is no such command.
pub(crate) fn man(args: &Args) -> u8 {
    let mut command = Cli::command();
    command.build();
    let Some(name) = &args.of else { return print::verbatim(&whole(&command)) };
    if let Some(sub) = command.get_subcommands().find(|sub| sub.get_name() == name && !sub.is_hide_set()) {
        return print::verbatim(&single(sub));
    }
    let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    print::complain(&format!(
        "roundsman man: there is no command `{}`{}",
        escape::line(name),
        nearest_known(name, &known)
    ));
    exit::USAGE
}

/// Returns the page of the program: one section for each command.
fn whole(command: &clap::Command) -> Vec<u8> {
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(command.clone()).render(&mut page);
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let title = format!(".SH \"ROUNDSMAN {}\"\n", sub.get_name().to_uppercase());
        page.extend_from_slice(title.as_bytes());
        let man = clap_mangen::Man::new(own(sub).display_name(format!("roundsman {}", sub.get_name())));
        let _ = man.render_synopsis_section(&mut page);
        let _ = man.render_description_section(&mut page);
        let _ = man.render_options_section(&mut page);
    }
    page
}

/// Returns the page of one command.
fn single(sub: &clap::Command) -> Vec<u8> {
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(own(sub));
    let _ = man.render(&mut page);
    let rest =
        ".SH \"SEE ALSO\"\nroundsman(1), which has the options of all commands and the exit codes; roundsman.toml(5)\n";
    page.extend_from_slice(rest.as_bytes());
    page
}

/// A command without what holds for all of them, which the page of the program says.
fn own(sub: &clap::Command) -> clap::Command {
    sub.clone().mut_args(|arg| if arg.is_global_set() || arg.get_id() == "version" { arg.hide(true) } else { arg })
}
