//! From a [`Check`] to the three functions of the interface `guest`.

use std::marker::PhantomData;

use crate::bindings::exports::roundsman::check::guest::Guest;
use crate::descriptor::{brought_json, problems_json};
use crate::{Check, Descriptor, Failure, Options, Outcome, options};

/// The component's exports for the check `C`; [`crate::export!`] names it.
///
/// ```
/// use roundsman_sdk::bindings::exports::roundsman::check::guest::Guest;
/// use roundsman_sdk::{Check, Descriptor, Exported, Failure, NoOptions, Outcome};
///
/// struct Sample;
///
/// impl Check for Sample {
///     type Options = NoOptions;
///
///     fn describe() -> Descriptor {
///         Descriptor::new("sample", "0.1.0", "a sample")
///     }
///
///     fn run(_: NoOptions) -> Result<Outcome, Failure> {
///         Ok(Outcome::new("nothing to see"))
///     }
/// }
///
/// roundsman_sdk::export!(Sample);
/// // What the component then answers to the host:
/// assert!(Exported::<Sample>::describe().contains(r#""name":"sample""#));
/// assert_eq!(Exported::<Sample>::run("{}".into()).unwrap().summary, "nothing to see");
/// ```
pub struct Exported<C>(PhantomData<C>);

impl<C: Check> Guest for Exported<C> {
    fn describe() -> String {
        report_panics();
        descriptor::<C>().json()
    }

    fn validate(config: String) -> String {
        report_panics();
        match options::read::<C>(&config) {
            Ok(options) => brought_json(&C::needs(&options), C::metrics(&options).as_deref()),
            Err(problems) => problems_json(&problems),
        }
    }

    fn run(config: String) -> Result<Outcome, Failure> {
        report_panics();
        C::run(options::read::<C>(&config).map_err(Failure::options)?)
    }
}

/// Returns what the check says of itself, with its options.
pub(crate) fn descriptor<C: Check>() -> Descriptor {
    Descriptor { options: C::Options::options(), ..C::describe() }
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
