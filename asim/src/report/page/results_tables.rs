//! The tables of an experiment: its scenarios, and what they say of each measure.

use crate::answers::figures::{count, figure, percent};
use crate::experiment::results::results::{Results, ScenarioResults};
use crate::experiment::statistics::interval::Estimate;
use crate::report::page::table::{Cell, Holds, Number, Row, Table, numbers, words};

/// A table has so many rows at most. A page of more would be slow.
const MOST: usize = 2000;

/// Returns the table of the scenarios: the parameters that differ, and how many replications there are. `None` if there
/// is only one.
pub(crate) fn of_scenarios(results: &Results) -> Option<Table> {
    if results.scenarios.len() < 2 {
        return None;
    }
    let has_goal = !results.plan.precisions.is_empty();
    let mut heads = heads_of_settings(results);
    heads.extend(numbers(&["replications", "failed"]));
    if has_goal {
        heads.extend(numbers(&["precise after"]));
    }
    let row = |scenario: &ScenarioResults| {
        let of = |number: u64, name: &str| {
            #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
            Cell::Number(Number::new(number as f64, name).shown_as(count(number)))
        };
        let mut cells = settings(results, scenario);
        cells.push(of(scenario.replications(), "replications"));
        cells.push(of(scenario.failed(), "failed"));
        if has_goal {
            cells
                .push(scenario.precise_after().map_or(Cell::Nothing, |it| of(it, "precise_after")));
        }
        Row { cells, scenario: Some(scenario.number) }
    };
    let rows = results.scenarios.iter().take(MOST).map(row).collect();
    Some(Table {
        caption: caption("The scenarios", results.scenarios.len()),
        heads,
        rows,
        sorts: true,
    })
}

/// Returns the table of some measures of the only scenario.
pub(crate) fn of_one(results: &Results, measures: &[usize], name: &str) -> Table {
    let heads = [vec![words("measure")], heads_of_estimate(results)].concat();
    let rows = measures.iter().take(MOST).flat_map(|&measure| {
        let name = &results.columns.names()[measure];
        results.scenarios.iter().map(move |scenario| {
            let cells = vec![Cell::words(name)];
            Row {
                cells: estimates(cells, results, scenario, measure),
                scenario: Some(scenario.number),
            }
        })
    });
    Table { caption: caption(name, measures.len()), heads, rows: rows.collect(), sorts: true }
}

/// Returns the table of one measure: a row for each scenario.
pub(crate) fn of_measure(results: &Results, measure: usize) -> Table {
    let heads = [heads_of_settings(results), heads_of_estimate(results)].concat();
    let rows = results.scenarios.iter().take(MOST).map(|scenario| {
        let cells = settings(results, scenario);
        Row { cells: estimates(cells, results, scenario, measure), scenario: Some(scenario.number) }
    });
    let name = &results.columns.names()[measure];
    Table {
        caption: caption(name, results.scenarios.len()),
        heads,
        rows: rows.collect(),
        sorts: true,
    }
}

/// Returns one table of several measures: a row for each measure and scenario.
pub(crate) fn of_many(results: &Results, measures: &[usize], name: &str) -> Table {
    let heads =
        [vec![words("measure")], heads_of_settings(results), heads_of_estimate(results)].concat();
    let pairs = measures
        .iter()
        .flat_map(|&measure| results.scenarios.iter().map(move |scenario| (measure, scenario)));
    let rows = pairs.take(MOST).map(|(measure, scenario)| {
        let mut cells = vec![Cell::words(&results.columns.names()[measure])];
        cells.extend(settings(results, scenario));
        Row { cells: estimates(cells, results, scenario, measure), scenario: Some(scenario.number) }
    });
    let all = measures.len().saturating_mul(results.scenarios.len());
    Table { caption: caption(name, all), heads, rows: rows.collect(), sorts: true }
}

/// Returns the table of the quantiles that were asked for.
pub(crate) fn of_quantiles(results: &Results, name: &str) -> Table {
    let heads = [
        vec![words("measure")],
        heads_of_settings(results),
        numbers(&["quantile", "value", "from", "to"]),
    ];
    let pairs = results.quantiles.iter().flat_map(|(measure, q)| {
        results.scenarios.iter().map(move |scenario| (measure, *q, scenario))
    });
    let rows = pairs.map(|(measure, q, scenario)| {
        let mut cells = vec![Cell::words(measure)];
        cells.extend(settings(results, scenario));
        cells.push(Cell::Number(Number::copy(q).shown_as(percent(q))));
        match scenario.quantile(measure, q) {
            Some(it) => {
                let all = [("", it.value), ("_low", it.low), ("_high", it.high)];
                let cell =
                    |(end, value)| Cell::number(value, format!("{measure} quantile_{q:?}{end}"));
                cells.extend(all.map(cell));
            }
            None => {
                cells.extend([Cell::words("too few replications"), Cell::Nothing, Cell::Nothing]);
            }
        }
        Row { cells, scenario: Some(scenario.number) }
    });
    let rows = rows.collect();
    Table { caption: name.to_owned(), heads: heads.concat(), rows, sorts: true }
}

