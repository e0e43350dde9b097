//! Which mounts are asked at all, where many give no answer: those of this host first, and of one server no more than a few.

use std::collections::HashMap;

use super::MOST_HANGING;
use roundsman_contract::Mount;

/// Silent mounts of one server after which no other of it is asked: it is the server that gives no answer, and each of them
/// would keep a process that nobody can end.
const MOST_OF_A_SERVER: usize = 8;

/// Mounts that have no answer, counted by who serves them.
#[derive(Debug, Default)]
pub(super) struct Servers {
    /// Server by path, of all mounts that have one.
    by_path: HashMap<String, String>,
    silent: HashMap<String, usize>,
    /// Silent mounts that have a server.
    served: usize,
    /// Those of this host.
    local: usize,
}

impl Servers {
    /// Sorts the mounts that another host or a process serves. `hanging` are paths that are silent already.
    pub fn new<'a>(mounts: Vec<Mount>, hanging: impl Iterator<Item = &'a str>) -> Self {
        let by_path = mounts.into_iter().map(|mount| (mount.path.clone(), server(&mount))).collect();
        let mut servers = Self { by_path, ..Self::default() };
        hanging.for_each(|path| servers.add(path));
        servers
    }

    /// Tells whether the mount at this path is this host's own.
    pub fn is_local(&self, path: &str) -> bool {
        !self.by_path.contains_key(path)
    }

    /// Counts a mount as one without an answer.
    pub fn add(&mut self, path: &str) {
        match self.by_path.get(path) {
            Some(server) => {
                *self.silent.entry(server.clone()).or_default() += 1;
                self.served += 1;
            }
            None => self.local += 1,
        }
    }

    /// Returns why a mount is not asked; `None` if it may be.
    pub fn refuses(&self, path: &str) -> Option<String> {
        let many = format!("{MOST_HANGING} others give no answer; leave those out, or mend them");
        let Some(server) = self.by_path.get(path) else { return (self.local >= MOST_HANGING).then_some(many) };
        if self.silent.get(server).is_some_and(|silent| *silent >= MOST_OF_A_SERVER) {
            return Some(format!("{MOST_OF_A_SERVER} other mounts of {server} give no answer; mend that server"));
        }
        (self.served >= MOST_HANGING).then_some(many)
    }
}

/// Returns who serves a mount: the host that its source names, else the mount by itself.
fn server(mount: &Mount) -> String {
    let source = mount.source.as_str();
    let host = match source.strip_prefix("//") {
        Some(share) => share.split_once('/').map(|(host, _)| host),
        None => source.split_once(":/").or_else(|| source.split_once(':')).map(|(host, _)| host),
    };
    host.filter(|host| !host.is_empty()).map_or_else(|| mount.path.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(path: &str, source: &str) -> Mount {
        Mount {
            source: source.to_owned(),
            path: path.to_owned(),
            filesystem: "nfs4".to_owned(),
            device: 0,
            root: "/".to_owned(),
            read_only: false,
            filesystem_read_only: false,
            options: Vec::new(),
            filesystem_options: Vec::new(),
            extra: Vec::new(),
        }
    }

    #[test]
    fn the_host_is_what_the_source_names() {
        let sources = [
            ("files:/export/a", "files"),
            ("[fe80::1]:/export", "[fe80::1]"),
            ("//files/share/folder", "files"),
            ("bob@files:", "bob@files"),
            ("10.0.0.1:6789,10.0.0.2:6789:/", "10.0.0.1:6789,10.0.0.2:6789"),
            ("gvfsd-fuse", "/m"),
            (":/x", "/m"),
            ("//", "/m"),
            ("", "/m"),
        ];
        for (source, expected) in sources {
            assert_eq!(server(&mount("/m", source)), expected, "{source}");
        }
    }

    #[test]
    fn a_server_that_is_gone_costs_a_few_readers_and_no_other_server_any() {
        let gone: Vec<String> = (0..100).map(|at| format!("/gone/{at}")).collect();
        let mut mounts: Vec<Mount> = gone.iter().map(|path| mount(path, "gone:/x")).collect();
        mounts.push(mount("/other", "other:/x"));
        let mut servers = Servers::new(mounts, gone[..MOST_OF_A_SERVER - 1].iter().map(String::as_str));
        assert_eq!(servers.refuses("/gone/9"), None);
        servers.add("/gone/9");
        assert!(servers.refuses("/gone/10").expect("a reason").contains("8 other mounts of gone give no answer"));
        assert_eq!((servers.refuses("/other"), servers.refuses("/")), (None, None));
    }

    #[test]
    fn many_servers_that_are_gone_leave_this_host_to_be_asked_and_the_other_way_round() {
        let paths: Vec<String> = (0..=MOST_HANGING).map(|at| format!("/gone/{at}")).collect();
        let mounts = || paths.iter().map(|path| mount(path, &format!("server-{path}:/x"))).collect();
        let servers = Servers::new(mounts(), paths[..MOST_HANGING].iter().map(String::as_str));
        assert!(servers.refuses(&paths[MOST_HANGING]).expect("a reason").contains("64 others give no answer"));
        assert_eq!(servers.refuses("/"), None);
        let local: Vec<String> = (0..MOST_HANGING).map(|at| format!("/disk/{at}")).collect();
        let servers = Servers::new(mounts(), local.iter().map(String::as_str));
        assert!(servers.refuses("/").is_some());
        assert_eq!(servers.refuses(&paths[0]), None);
    }
}
