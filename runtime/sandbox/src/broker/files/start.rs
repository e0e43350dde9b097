//! Start of a reader: forked, its user taken on, locked, and then at the service of its broker.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::{FileCalls, Process, READER, number};
use crate::broker::identity::Own;
use crate::reader::{Budget, Ours, ReadOrder, Reader, lock, sees_processes};
use roundsman_contract::Error;
use roundsman_contract::calls::Reply;
use roundsman_contract::calls::wire::{self, LONGEST_CALL, LONGEST_TO_WORKER};
use roundsman_grants::Grants;
use roundsman_os::process::fork::fork_child;
use roundsman_os::process::rights::{Ids, act_as, ids_of};
use roundsman_os::process::stdio::close_all_but;

impl FileCalls {
    /// Forks a reader, and notes it as one of this run.
    pub(super) fn start(&mut self) -> io::Result<Process> {
        let budget = self.budget()?;
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        let theirs = File::from(theirs);
        let child = fork_child("roundsman-reader", || {
            // Stdin and stdout are the broker's, which are `/dev/null`: whoever opened it here would need the right to.
            let ready = close_all_but(&[theirs.as_fd()]).and_then(|()| self.become_reader());
            match ready {
                Ok(()) => self.read(&theirs, budget.clone()),
                Err(error) => refuse(&theirs, &error.to_string()),
            }
        })?;
        self.started.push(child.pid());
        Ok(Process { child, socket: File::from(ours) })
    }

    /// Returns the ids that a reader takes on; `None` if it keeps those of the broker.
    pub(crate) fn reader_ids(&self) -> Option<Ids> {
        let account = self.account.as_ref()?;
        Some(match self.own {
            Some(own) => ids_of(account, own.uid),
            None => Ids { uids: [account.uid; 3], gids: [account.gid; 3] },
        })
    }

    /// Changes user for good; where the broker has a uid of its own, the reader is nobody whom the account may signal.
    fn become_reader(&self) -> io::Result<()> {
        match (&self.account, self.own) {
            (Some(account), Some(own)) => act_as(account, own.uid, &[]),
            (Some(account), None) => account.become_for_good(),
            (None, _) => Ok(()),
        }
    }

    /// Does the reader's part: answers until the broker is gone.
    fn read(&self, socket: &File, budget: Budget) -> i32 {
        let reader = Reader::new(self.context.clone(), &self.root, budget, ours(self.own, &self.context.grants));
        if let Err(error) = lock(self.layers, socket.as_fd(), &self.context.grants) {
            return refuse(socket, &error.to_string());
        }
        while let Ok(order) = wire::receive::<ReadOrder>(socket, LONGEST_CALL) {
            if wire::send(socket, &reader.obey(&order), LONGEST_TO_WORKER).is_err() {
                return 1;
            }
        }
        0
    }
}

/// Says why this reader answers nothing, whatever it is asked first. Returns its exit code.
fn refuse(socket: &File, why: &str) -> i32 {
    let error = Error::other("reader-not-ready", format!("{READER} could not be made ready: {why}"));
    // Where this fails, nobody is left to be told.
    let _ = wire::send(socket, &Reply::Error(error), LONGEST_TO_WORKER);
    1
}

/// Returns the processes of this program that no check may see: this reader, its broker, the round, and what the round runs.
fn ours(own: Option<Own>, grants: &Grants) -> Ours {
    let broker = rustix::process::getppid().and_then(number);
    // Where no grant reaches into a process there is nothing to hide: two files less to read, of each check that reads one.
    let round = broker.filter(|_| sees_processes(grants)).and_then(parent);
    let beside = round.and_then(|round| std::fs::read_to_string(format!("/proc/{round}/task/{round}/children")).ok());
    let beside = beside.unwrap_or_default();
    let beside = beside.split_ascii_whitespace().filter_map(|pid| pid.parse().ok());
    let pids = [Some(std::process::id()), broker, round].into_iter().flatten().chain(beside).collect();
    Ours { row: own.map(|own| own.row), pids, round }
}

fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the state and the parent follow the last one.
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}
