//! First bytes of a file, by which the kernel decides how to execute it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

/// Bytes that the kernel looks at for a `#!` line and for handlers: BINPRM_BUF_SIZE.
pub(crate) const LOOKED_AT: usize = 256;
/// Bytes that are read at once: where a linker puts what is looked for in an ELF file.
const READ: usize = 4096;
/// Longest path of a loader: PATH_MAX.
const LONGEST_LOADER: u64 = 4096;
/// Program headers that are looked through; the kernel takes no more than 64 KiB of them.
const MOST_HEADERS: u64 = 1 << 10;
/// `p_type` of the header that names the loader.
const PT_INTERP: u64 = 3;

/// How the kernel executes a file.
#[derive(Debug, PartialEq, Eq)]
pub enum ProgramFormat {
    /// `#!interpreter argument`; blanks in the argument stay.
    Script {
        interpreter: PathBuf,
        argument: Option<String>,
    },
    Elf {
        loader: Option<PathBuf>,
    },
    /// Not at all, or by a handler.
    Other,
}

/// Returns the first bytes of a file; none where it cannot be read.
pub fn read(file: &File) -> Vec<u8> {
    let mut bytes = vec![0; READ];
    let length = file.read_at(&mut bytes, 0).unwrap_or(0);
    bytes.truncate(length);
    bytes
}

/// Tells the format of a file from its first bytes, and reads more of it where an ELF file has its headers elsewhere.
///
/// # Errors
/// The reason why it cannot be told.
pub fn format(head: &[u8], file: &File) -> Result<ProgramFormat, String> {
    if head.starts_with(b"#!") {
        return script(head);
    }
    if head.starts_with(b"\x7fELF") {
        let read = |offset: u64, length: usize| {
            let mut bytes = vec![0; length];
            let inside = usize::try_from(offset).ok().and_then(|from| head.get(from..from.checked_add(length)?));
            match inside {
                Some(inside) => bytes.copy_from_slice(inside),
                None => file.read_exact_at(&mut bytes, offset).ok()?,
            }
            Some(bytes)
        };
        return Ok(ProgramFormat::Elf { loader: loader(head, read) });
    }
    Ok(ProgramFormat::Other)
}

/// Works as `load_script` in the kernel's fs/binfmt_script.c.
fn script(head: &[u8]) -> Result<ProgramFormat, String> {
    let looked_at = &head[..head.len().min(LOOKED_AT)];
    let line = &looked_at[2..];
    let end = line.iter().position(|byte| *byte == b'\n');
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let begin = line.iter().position(|byte| !blank(byte)).unwrap_or(line.len());
    let line = &line[begin.min(end.unwrap_or(line.len()))..end.unwrap_or(line.len())];
    let name_ends = line.iter().position(|byte| blank(byte) || *byte == 0);
    let Some(name) = line.get(..name_ends.unwrap_or(line.len())).filter(|name| !name.is_empty()) else {
        return Ok(ProgramFormat::Other);
    };
    // A path that is cut off is none: the kernel refuses the file.
    if end.is_none() && name_ends.is_none() && head.len() >= LOOKED_AT {
        return Ok(ProgramFormat::Other);
    }
    let text = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec()).map_err(|_| "its first line is not UTF-8: write it in ASCII".to_owned())
    };
    let rest = &line[name.len()..];
    let rest = &rest[..rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len())];
    let from = rest.iter().position(|byte| !blank(byte)).unwrap_or(rest.len());
    let to = rest.iter().rposition(|byte| !blank(byte)).map_or(from, |last| last + 1);
    let argument = Some(&rest[from..to]).filter(|argument| !argument.is_empty());
    Ok(ProgramFormat::Script { interpreter: PathBuf::from(text(name)?), argument: argument.map(text).transpose()? })
}

