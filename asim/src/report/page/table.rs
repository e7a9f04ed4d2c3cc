//! A table of a page. It says all without script; the script lets it be sorted and filtered.

use std::fmt::Write as _;

use crate::answers::figures::figure;
use crate::report::page::page::{escaped, escaped_exactly};

/// From so many rows on a table has a field that keeps the rows with a name.
const MANY: usize = 16;

/// A table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) caption: String,
    /// What stands above the columns, and whether they have numbers, or words.
    pub(crate) heads: Vec<(String, Holds)>,
    pub(crate) rows: Vec<Row>,
    /// The numbers of a picture have an order of their own.
    pub(crate) sorts: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Words,
    Numbers,
}

/// A row. Its first cell says what it is of.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    /// The number of the scenario of an experiment.
    pub(crate) scenario: Option<usize>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Words(String),
    /// A name that leads to a place in the page.
    Link {
        to: String,
        words: String,
    },
    Number(Number),
    Nothing,
}

/// A number, as it is shown and as it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    pub(crate) shown: String,
    /// The name of the value. A copy of a number that stands elsewhere has none.
    pub(crate) name: Option<String>,
}

impl Number {
    pub(crate) fn new(value: f64, name: impl Into<String>) -> Self {
        Number { value, shown: figure(value), name: Some(name.into()) }
    }

    /// Returns a number that has its name at another place of the page.
    pub(crate) fn copy(value: f64) -> Self {
        Number { value, shown: figure(value), name: None }
    }

    pub(crate) fn shown_as(mut self, shown: String) -> Self {
        self.shown = shown;
        self
    }

    /// Returns the attributes of an element that shows it.
    pub(crate) fn attributes(&self) -> String {
        let name = self
            .name
            .as_ref()
            .map_or(String::new(), |name| format!(" data-name=\"{}\"", escaped_exactly(name)));
        format!("{name} data-value=\"{:?}\"", self.value)
    }
}

impl Row {
    pub(crate) fn new(cells: Vec<Cell>) -> Self {
        Row { cells, scenario: None }
    }
}

/// Returns heads of columns with numbers.
pub(crate) fn numbers(names: &[&str]) -> Vec<(String, Holds)> {
    names.iter().map(|name| ((*name).to_owned(), Holds::Numbers)).collect()
}

/// Returns the head of a column with words.
pub(crate) fn words(name: &str) -> (String, Holds) {
    (name.to_owned(), Holds::Words)
}

impl Table {
    /// Returns the table as HTML, in a box of its own that scrolls where the paper is narrow.
    pub(crate) fn html(&self) -> String {
        let caption = escaped(&self.caption);
        let mut html =
            format!("<div class=\"table\" role=\"group\" aria-label=\"{caption}\"><table");
        if self.sorts && self.rows.len() > 1 {
            html += " class=\"sorts\"";
            if self.rows.len() >= MANY {
                html += " data-filters";
            }
        }
        let _ = write!(html, ">\n<caption><span>{caption}</span></caption>\n<thead><tr>");
        for (name, holds) in &self.heads {
            let class = if *holds == Holds::Numbers { " class=\"n\"" } else { "" };
            if name.is_empty() {
                let _ = write!(html, "<td{class}></td>");
            } else {
                let _ = write!(html, "<th scope=\"col\"{class}>{}</th>", escaped(name));
            }
        }
        html += "</tr></thead>\n<tbody>\n";
        for row in &self.rows {
            html += "<tr";
            if let Some(scenario) = row.scenario {
                let _ = write!(html, " data-scenario=\"{scenario}\"");
            }
            html += ">";
            for (place, cell) in row.cells.iter().enumerate() {
                cell.write(&mut html, place == 0);
            }
            html += "</tr>\n";
        }
        html + "</tbody>\n</table></div>\n"
    }
}

impl Cell {
    pub(crate) fn number(value: f64, name: impl Into<String>) -> Self {
        Cell::Number(Number::new(value, name))
    }

    pub(crate) fn words(text: impl Into<String>) -> Self {
        Cell::Words(text.into())
    }

    fn write(&self, html: &mut String, is_first: bool) {
        let (open, close) =
            if is_first { ("<th scope=\"row\"", "</th>") } else { ("<td", "</td>") };
        // Writing into a text does not fail.
        let _ = match self {
            // A name keeps its own direction, and takes nothing beside it along.
            Cell::Words(words) => write!(html, "{open}><bdi>{}</bdi>{close}", escaped(words)),
            Cell::Link { to, words } => {
                let (to, words) = (escaped(to), escaped(words));
                write!(html, "{open}><a href=\"#{to}\"><bdi>{words}</bdi></a>{close}")
            }
            Cell::Number(number) => {
                let (attributes, shown) = (number.attributes(), escaped(&number.shown));
                write!(html, "{open} class=\"n\"{attributes}>{shown}{close}")
            }
            Cell::Nothing => write!(html, "{open}>{close}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Row, Table, numbers, words};

    #[test]
    fn a_table_says_what_its_cells_are() {
        let heads = [vec![words("name")], numbers(&["mean"])].concat();
        let cells = |name: &str, value| vec![Cell::words(name), Cell::number(value, "a.mean")];
        let rows = vec![Row::new(cells("<b>", 1234.25)), Row::new(cells("\u{5d0}", f64::NAN))];
        let table = Table { caption: "a & b".to_owned(), heads, rows, sorts: true };
        assert_eq!(
            table.html(),
            "<div class=\"table\" role=\"group\" aria-label=\"a &amp; b\"><table class=\"sorts\">\n\
             <caption><span>a &amp; b</span></caption>\n\
             <thead><tr><th scope=\"col\">name</th><th scope=\"col\" class=\"n\">mean</th></tr></thead>\n<tbody>\n\
             <tr><th scope=\"row\"><bdi>&lt;b&gt;</bdi></th>\
             <td class=\"n\" data-name=\"a.mean\" data-value=\"1234.25\">1,234</td></tr>\n\
             <tr><th scope=\"row\"><bdi>\u{5d0}</bdi></th>\
             <td class=\"n\" data-name=\"a.mean\" data-value=\"NaN\">-</td></tr>\n\
             </tbody>\n</table></div>\n"
        );
    }
}
