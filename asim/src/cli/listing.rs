//! The list of all parameters and all results.

use crate::answers::figures::{figure, padded, width};
use crate::experiment::parameters::parameters::Parameters;
use crate::experiment::work::outcome::Row;

/// Returns the parameters with what they are.
pub(crate) fn of_parameters(parameters: &Parameters) -> String {
    let list = parameters.list();
    if list.is_empty() {
        return "  (none)\n".to_owned();
    }
    lines(&list)
}

/// Returns the results with what they are in one replication.
pub(crate) fn of_results(row: &Row) -> String {
    let values = row.names.iter().zip(&row.values);
    of_values(values.map(|(name, value)| (name.clone(), *value)))
}

/// Returns results with what they are.
pub(crate) fn of_values(values: impl Iterator<Item = (String, f64)>) -> String {
    lines(&values.map(|(name, value)| (name, figure(value))).collect::<Vec<_>>())
}

fn lines(list: &[(String, String)]) -> String {
    let columns = list.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let line = |(name, value): &(String, String)| format!("  {}  {value}\n", padded(name, columns));
    list.iter().map(line).collect::<Vec<_>>().concat()
}
