//! The name that was probably meant.

/// Returns the name that is nearest to what was written, if one is near enough to have been meant.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = written.to_lowercase();
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let near = |name: &'a str| {
        let distance = strsim::damerau_levenshtein(&wanted, &name.to_lowercase());
        // `beds` means `ward.beds`.
        let distance = if last(name) == last(&wanted) { distance.min(1) } else { distance };
        let is_near = distance <= 1 + wanted.chars().count() / 4 && distance < name.chars().count();
        is_near.then_some((distance, name))
    };
    names.into_iter().filter_map(near).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_meant() {
        let names = ["clerks", "service", "ward.beds", "n"];
        for (written, meant) in [
            ("clerk", Some("clerks")),
            ("Clerks", Some("clerks")),
            ("sevrice", Some("service")),
            ("beds", Some("ward.beds")),
            ("ward.bed", Some("ward.beds")),
            ("patience", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }
}
