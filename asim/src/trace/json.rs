//! The pieces of JSON: texts and numbers.

use std::{io::Write, panic::Location};

/// Adds a text in quotation marks.
pub(crate) fn push_text(to: &mut Vec<u8>, text: &str) {
    to.push(b'"');
    // The bytes of other letters than ASCII's are all above 127, and stay as they are.
    let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\' && byte != 0x7F;
    let plain = text.bytes().position(|byte| !is_plain(byte)).unwrap_or(text.len());
    to.extend_from_slice(&text.as_bytes()[..plain]);
    for &byte in &text.as_bytes()[plain..] {
        match byte {
            b'"' => to.extend_from_slice(b"\\\""),
            b'\\' => to.extend_from_slice(b"\\\\"),
            b'\n' => to.extend_from_slice(b"\\n"),
            b'\r' => to.extend_from_slice(b"\\r"),
            b'\t' => to.extend_from_slice(b"\\t"),
            0..0x20 | 0x7F => {
                let _ = write!(to, "\\u{byte:04x}");
            }
            _ => to.push(byte),
        }
    }
    to.push(b'"');
}

/// Adds a number: the shortest digits that give it back exactly. One that JSON does not have is `null`.
pub(crate) fn push_number(to: &mut Vec<u8>, number: f64) {
    // Writing to a vector does not fail.
    let _ = if number.is_finite() { write!(to, "{number:?}") } else { write!(to, "null") };
}

/// Adds a line of the source in quotation marks.
pub(crate) fn push_site(to: &mut Vec<u8>, site: &Location<'_>) {
    push_text(to, site.file());
    // Before the closing quotation mark.
    to.pop();
    to.push(b':');
    push_whole(to, site.line().into());
    to.push(b':');
    push_whole(to, site.column().into());
    to.push(b'"');
}

/// Adds a whole number.
pub(crate) fn push_whole(to: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        // At most 9.
        digits[first] = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        if number == 0 {
            break;
        }
    }
    to.extend_from_slice(&digits[first..]);
}

#[cfg(test)]
mod tests {
    use super::{push_number, push_text, push_whole};

    fn pushed(push: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut to = Vec::new();
        push(&mut to);
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(pushed(|to| push_text(to, "a \"b\" \\ \n\t\r\u{1}\u{7F} é 😀")), {
            r#""a \"b\" \\ \n\t\r\u0001\u007f é 😀""#
        });
    }

    #[test]
    fn numbers_are_the_shortest_that_come_back() {
        for (number, text) in [
            (0.1 + 0.2, "0.30000000000000004"),
            (3.0, "3.0"),
            (1e300, "1e300"),
            (-0.5, "-0.5"),
            (f64::INFINITY, "null"),
            (f64::NAN, "null"),
        ] {
            assert_eq!(pushed(|to| push_number(to, number)), text);
        }
        for number in [0, 7, 10, 1_234_567_890, u64::MAX] {
            assert_eq!(pushed(|to| push_whole(to, number)), number.to_string());
        }
    }
}
