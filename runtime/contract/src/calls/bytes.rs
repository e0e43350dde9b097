//! Bytes on the wire as one piece: derived, each byte would be a number that is written and read by itself, which was most of
//! what a check of many files costs.

use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::{Content, Error};

/// Bytes that are written and read as a whole.
struct Whole<B>(B);

impl<B: AsRef<[u8]>> Serialize for Whole<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_ref())
    }
}

impl<'de> Deserialize<'de> for Whole<Vec<u8>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Buffer).map(Self)
    }
}

/// Collects bytes.
struct Buffer;

impl<'de> Visitor<'de> for Buffer {
    type Value = Vec<u8>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    // JSON has lists of numbers only.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = list.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
    }
}

/// Writes bytes.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// Reads bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    Whole::deserialize(deserializer).map(|Whole(bytes)| bytes)
}

/// Contents of files.
pub mod contents {
    use super::{Content, Deserialize, Deserializer, Error, Serialize, Serializer, Whole};

    #[derive(Serialize)]
    struct Written<'a> {
        path: &'a str,
        data: Result<Whole<&'a [u8]>, &'a Error>,
    }

    impl<'a> Written<'a> {
        fn of(Content { path, data }: &'a Content) -> Self {
            Self { path, data: data.as_deref().map(Whole) }
        }
    }

    #[derive(Deserialize)]
    struct Read {
        path: String,
        data: Result<Whole<Vec<u8>>, Error>,
    }

    /// Writes contents.
    pub fn serialize<S: Serializer>(all: &[Content], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(all.iter().map(Written::of))
    }

    /// Reads contents.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Content>, D::Error> {
        let all = Vec::<Read>::deserialize(deserializer)?;
        Ok(all.into_iter().map(|Read { path, data }| Content { path, data: data.map(|Whole(it)| it) }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Reply, files};
    use super::*;

    fn replies() -> [Reply; 3] {
        let content = |path: &str, data| Content { path: path.to_owned(), data };
        [
            Reply::Files(files::Answer::Data(b"a\0\xff".to_vec())),
            Reply::Files(files::Answer::Data(Vec::new())),
            Reply::Files(files::Answer::Contents(vec![
                content("/proc/1/stat", Ok(b"1 (init)\xfe".to_vec())),
                content("/proc/2/stat", Err(Error::NotFound)),
            ])),
        ]
    }

    #[test]
    fn what_is_written_is_read_again_in_both_forms() {
        for reply in replies() {
            let bytes = postcard::to_allocvec(&reply).unwrap();
            assert_eq!(postcard::from_bytes::<Reply>(&bytes).unwrap(), reply);
            let text = serde_json::to_string(&reply).unwrap();
            assert_eq!(serde_json::from_str::<Reply>(&text).unwrap(), reply);
        }
    }

    #[test]
    fn the_frame_is_what_a_list_of_bytes_would_be() {
        // The numbers of both variants, the length, the bytes.
        assert_eq!(postcard::to_allocvec(&replies()[0]).unwrap(), b"\0\0\x03a\0\xff");
    }
}
