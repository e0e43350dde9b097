//! What the host answers: from the plain types to the engine's.

use roundsman_contract as plain;

use super::commands::{Completed, Ending, GrantedCommand};
use super::files::{Content, Entry, FileKind, Grants, Metadata, Mount, Piece, Space, Used};
use super::types::{Denial, Error, Exceeded, Otherwise};
use super::{Turn, cases, record};

record!(plain::Denial => Denial { capability, target, hint, extra });
record!(plain::Exceeded => Exceeded { key, value, extra });
record!(plain::Otherwise => Otherwise { code, message, extra });
cases!(plain::Error => Error { NotFound, TimedOut; Io; Denied, Limit, Other });

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

cases!(plain::Ending => Ending { ; Code, Signal });
record!(plain::Completed => Completed { standard_output, standard_error, duration, extra; ending });
record!(plain::GrantedCommand => GrantedCommand { id, argv, literal, extra });
