//! Figures: numbers with the digits that matter, and text that fits into columns.

/// The longest figure in a column.
pub(crate) const LONGEST: usize = 7;

/// Returns a number as people like to read it: three digits if it is not whole (`2.41`, `0.0412`), commas from
/// a thousand on (`28,412`), `-` for NaN. It has at most [`LONGEST`] characters.
pub(crate) fn figure(number: f64) -> String {
    if number.is_nan() {
        return "-".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let plain = plain(number);
    if plain.len() <= LONGEST {
        return plain;
    }
    let short = (0..=2).rev().map(|digits| trimmed(&format!("{number:.digits$e}")));
    short.into_iter().find(|text| text.len() <= LONGEST).unwrap_or(plain)
}

/// Returns a number without an exponent, unless it is very small.
fn plain(number: f64) -> String {
    let size = number.abs();
    if size >= 999.5 || number.fract() == 0.0 {
        return if size < 1e15 { with_commas(number.round()) } else { format!("{number:.2e}") };
    }
    if size < 1e-4 {
        return trimmed(&format!("{number:.2e}"));
    }
    let decimals = match size {
        99.95.. => 0,
        9.995.. => 1,
        0.9995.. => 2,
        0.09995.. => 3,
        0.009_995.. => 4,
        0.000_999_5.. => 5,
        _ => 6,
    };
    let text = format!("{number:.decimals$}");
    if decimals == 0 { text } else { trimmed(&text) }
}

/// Returns a number without the zeros at the end of its decimals.
fn trimmed(text: &str) -> String {
    let (digits, exponent) = match text.find('e') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let digits = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    };
    format!("{digits}{exponent}")
}

/// Returns a whole number with a comma after each three digits.
pub(crate) fn with_commas(whole: f64) -> String {
    let digits = format!("{:.0}", whole.abs());
    let mut text = String::new();
    if whole < 0.0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a count with all its digits.
#[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
pub(crate) fn count(count: u64) -> String {
    with_commas(count as f64)
}

/// Returns a share as a percentage.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", figure(share * 100.0))
}

/// Returns a time of the clock: up to three decimals, without commas.
pub(crate) fn time(time: f64) -> String {
    if time.abs() >= 1e15 { format!("{time:e}") } else { trimmed(&format!("{time:.3}")) }
}

/// Returns how many columns a text takes on a terminal: wide characters take two, combining ones none.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

fn width_of(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x2_0000..=0x3_fffd => 2,
        _ => 1,
    }
}

/// Returns a name that takes `columns` at most: the end of a longer one is cut off. Line breaks and the like
/// become spaces.
pub(crate) fn cut(name: &str, columns: usize) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if width(&name) <= columns {
        return name;
    }
    let (mut short, mut taken) = (String::new(), 0);
    for c in name.chars() {
        if taken + width_of(c) + 3 > columns {
            break;
        }
        taken += width_of(c);
        short.push(c);
    }
    short + "..."
}

/// Returns a text filled up with spaces.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let spaces = columns.saturating_sub(width(text));
    format!("{text}{:spaces$}", "")
}

/// Returns a text in lines of at most 80 columns. The lines after the first are indented.
pub(crate) fn wrapped(text: &str) -> String {
    in_lines(text, 80, "  ")
}

/// Returns a text in lines of at most so many columns, with `indent` before each line after the first.
pub(crate) fn in_lines(text: &str, columns: usize, indent: &str) -> String {
    let (mut lines, mut at) = (String::new(), 0);
    for word in text.split(' ') {
        if at > 0 && at + 1 + width(word) > columns {
            lines.push('\n');
            lines.push_str(indent);
            at = width(indent);
        } else if at > 0 {
            lines.push(' ');
            at += 1;
        }
        lines.push_str(word);
        at += width(word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, cut, figure, padded, percent, time, width, wrapped};

    #[test]
    fn figures_have_the_digits_that_matter() {
        let figures = [
            (0.0, "0"),
            (-0.0, "0"),
            (f64::NAN, "-"),
            (3.0, "3"),
            (2.412_345, "2.41"),
            (0.4, "0.4"),
            (31.234, "31.2"),
            (99.96, "100"),
            (999.6, "1,000"),
            (9.996, "10"),
            (12345.6, "12,346"),
            (999_999.0, "999,999"),
            (1_234_567.0, "1.23e6"),
            (-123_456.0, "-1.23e5"),
            (0.0004, "0.0004"),
            (0.000_412_3, "4.12e-4"),
            (0.000_041_23, "4.12e-5"),
            (-1.234e-300, "-1e-300"),
            (1e300, "1e300"),
            (f64::INFINITY, "inf"),
            (2.999_999_999, "3"),
        ];
        for (number, text) in figures {
            assert_eq!(figure(number), text, "{number}");
            assert!(figure(number).len() <= LONGEST);
        }
        assert_eq!((percent(0.8031), time(10000.0), time(12.3456)).0, "80.3 %");
        assert_eq!((time(10000.0), time(12.3456)), ("10000".to_owned(), "12.346".to_owned()));
    }

    #[test]
    fn names_are_cut_and_filled_by_what_they_take_on_a_terminal() {
        assert_eq!(cut("a long name of a thing", 10), "a long ...");
        assert_eq!((cut("收银台收银台", 10).as_str(), width("收银台")), ("收银台...", 6));
        assert_eq!(padded("收银", 6), "收银  ");
        assert_eq!(cut("two\nlines", 20), "two lines");
        let text = wrapped(&"word ".repeat(40));
        assert!(text.lines().all(|line| line.len() <= 80) && text.lines().count() == 3, "{text}");
    }
}
