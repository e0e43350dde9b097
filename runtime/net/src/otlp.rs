//! Answers of a receiver of OpenTelemetry: `ExportMetricsServiceResponse` of protobuf, which says how many values it did not
//! take. Pure.

/// Wire types of protobuf.
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

/// Returns how many values were rejected (`partial_success.rejected_data_points`); 0 as well where the answer says nothing of that.
#[must_use]
pub fn rejected(answer: &[u8]) -> u64 {
    let partial = fields(answer).find_map(|(number, value)| match (number, value) {
        (1, Value::Bytes(partial)) => Some(partial),
        _ => None,
    });
    let count = fields(partial.unwrap_or_default()).find_map(|(number, value)| match (number, value) {
        (1, Value::Number(count)) => Some(count),
        _ => None,
    });
    // The field is signed; nobody rejects less than nothing.
    count.filter(|count| i64::try_from(*count).is_ok()).unwrap_or(0)
}

/// A value of a field, as far as one is looked for.
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// Reads the fields of a message, up to one that is no protobuf.
fn fields(mut rest: &[u8]) -> impl Iterator<Item = (u64, Value<'_>)> {
    std::iter::from_fn(move || {
        let tag = varint(&mut rest)?;
        let value = match tag & 7 {
            VARINT => Value::Number(varint(&mut rest)?),
            EIGHT_BYTES => taken(&mut rest, 8).map(|_| Value::Other)?,
            FOUR_BYTES => taken(&mut rest, 4).map(|_| Value::Other)?,
            LENGTH => {
                let length = varint(&mut rest)?;
                Value::Bytes(taken(&mut rest, usize::try_from(length).ok()?)?)
            }
            _ => return None,
        };
        Some((tag >> 3, value))
    })
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn taken<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_whatever_else_the_answer_says() {
        // As the official messages write `rejected_data_points: 300, error_message: "no"`.
        assert_eq!(rejected(b"\x0a\x07\x08\xac\x02\x12\x02no"), 300);
        assert_eq!(rejected(b"\x12\x01x\x19\0\0\0\0\0\0\0\0\x25\0\0\0\0\x0a\x06\x12\x02no\x08\x02"), 2);
        // A warning without a rejection, nothing, and less than nothing.
        assert_eq!(rejected(b"\x0a\x04\x12\x02no"), 0);
        assert_eq!(rejected(b""), 0);
        assert_eq!(rejected(b"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 0);
    }

    #[test]
    fn what_is_no_protobuf_rejects_nothing() {
        for text in
            [&b"ok"[..], b"\x0a", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x0a\x7f\x08\x01", b"\x0f"]
        {
            assert_eq!(rejected(text), 0, "{text:?}");
        }
    }
}
