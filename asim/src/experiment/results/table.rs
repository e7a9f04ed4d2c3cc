//! The table of the results.

use std::collections::HashSet;
use std::fmt;

use crate::answers::figures::{count, cut, figure, padded, percent, width, wrapped};
use crate::experiment::results::results::{Observation, Results, ScenarioResults};
use crate::experiment::statistics::interval::Estimate;

/// How many measures the table shows if nobody chose: of one scenario, and of several.
const OF_ONE: usize = 40;
const OF_SEVERAL: usize = 8;

/// The longest name and value of a setting in a column.
const LONGEST_SETTING: usize = 16;

/// The longest name in a column.
const LONGEST_NAME: usize = 34;

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", wrapped(&self.heading()))?;
        let (measures, hidden) = self.measures_of_table();
        if measures.is_empty() {
            // Nothing but notes.
        } else if let [scenario] = &self.scenarios[..] {
            writeln!(f, "\n{}", of_one(scenario, &measures))?;
        } else {
            for &measure in &measures {
                writeln!(f, "\n{}\n{}", self.columns.names()[measure], self.of_several(measure))?;
            }
        }
        self.quantiles(f)?;
        let notes = self.notes(&measures, hidden);
        if !notes.is_empty() {
            writeln!(f)?;
        }
        notes.iter().try_for_each(|note| writeln!(f, "{}", wrapped(note)))
    }
}

impl Results {
    /// Returns the first line: `bank, seed 42, 57 replications, intervals of 95 %`.
    fn heading(&self) -> String {
        let mut parts = vec![self.name.clone()];
        parts.extend(self.settings_of_all().map(|(name, value)| format!("{name} = {value}")));
        parts.push(format!("seed {}", self.seed));
        if let [scenario] = &self.scenarios[..] {
            parts.push(self.observations(scenario));
        }
        if let Some(shard) = self.shard {
            parts.push(format!("part {shard} only"));
        }
        parts.push(format!("intervals of {}", self.confidence_shown()));
        parts.join(", ")
    }

    /// Returns the confidence. One that is nearly whole is not rounded.
    pub(crate) fn confidence_shown(&self) -> String {
        let shown = percent(self.confidence);
        if shown == "100 %" { format!("{} %", 100.0 * self.confidence) } else { shown }
    }

    /// Returns how many observations there are: `57 replications`, `10 pairs of replications`.
    pub(crate) fn observations(&self, scenario: &ScenarioResults) -> String {
        let number = scenario.gathered.observations;
        let s = if number == 1 { "" } else { "s" };
        let number = count(number);
        match self.observation {
            Observation::Replication => format!("{number} replication{s}"),
            Observation::Pair => format!("{number} antithetic pair{s}"),
            Observation::Batch => {
                format!("{number} batch{} of one run", if s.is_empty() { "" } else { "es" })
            }
        }
    }

    /// Returns the measures that the table shows, and how many it does not show.
    pub(crate) fn measures_of_table(&self) -> (Vec<usize>, usize) {
        let names = self.columns.names();
        let numbers = 0..names.len();
        let mut shown: Vec<usize> = if self.shown.is_empty() {
            let likely = numbers.filter(|&number| is_telling(&names[number])).collect::<Vec<_>>();
            let most = if self.scenarios.len() == 1 { OF_ONE } else { OF_SEVERAL };
            // What the model says itself comes first: nobody would say it for nothing.
            let (own, automatic): (Vec<usize>, Vec<usize>) =
                likely.into_iter().partition(|&number| !names[number].contains('.'));
            own.into_iter().chain(automatic).take(most).collect()
        } else {
            // In the order in which they were chosen.
            let chosen = |pattern| numbers.clone().filter(move |&it| fits(pattern, &names[it]));
            self.shown.iter().flat_map(|pattern| chosen(pattern)).collect()
        };
        let mut met = HashSet::new();
        shown.retain(|&measure| met.insert(measure));
        let hidden = names.len() - shown.len();
        (shown, hidden)
    }

    /// Returns the settings that are the same in all scenarios.
    pub(crate) fn settings_of_all(&self) -> impl Iterator<Item = &(String, String)> {
        let first = self.scenarios.first().into_iter();
        first.flat_map(|first| {
            first.settings.iter().filter(|(name, _)| !first.varied.contains(name))
        })
    }

    /// Returns the places of the settings that differ between scenarios.
    pub(crate) fn varied(&self) -> Vec<usize> {
        let Some(first) = self.scenarios.first() else { return Vec::new() };
        let is_varied = |place: &usize| first.varied.contains(&first.settings[*place].0);
        (0..first.settings.len()).filter(is_varied).collect()
    }

