use std::sync::{Arc, Mutex};

use crate::prelude::*;
use crate::report::replay::models_of_tests::everything;
use crate::report::replay::recording::{PUT, Recording, SAME_PROCESS, TIME, is_at_a_thing};
use crate::trace::kept::{Kept, lock};
use crate::{Kind, Side, Trace};

/// What a page knows of a happening.
#[derive(Debug, Clone, PartialEq)]
struct Read {
    time: f64,
    kind: u8,
    process: u32,
    thing: u32,
    is_put: bool,
    /// The bits of level or capacity.
    level: Option<u64>,
    /// A name, a text, or the request.
    text: String,
    site: String,
}

/// Reads the bytes as the script does.
struct Reader<'a> {
    recording: &'a Recording,
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.recording.bytes[self.at - 1]
    }

    fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u32::from(byte & 127) << shift;
            shift += 7;
            if byte & 128 == 0 {
                return number;
            }
        }
    }

    fn double(&mut self) -> f64 {
        f64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    fn all(mut self) -> Vec<Read> {
        let (mut all, mut time, mut process) = (Vec::new(), f64::NAN, 0);
        while self.at < self.recording.bytes.len() {
            let first = self.byte();
            let kind = first & 31;
            if first & TIME != 0 {
                time = self.double();
            }
            if first & SAME_PROCESS == 0 {
                process = self.number();
            }
            let is = |kinds: &[Kind]| kinds.iter().any(|&it| it as u8 == kind);
            let is_thing = (12..=21).contains(&kind) && kind != 19;
            let thing = if is_thing { self.number() } else { 0 };
            let level = is(&[Kind::Level, Kind::Capacity]).then(|| match self.number() {
                1 => self.double().to_bits(),
                even => f64::from(even / 2).to_bits(),
            });
            let (mut text, mut site) = (String::new(), String::new());
            if is(&[Kind::Started, Kind::Introduced]) {
                text = self.recording.names.all[self.number() as usize].to_string();
            } else if is(&[Kind::Logged]) {
                text = self.recording.texts.all[self.number() as usize].to_string();
            } else if is(&[Kind::Paused, Kind::Unfinished]) {
                let (request, at) = (self.number() as usize, self.number() as usize);
                text =
                    request.checked_sub(1).map_or("", |it| self.recording.requests.all[it]).into();
                site = at
                    .checked_sub(1)
                    .map_or(String::new(), |it| self.recording.sites.all[it].to_string());
            }
            let is_put = first & PUT != 0;
            all.push(Read { time, kind, process, thing, is_put, level, text, site });
        }
        all
    }
}

/// What the log says, in the same form.
fn told(kept: &Kept, count: usize) -> Vec<Read> {
    let told = kept.noted().take(count).map(|noted| {
        let record = &noted.record;
        let text = match record.kind() {
            Kind::Started | Kind::Introduced => noted.process.as_deref().unwrap_or_default(),
            Kind::Logged => record.text().unwrap(),
            _ => record.request().unwrap_or_default(),
        };
        Read {
            time: record.time,
            kind: record.kind() as u8,
            process: record.process,
            thing: record.thing,
            is_put: record.side() == Some(Side::Put),
            level: record.level().map(f64::to_bits),
            text: text.to_owned(),
            site: record.call_site().map(ToString::to_string).unwrap_or_default(),
        }
    });
    told.collect()
}

fn read(recording: &Recording) -> Vec<Read> {
    Reader { recording, at: 0 }.all()
}

#[test]
fn what_is_recorded_comes_back() {
    let trace = {
        let sim = Simulation::seeded(7);
        let trace = sim.trace();
        everything(&sim);
        trace
    };
    let kept = lock(&trace.kept);
    let all = told(&kept, usize::MAX);
    let kinds: std::collections::BTreeSet<u8> = all.iter().map(|it| it.kind).collect();
    assert!(all.len() > 1000 && kinds.len() >= 12, "{} {kinds:?}", all.len());
    for count in [0, 1, 2, 500, all.len()] {
        let recording = Recording::of(&kept, count as u64);
        assert_eq!(recording.count, count as u64);
        assert_eq!(read(&recording), all[..count]);
    }
}

#[test]
fn things_are_named_for_the_kinds_that_have_one() {
    for number in 1..=21 {
        let kinds = [Kind::Waits, Kind::Logged, Kind::Changed, Kind::Paused, Kind::Level];
        for kind in kinds.into_iter().filter(|kind| *kind as u8 == number) {
            assert_eq!(is_at_a_thing(kind), matches!(number, 12..=18 | 20 | 21), "{kind}");
        }
    }
}

#[test]
fn every_value_comes_back() {
    let trace =
        Trace { kept: Arc::new(Mutex::new(Kept::new(usize::MAX))), kernel: std::rc::Weak::new() };
    let mut names = crate::trace::names::Names::default();
    names.add_thing("level", "Resource");
    let values = [
        0.0,
        -0.0,
        1.0,
        63.0,
        64.0,
        0.5,
        -1.0,
        1e300,
        f64::INFINITY,
        1_073_741_823.0,
        1_073_741_824.0,
    ];
    for (number, value) in values.into_iter().enumerate() {
        let what = crate::trace::record::What::Level(value);
        let process = u32::MAX >> number;
        let record = crate::trace::record::Record { time: value, process, thing: 1, what };
        lock(&trace.kept).take(&record, &names);
    }
    let kept = lock(&trace.kept);
    let recording = Recording::of(&kept, u64::MAX);
    let back: Vec<u64> = read(&recording).iter().map(|it| it.level.unwrap()).collect();
    assert_eq!(back, values.map(f64::to_bits));
    let processes: Vec<u32> = read(&recording).iter().map(|it| it.process).collect();
    assert_eq!(processes[..3], [u32::MAX, u32::MAX >> 1, u32::MAX >> 2]);
}

#[test]
fn who_was_there_before_the_first_that_is_kept_is_introduced() {
    let sim = Simulation::seeded(7);
    let trace = sim.tracing().last(100).in_memory();
    everything(&sim);
    trace.look();
    let kept = lock(&trace.kept);
    let recording = Recording::of(&kept, u64::MAX);
    let all = read(&recording);
    let introduced = usize::try_from(recording.introduced).unwrap();
    assert!(introduced > 1, "{introduced}");
    assert_eq!(all[introduced..], told(&kept, usize::MAX));
    let mut known = std::collections::BTreeSet::new();
    for happening in &all {
        if matches!(happening.kind, 1 | 2) {
            assert!(known.insert(happening.process));
        }
        assert!(happening.process == 0 || known.contains(&happening.process), "{happening:?}");
    }
}
