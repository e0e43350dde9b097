//! When the lists of packages were fetched.

use roundsman_sdk::files;
use roundsman_sdk::{Error, Failure};

/// The files that apt and dnf write whenever they fetch, even if nothing is new: a list itself has the time of the
/// server.
pub const PLACES: [&str; 4] = [
    "/var/lib/apt/periodic/update-success-stamp",
    "/var/lib/apt/lists/partial",
    "/var/cache/dnf/last_makecache",
    "/var/cache/libdnf5/last_makecache",
];

/// The index of each repository, which zypper gives the time of now whenever it has looked whether there is a newer one.
pub const OF_ZYPPER: &str = "/var/cache/zypp/raw/*/repodata/repomd.xml";

/// Returns seconds since 1970 UTC; `None` where there is none of them.
pub fn fetched() -> Result<Option<i64>, Failure> {
    let mut newest = None;
    let mut denied: Option<Error> = None;
    for place in PLACES {
        match files::stat(place) {
            Ok(metadata) => newest = newest.max(Some(metadata.modified / 1_000_000_000)),
            Err(error) if error.is_not_found() => {}
            Err(error) if error.is_denied() => denied = denied.or(Some(error)),
            Err(error) => return Err(error.into()),
        }
    }
    match files::stat_glob(OF_ZYPPER) {
        Ok(indexes) => {
            let times = indexes.into_iter().filter_map(|(_, metadata)| Some(metadata.ok()?.modified / 1_000_000_000));
            newest = newest.max(times.max());
        }
        Err(error) if error.is_denied() => denied = denied.or(Some(error)),
        Err(error) => return Err(error.into()),
    }
    // One of them is enough; where there is none, the grant that is missing is said.
    match (newest, denied) {
        (None, Some(error)) => Err(error.into()),
        _ => Ok(newest),
    }
}
