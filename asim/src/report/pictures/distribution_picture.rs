//! The picture of a distribution: a histogram of a tally, or the shares of time of a level.

use crate::answers::figures::{count, figure, percent, time};
use crate::answers::report::{Measured, Report, name_of_held, name_of_level};
use crate::measure::{level::Level, tally::Tally};
use crate::report::draw::axis::{Axis, Ends};
use crate::report::draw::bar_chart::{Bar, BarChart, Mark};
use crate::report::draw::picture::Picture;
use crate::report::pictures::bins::{Bin, Bins};
use crate::report::pictures::of_trace::like;

/// A bar of zeros that is so many times as high as all others is cut.
const CUT: f64 = 3.0;

/// What a picture of a report can be of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'r> {
    Tally {
        tally: &'r Tally,
        /// Whether its values are times.
        is_time: bool,
    },
    Level(&'r Level),
}

impl Report {
    /// Returns a picture of how values are distributed: a histogram of a tally (`"visit"`, `"clerks.waited"`), or how much
    /// of the time a level was where (`"clerks.in_use"`, `"clerks.line"`). The names are those of
    /// [`values`](Self::values) without their last part. The mean, the median and what 95 % do not exceed are marked.
    ///
    /// The bars are cut at round numbers. A value stands in the bar of its bucket, so at an edge it is 0.4 % off at most;
    /// none is lost. If there are few values far out, one pale bar stands for them.
    ///
    /// # Panics
    ///
    /// If the report has no tally and no level with this name. The message says which names are like it.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::seeded(1);
    /// let (visit, length) = (sim.tally("visit"), sim.stream("length"));
    /// for _ in 0..1000 {
    ///     visit.add(length.exponential(4.0));
    /// }
    /// let picture = sim.report().time_unit("min").picture("visit");
    /// assert!(picture.svg().contains("1,000 values"));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn picture(&self, measure: &str) -> Picture {
        let parts = self.parts();
        let Some((_, part)) = parts.iter().find(|(name, _)| name == measure) else {
            let names = like(measure, parts.iter().map(|(name, _)| name.as_str()));
            let names = names.unwrap_or_else(|| ": only what has a name is measured".to_owned());
            panic!("the report has no tally and no level `{measure}`{names}");
        };
        self.picture_of_part(measure, *part)
    }

    /// Returns all of which there can be a picture, with its name, in the order of the report.
    pub(crate) fn parts(&self) -> Vec<(String, Part<'_>)> {
        let mut parts = Vec::new();
        for entry in &self.entries {
            let name = &entry.name;
            let mut add = |below: &str, part| parts.push((format!("{name}{below}"), part));
            let time = |tally| Part::Tally { tally, is_time: true };
            match &entry.what {
                Measured::Thing { kind, books } => {
                    if let Some(level) = &books.level {
                        let below = format!(".{}", name_of_level(kind).replace(' ', "_"));
                        add(&below, Part::Level(level));
                    }
                    if let Some(held) = &books.held {
                        add(&format!(".{}", name_of_held(kind)), time(held));
                    }
                    let lines = match &books.put_line {
                        None => vec![("", &books.line)],
                        Some(put_line) => vec![(".get", &books.line), (".put", put_line)],
                    };
                    for (of, line) in lines {
                        add(&format!("{of}.line"), Part::Level(&line.length));
                        add(&format!("{of}.waited"), time(&line.waited));
                    }
                }
                Measured::Tally(tally) => add("", Part::Tally { tally, is_time: false }),
                Measured::Level(level) => add("", Part::Level(level)),
                Measured::Counter(_) => {}
                Measured::Processes(measures) => {
                    add(".living", Part::Level(&measures.living));
                    add(".lifetime", time(&measures.lifetime));
                    for (what, waited) in &measures.waits {
                        add(&format!(".waits.{what}"), time(waited));
                    }
                }
            }
        }
        parts
    }

    /// Returns the picture of one of the [`parts`](Self::parts).
    pub(crate) fn picture_of_part(&self, name: &str, part: Part) -> Picture {
        match part {
            Part::Tally { tally, is_time } => self.picture_of_tally(name, tally, is_time),
            Part::Level(level) => self.picture_of_shares(name, level),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
    fn picture_of_tally(&self, name: &str, tally: &Tally, is_time: bool) -> Picture {
        let pieces: Vec<(f64, f64, f64)> =
            tally.histogram().map(|(low, high, count)| (low, high, count as f64)).collect();
        let bins = Bins::of(&pieces, tally.least(), tally.most());
        let all = tally.count() as f64;
        let zeros: f64 = pieces.iter().filter(|it| it.0 == 0.0 && it.1 == 0.0).map(|it| it.2).sum();
        let mut subtitle = match tally.count() {
            0 => "no values yet".to_owned(),
            1 => "1 value".to_owned(),
            many => format!("how many of {} values lie where", count(many)),
        };
        let mut highest = f64::INFINITY;
        if zeros > 0.0 && zeros < all && !bins.are_whole {
            subtitle = format!("{subtitle}; {} are 0", percent(zeros / all));
            let has_zero = |bin: &&Bin| bin.from <= 0.0 && bin.to > 0.0;
            let others = bins.inside.iter().filter(|bin| !has_zero(bin)).map(|bin| bin.weight);
            let others = others.fold(0.0, f64::max);
            // Many do not wait at all. Those who do should be seen, too.
            let with_zeros = bins.inside.iter().find(has_zero).map_or(0.0, |bin| bin.weight);
            if others > 0.0 && with_zeros > CUT * others {
                subtitle += ", and their bar is cut";
                // A whole one, as the axis counts values.
                highest = (1.2 * others).ceil();
            }
        }
        let unit = self.unit.as_ref().filter(|_| is_time);
        let words =
            |weight: f64| format!("{} ({})", figure_of_count(weight), percent(weight / all));
        let marks = [
            ("mean", tally.mean()),
            ("median", tally.quantile(0.5)),
            ("95 % ≤", tally.quantile(0.95)),
        ];
        let extremes = (tally.least(), tally.most());
        chart(name, subtitle, unit, "values", &bins, extremes, &marks, (1.0, highest), &words)
    }

    fn picture_of_shares(&self, name: &str, level: &Level) -> Picture {
        let pieces: Vec<(f64, f64, f64)> = level.histogram().collect();
        let bins = Bins::of(&pieces, level.least(), level.most());
        let all: f64 = pieces.iter().map(|piece| piece.2).sum();
        let unit = self.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        let subtitle = if all > 0.0 {
            format!("% of the time at each value, of {}{unit}", time(all))
        } else {
            "no time has passed yet".to_owned()
        };
        let words = |weight: f64| percent(weight / all);
        let marks = [
            ("mean", level.mean()),
            ("median", level.quantile(0.5)),
            ("95 % ≤", level.quantile(0.95)),
        ];
        let extremes = (level.least(), level.most());
        chart(
            name,
            subtitle,
            None,
            "share of the time",
            &bins,
            extremes,
            &marks,
            (100.0 / all, f64::INFINITY),
            &words,
        )
    }
}

/// Returns the picture of bins. A weight is multiplied by `scale`, and told by `words`. The axis reaches to the highest
/// bar, but not above `highest`.
#[allow(clippy::too_many_arguments, reason = "what tallies and levels do not have in common")]
fn chart(
    name: &str,
    mut subtitle: String,
    unit: Option<&String>,
    up_name: &str,
    bins: &Bins,
    (least, most): (f64, f64),
    marks: &[(&str, f64)],
    (scale, highest): (f64, f64),
    words: &dyn Fn(f64) -> String,
) -> Picture {
    let half = if bins.are_whole { 0.5 } else { 0.0 };
    let mut bars: Vec<Bar> = Vec::new();
    let mut bar = |from: f64, to: f64, weight: f64, place: String, is_pale: bool| {
        let height = weight * scale;
        bars.push(Bar { from, to, height, place, words: words(weight), is_pale });
    };
    let (first, last) = (bins.inside.first(), bins.inside.last());
    if let (Some(first), Some(last)) = (first, last) {
        let width = (first.to - first.from + 2.0 * half).max(0.0);
        if bins.below > 0.0 {
            let to = first.from - half;
            bar(to - 2.0 * width, to, bins.below, format!("below {}", figure(first.from)), true);
            subtitle += &beyond("below", first.from, &words(bins.below), least);
        }
        for Bin { from, to, weight } in bins.inside.iter().copied() {
            let place = if from.to_bits() == to.to_bits() {
                figure(from)
            } else {
                format!("{} to {}", figure(from), figure(to))
            };
            let (from, to) = (from - half, to + half);
            // One number has a bar, too.
            let thin = if from < to { 0.0 } else { (0.02 * from.abs()).max(0.1) };
            bar(from - thin, to + thin, weight, place, false);
        }
        if bins.above > 0.0 {
            let from = last.to + half;
            bar(from, from + 2.0 * width, bins.above, format!("above {}", figure(last.to)), true);
            subtitle += &beyond("above", last.to, &words(bins.above), most);
        }
    } else if bins.below + bins.above > 0.0 {
        subtitle += "; none is finite";
    }
    let ends = bars.iter().flat_map(|bar| [bar.from, bar.to]);
    let (from, to) = ends
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), end| (from.min(end), to.max(end)));
    let across = if from < to && from.is_finite() && to.is_finite() {
        Axis::between(from, to, 8, bins.are_whole)
    } else {
        Axis::of_numbers([from, to], Ends::Close, 8)
    };
    let part = name.rsplit('.').next().unwrap_or(name).replace('_', " ");
    let heights = bars.iter().map(|bar| bar.height.min(highest)).chain([0.0]);
    BarChart {
        title: name.to_owned(),
        subtitle,
        across,
        across_name: unit.map_or(part.clone(), |unit| format!("{part}, {unit}")),
        up: Axis::of_numbers(heights, Ends::Whole, 6),
        up_name: up_name.to_owned(),
        bars,
        marks: marks
            .iter()
            .map(|&(what, at)| Mark { at, words: format!("{what} {}", figure(at)) })
            .collect(),
    }
    .picture()
}

fn beyond(side: &str, edge: f64, words: &str, extreme: f64) -> String {
    format!("; {words} {side} {}, to {} (pale)", figure(edge), figure(extreme))
}

/// Returns a count with all its digits.
fn figure_of_count(weight: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a count")]
    let weight = weight as u64;
    count(weight)
}
