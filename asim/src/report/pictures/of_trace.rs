//! What the pictures of a trace have in common: the history that they show, and names that are not there.

use crate::answers::origin::LogSoFar;
use crate::answers::trace::Trace;
use crate::report::history::history::History;
use crate::trace::kept::lock;

/// How many names of things an error has.
const SHOWN: usize = 12;
/// A name that differs in so few letters is meant.
const ALIKE: usize = 2;

/// Returns the history of a trace, up to now, or to the end of its simulation.
pub(crate) fn history(trace: &Trace) -> History {
    trace.look();
    let log = LogSoFar { count: lock(&trace.kept).count(), kept: trace.kept.clone() };
    let kernel = trace.kernel.upgrade();
    let (end, since) = {
        let kept = lock(&trace.kept);
        (kept.end.as_ref().map(|end| end.time), kept.measured_since)
    };
    let now = kernel.as_ref().map(|kernel| kernel.now.get());
    let mut history = History::of(&log, now.or(end).unwrap_or(f64::NEG_INFINITY));
    history.warm_up = kernel.map(|kernel| kernel.measured.since.get()).or(since);
    history
}

impl History {
    /// Returns the place of the thing with this name.
    ///
    /// # Panics
    ///
    /// If there is none. The message says which names are like it.
    #[track_caller]
    pub(crate) fn place_of(&self, name: &str) -> usize {
        let Some(place) = self.find(name) else {
            panic!("there is no thing `{name}` in the log{}", self.names_like(name));
        };
        place
    }

    fn names_like(&self, name: &str) -> String {
        like(name, self.things.iter().map(|thing| &*thing.name))
            .unwrap_or_else(|| ": no thing with a name has occurred in it".to_owned())
    }
}

/// Returns which names are like this one: `; did you mean ..?`. `None` if there are no names.
pub(crate) fn like<'a>(asked: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut names: Vec<(usize, &str)> =
        names.map(|name| (strsim::damerau_levenshtein(asked, name), name)).collect();
    names.sort_by_key(|(distance, _)| *distance);
    let (distance, first) = names.first()?;
    if *distance <= ALIKE {
        return Some(format!("; did you mean `{first}`?"));
    }
    let shown: Vec<String> =
        names.iter().take(SHOWN).map(|(_, name)| format!("`{name}`")).collect();
    let shown = shown.join(", ");
    Some(match names.len().saturating_sub(SHOWN) {
        0 => format!("; there are {shown}"),
        more => format!("; most alike are {shown}, and there are {more} more"),
    })
}
