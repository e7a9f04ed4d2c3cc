//! Numbers in JSON that are read as they were written, also those that JSON has no word for.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number that is read as it was written. What JSON cannot say is a string: `"inf"`, `"-inf"` and `"NaN"`. There
/// are many NaNs, and they are all read as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Exact(pub(crate) f64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            f64::INFINITY => serializer.serialize_str("inf"),
            f64::NEG_INFINITY => serializer.serialize_str("-inf"),
            number if number.is_nan() => serializer.serialize_str("NaN"),
            number => serializer.serialize_f64(number),
        }
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Exact;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, \"inf\", \"-inf\" or \"NaN\"")
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Exact, E> {
                Ok(Exact(number))
            }

            #[allow(clippy::cast_precision_loss, reason = "numbers are written with a point")]
            fn visit_u64<E: Error>(self, number: u64) -> Result<Exact, E> {
                Ok(Exact(number as f64))
            }

            #[allow(clippy::cast_precision_loss, reason = "numbers are written with a point")]
            fn visit_i64<E: Error>(self, number: i64) -> Result<Exact, E> {
                Ok(Exact(number as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Exact, E> {
                match text {
                    "inf" => Ok(Exact(f64::INFINITY)),
                    "-inf" => Ok(Exact(f64::NEG_INFINITY)),
                    "NaN" => Ok(Exact(f64::NAN)),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
        }

        deserializer.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::Exact;

    fn there_and_back(number: f64) -> f64 {
        let text = serde_json::to_string(&Exact(number)).unwrap();
        serde_json::from_str::<Exact>(&text).unwrap().0
    }

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..100_000 {
            bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let number = f64::from_bits(bits ^ (bits >> 29));
            if !number.is_nan() {
                assert_eq!(there_and_back(number).to_bits(), number.to_bits(), "{number:e}");
            }
        }
        let special = [0.0, -0.0, 5e-324, f64::MIN_POSITIVE, f64::MAX, -1e300, 0.1, 1e15, 1e22];
        for number in special.into_iter().chain([f64::INFINITY, f64::NEG_INFINITY]) {
            assert_eq!(there_and_back(number).to_bits(), number.to_bits(), "{number:e}");
        }
    }

    #[test]
    fn what_is_not_known_is_one_nan() {
        for nan in [f64::NAN, -f64::NAN, f64::from_bits(0x7ff0_0000_0000_0001)] {
            assert_eq!(there_and_back(nan).to_bits(), f64::NAN.to_bits());
        }
    }

    #[test]
    fn numbers_without_a_point_are_read_too_and_other_words_are_refused() {
        let read = |text| serde_json::from_str::<Exact>(text).map(|exact| exact.0);
        assert_eq!((read("12").unwrap(), read("-3").unwrap()), (12.0, -3.0));
        let refused = read("\"many\"").unwrap_err().to_string();
        assert!(refused.contains("expected a number"), "{refused}");
    }
}
