//! Texts of calls of the interface `files`.

use super::Redactor;
use roundsman_contract::calls::files::{Answer, Call};
use roundsman_contract::{Metadata, Mount};

impl Redactor {
    pub(super) fn files_call(&mut self, call: &mut Call) {
        match call {
            Call::Read { path } | Call::ReadAt { path, .. } | Call::Stat { path } | Call::Usage { path } => {
                self.text(path);
            }
            Call::ReadGlob { pattern } | Call::StatGlob { pattern } => self.text(pattern),
            Call::Usages { paths } => self.texts(paths),
            Call::Mounts | Call::Granted => {}
        }
    }

    pub(super) fn files_answer(&mut self, answer: &mut Answer) {
        match answer {
            Answer::Data(data) => self.bytes(data),
            Answer::Piece(piece) => self.bytes(&mut piece.data),
            Answer::Contents(contents) => contents.iter_mut().for_each(|content| {
                self.text(&mut content.path);
                self.result(&mut content.data, Self::bytes);
            }),
            Answer::Metadata(metadata) => self.metadata(metadata),
            Answer::Entries(entries) => entries.iter_mut().for_each(|entry| {
                self.text(&mut entry.path);
                self.result(&mut entry.metadata, Self::metadata);
            }),
            Answer::Space(space) => self.pairs(&mut space.extra),
            Answer::Usages(all) => all.iter_mut().for_each(|used| {
                self.text(&mut used.path);
                self.result(&mut used.space, |all, space| all.pairs(&mut space.extra));
            }),
            Answer::Mounts(mounts) => mounts.iter_mut().for_each(|mount| self.mount(mount)),
            Answer::Granted(granted) => {
                [&mut granted.files, &mut granted.metadata, &mut granted.filesystems]
                    .into_iter()
                    .for_each(|list| self.texts(list));
            }
        }
    }

    fn metadata(&mut self, metadata: &mut Metadata) {
        metadata.link_target.iter_mut().for_each(|target| self.text(target));
        self.pairs(&mut metadata.extra);
    }

    fn mount(&mut self, mount: &mut Mount) {
        for text in [&mut mount.source, &mut mount.path, &mut mount.filesystem, &mut mount.root] {
            self.text(text);
        }
        self.texts(&mut mount.options);
        self.texts(&mut mount.filesystem_options);
        self.pairs(&mut mount.extra);
    }
}
