//! The head: what the page knows of the run beside its happenings.

use serde::Serialize;

use crate::report::replay::recording::Recording;
use crate::report::replay::scene::Scene;
use crate::trace::kept::Kept;
use crate::trace::standing::{RunError, Standing};

/// The version of the format. A script of another version says so.
const VERSION: u32 = 1;

/// The head, as the script reads it. `README.md` beside this file says what each field is.
#[derive(Debug, Serialize)]
struct Head<'a> {
    format: &'static str,
    version: u32,
    asim: &'static str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    seed: String,
    replication: u64,
    from: f64,
    until: f64,
    happenings: u64,
    dropped: u64,
    filtered: bool,
    bytes: usize,
    sum: u32,
    processes: u32,
    things: Vec<(&'a str, &'static str)>,
    names: Vec<(&'a str, u32)>,
    types: &'a [String],
    requests: &'a [&'static str],
    sites: Vec<String>,
    texts: Vec<&'a str>,
    errors: Vec<(u64, f64, &'a str)>,
    ending: String,
    standstill: bool,
    #[serde(flatten)]
    scene: &'a Scene,
}

/// Returns the head as JSON.
pub(crate) fn head(
    title: &str,
    unit: Option<&str>,
    recording: &Recording,
    kept: &Kept,
    count: u64,
    standing: Option<&Standing>,
    scene: &Scene,
) -> String {
    // What was dropped is dropped; what introduces those who were there stands before the others.
    let after = |error: &RunError| {
        let after = error.after.saturating_sub(kept.dropped) + recording.introduced;
        after.min(recording.count)
    };
    let errors: Vec<_> = kept.errors.iter().filter(|error| error.after <= count).collect();
    let from = if kept.dropped > 0 && recording.count > 0 { recording.first } else { kept.from };
    let last = if recording.count > 0 { recording.last } else { from };
    let until = standing.map_or(last, |standing| standing.time.max(last));
    let is_standstill = standing.is_some_and(|it| it.is_complete && it.blocked > 0);
    let has_failed = errors.last().is_some_and(|error| error.after == count);
    let ending = match standing {
        Some(standing)
            if standing.blocked > 0
                && (is_standstill || has_failed)
                && !standing.is_told_by(errors.iter().copied()) =>
        {
            &standing.standstill
        }
        _ => "",
    };
    let head = Head {
        format: "asim replay",
        version: VERSION,
        asim: env!("CARGO_PKG_VERSION"),
        title,
        unit,
        seed: standing.map(|standing| standing.seed.to_string()).unwrap_or_default(),
        replication: standing.map_or(0, |standing| standing.replication),
        from,
        until,
        happenings: recording.count,
        dropped: kept.dropped,
        filtered: kept.is_filtered,
        bytes: recording.bytes.len(),
        sum: recording.sum(),
        processes: recording.processes,
        things: kept.things().iter().map(|thing| (&*thing.name, thing.kind)).collect(),
        names: (recording.names.all.iter().map(|name| &**name))
            .zip(recording.type_of_name.iter().copied())
            .collect(),
        types: &recording.types.all,
        requests: &recording.requests.all,
        sites: recording.sites.all.iter().map(ToString::to_string).collect(),
        texts: recording.texts.all.iter().map(|text| &**text).collect(),
        errors: errors.iter().map(|error| (after(error), error.time, &*error.text)).collect(),
        ending: ending.to_owned(),
        standstill: is_standstill,
        scene,
    };
    // All of it is texts and numbers, which JSON has.
    serde_json::to_string(&head).unwrap_or_default()
}
