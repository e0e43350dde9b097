//! The cache of compiled code: any bytes as an entry or as the index are used whole, or not, and said to be wrong; what is
//! wrong is gone after that, and what is used can be kept again.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use roundsman_contract::Descriptor;
use roundsman_sandbox::worker::Code;
use roundsman_sandbox::worker::key::CodeKey;
use roundsman_store::checksummed::wrap;
use roundsman_store::components::cache::{About, Cache, CachedCode, Checksum, INDEX_FORM, TRAILER, Trailer};
use tempfile::TempDir;

const COMPONENT: [u8; 32] = [0xc0; 32];
const ENGINE: CodeKey = CodeKey([0xe0; 32]);

/// A cache with one entry, and where that and the index are.
struct Place {
    directory: TempDir,
    entry: PathBuf,
    index: PathBuf,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    // In memory where that is to be had: each file waits for the disk.
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory");
    let mut place = Place { entry: PathBuf::new(), index: PathBuf::new(), directory };
    let mut cache = place.open();
    let descriptor = Descriptor { name: "fuzzed".to_owned(), ..Descriptor::default() };
    cache.keep(&sha256(), &code(b"code"), &About { descriptor, imports: Vec::new() });
    assert_eq!(cache.close(&|| None).lines, [""; 0]);
    for file in fs::read_dir(place.directory.path()).expect("the cache") {
        let path = file.expect("a file").path();
        if path.to_string_lossy().contains(&sha256()) {
            place.entry = path;
        } else if fs::read(&path).is_ok_and(|content| !content.is_empty()) {
            place.index = path;
        }
    }
    assert!(place.entry.is_file() && place.index.is_file());
    place
});

/// The bytes as each file, as they are and within what holds them: else no fuzzer gets past the checksum.
pub fn try_on(input: &[u8]) {
    PLACE.as_index(input);
    PLACE.as_index(&wrap(INDEX_FORM, input));
    PLACE.as_entry(input);
    for length in [0, input.len() / 2] {
        let (code, about) = input.split_at(length);
        PLACE.as_entry(&entry(code, about));
    }
}

impl Place {
    fn open(&self) -> Cache {
        let owner = fs::metadata(self.directory.path()).expect("the cache").uid();
        Cache::open(self.directory.path(), owner, Ok(ENGINE), "fuzzed")
    }

    fn as_index(&self, content: &[u8]) {
        fs::write(&self.index, content).expect("a file");
        let mut cache = self.open();
        // Whatever it says is kept, only what is there is found.
        let _ = fs::remove_file(&self.entry);
        assert!(cache.find(&sha256()).is_none());
        assert!(!cache.keeps(&sha256()));
        let lines = cache.close(&|| None).lines;
        assert!(lines.len() <= 1, "{lines:?}");
        if lines.is_empty() {
            let again = self.open();
            assert!(!again.keeps(&sha256()), "what is gone was remembered");
            assert_eq!(again.close(&|| None).lines, [""; 0], "what was written is read");
        }
    }

    fn as_entry(&self, content: &[u8]) {
        let _ = fs::remove_file(&self.index);
        fs::write(&self.entry, content).expect("a file");
        let mut cache = self.open();
        let Some(kept) = cache.find(&sha256()) else {
            assert_eq!(cache.close(&|| None).lines.len(), 1, "not used, and not told why");
            assert!(!self.entry.exists(), "of no use, and still there");
            return;
        };
        // By their text, as a number that is none is not equal to itself.
        let told = |kept: &CachedCode| format!("{:?}", kept.about);
        cache.keep(&sha256(), &kept.code, &kept.about);
        assert_eq!(cache.close(&|| None).lines, [""; 0]);
        let again = self.open().find(&sha256()).expect("what was kept is found");
        assert_eq!(told(&again), told(&kept));
    }
}

/// What would be written of these parts.
fn entry(code: &[u8], about: &[u8]) -> Vec<u8> {
    let mut checksum = Checksum::default();
    [code, about].iter().for_each(|part| checksum.update(part));
    let (code_length, about_length) = (code.len() as u64, about.len() as u64);
    let trailer = Trailer {
        code: code_length,
        about: about_length,
        component: COMPONENT,
        engine: ENGINE,
        checksum: checksum.finish(),
    };
    let trailer: [u8; TRAILER] = trailer.encode();
    [code, about, &trailer].concat()
}

fn sha256() -> String {
    COMPONENT.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn code(bytes: &[u8]) -> Code {
    let mut file = tempfile::tempfile().expect("a file");
    std::io::Write::write_all(&mut file, bytes).expect("written");
    Code::sealed(OwnedFd::from(file)).expect("a descriptor")
}
