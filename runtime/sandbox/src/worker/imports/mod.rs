//! The imports of a component, each turned into one request to the host: what is here is all that a component can reach. An
//! interface is a file.

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use super::contract_0_1::{Check, types};
use super::reach::Reach;
use roundsman_contract::calls::Reply;
use roundsman_contract::report::{Failure, FailureKind};

/// Asks, and takes the variant that goes with the request, or the error that the component is told.
macro_rules! ask {
    ($reach:expr, $request:expr, $answer:pat => $value:expr) => {
        match $reach.ask($request)? {
            $answer => Ok(Ok($value.turn())),
            Reply::Error(error) => Ok(Err(error.turn())),
            other => Err(super::mismatch(&other)),
        }
    };
}

/// The same for what cannot fail.
macro_rules! ask_plain {
    ($reach:expr, $request:expr, $answer:pat => $value:expr) => {
        match $reach.ask($request)? {
            $answer => Ok($value.turn()),
            other => Err(super::mismatch(&other)),
        }
    };
}

mod clock;
mod commands;
mod files;
mod logging;
mod state;

/// Returns the linker with exactly the contract's imports.
///
/// # Errors
/// None, unless the contract names an import twice.
pub fn linker(engine: &Engine) -> wasmtime::Result<Linker<Reach>> {
    let mut linker = Linker::new(engine);
    Check::add_to_linker::<_, HasSelf<Reach>>(&mut linker, |reach: &mut Reach| reach)?;
    Ok(linker)
}

/// Returns the error for a reply that does not go with its request: a fault of the host, never of the component.
fn mismatch(reply: &Reply) -> wasmtime::Error {
    let name = format!("{reply:?}").chars().take(40).collect::<String>();
    Failure::new(FailureKind::Internal, format!("the host answered with something else than asked: {name}")).into()
}

impl types::Host for Reach {}
