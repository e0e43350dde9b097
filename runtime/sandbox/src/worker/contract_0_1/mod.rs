//! Contract 0.1 as the engine speaks it: what `bindgen!` makes of `wit/`, and each of its types turned into the plain one of
//! `roundsman-contract` or back. Another version of the contract is another folder like this one.

pub mod commands;
mod error;
pub mod files;
pub mod logging;
mod outcome;

// The macro's output: its documentation is that of `wit/`.
#[allow(missing_docs, reason = "generated from the WIT, which carries the documentation")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "check",
        imports: { default: trappable },
    });
}

pub use bindings::roundsman::check::{clock, state, types};
pub use bindings::{Check, CheckPre};

/// Turns one value into another of the same content: between the engine's type and the plain one. Texts move, none is copied.
pub trait Turn<To> {
    fn turn(self) -> To;
}

impl<From: Turn<To>, To> Turn<Vec<To>> for Vec<From> {
    fn turn(self) -> Vec<To> {
        self.into_iter().map(Turn::turn).collect()
    }
}

impl<From: Turn<To>, To> Turn<Option<To>> for Option<From> {
    fn turn(self) -> Option<To> {
        self.map(Turn::turn)
    }
}

impl<From: Turn<To>, To, Why: Turn<Cause>, Cause> Turn<Result<To, Cause>> for Result<From, Why> {
    fn turn(self) -> Result<To, Cause> {
        self.map(Turn::turn).map_err(Turn::turn)
    }
}

/// What is the same on both sides stays as it is; bytes are not walked through.
macro_rules! same {
    ($($type:ty),*) => {
        $(impl Turn<$type> for $type {
            fn turn(self) -> $type {
                self
            }
        })*
    };
}

same!(Vec<u8>, i32, i64, u64);

/// Turns a record: fields whose type both sides share, then those that are turned themselves. The compiler sees to it that
/// none is left out.
macro_rules! record {
    ($from:path => $to:path { $($same:ident),* $(; $($turned:ident),*)? }) => {
        impl Turn<$to> for $from {
            fn turn(self) -> $to {
                let Self { $($same,)* $($($turned),*)? } = self;
                $to { $($same,)* $($($turned: $turned.turn()),*)? }
            }
        }
    };
}

/// Turns an enum or a variant, by its cases: those without content, those with the same on both sides, those whose content
/// is turned itself.
macro_rules! cases {
    ($from:path => $to:path { $($case:ident),* $(; $($same:ident),* $(; $($turned:ident),*)?)? }) => {
        impl Turn<$to> for $from {
            fn turn(self) -> $to {
                use $to as To;
                match self {
                    $(Self::$case => To::$case,)*
                    $($(Self::$same(content) => To::$same(content),)*
                    $($(Self::$turned(content) => To::$turned(content.turn()),)*)?)?
                }
            }
        }
    };
}

pub(crate) use {cases, record};
