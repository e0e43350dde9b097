//! Files that have another name too: a second hard link, a second mount of what they are in, a link that is followed. What no
//! pattern grants is told by its inode there, as the path says nothing.

use std::cell::OnceCell;
use std::os::fd::AsFd;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, Statx, StatxFlags, openat2, statx};
use rustix::io::Errno;

use roundsman_grants::denial::Remedy;
use roundsman_grants::hard_deny::{DIRECTORIES, LITERALS, reason};
use roundsman_grants::requested_path::RequestedPath;
use roundsman_grants::scope::{AllowedPath, Area};

use super::error::ReadError;
use super::trees::{FoundPlace, Trees};

/// More names than there are keys on any host. Where there are more, a file with several names is refused.
const MOST_LISTED: usize = 4096;

/// Identity of a file: device and inode.
type Identity = (u32, u32, u64);

/// Facts about an open file.
#[derive(Debug)]
pub(super) struct FileFacts {
    pub links: u64,
    pub mode: u32,
    owner: u32,
    identity: Identity,
    /// The mount that it was reached by; `None` before Linux 5.8.
    mount: Option<u64>,
}

impl FileFacts {
    pub fn of(fd: impl AsFd) -> Result<Self, Errno> {
        let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
        Ok(Self::in_answer(&statx(fd, "", AtFlags::EMPTY_PATH, wanted)?))
    }

    fn in_answer(found: &Statx) -> Self {
        let knows_mount = StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::MNT_ID);
        Self {
            links: found.stx_nlink.into(),
            mode: found.stx_mode.into(),
            owner: found.stx_uid,
            identity: identity(found),
            mount: knows_mount.then_some(found.stx_mnt_id),
        }
    }
}

fn identity(found: &Statx) -> Identity {
    (found.stx_dev_major, found.stx_dev_minor, found.stx_ino)
}

/// Identities of the files that no pattern grants, looked up when they are first needed.
#[derive(Debug, Default)]
pub(super) struct OtherNames {
    secrets: OnceCell<Vec<(Identity, String)>>,
    never_granted: OnceCell<Listed>,
    /// The mount of the root directory.
    root: OnceCell<Option<u64>>,
}

/// The files of the never-granted list that are there.
#[derive(Debug)]
struct Listed {
    files: Vec<(Identity, String)>,
    names: usize,
}

impl OtherNames {
    /// Judges a regular file whose path was judged, before it is read.
    ///
    /// # Errors
    /// It is a file that no pattern grants, or may be another's that somebody gave a name here.
    pub(crate) fn judge(
        &self,
        trees: &Trees,
        allowed: &AllowedPath<'_>,
        place: &FoundPlace,
        seen: &FileFacts,
    ) -> Result<(), ReadError> {
        let area = RequestedPath::parse(&place.resolved).map_or(Area::Elsewhere, |path| Area::of(&path));
        if !trees.is_host() || area != Area::Elsewhere {
            return Ok(());
        }
        let secrets = self.secrets.get_or_init(|| present(trees, allowed.secrets()));
        refuse_others(allowed, place, seen, secrets)?;
        let root = *self.root.get_or_init(|| FileFacts::of(trees.root().ok()?).ok()?.mount);
        if seen.links < 2 && seen.mount == root {
            return Ok(());
        }
        let listed = self.never_granted.get_or_init(|| Listed::on(trees));
        refuse_others(allowed, place, seen, &listed.files)?;
        if seen.links < 2 {
            return Ok(());
        }
        let path = allowed.path().as_str();
        if listed.names >= MOST_LISTED {
            let reason = format!(
                "`{path}` has {} names, and there are too many private keys to tell whether it is one of them",
                seen.links
            );
            return Err(allowed.refuse(Remedy::Nothing { reason }).into());
        }
        // A user who reads with his own rights sees nothing that he could not read without us.
        if rustix::process::geteuid().is_root() { judge_directory(trees, allowed, place, seen) } else { Ok(()) }
    }
}

