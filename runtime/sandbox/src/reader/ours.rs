//! Processes of the runtime, which no check sees, whenever they were started.

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, Stat, openat, statat};

use super::read;
use roundsman_os::process::slot::SlotRow;

/// Processes of the runtime, by their ids: no check sees them.
#[derive(Debug, Clone, Default)]
pub struct Ours {
    /// Uids and gids that only workers, brokers and readers have, of whatever round; `None` where they have none of their own.
    pub row: Option<SlotRow>,
    /// Known by their number: the round, and what there was of it when this was made.
    pub pids: Vec<u32>,
    /// The parent of workers and brokers.
    pub round: Option<u32>,
}

/// Longest `/proc/PID/stat` and `/proc/PID/status`, in bytes: some sixty numbers and a name.
const LONGEST: u64 = 16 << 10;

impl Ours {
    /// Tells whether the process of this number is one; `proc` is the host's `/proc`.
    pub(super) fn has(&self, proc: BorrowedFd<'_>, pid: &str) -> bool {
        let Ok(number) = pid.parse::<u32>() else { return false };
        if self.pids.contains(&number) {
            return true;
        }
        // Of the directory of a process the kernel says who that is, even where it hides the rest.
        let Ok(stat) = statat(proc, pid, AtFlags::SYMLINK_NOFOLLOW) else { return false };
        match self.row {
            Some(row) => {
                row.contains(stat.st_uid) || row.contains(stat.st_gid) || acts_as_other(proc, pid, stat.st_uid, row)
            }
            None => stat.st_uid == rustix::process::geteuid().as_raw() && self.is_relative(proc, number),
        }
    }

    /// Tells of a file in the directory of a process that it is surely of none of the runtime, without a look at the directory:
    /// the kernel says there whom a process acts as, and calls the files of one that hides itself root's (proc(5)). Ours hide
    /// themselves. False is no answer.
    pub(super) fn is_surely_not(&self, pid: &str, file: &Stat) -> bool {
        let Some(row) = self.row else { return false };
        let is_known = pid.parse().map_or(true, |pid: u32| self.pids.contains(&pid));
        !is_known && file.st_uid != 0 && !row.contains(file.st_uid) && !row.contains(file.st_gid)
    }

    /// Tells whether it is a child of the round, or a reader of such a child.
    fn is_relative(&self, proc: BorrowedFd<'_>, pid: u32) -> bool {
        let (Some(round), Some((name, parent))) = (self.round, name_and_parent(proc, pid)) else { return false };
        let grandparent = || name_and_parent(proc, parent).map(|(_, grandparent)| grandparent);
        parent == round || (name == "roundsman-reade" && grandparent() == Some(round))
    }
}

/// Tells whether it has the real uid of a broker, and this effective one: who reads as an account, or runs its commands.
/// Files of such a process are root's, as of all that changed their user; the others are not looked into.
fn acts_as_other(proc: BorrowedFd<'_>, pid: &str, effective: u32, row: SlotRow) -> bool {
    let hides = || statat(proc, format!("{pid}/stat"), AtFlags::empty()).is_ok_and(|stat| stat.st_uid == 0);
    effective != 0 && hides() && real_uid(proc, pid).is_some_and(|real| row.contains(real))
}

/// Returns the first number of the line `Uid:` of proc_pid_status(5).
fn real_uid(proc: BorrowedFd<'_>, pid: &str) -> Option<u32> {
    let status = whole(proc, &format!("{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn whole(proc: BorrowedFd<'_>, path: &str) -> Option<String> {
    let file: OwnedFd = openat(proc, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    Some(String::from_utf8_lossy(&read::own(&file, LONGEST).ok()?).into_owned())
}

fn name_and_parent(proc: BorrowedFd<'_>, pid: u32) -> Option<(String, u32)> {
    parse(&whole(proc, &format!("{pid}/stat"))?)
}

/// Returns the second and the fourth field of proc_pid_stat(5). The second, in parentheses, may hold anything.
fn parse(stat: &str) -> Option<(String, u32)> {
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    Some((name.to_owned(), after.split_ascii_whitespace().nth(1)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;

    fn proc() -> OwnedFd {
        openat(rustix::fs::CWD, "/proc", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).unwrap()
    }

    #[test]
    fn a_name_full_of_brackets_is_passed_over() {
        assert_eq!(parse("7 (a) (b)) S 12 7 7"), Some(("a) (b)".to_owned(), 12)));
        assert_eq!(parse("7 (a"), None);
        assert_eq!(parse("7 (a) S"), None);
    }

    #[test]
    fn what_has_a_uid_of_the_row_is_one_and_so_is_what_is_known() {
        let own = std::process::id();
        let uid = rustix::process::geteuid().as_raw();
        let has = |row, pids, pid: &str| Ours { row: Some(SlotRow(row)), pids, round: None }.has(proc().as_fd(), pid);
        assert!(has(uid, Vec::new(), &own.to_string()));
        assert!(!has(60_720, Vec::new(), &own.to_string()));
        assert!(has(60_720, vec![own], &own.to_string()));
        assert!(!has(uid, Vec::new(), "self"));
    }

    #[test]
    fn a_file_says_that_a_process_is_not_ours_only_where_it_is_an_accounts() {
        let mut file = statat(proc(), "self/stat", AtFlags::empty()).unwrap();
        let mut says = |ours: &Ours, uid, gid| {
            (file.st_uid, file.st_gid) = (uid, gid);
            ours.is_surely_not("7", &file)
        };
        let ours = Ours { row: Some(SlotRow(60_720)), pids: vec![8], round: None };
        assert!(says(&ours, 1000, 1000));
        // Root's, or one that hides itself.
        assert!(!says(&ours, 0, 0) && !says(&ours, 0, 1000));
        assert!(!says(&ours, 60_720, 1000) && !says(&ours, 1000, 60_721));
        assert!(!says(&Ours { pids: vec![7], ..ours.clone() }, 1000, 1000));
        assert!(!says(&Ours { row: None, ..ours }, 1000, 1000));
    }

    #[test]
    fn without_a_row_the_family_of_the_round_is_ours() {
        let own = std::process::id();
        let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
        let has = |round| Ours { row: None, pids: Vec::new(), round }.has(proc().as_fd(), &own.to_string());
        assert!(has(parent));
        assert!(!has(Some(own)));
    }
}
