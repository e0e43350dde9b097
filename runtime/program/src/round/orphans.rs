//! Orphans: processes that commands left behind and their broker could not end any more. They are ended and named.

use super::fault::{Fault, FaultKind};
use roundsman_os::process::orphan_tag::{Orphan, kill_orphans};

/// More than these are counted: one that forks for ever could fill the log.
const NAMED: usize = 16;

/// Ends it, and gives a fault for each process.
pub(crate) fn end_orphans() -> Vec<Fault> {
    told(&kill_orphans())
}

fn told(orphans: &[Orphan]) -> Vec<Fault> {
    let each = orphans.iter().take(NAMED).map(|Orphan { pid, name }| {
        format!("`{name}` (pid {pid}), started by a command of a check, was left behind when its broker was killed; it is killed now")
    });
    let more = orphans.len().saturating_sub(NAMED);
    let more = (more > 0)
        .then(|| format!("{more} more processes were left behind when their broker was killed; they are killed now"));
    each.chain(more).map(|message| Fault::new(FaultKind::Mended, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_named_up_to_a_number() {
        assert_eq!(told(&[]), []);
        let orphans = |count: u32| -> Vec<Orphan> {
            (1..=count).map(|pid| Orphan { pid, name: format!("sleep{pid}") }).collect()
        };
        let few = told(&orphans(2));
        assert_eq!(few.len(), 2);
        assert!(few[1].message.starts_with("`sleep2` (pid 2), "), "{few:?}");
        let many = told(&orphans(1016));
        assert_eq!(many.len(), NAMED + 1);
        assert!(many[NAMED].message.starts_with("1000 more "), "{many:?}");
        assert!(many.iter().all(|fault| fault.kind == FaultKind::Mended));
        // A process names itself, and its name is mailed.
        let evil = told(&[Orphan { pid: 1, name: "\u{1b}[2J\nover: x".to_owned() }]);
        assert!(evil[0].message.starts_with("`\\x1b[2J\\nover: x` (pid 1), "), "{evil:?}");
    }
}
