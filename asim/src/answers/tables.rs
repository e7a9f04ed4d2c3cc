//! The text of a report: tables that fit into 80 columns.

use std::fmt::{self, Display, Formatter, Write};

use crate::answers::figures::{LONGEST, count, cut, figure, padded, percent, time, width, wrapped};
use crate::answers::report::{Entry, Measured, Report, name_of_held, name_of_level};
use crate::measure::books::{Books, LineBooks};
use crate::measure::processes::ProcessMeasures;
use crate::measure::{level::Level, tally::Tally};

/// The width of a column.
const COLUMN: usize = LONGEST + 1;
/// The width of the names of rows in the table of a thing.
const LABEL: usize = 11;
/// Of so many things that processes wait for the text shows the times.
const WAITS: usize = 6;
/// The longest name of a measure.
const NAME: usize = 22;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.show_time(f)?;
        if self.entries.is_empty() {
            return writeln!(f, "\nnothing to show: only what has a name is measured");
        }
        let shown = &self.entries[..self.shown.min(self.entries.len())];
        for entry in shown {
            match &entry.what {
                Measured::Thing { kind, books } => self.show_thing(f, &entry.name, kind, books)?,
                Measured::Processes(measures) => {
                    show_processes(f, &entry.name, measures, self.runs)?;
                }
                _ => {}
            }
        }
        self.show_measures(f, shown)?;
        match self.entries.len() - shown.len() {
            0 => Ok(()),
            more => {
                writeln!(
                    f,
                    "\nand {} more (`at_most` shows more, `only` selects)",
                    count(more as u64)
                )
            }
        }
    }
}

impl Report {
    fn show_time(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let unit = self.unit.as_ref().map_or(String::new(), |unit| format!(" {}", cut(unit, 16)));
        let mut text = format!("time {} to {}{unit}", time(self.since), time(self.until));
        if self.runs > 1 {
            let _ = write!(text, ", {} runs", count(self.runs));
        }
        if let Some(warm_up) = self.warm_up {
            let _ = write!(
                text,
                "; the warm-up would have ended at {}, so all since the start is counted",
                time(warm_up)
            );
        }
        writeln!(f, "{}", wrapped(&text))
    }

    fn show_thing(
        &self,
        f: &mut Formatter<'_>,
        name: &str,
        kind: &str,
        books: &Books,
    ) -> fmt::Result {
        let mut title = cut(name, 40);
        if let Some(capacity) = &books.capacity {
            let _ = write!(title, " ({})", range(capacity));
        }
        if name_of_level(kind) == "in use"
            && let (Some(level), Some(capacity)) = (&books.level, &books.capacity)
        {
            let _ =
                write!(title, ", utilisation {}", percent(level.integral() / capacity.integral()));
        }
        let start = books.line.length.start();
        if start > self.since {
            let _ = write!(title, ", since {}", time(start));
        }
        writeln!(f, "\n{}", wrapped(&title))?;
        show_columns(f, LABEL)?;
        if let Some(level) = &books.level {
            show_row(f, name_of_level(kind), of_level(level))?;
        }
        match &books.put_line {
            None => show_line(f, "", &books.line)?,
            Some(put_line) => {
                if is_used(&books.line) {
                    show_line(f, "get ", &books.line)?;
                }
                if is_used(put_line) {
                    show_line(f, "put ", put_line)?;
                }
            }
        }
        if let Some(held) = &books.held
            && !held.is_empty()
        {
            show_row(f, name_of_held(kind), of_tally(held))?;
        }
        let mut notes = match &books.put_line {
            None => notes(&books.line, "served", self.runs),
            Some(put_line) => {
                notes(&books.line, "got", self.runs) + "; " + &notes(put_line, "put", self.runs)
            }
        };
        if books.preempted > 0 {
            let _ = write!(notes, ", {} preempted", count(books.preempted));
        }
        if kind == "Container" {
            let _ =
                write!(notes, "; in {}, out {}", figure(books.amount_in), figure(books.amount_out));
        }
        match books.changes {
            0 => {}
            1 => notes += "; set once",
            changes => {
                let _ = write!(notes, "; set {} times", count(changes));
            }
        }
        writeln!(f, "{}", wrapped(&notes))
    }