fn refuse_others(
    allowed: &AllowedPath<'_>,
    place: &FoundPlace,
    seen: &FileFacts,
    known: &[(Identity, String)],
) -> Result<(), ReadError> {
    let same = known.iter().filter(|(identity, name)| *identity == seen.identity && *name != place.resolved);
    for (_, name) in same {
        allowed.admits_as(name)?;
    }
    Ok(())
}

/// Judges whether somebody else may have made this name of a file that root reads: whoever can write in a directory can, of
/// any file on its file system, where `fs.protected_hardlinks` is off.
fn judge_directory(
    trees: &Trees,
    allowed: &AllowedPath<'_>,
    place: &FoundPlace,
    seen: &FileFacts,
) -> Result<(), ReadError> {
    let (parent, name) = place.resolved.rsplit_once('/').unwrap_or(("", &place.resolved));
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_SYMLINKS;
    let directory = openat2(trees.root()?, below_root(parent), flags, Mode::empty(), how)?;
    let there = statx(&directory, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS)?;
    if identity(&there) != seen.identity {
        // It was renamed meanwhile.
        return Err(ReadError::Io(Errno::AGAIN));
    }
    let above = FileFacts::of(&directory)?;
    if above.owner == seen.owner && above.mode & 0o022 == 0 {
        return Ok(());
    }
    let (path, parent) = (allowed.path().as_str(), if parent.is_empty() { "/" } else { parent });
    let reason = format!(
        "`{path}` has {} names, and others than its owner (uid {}) can make names in `{parent}`: it may be any file of his. \
         Grant another of its names, or name an account in `user` of the grant that may read it",
        seen.links, seen.owner
    );
    Err(allowed.refuse(Remedy::Nothing { reason }).into())
}

/// Returns those of the paths that are there.
fn present(trees: &Trees, paths: &[String]) -> Vec<(Identity, String)> {
    paths.iter().filter_map(|path| Some((find(trees, path)?, path.clone()))).collect()
}

/// Returns the file at a path of the list, wherever links lead from there; `None` where nothing is, or where finding out
/// could hang: over a mount, which may be of a server that does not answer, it is only what the kernel has at hand.
fn find(trees: &Trees, path: &str) -> Option<Identity> {
    let root = trees.root().ok()?;
    let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let open = |more| openat2(root, below_root(path), OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), how | more);
    let fd = match open(ResolveFlags::NO_XDEV) {
        Err(Errno::XDEV) => open(ResolveFlags::CACHED).ok()?,
        found => found.ok()?,
    };
    let at_hand = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    Some(identity(&statx(&fd, "", at_hand, StatxFlags::BASIC_STATS).ok()?))
}

impl Listed {
    fn on(trees: &Trees) -> Self {
        let files = LITERALS.iter().filter_map(|path| Some((find(trees, path)?, (*path).to_owned()))).collect();
        let mut listed = Self { files, names: 0 };
        DIRECTORIES.iter().for_each(|directory| listed.add(trees, directory));
        listed
    }

    /// Adds what is in a directory; one that cannot be read gives nothing to who reads it with the same rights.
    fn add(&mut self, trees: &Trees, directory: &str) {
        let Ok(root) = trees.root() else { return };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
        let opened = openat2(root, below_root(directory), flags, Mode::empty(), how);
        let Ok(entries) = opened.and_then(Dir::new) else { return };
        for entry in entries.filter_map(Result::ok) {
            let Ok(name) = entry.file_name().to_str() else { continue };
            if name == "." || name == ".." || self.names >= MOST_LISTED {
                continue;
            }
            self.names += 1;
            let path = format!("{directory}/{name}");
            if reason(&path.split('/').skip(1).collect::<Vec<_>>()).is_none() {
                continue;
            }
            match entry.file_type() {
                FileType::Directory => self.add(trees, &path),
                _ => self.files.extend(find(trees, &path).map(|identity| (identity, path))),
            }
        }
    }
}

/// A path as `openat2` takes it beneath the root directory.
fn below_root(path: &str) -> &str {
    match path.trim_start_matches('/') {
        "" => ".",
        rest => rest,
    }
}
