//! Units: the independent observations that statistics count.

use std::mem;

use crate::experiment::work::outcome::Row;

/// Makes units of the replications of one scenario. A unit is one independent observation of each measure: the row of
/// a replication; with antithetic pairs, the mean of two rows; of a long run, the row of each batch.
#[derive(Debug, Default)]
pub(crate) struct Units {
    /// The first of an antithetic pair, until its mirror image comes.
    first: First,
}

#[derive(Debug, Default)]
enum First {
    #[default]
    None,
    Failed,
    Row(Row),
}

impl Units {
    /// Returns the units of a replication that stands for itself.
    pub(crate) fn of_replication(rows: Option<Vec<Row>>) -> Vec<Row> {
        rows.unwrap_or_default()
    }

    /// Returns the unit of an antithetic pair with its second replication. If one of the two failed, there is none.
    pub(crate) fn of_pair(&mut self, replication: u64, rows: Option<Vec<Row>>) -> Vec<Row> {
        let row = rows.and_then(|rows| rows.into_iter().next());
        if !replication.is_multiple_of(2) {
            self.first = row.map_or(First::Failed, First::Row);
            return Vec::new();
        }
        match (mem::take(&mut self.first), row) {
            (First::Row(first), Some(second)) => vec![mean(&first, &second)],
            _ => Vec::new(),
        }
    }
}

/// Returns the mean of two rows. What only one of them knows is not known.
fn mean(first: &Row, second: &Row) -> Row {
    let half = |a: f64, b: f64| 0.5 * a + 0.5 * b;
    if first.names == second.names {
        let both = first.values.iter().zip(&second.values);
        return Row {
            names: first.names.clone(),
            values: both.map(|(&a, &b)| half(a, b)).collect(),
        };
    }
    let mut names = first.names.to_vec();
    let new = second.names.iter().filter(|name| !first.names.contains(name));
    names.extend(new.cloned());
    let of = |row: &Row, name: &String| {
        row.names.iter().position(|own| own == name).map_or(f64::NAN, |at| row.values[at])
    };
    let values = names.iter().map(|name| half(of(first, name), of(second, name))).collect();
    Row { names: names.into(), values }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[(&str, f64)]) -> Row {
        let names: Vec<String> = values.iter().map(|(name, _)| (*name).to_owned()).collect();
        Row { names: names.into(), values: values.iter().map(|(_, value)| *value).collect() }
    }

    #[test]
    fn a_pair_is_the_mean_of_both() {
        let mut units = Units::default();
        assert!(units.of_pair(1, Some(vec![row(&[("a", 1.0), ("b", 4.0)])])).is_empty());
        let pair = units.of_pair(2, Some(vec![row(&[("a", 2.0), ("b", 0.0)])]));
        assert_eq!(pair, [row(&[("a", 1.5), ("b", 2.0)])]);
        assert!(units.of_pair(3, Some(vec![row(&[("a", 1.0)])])).is_empty());
        let pair = units.of_pair(4, Some(vec![row(&[("c", 1.0), ("a", 3.0)])]));
        assert_eq!(pair, [row(&[("a", 2.0), ("c", f64::NAN)])]);
    }

    #[test]
    fn a_pair_of_which_one_failed_is_no_unit() {
        let mut units = Units::default();
        for (first, second) in [(true, false), (false, true), (false, false)] {
            let rows = |fine: bool| fine.then(|| vec![row(&[("a", 1.0)])]);
            assert!(units.of_pair(1, rows(first)).is_empty());
            assert!(units.of_pair(2, rows(second)).is_empty());
        }
    }
}
