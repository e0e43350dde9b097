//! The interface `files` as the engine speaks it, and what the host answers to it, turned from the plain types.

use roundsman_contract as plain;

pub use super::bindings::roundsman::check::files::*;
use super::{Turn, cases, record};

record!(plain::Content => Content { path; data });
record!(plain::Piece => Piece { data, device, inode, size });
cases!(plain::FileKind => FileKind { Regular, Directory, Symlink, Fifo, Socket, BlockDevice, CharacterDevice, Other });
record!(plain::Metadata => Metadata { size, modified, device, inode, owner, group, mode, link_target, extra; kind });
record!(plain::FileEntry => Entry { path; metadata });
record!(plain::Space => Space {
    bytes_total, bytes_free, bytes_available, inodes_total, inodes_free, inodes_available, read_only, extra
});
record!(plain::Used => Used { path; space });
record!(plain::Mount => Mount {
    source, path, filesystem, device, root, read_only, filesystem_read_only, options, filesystem_options, extra
});
record!(plain::GrantedFiles => Grants { files, metadata, filesystems });
