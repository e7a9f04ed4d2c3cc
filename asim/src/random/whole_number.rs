//! The types of whole numbers that a stream can draw.

/// A type of whole numbers.
#[diagnostic::on_unimplemented(
    message = "`integer` draws whole numbers, and `{Self}` is no type of whole numbers",
    note = "use `uniform(low, high)` for numbers with a fraction"
)]
pub trait WholeNumber: Copy {
    #[doc(hidden)]
    const LEAST: i128;
    #[doc(hidden)]
    const MOST: i128;
    #[doc(hidden)]
    fn widen(self) -> i128;
    /// The number is one of this type.
    #[doc(hidden)]
    fn narrow(number: i128) -> Self;
}

macro_rules! whole_numbers {
    ($($name:ty),*) => {$(
        impl WholeNumber for $name {
            const LEAST: i128 = <$name>::MIN as i128;
            const MOST: i128 = <$name>::MAX as i128;

            #[inline]
            #[allow(clippy::cast_lossless, reason = "`usize` has no `From`")]
            fn widen(self) -> i128 {
                self as i128
            }

            #[inline]
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it fits")]
            fn narrow(number: i128) -> Self {
                number as $name
            }
        }
    )*};
}

whole_numbers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);
