//! What the page of a report says of the replication of an experiment that it is of.

use crate::answers::figures::count;
use crate::report::page::facts::Facts;
use crate::report::page::table::{Cell, Row, Table, numbers, words};

/// So many results are in the table.
const MOST: usize = 2_000;

/// A replication of an experiment.
#[derive(Debug, Default)]
pub(crate) struct OfReplication {
    /// The name of the experiment.
    pub(crate) experiment: String,
    /// All parameters of the scenario, with their values.
    pub(crate) parameters: Vec<(String, String)>,
    /// The model's own results.
    pub(crate) results: Vec<(String, f64)>,
}

impl OfReplication {
    /// Returns the parameters as HTML; nothing if there is none.
    pub(crate) fn parameters_in_html(&self) -> String {
        let mut facts = Facts::default();
        for (name, value) in &self.parameters {
            facts.add(name, value);
        }
        match facts.html() {
            none if none.is_empty() => none,
            facts => format!("<h2 class=\"small\">The parameters</h2>\n{facts}"),
        }
    }

    /// Returns the model's own results as HTML; nothing if there is none.
    pub(crate) fn results_in_html(&self) -> String {
        if self.results.is_empty() {
            return String::new();
        }
        let row = |(name, value): &(String, f64)| {
            Row::new(vec![Cell::words(name), Cell::number(*value, name)])
        };
        let rows: Vec<Row> = self.results.iter().take(MOST).map(row).collect();
        let caption = match self.results.len() - rows.len() {
            0 => "What the model has given as results itself".to_owned(),
            more => {
                let (shown, more) = (count(MOST as u64), count(more as u64));
                format!("The first {shown} results of the model; it has {more} more")
            }
        };
        let heads = [vec![words("name")], numbers(&["value"])].concat();
        Table { caption, heads, rows, sorts: true }.html()
    }
}
