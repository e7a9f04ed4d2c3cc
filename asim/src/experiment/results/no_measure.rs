//! A measure that was asked for is in no result.

use std::fmt;

/// How many names are shown.
const SHOWN: usize = 12;

/// A name that differs in so few letters is meant.
const ALIKE: usize = 2;

/// No replication gave a result with this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) struct NoMeasure {
    asked: String,
    /// Names that are like it, the most alike first.
    like: Vec<String>,
    all: usize,
}

impl NoMeasure {
    pub(crate) fn new(asked: &str, names: &[String]) -> Self {
        let mut like: Vec<(usize, &String)> =
            names.iter().map(|name| (strsim::damerau_levenshtein(asked, name), name)).collect();
        like.sort_by_key(|(distance, _)| *distance);
        let like = like.into_iter().take(SHOWN).map(|(_, name)| name.clone()).collect();
        NoMeasure { asked: asked.to_owned(), like, all: names.len() }
    }
}

impl fmt::Display for NoMeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NoMeasure { asked, like, all } = self;
        write!(f, "there is no result `{asked}`")?;
        if like.is_empty() {
            return f.write_str(": the model gave none (only what has a name is measured)");
        }
        if let [first, ..] = &like[..]
            && strsim::damerau_levenshtein(asked, first) <= ALIKE
        {
            return write!(f, "; did you mean `{first}`?");
        }
        let names = like.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match all - like.len() {
            0 => write!(f, "; there are {names}"),
            more => write!(f, "; most alike are {names}, and there are {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_are_alike_come_first() {
        let names = ["profit", "clerks.waited.mean", "clerks.held.mean"].map(str::to_owned);
        assert_eq!(
            NoMeasure::new("clerk.waited.mean", &names).to_string(),
            "there is no result `clerk.waited.mean`; did you mean `clerks.waited.mean`?"
        );
        assert_eq!(
            NoMeasure::new("clerks", &names).to_string(),
            "there is no result `clerks`; there are `profit`, `clerks.held.mean`, `clerks.waited.mean`"
        );
        assert_eq!(
            NoMeasure::new("x", &[]).to_string(),
            "there is no result `x`: the model gave none (only what has a name is measured)"
        );
    }
}