/// Returns the loader that an ELF file names, by its program headers. `None` also where they are damaged: the kernel refuses
/// such a file.
fn loader(head: &[u8], read: impl Fn(u64, usize) -> Option<Vec<u8>>) -> Option<PathBuf> {
    let wide = match head.get(4)? {
        1 => false,
        2 => true,
        _ => return None,
    };
    let big = *head.get(5)? == 2;
    let number = |bytes: &[u8], at: usize, length: usize| {
        let bytes = bytes.get(at..at + length)?;
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if big { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) })
    };
    let (table, size, count) = if wide {
        (number(head, 32, 8)?, number(head, 54, 2)?, number(head, 56, 2)?)
    } else {
        (number(head, 28, 4)?, number(head, 42, 2)?, number(head, 44, 2)?)
    };
    let (from, length) = if wide { ((8, 8), (32, 8)) } else { ((4, 4), (16, 4)) };
    let mut headers = (0..count.min(MOST_HEADERS)).map_while(|index| {
        let at = table.checked_add(index.checked_mul(size)?)?;
        read(at, usize::try_from(size).ok()?)
    });
    let header = headers.find(|header| number(header, 0, 4) == Some(PT_INTERP))?;
    let length = number(&header, length.0, length.1).filter(|length| (2..=LONGEST_LOADER).contains(length))?;
    let name = read(number(&header, from.0, from.1)?, usize::try_from(length).ok()?)?;
    let name = name.split(|byte| *byte == 0).next()?;
    String::from_utf8(name.to_vec()).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script_of(text: &[u8]) -> Option<(String, Option<String>)> {
        match script(text).unwrap() {
            ProgramFormat::Script { interpreter, argument } => {
                Some((interpreter.to_str().unwrap().to_owned(), argument))
            }
            _ => None,
        }
    }

    #[test]
    fn a_first_line_is_read_as_the_kernel_does() {
        let some = |name: &str, argument: Option<&str>| Some((name.to_owned(), argument.map(str::to_owned)));
        assert_eq!(script_of(b"#!/bin/sh\necho"), some("/bin/sh", None));
        assert_eq!(script_of(b"#! \t/bin/sh -e \t\n"), some("/bin/sh", Some("-e")));
        assert_eq!(script_of(b"#!/usr/bin/env -S a  b\n"), some("/usr/bin/env", Some("-S a  b")));
        assert_eq!(script_of(b"#!bin/sh"), some("bin/sh", None));
        assert_eq!(script_of(b"#!/bin/sh\r\n"), some("/bin/sh\r", None));
        assert_eq!(script_of(b"#!/bin/a\0b c\n"), some("/bin/a", None));
        assert_eq!(script_of(b"#!  \n/bin/sh\n"), None);
        assert_eq!(script_of(b"#!"), None);
        let long = format!("#!/{}\n", "x".repeat(300));
        assert_eq!(script_of(long.as_bytes()), None, "cut off");
        let cut = format!("#!/bin/sh {}\n", "x".repeat(300));
        assert_eq!(script_of(cut.as_bytes()), some("/bin/sh", Some(&"x".repeat(LOOKED_AT - 10))));
        assert!(script(b"#!/bin/\xff\n").is_err());
    }

    #[test]
    fn the_loader_of_a_program_is_that_which_it_is_run_by() {
        let file = File::open("/bin/true").unwrap();
        let ProgramFormat::Elf { loader: Some(loader) } = format(&read(&file), &file).unwrap() else {
            panic!("no loader")
        };
        assert!(loader.to_str().unwrap().contains("/ld-"), "{loader:?}");
        assert!(loader.exists());
    }

    #[test]
    fn headers_of_both_sizes_and_orders_are_read_and_damaged_ones_are_none() {
        for (wide, big) in [(true, false), (true, true), (false, false), (false, true)] {
            let elf = elf(wide, big);
            let read = |elf: Vec<u8>| {
                move |at: u64, length: usize| {
                    let at = usize::try_from(at).unwrap();
                    elf.get(at..at.checked_add(length)?).map(<[u8]>::to_vec)
                }
            };
            assert_eq!(loader(&elf, read(elf.clone())), Some(PathBuf::from("/x")), "{wide} {big}");
            for length in 0..elf.len() {
                let cut = elf[..length].to_vec();
                assert_eq!(loader(&cut, read(cut.clone())), None, "{wide} {big} {length}");
            }
            for byte in 0..elf.len() {
                for bit in 0..8 {
                    let mut flipped = elf.clone();
                    flipped[byte] ^= 1 << bit;
                    // Whatever it says.
                    let _ = loader(&flipped, read(flipped.clone()));
                }
            }
        }
    }

    /// Returns the smallest file with a header of another kind, and one that names `/x`.
    fn elf(wide: bool, big: bool) -> Vec<u8> {
        let mut elf = b"\x7fELF".to_vec();
        elf.extend([if wide { 2 } else { 1 }, if big { 2 } else { 1 }]);
        let put = |elf: &mut Vec<u8>, at: usize, length: usize, value: u64| {
            elf.resize(elf.len().max(at + length), 0);
            let bytes = value.to_be_bytes();
            let bytes = &bytes[8 - length..];
            let ordered: Vec<u8> = if big { bytes.to_vec() } else { bytes.iter().rev().copied().collect() };
            elf[at..at + length].copy_from_slice(&ordered);
        };
        let (start, size) = if wide { (64, 56) } else { (52, 32) };
        let [table, entry, count] = if wide { [(32, 8), (54, 2), (56, 2)] } else { [(28, 4), (42, 2), (44, 2)] };
        for ((at, length), value) in [(table, start), (entry, size), (count, 2)] {
            put(&mut elf, at, length, value as u64);
        }
        let (offset, length) = if wide { ((8, 8), (32, 8)) } else { ((4, 4), (16, 4)) };
        put(&mut elf, start, 4, 1);
        let second = start + size;
        put(&mut elf, second, 4, PT_INTERP);
        put(&mut elf, second + offset.0, offset.1, (start + 2 * size) as u64);
        put(&mut elf, second + length.0, length.1, 3);
        put(&mut elf, second + size - 1, 1, 0);
        elf.extend(b"/x\0");
        elf
    }
}