    /// Shows the model's own measures.
    #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
    fn show_measures(&self, f: &mut Formatter<'_>, shown: &[Entry]) -> fmt::Result {
        let own = || {
            shown.iter().filter(|entry| {
                !matches!(entry.what, Measured::Thing { .. } | Measured::Processes(_))
            })
        };
        let names = own().map(|entry| width(&cut(&entry.name, NAME)));
        let Some(label) = names.max() else { return Ok(()) };
        writeln!(f)?;
        if own().any(|entry| !matches!(entry.what, Measured::Counter(_))) {
            write_columns(f, label.max(LABEL))?;
            writeln!(f, "{:>10}", "count")?;
        }
        for entry in own() {
            let name = cut(&entry.name, NAME);
            let figures = match &entry.what {
                Measured::Thing { .. } | Measured::Processes(_) => continue,
                Measured::Tally(tally) => (of_tally(tally), Some(tally.count())),
                Measured::Level(level) => (of_level(level), None),
                Measured::Counter(counter) => {
                    let unit = self.unit.as_deref().unwrap_or("unit of time");
                    let rate = figure(counter.count() as f64 / self.time);
                    let text = format!("{}  {}", padded(&name, label), count(counter.count()));
                    if self.time > 0.0 && counter.count() > 0 {
                        writeln!(f, "{text}, {rate} a {}", cut(unit, 16))?;
                    } else {
                        writeln!(f, "{text}")?;
                    }
                    continue;
                }
            };
            write_row(f, &name, label.max(LABEL), figures.0)?;
            match figures.1 {
                Some(values) => writeln!(f, "{:>10}", count(values))?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

/// Shows the processes of a type. Of what they have waited for, it shows what took most of the time.
fn show_processes(
    f: &mut Formatter<'_>,
    name: &str,
    measures: &ProcessMeasures,
    runs: u64,
) -> fmt::Result {
    let ProcessMeasures { started, ended, failed, cancelled, living, lifetime, waits } = measures;
    let mut title =
        format!("{}: {} started, {} ended", cut(name, 40), count(*started), count(*ended));
    for (number, how) in [(*failed, "failed"), (*cancelled, "cancelled")] {
        if number > 0 {
            let _ = write!(title, ", {} {how}", count(number));
        }
    }
    if living.value() > 0.0 && runs == 1 {
        let _ = write!(title, "; {} living", figure(living.value()));
    }
    writeln!(f, "\n{}", wrapped(&title))?;
    write_columns(f, NAME)?;
    writeln!(f, "{:>10}", "count")?;
    write_row(f, "living", NAME, of_level(living))?;
    writeln!(f)?;
    let mut longest: Vec<_> = waits.iter().collect();
    longest.sort_by(|(_, one), (_, other)| other.sum().total_cmp(&one.sum()));
    let rows = longest.iter().take(WAITS).map(|(what, waited)| (format!("waits: {what}"), *waited));
    for (what, times) in std::iter::once(("lifetime".to_owned(), lifetime)).chain(rows) {
        write_row(f, &cut(&what, NAME), NAME, of_tally(times))?;
        writeln!(f, "{:>10}", count(times.count()))?;
    }
    match longest.len().saturating_sub(WAITS) {
        0 => Ok(()),
        more => writeln!(f, "and {more} more that they have waited for"),
    }
}

/// Returns the values of a level: `3`, or `1 to 3`.
fn range(level: &Level) -> String {
    let (least, most) = (level.least(), level.most());
    if least.is_nan() {
        return figure(level.value());
    }
    if least == most { figure(most) } else { format!("{} to {}", figure(least), figure(most)) }
}

/// Returns `true` if somebody has waited in a line.
fn is_used(line: &LineBooks) -> bool {
    line.length.most() > 0.0 || line.waited.most() > 0.0 || !line.left.is_empty()
}

fn show_line(f: &mut Formatter<'_>, of: &str, line: &LineBooks) -> fmt::Result {
    show_row(f, &format!("{of}line"), of_level(&line.length))?;
    show_row(f, &format!("{of}waited"), of_tally(&line.waited))
}

/// Returns how many were served, and what became of the others. Who waits now is told of one run only.
#[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
fn notes(line: &LineBooks, served: &str, runs: u64) -> String {
    let (all, left, waiting) = (line.waited.count(), line.left.count(), line.length.value());
    let mut notes = format!("{} {served}", count(all));
    if all > 0 {
        let _ = write!(notes, ", {} at once", percent(line.at_once as f64 / all as f64));
    }
    let mut others = Vec::new();
    if left > 0 {
        others.push(format!("{} left", count(left)));
    }
    if waiting > 0.0 && runs == 1 {
        others.push(format!("{} waiting", figure(waiting)));
    }
    if line.refused > 0 {
        others.push(format!("{} refused", count(line.refused)));
    }
    if others.is_empty() { notes } else { notes + "; " + &others.join(", ") }
}

fn of_level(level: &Level) -> [f64; 6] {
    let (median, p95) = (level.quantile(0.5), level.quantile(0.95));
    [level.mean(), level.sd(), level.least(), median, p95, level.most()]
}

fn of_tally(tally: &Tally) -> [f64; 6] {
    let (median, p95) = (tally.quantile(0.5), tally.quantile(0.95));
    [tally.mean(), tally.sd(), tally.least(), median, p95, tally.most()]
}

fn show_columns(f: &mut Formatter<'_>, label: usize) -> fmt::Result {
    write_columns(f, label)?;
    writeln!(f)
}

fn write_columns(f: &mut Formatter<'_>, label: usize) -> fmt::Result {
    write!(f, "{:label$}", "")?;
    for name in ["mean", "sd", "least", "median", "95 %", "most"] {
        write!(f, "{name:>COLUMN$}")?;
    }
    Ok(())
}

fn show_row(f: &mut Formatter<'_>, label: &str, figures: [f64; 6]) -> fmt::Result {
    write_row(f, label, LABEL, figures)?;
    writeln!(f)
}

fn write_row(f: &mut Formatter<'_>, label: &str, columns: usize, figures: [f64; 6]) -> fmt::Result {
    write!(f, "{}", padded(label, columns))?;
    for number in figures {
        write!(f, "{:>COLUMN$}", figure(number))?;
    }
    Ok(())
}
