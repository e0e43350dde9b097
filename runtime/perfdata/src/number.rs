//! A number at the start of a text.

/// Splits the number at the start of a text from what follows: sign, digits, point, and an exponent only where digits
/// follow, so that `1EB` is 1 of `EB`.
pub(crate) fn leading(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut any = whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        any += fraction;
        end += 1 + fraction;
    }
    if any == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = bytes.get(end + 1 + sign..).map_or(0, |_| digits(end + 1 + sign));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let number = text[..end].parse().ok()?;
    Some((number, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_no_digit_follows() {
        for (text, number, rest) in [
            ("5", 5.0, ""),
            ("-5.5ms", -5.5, "ms"),
            ("+.5%", 0.5, "%"),
            ("5.;", 5.0, ";"),
            ("1e3", 1000.0, ""),
            ("1e+3s", 1000.0, "s"),
            ("1e", 1.0, "e"),
            ("1e+", 1.0, "e+"),
            ("1EB", 1.0, "EB"),
            ("1.2.3", 1.2, ".3"),
            ("1,5", 1.0, ",5"),
        ] {
            assert_eq!(leading(text), Some((number, rest)), "{text}");
        }
        for text in ["", "-", "+", ".", "-.", "e5", "x", "٣"] {
            assert_eq!(leading(text), None, "{text}");
        }
    }
}
