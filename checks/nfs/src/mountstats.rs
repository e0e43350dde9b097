//! `/proc/1/mountstats` (the kernel's fs/nfs/super.c and net/sunrpc/stats.c), as far as this check needs it.

use roundsman_sdk::parse::{Field, ParseError, Row, lines};

/// The counts of one mount since it was made.
#[derive(Debug, Default, PartialEq)]
pub struct Statistics {
    pub mount: String,
    pub operations: u64,
    /// Times that requests were sent; more than there are operations where some were sent again.
    pub transmissions: u64,
    pub timeouts: u64,
    /// Milliseconds of all operations together, from the request to its answer.
    pub response_time: u64,
}

impl Statistics {
    /// Returns its counters with keys that are unique among all mounts.
    pub fn counters(&self) -> impl Iterator<Item = (String, u64)> {
        let again = self.transmissions.saturating_sub(self.operations);
        let all = [("operations", self.operations), ("again", again), ("timeouts", self.timeouts)];
        let all = all.into_iter().chain([("response", self.response_time)]);
        all.map(|(counter, value)| (key(&self.mount, counter), value))
    }
}

/// Returns the key of a counter of a mount.
pub fn key(mount: &str, counter: &str) -> String {
    format!("{counter} {mount}")
}

/// Reads what is counted of each mount of NFS.
pub fn parse(text: &str) -> Result<Vec<Statistics>, ParseError> {
    let mut all: Vec<Statistics> = Vec::new();
    let (mut of_nfs, mut operations) = (false, false);
    for line in lines(text) {
        let row = Row::of(line);
        match row.columns().first().map(Field::text) {
            None => {}
            // `device SOURCE mounted on PLACE with fstype nfs4 statvers=1.1`; a blank in a path is `\040`.
            Some("device") => {
                operations = false;
                let kind = row.columns().iter().position(|it| it.text() == "fstype");
                let kind = kind.and_then(|at| row.columns().get(at + 1)).map(Field::text);
                of_nfs = matches!(kind, Some("nfs" | "nfs4"));
                if of_nfs {
                    all.push(Statistics { mount: unescaped(row.column(4)?.text()), ..Statistics::default() });
                }
            }
            Some("per-op") => operations = of_nfs,
            Some(name) if operations && name.ends_with(':') => {
                if let Some(statistics) = all.last_mut() {
                    add(statistics, &row)?;
                }
            }
            Some(_) => {}
        }
    }
    Ok(all)
}

/// Reads `READ: operations transmissions timeouts sent received queued response execution`, and an eighth number from
/// 5.3 on.
fn add(statistics: &mut Statistics, row: &Row) -> Result<(), ParseError> {
    let column = |at: usize| row.column(at)?.integer::<u64>();
    let sum = |sum: &mut u64, value: u64| *sum = sum.saturating_add(value);
    sum(&mut statistics.operations, column(1)?);
    sum(&mut statistics.transmissions, column(2)?);
    sum(&mut statistics.timeouts, column(3)?);
    sum(&mut statistics.response_time, column(7)?);
    column(8).map(|_| ())
}

/// Returns a path without the kernel's escapes of blanks, tabs, line ends and backslashes.
fn unescaped(path: &str) -> String {
    path.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}
