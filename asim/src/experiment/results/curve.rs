//! A curve, drawn with characters: how a measure develops in time.

use crate::answers::figures::{LONGEST, figure, time};

const COLUMNS: usize = 60;
const ROWS: usize = 10;
/// A character of braille has two columns of four dots. Each number is the bit of a dot.
const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Returns a curve of numbers that are evenly spread over a stretch of time, in lines that end with a line
/// break: 60 characters wide and 10 high, and the labels. A vertical line stands at `mark`, if that is a time of
/// the stretch. Numbers that are not finite leave gaps.
pub(crate) fn curve(series: &[f64], (from, to): (f64, f64), mark: Option<f64>) -> String {
    let known = series.iter().copied().filter(|number| number.is_finite());
    let (low, high) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
        (number.min(low), number.max(high))
    });
    if low > high {
        return String::new();
    }
    let mark = mark.map(|at| (at - from) / (to - from)).filter(|share| (0.0..=1.0).contains(share));
    let mark = mark.map(|share| place(share, COLUMNS));
    let dots = dots(series, low, high);
    let mut text = String::new();
    for (row, line) in dots.iter().enumerate() {
        let label = match row {
            0 => figure(high),
            _ if row == ROWS - 1 => figure(low),
            _ => String::new(),
        };
        let axis = if label.is_empty() { '│' } else { '┤' };
        let characters = line.iter().enumerate().map(|(column, bits)| match bits {
            0 if mark == Some(column) => '┊',
            0 => ' ',
            _ => char::from_u32(0x2800 + bits).unwrap_or(' '),
        });
        let line: String = characters.collect();
        text += format!("{label:>LONGEST$} {axis}{line}").trim_end();
        text.push('\n');
    }
    let floor = (0..COLUMNS).map(|column| if mark == Some(column) { '┴' } else { '─' });
    let (floor, from, to) = (floor.collect::<String>(), time(from), time(to));
    let rest = COLUMNS.saturating_sub(from.len());
    let indent = " ".repeat(LONGEST + 1);
    text + &format!("{indent}└{floor}\n{indent} {from}{to:>rest$}\n")
}

/// Returns which dots are set, as the bits of the characters.
fn dots(series: &[f64], low: f64, high: f64) -> [[u32; COLUMNS]; ROWS] {
    let mut bits = [[0; COLUMNS]; ROWS];
    let mut before = None;
    for column in 0..COLUMNS * 2 {
        let value = value(series, column);
        if !value.is_finite() {
            before = None;
            continue;
        }
        // Halves, as the whole height may be too large for a number.
        let height = 0.5 * high - 0.5 * low;
        let share = if height > 0.0 { (0.5 * high - 0.5 * value) / height } else { 0.5 };
        let dot = place(share, ROWS * 4);
        // What is steep has no gaps.
        let from = before.unwrap_or(dot);
        let stretch =
            if from < dot { (from + 1).min(dot)..=dot } else { dot..=from.max(dot + 1) - 1 };
        for dot in stretch {
            bits[dot / 4][column / 2] |= DOTS[column % 2][dot % 4];
        }
        before = Some(dot);
    }
    bits
}

/// Returns the mean of the numbers that fall into a column of dots, or the one that is nearest to it.
#[allow(clippy::cast_precision_loss, reason = "a count of numbers")]
fn value(series: &[f64], column: usize) -> f64 {
    let at = |column: usize| column * series.len() / (COLUMNS * 2);
    let (from, to) = (at(column), at(column + 1));
    if from == to {
        return series[from.min(series.len() - 1)];
    }
    let numbers = &series[from..to];
    numbers.iter().map(|number| number / numbers.len() as f64).sum()
}

/// Returns the number of the part in which a share lies, of equal parts of the whole.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few parts"
)]
fn place(share: f64, parts: usize) -> usize {
    ((share * parts as f64) as usize).min(parts - 1)
}

#[cfg(test)]
mod tests {
    use super::curve;

    #[test]
    fn a_curve_is_drawn_with_its_ends_and_its_mark() {
        let series: Vec<f64> =
            (0..500).map(|i| 20.0 - 15.0 * libm::exp(-f64::from(i) / 60.0)).collect();
        let text = curve(&series, (0.0, 1000.0), Some(300.0));
        println!("{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 12);
        assert!(lines[0].starts_with("     20 ┤") && lines[9].starts_with("      5 ┤"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= 69), "{text}");
        // 300 of 1000 is the column 18 of 60.
        assert_eq!(lines[10].chars().position(|c| c == '┴'), Some(9 + 18), "{text}");
        assert!(lines[11].ends_with("1000"), "{text}");
        // It rises: the first dots are in the last line, the last ones in the first line.
        assert_ne!(lines[9].chars().nth(9), Some(' '), "{text}");
        assert_ne!(lines[0].chars().nth(68), Some(' '), "{text}");
    }

    #[test]
    fn odd_series_are_drawn_too() {
        assert_eq!(curve(&[], (0.0, 1.0), None), "");
        assert_eq!(curve(&[f64::NAN, f64::INFINITY], (0.0, 1.0), None), "");
        for series in [vec![3.0], vec![3.0; 1000], vec![1e308, -1e308], vec![1.0, f64::NAN, 2.0]] {
            let text = curve(&series, (0.0, 1.0), Some(f64::NAN));
            assert_eq!(text.lines().count(), 12, "{text}");
            assert!(text.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{text}");
        }
        let gap = curve(&[1.0, f64::NAN, 2.0], (0.0, 1.0), None);
        // The middle third has no dots.
        let middle = |line: &str| line.chars().skip(9 + 21).take(18).all(|c| c == ' ');
        assert!(gap.lines().take(10).all(middle), "{gap}");
    }
}
