//! From a [`Check`] to the three functions of the world.

use std::marker::PhantomData;

use crate::bindings::Guest;
use crate::{Check, Descriptor, Failure, Need, Outcome, Problem, options};

/// The component's exports for the check `C`; [`crate::export!`] names it.
pub struct Exported<C>(PhantomData<C>);

impl<C: Check> Guest for Exported<C> {
    fn describe() -> Descriptor {
        report_panics();
        C::describe()
    }

    fn validate(config: String) -> Result<Vec<Need>, Vec<Problem>> {
        report_panics();
        options::read::<C>(&config).map(|options| C::needs(&options))
    }

    fn run(config: String) -> Result<Outcome, Failure> {
        report_panics();
        C::run(options::read::<C>(&config).map_err(Failure::options)?)
    }
}

/// The last line of level error before a trap is the failure's message: a panic's text and place.
#[cfg(target_family = "wasm")]
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload_as_str().unwrap_or("without a text");
        match panic.location() {
            Some(place) => crate::log::error(&format!("panic at {place}: {text}")),
            None => crate::log::error(&format!("panic: {text}")),
        }
    }));
}

/// A native test shows panics itself.
#[cfg(not(target_family = "wasm"))]
fn report_panics() {}

/// Makes a component of a [`Check`]. Expands to nothing but on wasm, so that the same crate is tested natively.
#[macro_export]
macro_rules! export {
    ($check:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Component = $crate::Exported<$check>;
    $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        };
    };
}
