//! The natural order of names: by their letters, and by the numbers in them.

use std::cmp::Ordering;

/// Compares two names as people sort them: `clerk 2` is before `clerk 10`.
pub(crate) fn compare(one: &str, other: &str) -> Ordering {
    let (mut rest, mut others) = (one, other);
    loop {
        let ((part, is_number), (others_part, is_others_number)) = (part(rest), part(others));
        if part.is_empty() || others_part.is_empty() {
            return rest.len().cmp(&others.len()).then_with(|| one.cmp(other));
        }
        let order = if is_number && is_others_number {
            let (digits, others_digits) =
                (part.trim_start_matches('0'), others_part.trim_start_matches('0'));
            digits.len().cmp(&others_digits.len()).then_with(|| digits.cmp(others_digits))
        } else {
            part.cmp(others_part)
        };
        if order != Ordering::Equal {
            return order;
        }
        (rest, others) = (&rest[part.len()..], &others[others_part.len()..]);
    }
}

/// Returns the first part of a name: all its digits, or all up to the first digit.
fn part(name: &str) -> (&str, bool) {
    let is_number = name.starts_with(|c: char| c.is_ascii_digit());
    let end = name.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(name.len());
    (&name[..end], is_number)
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn numbers_in_names_are_compared_as_numbers() {
        let sorted = ["", "2", "10", "a", "a 1", "a 01b", "a 2", "a 10", "a 10 b", "a b", "b", "ä"];
        let mut names = sorted;
        names.reverse();
        names.sort_by(|one, other| compare(one, other));
        assert_eq!(names, sorted);
    }
}
