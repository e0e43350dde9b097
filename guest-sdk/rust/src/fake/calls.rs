//! The host's calls, answered from what the entered fake has.

use super::ENTERED;
use super::granted::{Found, Part};
use super::world::World;
use crate::HostError;
use crate::bindings::roundsman::check::files::{Content, Entry, Used};
use crate::bindings::roundsman::check::logging::Level;
use crate::commands::{Completed, GrantedCommand};
use crate::files::{Grants, Metadata, Mount, Piece, Space};
use crate::host::Host;

pub(crate) struct Current;

fn world<T>(action: impl FnOnce(&mut World) -> T) -> T {
    ENTERED.with(|entered| action(&mut entered.borrow().borrow_mut()))
}

impl Host for Current {
    fn read(path: &str) -> Result<Vec<u8>, HostError> {
        world(|it| it.open(path).map(|file| file.content.clone()))
    }

    fn read_at(path: &str, offset: u64, max: u64) -> Result<Piece, HostError> {
        world(|it| {
            let file = it.open(path)?;
            let metadata = file.metadata();
            let from = file.content.len().min(offset as usize);
            let to = file.content.len().min(from.saturating_add(max as usize));
            let data = file.content[from..to].to_vec();
            let size = file.content.len() as u64;
            Ok(Piece { data, device: metadata.device, inode: metadata.inode, size })
        })
    }

    fn read_glob(pattern: &str) -> Result<Vec<Content>, HostError> {
        world(|it| {
            let read = |(path, allowed): Found| {
                let data = allowed.and_then(|()| it.open(path)).map(|file| file.content.clone());
                Content { path: path.clone(), data }
            };
            Ok(it.matching(Part::Content, pattern)?.into_iter().map(read).collect())
        })
    }

    fn stat(path: &str) -> Result<Metadata, HostError> {
        world(|it| it.find(path).map(|file| file.metadata()))
    }

    fn stat_glob(pattern: &str) -> Result<Vec<Entry>, HostError> {
        world(|it| {
            let stat = |(path, allowed): Found| {
                let metadata = allowed.and_then(|()| it.find(path)).map(|file| file.metadata());
                Entry { path: path.clone(), metadata }
            };
            Ok(it.matching(Part::Metadata, pattern)?.into_iter().map(stat).collect())
        })
    }

    fn usage(path: &str) -> Result<Space, HostError> {
        world(|it| match it.failing.get(path) {
            Some(error) => Err(error.clone()),
            None => it
                .mounts
                .iter()
                .rfind(|(at, _)| at.path == path)
                .map(|(_, space)| space.clone())
                .ok_or(HostError::NotFound),
        })
    }

    fn usages(paths: &[String]) -> Result<Vec<Used>, HostError> {
        Ok(paths.iter().map(|path| Used { path: path.clone(), space: Self::usage(path) }).collect())
    }

    fn mounts() -> Result<Vec<Mount>, HostError> {
        world(|it| Ok(it.mounts.iter().map(|(mount, _)| mount.clone()).collect()))
    }

    fn granted_files() -> Grants {
        let filesystems = |it: &World| if it.mounts.is_empty() { Vec::new() } else { vec!["mounted".into()] };
        world(|it| {
            let (files, metadata) = it.granted_files();
            Grants { files, metadata, filesystems: filesystems(it) }
        })
    }

    fn run(argv: &[String], input: Option<&[u8]>) -> Result<Completed, HostError> {
        world(|it| {
            it.inputs.push(input.map(<[u8]>::to_vec));
            let whole = it.granted.argv(argv, input.is_some(), it.commands.keys())?;
            it.commands.get(argv).or_else(|| it.commands.get(&whole)).cloned().unwrap_or(Err(HostError::NotFound))
        })
    }

    fn granted_commands() -> Vec<GrantedCommand> {
        world(|it| it.granted_commands())
    }

    fn log(level: Level, message: &str) {
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        world(|it| it.log.push(format!("{level}: {message}")));
    }

    fn now() -> i64 {
        world(|it| it.now)
    }

    fn monotonic() -> u64 {
        world(|it| it.now.unsigned_abs())
    }

    fn utc_offset() -> i32 {
        0
    }

    fn get(key: &str) -> Result<Option<Vec<u8>>, HostError> {
        world(|it| Ok(it.state.get(key).cloned()))
    }

    fn set(key: &str, value: &[u8]) -> Result<(), HostError> {
        world(|it| match &it.unkept {
            Some(error) => Err(error.clone()),
            None => {
                it.state.insert(key.into(), value.to_vec());
                Ok(())
            }
        })
    }

    fn remove(key: &str) -> Result<(), HostError> {
        world(|it| it.state.remove(key));
        Ok(())
    }
}
