//! The pictures of a report: of each thing over time, if there is a log, and how often which value was.

use std::collections::HashMap;

use crate::answers::report::{Entry, Measured, Report};
use crate::report::history::history::{History, ThingHistory};
use crate::report::history::steps::Steps;
use crate::report::page::figure::Figures;
use crate::report::page::parts::Parts;
use crate::report::pictures::distribution_picture::Part;

/// The pictures of a page, as they are made.
pub(crate) struct Pictures<'r> {
    report: &'r Report,
    history: Option<&'r History>,
    /// The places of the things in the log, by their names and kinds.
    places: HashMap<(&'r str, String), usize>,
    /// Of what there is a distribution.
    distributions: HashMap<String, Part<'r>>,
    figures: Figures,
}

impl<'r> Pictures<'r> {
    pub(crate) fn new(report: &'r Report, history: Option<&'r History>) -> Self {
        let things = history.map_or(&[][..], |history| &history.things);
        let key = |(place, thing): (usize, &'r ThingHistory)| {
            ((&*thing.name, thing.kind.to_lowercase()), place)
        };
        Pictures {
            report,
            history,
            places: things.iter().enumerate().map(key).collect(),
            distributions: report.parts().into_iter().collect(),
            figures: Figures::default(),
        }
    }

    /// Returns the pictures of what was measured under one name.
    pub(crate) fn of(&mut self, entry: &Entry) -> String {
        let mut html = String::new();
        let name = &entry.name;
        let place = self.places.get(&(name.as_str(), entry.what.kind().to_lowercase())).copied();
        let mut over_time = [false; 2];
        if let (Some(history), Some(place)) = (self.history, place) {
            if let Some(picture) = history.picture_of_level(place) {
                over_time[0] = true;
                html += &self.figures.html(&picture, &format!("{name} over time"));
            }
            let thing = &history.things[place];
            if is_used(&thing.line) || is_used(&thing.put_line) {
                over_time[1] = true;
                let picture = history.picture_of_line(place);
                html +=
                    &self.figures.html(&picture, &format!("How many wait for {name}, over time"));
            }
        }
        for part in Parts::of(entry).rows {
            let Some(distribution) = self.distributions.get(&part.name).copied() else { continue };
            let caption = match (distribution, part.label.as_str()) {
                // What is seen over time needs no other picture.
                (Part::Level(_), "line" | "get line" | "put line") if over_time[1] => continue,
                (Part::Level(_), label) if over_time[0] && !label.ends_with("line") => continue,
                // It was the same all the time, or there is no value.
                (Part::Level(level), _) if level.least() == level.most() => continue,
                (Part::Tally { tally, .. }, _) if tally.is_empty() => continue,
                // There may be many, and they are in the table.
                (_, label) if label.starts_with("waits: ") => continue,
                (Part::Level(_), _) => format!("How long {} was at each value", part.name),
                (Part::Tally { .. }, _) => {
                    format!("How the values of {} are distributed", part.name)
                }
            };
            let picture = self.report.picture_of_part(&part.name, distribution);
            html += &self.figures.html(&picture, &caption);
        }
        if html.is_empty() { html } else { format!("<div class=\"pictures\">\n{html}</div>\n") }
    }

    /// Returns the picture of who held what when; nothing if nothing was held.
    pub(crate) fn of_holds(&mut self) -> String {
        let Some(history) = self.history else { return String::new() };
        if history.things.iter().all(|thing| thing.holds.is_empty()) {
            return String::new();
        }
        self.figures.html(&history.picture_of_holds(), "Who held what, from when to when")
    }
}

/// Whether somebody has waited in a line.
fn is_used(line: &Steps) -> bool {
    line.points().iter().any(|point| point.1 > 0.0)
}

/// Whether an entry has a line in a table, and pictures, but no section.
pub(crate) fn has_only_pictures(what: &Measured) -> bool {
    matches!(what, Measured::Tally(_) | Measured::Level(_))
}
