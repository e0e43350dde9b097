//! A file that says what it is, and shows whether it is whole: one line, then JSON.
//!
//! The line is `roundsman KIND SCHEMA SHA-256-OF-THE-REST`. A file that was cut, changed or made by another version is
//! never taken for what it is not.

use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::unknown::{self, KeyPath};

/// Digits of SHA-256, in hexadecimal.
const DIGITS: usize = 64;

/// Kind of a file, and the version of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChecksummedForm {
    pub kind: &'static str,
    pub schema: u32,
}

/// Bytes that are written or read at once.
const PIECE: usize = 64 << 10;
/// A form of the version before or after is read as far as it is known: an upgrade and its undoing lose nothing.
const BESIDE: u32 = 1;
/// More than a first line has, in bytes.
const LONGEST_LINE: usize = 256;

/// Writes the whole file into an empty one, and returns its first line. What thousands of checks make is never in memory as
/// a whole.
///
/// # Errors
/// It cannot be written, or the value is nothing that JSON can hold.
pub fn write<T: Serialize>(form: ChecksummedForm, value: &T, mut file: impl Write + Seek) -> io::Result<String> {
    // The checksum is put in last.
    file.write_all(format!("{}{}\n", head(form), "-".repeat(DIGITS)).as_bytes())?;
    let mut body = BufWriter::with_capacity(PIECE, Digested { file: &mut file, sum: Sha256::new() });
    serde_json::to_writer(&mut body, value)?;
    let sum = body.into_inner().map_err(io::IntoInnerError::into_error)?.sum;
    let line = format!("{}{}", head(form), hex(&sum.finalize()));
    file.seek(SeekFrom::Start(0))?;
    file.write_all(line.as_bytes())?;
    Ok(line)
}

/// Returns the whole content of the file.
///
/// # Errors
/// The value is nothing that JSON can hold.
pub(crate) fn seal<T: Serialize>(form: ChecksummedForm, value: &T) -> io::Result<Vec<u8>> {
    let mut content = io::Cursor::new(Vec::new());
    write(form, value, &mut content)?;
    Ok(content.into_inner())
}

/// Takes the checksum of what goes through.
struct Digested<W> {
    file: W,
    sum: Sha256,
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let written = self.file.write(piece)?;
        self.sum.update(&piece[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Takes the checksum of what is read.
struct Summed<R> {
    file: R,
    sum: Sha256,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(piece)?;
        self.sum.update(&piece[..read]);
        Ok(read)
    }
}

/// Returns the line, and a body as it is.
#[must_use]
pub fn wrap(form: ChecksummedForm, body: &[u8]) -> Vec<u8> {
    let mut content = format!("{}{}\n", head(form), digest(body)).into_bytes();
    content.extend_from_slice(body);
    content
}

/// Content of a file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened<T> {
    pub value: T,
    /// The first line, which tells this file from any other that holds something else.
    pub line: String,
    /// Where something stands that this program does not know.
    pub unknown: Vec<KeyPath>,
}

/// Reads the value and the first line, or says in words why this is not the file. No more of the file is in memory than a
/// piece, and no more is believed of it than what parses: so there is no size at which what was written is refused.
///
/// # Errors
/// It cannot be read.
pub fn read<T: DeserializeOwned>(form: ChecksummedForm, mut file: impl Read) -> io::Result<Result<Opened<T>, String>> {
    let mut begin = Vec::with_capacity(LONGEST_LINE);
    (&mut file).take(LONGEST_LINE as u64).read_to_end(&mut begin)?;
    let (line, sum, body) = match split(form, &begin) {
        Ok(parts) => parts,
        Err(reason) => return Ok(Err(reason)),
    };
    let mut summed = Summed { file: body.chain(file), sum: Sha256::new() };
    match parsed(BufReader::with_capacity(PIECE, &mut summed)) {
        Err(error) if error.is_io() => Err(error.into()),
        // What follows is not looked at: it may be much.
        Err(error) => Ok(Err(format!("it is cut off or changed: {error}"))),
        _ if hex(&summed.sum.finalize()) != sum => Ok(Err("it is cut off or changed: its checksum differs".to_owned())),
        Ok((value, unknown)) => Ok(Ok(Opened { value, line: line.to_owned(), unknown })),
    }
}

fn parsed<T: DeserializeOwned>(body: impl Read) -> serde_json::Result<(T, Vec<KeyPath>)> {
    let mut body = serde_json::Deserializer::from_reader(body);
    let mut ways = Vec::new();
    let value = serde_ignored::deserialize(&mut body, |path| ways.extend(unknown::way(&path)))?;
    body.end()?;
    Ok((value, ways))
}

/// Splits what a file begins with into its first line, the checksum in that, and what is behind it.
fn split(form: ChecksummedForm, begin: &[u8]) -> Result<(&str, &str, &[u8]), String> {
    let end = begin.iter().position(|byte| *byte == b'\n').ok_or("it has no first line")?;
    let (line, body) = (&begin[..end], &begin[end + 1..]);
    let line = std::str::from_utf8(line).map_err(|_| "its first line is no text")?;
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["roundsman", kind, schema, sum] if *kind == form.kind => match schema.parse::<u32>() {
            Ok(number) if number.abs_diff(form.schema) <= BESIDE => Ok((line, sum, body)),
            _ => Err(format!("its form is of version {schema:.9}, this program knows {}", form.schema)),
        },
        _ => Err(format!("it does not begin with `{}`", head(form).trim_end())),
    }
}

