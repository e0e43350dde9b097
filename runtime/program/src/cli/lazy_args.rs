//! Arguments that `clap` is told of when their command is called. There are some sixty: at each start, all of them would be
//! described for nothing but one. `clap` takes what is told late over what it was told before: a description of a struct of
//! arguments, which have none for that reason, would replace that of its command.

use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The arguments of one command.
#[derive(Debug)]
pub struct LazyArgs<A>(pub A);

impl<A: Args> Args for LazyArgs<A> {
    fn augment_args(command: Command) -> Command {
        command.defer(A::augment_args)
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(A::augment_args_for_update)
    }
}

impl<A: FromArgMatches> FromArgMatches for LazyArgs<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        A::from_arg_matches(matches).map(Self)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        A::from_arg_matches_mut(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}