/// Returns what a table is called. If it has not all rows, that is said.
fn caption(name: &str, all: usize) -> String {
    match all.saturating_sub(MOST) {
        0 => name.to_owned(),
        more => format!(
            "{name}: the first {} rows; {} more are in summary.csv if results are written (`.out(..)`)",
            count(MOST as u64),
            count(more as u64)
        ),
    }
}

fn heads_of_settings(results: &Results) -> Vec<(String, Holds)> {
    let Some(first) = results.scenarios.first() else { return Vec::new() };
    let varied = results.varied().into_iter();
    varied
        .map(|place| {
            let is_number = first.numbers[place].is_some();
            (first.settings[place].0.clone(), if is_number { Holds::Numbers } else { Holds::Words })
        })
        .collect()
}

/// Returns the values of the parameters that differ.
fn settings(results: &Results, scenario: &ScenarioResults) -> Vec<Cell> {
    let cell = |place: usize| {
        let shown = scenario.settings[place].1.clone();
        match scenario.numbers[place] {
            Some(value) => Cell::Number(Number::copy(value).shown_as(shown)),
            None => Cell::Words(shown),
        }
    };
    results.varied().into_iter().map(cell).collect()
}

fn heads_of_estimate(results: &Results) -> Vec<(String, Holds)> {
    let mut heads = numbers(&["mean", "±", "from", "to", "sd", "least", "most", "n"]);
    if results.compared_to.is_some() {
        heads.extend(numbers(&["difference", "±", "from", "to"]));
        heads.push(words("differs"));
    }
    heads
}

/// Adds what a scenario says of a measure.
fn estimates(
    mut cells: Vec<Cell>,
    results: &Results,
    scenario: &ScenarioResults,
    measure: usize,
) -> Vec<Cell> {
    let name = &results.columns.names()[measure];
    let estimate = scenario.sample(measure).estimate(scenario.confidence);
    cells.extend(interval(&estimate, name, ["mean", "half_width", "low", "high"]));
    let others = [("sd", estimate.sd), ("least", estimate.least), ("most", estimate.most)];
    cells.extend(others.map(|(of, value)| Cell::number(value, format!("{name} {of}"))));
    #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
    let n = Number::new(estimate.count as f64, format!("{name} n"));
    cells.push(Cell::Number(n.shown_as(count(estimate.count))));
    if results.compared_to.is_none() {
        return cells;
    }
    let Some(difference) = scenario.difference_of(measure) else {
        cells.extend([Cell::Nothing, Cell::Nothing, Cell::Nothing, Cell::Nothing]);
        cells.push(Cell::words("base"));
        return cells;
    };
    let names = ["difference", "difference_half_width", "difference_low", "difference_high"];
    cells.extend(interval(&difference, name, names));
    let is_sure = difference.low() > 0.0 || difference.high() < 0.0;
    cells.push(Cell::words(if is_sure { "yes" } else { "cannot be told" }));
    cells
}

/// Returns a mean, its half width and its interval: with as many digits as the interval is worth.
fn interval(estimate: &Estimate, measure: &str, names: [&str; 4]) -> [Cell; 4] {
    let text = estimate.to_string();
    let parts = text.split_once(" ± ").filter(|(mean, _)| !mean.starts_with('('));
    let plain = (figure(estimate.mean), figure(estimate.half_width));
    let (mean, half_width) =
        parts.map_or(plain, |(mean, half_width)| (mean.to_owned(), half_width.to_owned()));
    let values = [
        (estimate.mean, mean),
        (estimate.half_width, half_width),
        (estimate.low(), figure(estimate.low())),
        (estimate.high(), figure(estimate.high())),
    ];
    let mut names = names.iter();
    values.map(|(value, shown)| {
        let name = names.next().copied().unwrap_or_default();
        Cell::Number(Number::new(value, format!("{measure} {name}")).shown_as(shown))
    })
}
