//! State that a check keeps from one run to the next. A change is kept only once the outcome of the run is stored; a run
//! that fails changes nothing.
//!
//! ```
//! use roundsman_sdk::{fake::Fake, state};
//!
//! Fake::new().with(|| {
//!     state::set("raw", b"42").unwrap();
//!     assert_eq!(state::get("raw").unwrap().as_deref(), Some(&b"42"[..]));
//!     state::remove("raw").unwrap();
//!
//!     state::set_json("seen", &["sda", "sdb"]).unwrap();
//!     assert_eq!(state::get_json::<Vec<String>>("seen").unwrap().unwrap()[1], "sdb");
//! });
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::host::{Current, Host};
use crate::json::{Json, typed};
use crate::{Error, Reason};

/// Returns the bytes at `key`; nothing if it was never set.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
    Current::get(key).map_err(|error| Error::host(on(key), error))
}

/// Keeps bytes; all keys and values of the check together are bounded by `limits.state`.
pub fn set(key: &str, value: &[u8]) -> Result<(), Error> {
    Current::set(key, value).map_err(|error| Error::host(on(key), error))
}

/// Forgets a key; one that is not there is no error.
pub fn remove(key: &str) -> Result<(), Error> {
    Current::remove(key).map_err(|error| Error::host(on(key), error))
}

/// Returns a value that [`set_json`] kept. [`Reason::Unreadable`] where the bytes are not such a value, as after a change of
/// its type: whoever can do without it begins anew.
pub fn get_json<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Error> {
    let Some(bytes) = get(key)? else { return Ok(None) };
    let unreadable = |why: String| Error { on: on(key), reason: Reason::Unreadable(why) };
    // As text, as options are: a second reader for bytes would be 4 KB more in a component.
    let text = std::str::from_utf8(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let json: Json = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    typed(&json).map(Some).map_err(|wrong| unreadable(wrong.to_string()))
}

/// Keeps a value as JSON.
pub fn set_json<T: Serialize>(key: &str, value: &T) -> Result<(), Error> {
    let unreadable = |error: serde_json::Error| Error { on: on(key), reason: Reason::Unreadable(error.to_string()) };
    set(key, &serde_json::to_vec(value).map_err(unreadable)?)
}

fn on(key: &str) -> String {
    format!("state \"{key}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    #[test]
    fn values_come_back_typed_and_others_are_an_error() {
        Fake::new().with(|| {
            assert_eq!(get_json::<Vec<u32>>("k").unwrap(), None);
            set_json("k", &[1, 2]).unwrap();
            assert_eq!(get_json::<Vec<u32>>("k").unwrap(), Some(vec![1, 2]));
            let error = get_json::<String>("k").unwrap_err();
            assert!(error.to_string().starts_with("state \"k\": not what this check wrote there: "), "{error}");
            remove("k").unwrap();
            assert_eq!(get("k").unwrap(), None);
        });
    }
}