    /// Returns the table of one measure: a line for each scenario.
    fn of_several(&self, measure: usize) -> String {
        let varied = self.varied();
        let names = |place: &usize| cut(&self.scenarios[0].settings[*place].0, LONGEST_SETTING);
        let mut heads: Vec<String> = varied.iter().map(names).collect();
        heads.extend(["n", "mean", "sd", "least", "most"].map(str::to_owned));
        if self.compared_to.is_some() {
            heads.push("difference".to_owned());
        }
        let line_of = |scenario: &ScenarioResults| {
            let estimate = scenario.sample(measure).estimate(scenario.confidence);
            let value = |place: &usize| cut(&scenario.settings[*place].1, LONGEST_SETTING);
            let mut line: Vec<String> = varied.iter().map(value).collect();
            line.extend([count(estimate.count), estimate.to_string()]);
            line.extend([estimate.sd, estimate.least, estimate.most].map(figure));
            if self.compared_to.is_some() {
                line.push(scenario.difference_of(measure).map_or_else(String::new, with_star));
            }
            line
        };
        aligned(heads, self.scenarios.iter().map(line_of).collect(), varied.len())
    }

    /// Writes the quantiles that were asked for.
    fn quantiles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.quantiles.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nquantiles of one {}", self.observation.name())?;
        for scenario in &self.scenarios {
            let mut place = String::new();
            place += &scenario.label();
            for (measure, q) in &self.quantiles {
                let text = match scenario.quantile(measure, *q) {
                    Some(quantile) => {
                        let [value, low, high] =
                            [quantile.value, quantile.low, quantile.high].map(figure);
                        format!("{value} ({low} to {high})")
                    }
                    None => "too few replications for an interval".to_owned(),
                };
                writeln!(f, "{place}{measure}, {}: {text}", percent(*q))?;
            }
        }
        Ok(())
    }
}

impl Observation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Observation::Replication => "replication",
            Observation::Pair => "antithetic pair",
            Observation::Batch => "batch",
        }
    }
}

impl ScenarioResults {
    /// Returns what differs from other scenarios, before a sentence about this one: `clerks = 1: `.
    pub(crate) fn label(&self) -> String {
        let varied = self.settings.iter().filter(|(name, _)| self.varied.contains(name));
        let settings: Vec<String> =
            varied.map(|(name, value)| format!("{name} = {value}")).collect();
        if settings.is_empty() { String::new() } else { settings.join(", ") + ": " }
    }
}

/// Returns a difference, with a star if it is surely not zero.
fn with_star(difference: Estimate) -> String {
    let is_sure = difference.low() > 0.0 || difference.high() < 0.0;
    format!("{difference}{}", if is_sure { " *" } else { "  " })
}

/// Returns the table of the only scenario: a line for each measure.
fn of_one(scenario: &ScenarioResults, measures: &[usize]) -> String {
    let few = |measure: usize| scenario.sample(measure).count() < scenario.gathered.observations;
    let some_are_few = measures.iter().any(|&measure| few(measure));
    let mut heads = vec![String::new(), "mean".into(), "sd".into(), "least".into(), "most".into()];
    if some_are_few {
        heads.push("n".into());
    }
    let lines = measures.iter().map(|&measure| {
        let estimate = scenario.sample(measure).estimate(scenario.confidence);
        let mut line =
            vec![cut(&scenario.columns.names()[measure], LONGEST_NAME), estimate.to_string()];
        line.extend([estimate.sd, estimate.least, estimate.most].map(figure));
        if some_are_few {
            line.push(count(estimate.count));
        }
        line
    });
    aligned(heads, lines.collect(), 1)
}

/// Returns lines with columns of equal width. The first `left` columns begin at the left.
fn aligned(heads: Vec<String>, lines: Vec<Vec<String>>, left: usize) -> String {
    let lines: Vec<Vec<String>> = std::iter::once(heads).chain(lines).collect();
    let columns = lines[0].len();
    let widths: Vec<usize> = (0..columns)
        .map(|column| lines.iter().map(|line| width(&line[column])).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        let mut shown = String::new();
        for (column, cell) in line.iter().enumerate() {
            if column > 0 {
                shown += if column < left { "  " } else { "   " };
            }
            if column < left {
                shown += &padded(cell, widths[column]);
            } else {
                shown += &" ".repeat(widths[column] - width(cell));
                shown += cell;
            }
        }
        text += shown.trim_end();
    }
    text
}

/// Returns `true` if a measure is likely to be wanted: what the model says itself, means and utilisations.
fn is_telling(name: &str) -> bool {
    match name.rsplit_once('.') {
        None => true,
        Some((of, "mean")) => {
            let part = of.rsplit_once('.').map_or("", |(_, part)| part);
            !matches!(part, "held" | "in_use")
        }
        Some((_, last)) => last == "utilisation",
    }
}

/// Returns `true` if a name fits a pattern, in which `*` stands for any characters.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(first) else { return false };
    let starts = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    starts.into_iter().any(|at| fits(rest, &name[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("lost", "lost", true),
            ("lost", "lost.count", false),
            ("*.mean", "clerks.waited.mean", true),
            ("clerks.*", "clerks.utilisation", true),
            ("clerks.*.mean", "clerks.waited.p95", false),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