/// Returns the value, or in words why this is not the file.
///
/// # Errors
/// Cut, changed, of another version, or another file.
pub fn open<T: DeserializeOwned>(form: ChecksummedForm, content: &[u8]) -> Result<T, String> {
    read(form, content).map_err(|error| error.to_string())?.map(|opened| opened.value)
}

fn head(form: ChecksummedForm) -> String {
    format!("roundsman {} {} ", form.kind, form.schema)
}

fn digest(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const FORM: ChecksummedForm = ChecksummedForm { kind: "test", schema: 7 };

    fn value() -> BTreeMap<String, u32> {
        BTreeMap::from([("one".to_owned(), 1), ("two".to_owned(), 2)])
    }

    #[test]
    fn what_is_sealed_is_opened() {
        let content = seal(FORM, &value()).unwrap();
        assert_eq!(open(FORM, &content), Ok(value()));
    }

    #[test]
    fn cut_anywhere_and_any_bit_flipped_is_seen() {
        let content = seal(FORM, &value()).unwrap();
        for end in 0..content.len() {
            assert!(open::<BTreeMap<String, u32>>(FORM, &content[..end]).is_err(), "cut at {end}");
        }
        for bit in 0..content.len() * 8 {
            let mut flipped = content.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // A digit that makes it a form beside this one changes nothing: that is read as this one is.
            let is_schema = bit / 8 == "roundsman test ".len();
            let read = open::<BTreeMap<String, u32>>(FORM, &flipped);
            assert!(read.is_err() || is_schema && read == Ok(value()), "bit {bit}");
        }
    }

    /// Takes 7 bytes at a time, and no more than it has room for.
    struct Slow {
        content: io::Cursor<Vec<u8>>,
        room: usize,
    }

    impl Write for Slow {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            let end = piece.len().min(7).min(self.room);
            self.room -= end;
            if end == 0 { Err(io::ErrorKind::StorageFull.into()) } else { self.content.write(&piece[..end]) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Slow {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.content.seek(to)
        }
    }

    #[test]
    fn what_is_written_in_pieces_is_whole_or_an_error() {
        let value = "x".repeat(3 * PIECE);
        let mut file = Slow { content: io::Cursor::default(), room: usize::MAX };
        let line = write(FORM, &value, &mut file).unwrap();
        let content = file.content.into_inner();
        let opened = Opened { value: value.clone(), line, unknown: Vec::new() };
        assert_eq!(read(FORM, content.as_slice()).unwrap(), Ok(opened));
        for room in [0, 40, 2 * PIECE, content.len(), content.len() + 40] {
            let mut file = Slow { content: io::Cursor::default(), room };
            assert_eq!(write(FORM, &value, &mut file).unwrap_err().kind(), io::ErrorKind::StorageFull, "{room}");
            assert!(open::<String>(FORM, &file.content.into_inner()).is_err(), "{room}");
        }
    }

    #[test]
    fn another_version_and_another_file_are_named() {
        for (schema, known) in [(5, false), (6, true), (8, true), (9, false)] {
            let content = seal(ChecksummedForm { schema, ..FORM }, &value()).unwrap();
            let read = open::<BTreeMap<String, u32>>(FORM, &content);
            let refusal = format!("its form is of version {schema}, this program knows 7");
            assert_eq!(read, if known { Ok(value()) } else { Err(refusal) });
        }
        let error = open::<BTreeMap<String, u32>>(FORM, b"{\n}").unwrap_err();
        assert_eq!(error, "it does not begin with `roundsman test 7`");
    }
}
