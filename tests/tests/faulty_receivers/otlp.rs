//! What a request of OTLP says of the check `disk`: a walk through the few fields of protobuf that lead to its states. That the official
//! messages read it is tested in `tests/otlp`.

/// Counts the states of the check that are CRITICAL, and those that are OK, in a request whose bytes are characters.
pub fn states(request: &str) -> (usize, usize) {
    let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let body: Vec<u8> = body.chars().map(|one| u8::try_from(u32::from(one)).expect("a byte")).collect();
    let metrics = [1, 2, 2].into_iter().fold(vec![&body[..]], |messages, number| {
        messages.into_iter().flat_map(|message| fields(message, number)).collect()
    });
    let is_state = |metric: &&[u8]| fields(metric, 1) == [b"roundsman.check.state"];
    let points =
        metrics.into_iter().filter(is_state).flat_map(|metric| fields(metric, 5)).flat_map(|gauge| fields(gauge, 1));
    let of_disk = points.filter(|point| fields(point, 7).iter().any(|attribute| attribute.ends_with(b"disk")));
    let values: Vec<f64> = of_disk
        .flat_map(|point| fields(point, 4))
        .map(|value| f64::from_le_bytes(value.try_into().expect("eight bytes")))
        .collect();
    let count = |wanted: f64| values.iter().filter(|value| (**value - wanted).abs() < 0.1).count();
    (count(2.0), count(0.0))
}

/// Returns the fields of this number: messages, texts and numbers of eight bytes.
fn fields(mut rest: &[u8], wanted: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let tag = varint(&mut rest);
        let length = match tag & 7 {
            1 => 8,
            2 => usize::try_from(varint(&mut rest)).expect("a length"),
            0 => {
                varint(&mut rest);
                continue;
            }
            other => panic!("a field of the type {other}"),
        };
        let (value, after) = rest.split_at(length);
        rest = after;
        if tag >> 3 == wanted {
            found.push(value);
        }
    }
    found
}

fn varint(rest: &mut &[u8]) -> u64 {
    let mut value = 0;
    for place in 0.. {
        let (byte, after) = rest.split_first().expect("a whole number");
        *rest = after;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}
