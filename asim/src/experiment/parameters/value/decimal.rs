//! Decimal numbers, exactly as they are written: `0.1` is a tenth.

/// A decimal number: `digits` times ten to the power of `exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: i128,
    exponent: i32,
}

/// So many digits are exact, with room to add a few of them.
const DIGITS: i32 = 36;

impl Decimal {
    pub(crate) const ONE: Decimal = Decimal { digits: 1, exponent: 0 };

    pub(crate) fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// Reads a number such as `3`, `-0.5`, `1e6`, `10_000`. Returns `None` if it is none, or has too many digits.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = without_underscores(text)?;
        let (number, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text.as_str(), 0),
        };
        let (sign, number) = match number.strip_prefix('-') {
            Some(number) => (-1, number),
            None => (1, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let decimals = decimals.trim_end_matches('0');
        let all: String = [whole, decimals].concat();
        let is_number =
            !(whole.is_empty() && number.len() <= 1) && all.bytes().all(|it| it.is_ascii_digit());
        if !is_number || exponent.abs() > 400 {
            return None;
        }
        let all = all.trim_start_matches('0');
        let digits = if all.is_empty() { 0 } else { all.parse::<i128>().ok()? };
        let read = Decimal {
            digits: sign * digits,
            exponent: exponent - i32::try_from(decimals.len()).ok()?,
        };
        (all.len() <= DIGITS.unsigned_abs() as usize).then_some(read)
    }

    /// Returns the digits at this power of ten, if they are exact and not too many.
    fn at(self, exponent: i32) -> Option<i128> {
        if self.digits == 0 {
            return Some(0);
        }
        let shift = self.exponent.checked_sub(exponent)?;
        let factor = 10_i128.checked_pow(shift.unsigned_abs())?;
        if shift < 0 {
            return (self.digits % factor == 0).then(|| self.digits / factor);
        }
        self.digits.checked_mul(factor)
    }

    /// Returns the whole number that it is.
    pub(crate) fn whole(self) -> Option<i128> {
        self.at(0)
    }

    /// Returns the float that is nearest to it.
    #[cfg(test)]
    fn nearest(self) -> f64 {
        self.to_string().parse().unwrap()
    }
}

/// The shortest text that says exactly the number.
impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mut digits, mut exponent) = (self.digits, self.exponent);
        while digits != 0 && digits % 10 == 0 {
            (digits, exponent) = (digits / 10, exponent + 1);
        }
        let text = digits.unsigned_abs().to_string();
        let sign = if digits < 0 { "-" } else { "" };
        if digits == 0 {
            return f.write_str("0");
        }
        if (0..20).contains(&exponent) {
            let zeros = "0".repeat(exponent.unsigned_abs() as usize);
            return write!(f, "{sign}{text}{zeros}");
        }
        if (-20..0).contains(&exponent) {
            let decimals = exponent.unsigned_abs() as usize;
            let text = format!("{text:0>width$}", width = decimals + 1);
            let (whole, decimals) = text.split_at(text.len() - decimals);
            return write!(f, "{sign}{whole}.{decimals}");
        }
        write!(f, "{sign}{text}e{exponent}")
    }
}

/// Why there are no steps from one number to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSteps {
    /// The step is zero, or leads away from the end.
    WrongWay,
    /// There would be more than so many.
    TooMany,
}

/// Returns the numbers from `first` to `last` at this step. `last` is one of them if a step meets it.
pub(crate) fn steps(
    first: Decimal,
    last: Decimal,
    step: Decimal,
    most: usize,
) -> Result<Vec<Decimal>, NoSteps> {
    let exponent = first.exponent.min(last.exponent).min(step.exponent);
    let at = |number: Decimal| number.at(exponent).ok_or(NoSteps::TooMany);
    let (start, end, step) = (at(first)?, at(last)?, at(step)?);
    let way = end.checked_sub(start).ok_or(NoSteps::TooMany)?;
    if step == 0 || (way != 0 && way.signum() != step.signum()) {
        return Err(NoSteps::WrongWay);
    }
    let count =
        usize::try_from(way / step).ok().filter(|count| *count < most).ok_or(NoSteps::TooMany)?;
    let number = |place: usize| Decimal {
        digits: start + step * i128::try_from(place).unwrap_or(0),
        exponent,
    };
    Ok((0..=count).map(number).collect())
}

/// Returns a number without the underscores between its digits.
pub(crate) fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let is_fine = text.char_indices().all(|(at, letter)| {
        letter != '_' || (is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)))
    });
    is_fine.then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let read = |text| Decimal::read(text).map(|number| number.to_string());
        for (text, shown) in [
            ("3", "3"),
            ("007", "7"),
            ("-0.50", "-0.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+2", "2"),
            ("1e6", "1000000"),
            ("2.5E-3", "0.0025"),
            ("10_000", "10000"),
            ("1e300", "1e300"),
            ("0.000", "0"),
        ] {
            assert_eq!(read(text).as_deref(), Some(shown), "{text}");
        }
        for text in ["", ".", "-", "1.2.3", "many", "1_", "_1", "1__0", "inf", "1e", "0x10", "1 2"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"9".repeat(40)), None);
        assert_eq!(Decimal::read("0.7").unwrap().nearest(), 0.7);
        assert_eq!(Decimal::read("1e3").unwrap().whole(), Some(1000));
        assert_eq!(Decimal::read("2.50e1").unwrap().whole(), Some(25));
        assert_eq!(Decimal::read("2.5").unwrap().whole(), None);
        assert_eq!(Decimal::read("-0").unwrap().whole(), Some(0));
    }

    #[test]
    fn steps_are_exact() {
        let of = |first, last, step| {
            let read = |text| Decimal::read(text).unwrap();
            steps(read(first), read(last), read(step), 100)
        };
        let numbers: Vec<f64> =
            of("0.5", "1.0", "0.1").unwrap().into_iter().map(Decimal::nearest).collect();
        assert_eq!(numbers, [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
        let text = |steps: Vec<Decimal>| {
            steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("1", "5", "1").map(text).unwrap(), "1 2 3 4 5");
        assert_eq!(of("5", "1", "-2").map(text).unwrap(), "5 3 1");
        assert_eq!(of("0", "1", "0.3").map(text).unwrap(), "0 0.3 0.6 0.9");
        assert_eq!(of("1", "1", "1").map(text).unwrap(), "1");
        assert_eq!(of("-0.2", "0.2", "0.1").map(text).unwrap(), "-0.2 -0.1 0 0.1 0.2");
        assert_eq!(of("1", "5", "-1"), Err(NoSteps::WrongWay));
        assert_eq!(of("1", "5", "0"), Err(NoSteps::WrongWay));
        assert_eq!(of("1", "101", "1"), Err(NoSteps::TooMany));
        assert_eq!(of("1e-300", "1e300", "1"), Err(NoSteps::TooMany));
    }
}
