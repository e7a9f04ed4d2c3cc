//! What stands first in the page of a report: facts about the run, and what went wrong.

use std::fmt::Write as _;

use crate::answers::figures::{count, time};
use crate::answers::report::{Measured, Report};
use crate::report::page::facts::{Facts, how_long};
use crate::report::page::page::in_lines;
use crate::trace::digest::Digest;
use crate::trace::kept::lock;
use crate::trace::standing::RunError;

impl Report {
    /// Returns the facts at the head of the page.
    pub(crate) fn facts_in_html(&self) -> String {
        let mut facts = Facts::default();
        let unit = self.unit.as_ref().map_or(String::new(), |unit| format!(" {unit}"));
        let span = format!("{} to {}{unit}", time(self.since), time(self.until));
        facts.add("time", &span);
        if self.runs > 1 {
            facts.add("runs", &count(self.runs));
        }
        if let Some(warm_up) = self.warm_up {
            let words =
                format!("until {}: it has not ended, so all since the start counts", time(warm_up));
            facts.add("warm-up", &words);
        }
        let log = self.origin.log.as_ref().map(|log| (lock(&log.kept), log.count));
        if self.warm_up.is_none() && log.as_ref().is_some_and(|(kept, _)| kept.from < self.since) {
            facts.add("warm-up", &format!("until {}", time(self.since)));
        }
        if let Some(standing) = &self.origin.standing {
            facts.add("seed", &standing.seed.to_string());
            if standing.replication > 0 {
                facts.add("replication", &count(standing.replication));
            }
        }
        facts.add("measured", &self.how_many());
        if let Some((kept, so_far)) = &log {
            let dropped = match kept.dropped {
                0 => String::new(),
                dropped => format!(", the oldest {} are not kept", count(dropped)),
            };
            facts.add("happenings", &(count(*so_far) + &dropped));
            if let Some(fingerprint) = Digest::of_kept(kept, *so_far) {
                facts.add("fingerprint", &format!("{fingerprint:016x}"));
            }
        }
        if let Some(standing) = &self.origin.standing {
            facts.add("it took", &how_long(standing.took));
        }
        facts.add("made by", concat!("asim ", env!("CARGO_PKG_VERSION")));
        facts.html()
    }

    /// Returns how many things there are, and how many measures of the model: `3 things, 1 tally`.
    fn how_many(&self) -> String {
        let of = |is_one: fn(&Measured) -> bool, one: &str, many: &str| {
            let number = self.entries.iter().filter(|entry| is_one(&entry.what)).count();
            let name = if number == 1 { one } else { many };
            (number > 0).then(|| format!("{} {name}", count(number as u64)))
        };
        let all = [
            of(|what| matches!(what, Measured::Thing { .. }), "thing", "things"),
            of(
                |what| matches!(what, Measured::Processes(_)),
                "type of processes",
                "types of processes",
            ),
            of(|what| matches!(what, Measured::Tally(_)), "tally", "tallies"),
            of(|what| matches!(what, Measured::Level(_)), "level", "levels"),
            of(|what| matches!(what, Measured::Counter(_)), "counter", "counters"),
        ];
        let all: Vec<String> = all.into_iter().flatten().collect();
        if all.is_empty() {
            "nothing: only what has a name is measured".to_owned()
        } else {
            all.join(", ")
        }
    }

    /// Returns the errors with which runs have ended, and what stands still.
    pub(crate) fn trouble_in_html(&self) -> String {
        let mut html = String::new();
        let errors = self.errors_of_runs();
        if !errors.is_empty() {
            html += "<section class=\"trouble\" id=\"errors\">\n";
            let several = errors.len() > 1;
            let heading =
                if several { "Runs ended with errors" } else { "The run ended with an error" };
            let _ = writeln!(html, "<h2>{heading}</h2>");
            for error in &errors {
                let at = time(error.time);
                let _ = write!(html, "<h3>At time {at}</h3>\n{}", in_lines(&error.text));
            }
            html += "</section>\n";
        }
        if let Some(standing) = &self.origin.standing
            && standing.blocked > 0
            && !standing.is_told_by(&errors)
        {
            let words = in_lines(&standing.standstill);
            if standing.is_complete {
                let why = "Nothing is left to happen, and there are processes that wait.";
                let _ = writeln!(
                    html,
                    "<section class=\"trouble\" id=\"standstill\">\n<h2>What stands still</h2>\n<p>{why}</p>\n\
                     {words}</section>"
                );
            } else {
                let many = count(standing.blocked as u64);
                let wait = if standing.blocked == 1 { "process waits" } else { "processes wait" };
                let _ = writeln!(
                    html,
                    "<details class=\"words\" id=\"standstill\"><summary>{many} {wait} at the end for something \
                     other than the time</summary>\n{words}</details>"
                );
            }
        }
        html
    }

    /// Returns the errors with which runs had ended when the report was made.
    fn errors_of_runs(&self) -> Vec<RunError> {
        let Some(log) = &self.origin.log else { return Vec::new() };
        let kept = lock(&log.kept);
        kept.errors.iter().filter(|error| error.after <= log.count).cloned().collect()
    }
}
