//! The tables of a report: all things side by side, and all that was measured of each.

use std::fmt::Write as _;

use crate::answers::figures::{figure, percent};
use crate::answers::report::{Entry, Measured, Report};
use crate::report::page::facts::Facts;
use crate::report::page::page::escaped;
use crate::report::page::parts::{Part, Parts, SIX, Single};
use crate::report::page::table::{Cell, Holds, Number, Row, Table, numbers, words};

/// Returns a table of all things, with the numbers that one looks at first. They are copies: each stands again where
/// all is said of its thing. `link` says to where the name of an entry leads. Things after the first `most` are left out.
pub(crate) fn overview(
    report: &Report,
    link: impl Fn(usize) -> Option<String>,
    most: usize,
) -> Option<Table> {
    /// What stands above a column, and how the values end that stand in it.
    type Column = (&'static str, &'static [&'static str]);
    const COLUMNS: [Column; 7] = [
        ("utilisation", &["utilisation"]),
        ("mean level", &["in_use.mean", "items.mean", "amount.mean", "open.mean", "value.mean"]),
        ("mean line", &["line.mean", "get.line.mean"]),
        ("mean wait", &["waited.mean", "get.waited.mean"]),
        ("95 % wait", &["waited.p95", "get.waited.p95"]),
        ("served", &["served", "get.served"]),
        ("left", &["left", "get.left"]),
    ];
    let things = report.entries.iter().enumerate();
    let things = things.filter(|(_, entry)| matches!(entry.what, Measured::Thing { .. }));
    let rows: Vec<Row> = things
        .take(most)
        .map(|(place, entry)| {
            let mut found = [f64::NAN; COLUMNS.len()];
            Report::each_value_of(entry, &mut |name, value| {
                let end = name.get(entry.name.len() + 1..).unwrap_or_default();
                let is_here = |(_, ends): &Column| ends.contains(&end);
                if let Some(column) = COLUMNS.iter().position(is_here) {
                    found[column] = value;
                }
            });
            let name = match link(place) {
                Some(to) => Cell::Link { to, words: entry.name.clone() },
                None => Cell::words(&entry.name),
            };
            let mut cells = vec![name, Cell::words(kind_in_words(entry))];
            cells.extend(found.iter().enumerate().map(|(column, &value)| {
                let number = Number::copy(value);
                Cell::Number(if column == 0 { as_share(number) } else { number })
            }));
            Row::new(cells)
        })
        .collect();
    if rows.len() < 2 {
        return None;
    }
    let heads = [vec![words("name"), words("kind")], numbers(&COLUMNS.map(|(name, _)| name))];
    let caption =
        "The things: those who take something (a unit, an item), and those who wait for it";
    Some(Table { caption: caption.to_owned(), heads: heads.concat(), rows, sorts: true })
}

/// Returns all that was measured of one thing, or of the processes of one type.
pub(crate) fn card(entry: &Entry) -> String {
    let Parts { rows, singles } = Parts::of(entry);
    let mut html = String::new();
    if !rows.is_empty() {
        let table =
            table_of(&entry.name, "", rows.into_iter().map(|part| (part.label.clone(), part)));
        html += &table.html();
    }
    let mut facts = Facts::default();
    for single in singles {
        facts.number(&single.label, &number_of(&single));
    }
    html + &facts.html()
}

/// Returns tables of all that was measured of many things: one of levels and times, and one of single numbers.
pub(crate) fn of_many<'a>(entries: impl Iterator<Item = &'a Entry> + Clone) -> String {
    let mut html = String::new();
    let parts = entries.clone().flat_map(|entry| {
        let of = |part: Part| (format!("{} · {}", entry.name, part.label), part);
        Parts::of(entry).rows.into_iter().map(of)
    });
    html += &table_of("Levels and times of the others", "name", parts).html();
    let mut labels: Vec<String> = Vec::new();
    let singles: Vec<(&Entry, Vec<Single>)> =
        entries.map(|entry| (entry, Parts::of(entry).singles)).collect();
    for single in singles.iter().flat_map(|(_, singles)| singles) {
        if !labels.contains(&single.label) {
            labels.push(single.label.clone());
        }
    }
    let rows = singles.into_iter().map(|(entry, singles)| {
        let cell = |label: &String| {
            let single = singles.iter().find(|single| single.label == *label);
            single.map_or(Cell::Nothing, |single| Cell::Number(number_of(single)))
        };
        let name = std::iter::once(Cell::words(&entry.name));
        Row::new(name.chain(labels.iter().map(cell)).collect())
    });
    let rows = rows.collect();
    let names: Vec<&str> = labels.iter().map(String::as_str).collect();
    let heads = [vec![words("name")], numbers(&names)].concat();
    let caption = "Counts of the others".to_owned();
    html + &Table { caption, heads, rows, sorts: true }.html()
}

/// Returns tables of the model's own measures: the first `most` in each.
pub(crate) fn of_own(report: &Report, most: usize) -> String {
    let mut html = String::new();
    let own = |is_wanted: fn(&Measured) -> bool| {
        report.entries.iter().filter(move |entry| is_wanted(&entry.what)).take(most)
    };
    let figures = own(|what| matches!(what, Measured::Tally(_) | Measured::Level(_)));
    let rows: Vec<Row> = figures
        .flat_map(|entry| Parts::of(entry).rows)
        .map(|part| row_of(part.name.clone(), &part))
        .collect();
    if !rows.is_empty() {
        let caption = "Tallies and levels of the model".to_owned();
        html += &Table { caption, heads: heads("name"), rows, sorts: true }.html();
    }
    let unit = report.unit.as_deref().unwrap_or("unit of time");
    let rows: Vec<Row> = own(|what| matches!(what, Measured::Counter(_)))
        .flat_map(|entry| Parts::of(entry).singles)
        .map(|single| {
            let rate = Cell::Number(Number::copy(single.value / report.time));
            Row::new(vec![Cell::words(&single.name), Cell::Number(number_of(&single)), rate])
        })
        .collect();
    if !rows.is_empty() {
        let heads = [vec![words("name")], numbers(&["count", &format!("per {unit}")])].concat();
        let caption = "Counters of the model".to_owned();
        html += &Table { caption, heads, rows, sorts: true }.html();
    }
    html
}

/// Returns what kind of thing an entry is of, in words: `preemptive resource`.
pub(crate) fn kind_in_words(entry: &Entry) -> String {
    let mut words = String::new();
    for letter in entry.what.kind().chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// Returns the heading of an entry: its name, its kind and how much of it there is.
pub(crate) fn heading(entry: &Entry) -> String {
    let mut kind = kind_in_words(entry);
    if let Measured::Thing { books, .. } = &entry.what
        && let Some(capacity) = &books.capacity
    {
        let (least, most) = (capacity.least(), capacity.most());
        if least.is_nan() {
            let _ = write!(kind, ", {}", figure(capacity.value()));
        } else if least == most {
            let _ = write!(kind, ", {}", figure(most));
        } else {
            let _ = write!(kind, ", {} to {}", figure(least), figure(most));
        }
    }
    let name = escaped(&entry.name);
    format!("<h3><bdi>{name}</bdi> <span class=\"kind\">{}</span></h3>\n", escaped(&kind))
}

fn table_of(caption: &str, first: &str, parts: impl Iterator<Item = (String, Part)>) -> Table {
    let rows: Vec<Row> = parts.map(|(label, part)| row_of(label, &part)).collect();
    Table { caption: caption.to_owned(), heads: heads(first), rows, sorts: true }
}

fn heads(first: &str) -> Vec<(String, Holds)> {
    [vec![words(first)], numbers(&SIX.map(|(_, name)| name)), numbers(&["count"])].concat()
}

fn row_of(label: String, part: &Part) -> Row {
    let mut cells = vec![Cell::words(label)];
    let six = SIX.iter().zip(part.six);
    cells.extend(six.map(|((end, _), value)| Cell::number(value, format!("{}.{end}", part.name))));
    cells.push(match part.count {
        Some(count) => Cell::number(count, format!("{}.count", part.name)),
        None => Cell::Nothing,
    });
    Row::new(cells)
}

fn number_of(single: &Single) -> Number {
    let number = Number::new(single.value, &single.name);
    if single.label == "utilisation" { as_share(number) } else { number }
}

fn as_share(number: Number) -> Number {
    let shown = if number.value.is_nan() { "-".to_owned() } else { percent(number.value) };
    number.shown_as(shown)
}
