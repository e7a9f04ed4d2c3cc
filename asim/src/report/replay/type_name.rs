//! The type of a process: its name without what tells it from others of its type.

use crate::trace::filter::without_number;

/// Returns the type of a process with this name: `customer` for `customer 17`, and for `customer (spawned at
/// src/main.rs:7:5)`.
pub(crate) fn type_of(name: &str) -> &str {
    let mut name = name;
    if name.ends_with(')') {
        for how in [" (spawned at ", " (scheduled at "] {
            name = name.split_once(how).map_or(name, |(function, _)| function);
        }
    }
    without_number(name)
}

#[cfg(test)]
mod tests {
    use super::type_of;

    #[test]
    fn neither_number_nor_line_is_a_part_of_the_type() {
        for (name, type_name) in [
            ("customer 17", "customer"),
            ("customer", "customer"),
            ("bank (spawned at src/main.rs:7:5)", "bank"),
            ("bank (scheduled at src/main.rs:7:5)", "bank"),
            ("clerk 3 (spawned at src/main.rs:7:5)", "clerk"),
            ("who (me)", "who (me)"),
            ("17", "17"),
            ("", ""),
        ] {
            assert_eq!(type_of(name), type_name, "{name}");
        }
    }
}
