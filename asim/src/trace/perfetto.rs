//! The log for Perfetto (<https://ui.perfetto.dev>), in the JSON trace-event format: "Trace Event Format",
//! <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>.
//!
//! | what | how it is shown |
//! |---|---|
//! | a process | a track (a thread of the program `processes`), and a span from its start to its end |
//! | a hold | a span in that, from the grant to the release |
//! | a wait | a span in that, from the pause to the resumption |
//! | an interrupt, a preemption, a line of the model | an instant on the track |
//! | the level, the capacity of a thing | a counter of the program `things` |
//!
//! One unit of the model's time is shown as one second, to the nanosecond. A run that begins before zero is
//! shown from zero on.
//!
//! Spans of one track must lie inside each other. Holds need not: so when one ends that is not the last, those
//! above it are cut into two there.
//!
//! The file is an array with an event a line. The bracket at its end may be missing, as the format allows: so a
//! run that ends early leaves a file that opens.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::io::{self, Write};
use std::panic::Location;

use crate::trace::json::{push_number, push_site, push_text, push_whole};
use crate::trace::names::{Names, NumberHasher};
use crate::trace::output::Output;
use crate::trace::record::{Kind, Record, Side, What};
use crate::trace::sink::{Manner, Sink};
use crate::trace::view::View;

/// The numbers of the two programs that are shown.
const PROCESSES: u64 = 1;
const THINGS: u64 = 2;

/// Writes trace events.
pub(crate) struct Perfetto {
    output: Output,
    /// The time that is shown as zero, once it is known.
    origin: Option<f64>,
    tracks: HashMap<u32, Track, BuildHasherDefault<NumberHasher>>,
    /// How many tracks there are when it is time to forget those of processes that are gone.
    most_tracks: usize,
    /// Whether an event is written.
    has_begun: bool,
}

/// What is open on the track of a process, inside the span of its life.
#[derive(Debug, Default)]
struct Track {
    /// The things that it holds. The span of the last one is the innermost.
    holds: Vec<u32>,
    /// The things in whose lines the process has come to stand since it resumed.
    lines: Vec<u32>,
    wait: Wait,
    /// Whether the process has ended. What it gives back after that is not shown.
    has_ended: bool,
}

/// The line that made a request.
type Site = Option<&'static Location<'static>>;

/// The span of a wait.
#[derive(Debug, Default)]
enum Wait {
    #[default]
    None,
    /// It is open.
    Open { name: String, at: Site },
    /// It was closed at this time, when a hold began. The process may go on at once; if not, the span is
    /// opened again.
    Cut { name: String, at: Site, since: f64 },
}

/// So many tracks are kept, whether their processes are gone or not.
const FEW: usize = 1024;

/// The things that are held, from the grant to the release. An item or an amount is not.
fn is_held(kind: Option<&str>) -> bool {
    matches!(kind, Some("Resource" | "PreemptiveResource" | "Pool"))
}

impl Perfetto {
    pub(crate) fn new(output: Output) -> Self {
        Perfetto {
            output,
            origin: None,
            tracks: HashMap::default(),
            most_tracks: FEW,
            has_begun: false,
        }
    }

    /// Adds the beginning of an event: its phase, program, track and time.
    fn begin(&mut self, phase: char, program: u64, track: u32, time: f64) -> &mut Vec<u8> {
        let origin = *self.origin.get_or_insert(time.min(0.0));
        let to = self.output.text();
        let first: &[u8] = if self.has_begun { b",\n" } else { b"[\n" };
        self.has_begun = true;
        to.extend_from_slice(first);
        to.extend_from_slice(b"{\"ph\":\"");
        to.push(u8::try_from(phase).unwrap_or(b'i'));
        to.extend_from_slice(b"\",\"pid\":");
        push_whole(to, program);
        to.extend_from_slice(b",\"tid\":");
        push_whole(to, track.into());
        to.extend_from_slice(b",\"ts\":");
        push_microseconds(to, time - origin);
        to
    }

    /// Opens a span.
    fn open(&mut self, process: u32, time: f64, name: &str, category: &str, at: Site) {
        let to = self.begin('B', PROCESSES, process, time);
        to.extend_from_slice(b",\"cat\":\"");
        to.extend_from_slice(category.as_bytes());
        to.extend_from_slice(b"\",\"name\":");
        push_text(to, name);
        if let Some(at) = at {
            to.extend_from_slice(b",\"args\":{\"at\":");
            push_site(to, at);
            to.push(b'}');
        }
        to.push(b'}');
    }

    /// Closes the innermost span.
    fn close(&mut self, process: u32, time: f64) {
        self.begin('E', PROCESSES, process, time).push(b'}');
    }

    fn instant(&mut self, process: u32, time: f64, name: &str) {
        let to = self.begin('i', PROCESSES, process, time);
        to.extend_from_slice(b",\"s\":\"t\",\"name\":");
        push_text(to, name);
        to.push(b'}');
    }

    fn counter(&mut self, time: f64, thing: &str, what: &str, value: f64) {
        if !value.is_finite() {
            return;
        }
        let to = self.begin('C', THINGS, 0, time);
        to.extend_from_slice(b",\"name\":");
        push_text(to, thing);
        to.extend_from_slice(b",\"args\":{\"");
        to.extend_from_slice(what.as_bytes());
        to.extend_from_slice(b"\":");
        push_number(to, value);
        to.extend_from_slice(b"}}");
    }

    /// Gives a program or a track its name.
    fn name(&mut self, what: &str, program: u64, track: u32, name: &str) {
        let origin = self.origin.unwrap_or_default();
        let to = self.begin('M', program, track, origin);
        to.extend_from_slice(b",\"name\":\"");
        to.extend_from_slice(what.as_bytes());
        to.extend_from_slice(b"\",\"args\":{\"name\":");
        push_text(to, name);
        to.extend_from_slice(b"}}");
    }

    /// Begins the track of a process, if it has none yet.
    fn track(&mut self, record: &Record, names: &Names) -> bool {
        let Some(name) = names.process(record.process) else { return false };
        if let Some(track) = self.tracks.get(&record.process) {
            return !track.has_ended;
        }
        if self.tracks.len() >= self.most_tracks {
            self.tracks.retain(|&number, _| names.process(number).is_some());
            self.most_tracks = 2 * self.tracks.len() + FEW;
        }
        let name = format!("{name} #{}", record.process);
        self.name("thread_name", PROCESSES, record.process, &name);
        self.open(record.process, record.time, &name, "process", None);
        self.tracks.insert(record.process, Track::default());
        true
    }

    /// Ends the span of a wait.
    fn end_wait(&mut self, process: u32, time: f64) {
        let Some(track) = self.tracks.get_mut(&process) else { return };
        track.lines.clear();
        match std::mem::take(&mut track.wait) {
            Wait::None => {}
            Wait::Open { .. } => self.close(process, time),
            Wait::Cut { name, at, since } => {
                if since < time {
                    self.open(process, since, &name, "wait", at);
                    self.close(process, time);
                }
            }
        }
    }

    /// Begins the span of a hold. A wait that is open is cut.
    fn hold(&mut self, process: u32, time: f64, thing: u32, name: &str) {
        self.cut(process, time);
        let Some(track) = self.tracks.get_mut(&process) else { return };
        track.holds.push(thing);
        self.open(process, time, &format!("holds {name}"), "hold", None);
    }

    /// Closes the span of a wait that is open, so that a hold can begin or end around it.
    fn cut(&mut self, process: u32, time: f64) {
        let Some(track) = self.tracks.get_mut(&process) else { return };
        match std::mem::take(&mut track.wait) {
            Wait::None => {}
            Wait::Open { name, at } => {
                track.wait = Wait::Cut { name, at, since: time };
                self.close(process, time);
            }
            Wait::Cut { name, at, since } => {
                track.wait = Wait::Cut { name: name.clone(), at, since: time };
                if since < time {
                    self.open(process, since, &name, "wait", at);
                    self.close(process, time);
                }
            }
        }
    }

    /// Ends the span of a hold. Those inside are cut into two.
    fn release(&mut self, process: u32, time: f64, thing: u32, names: &Names) {
        let holds = self.tracks.get(&process).map(|track| track.holds.as_slice());
        let Some(at) = holds.and_then(|holds| holds.iter().rposition(|&held| held == thing)) else {
            return;
        };
        self.cut(process, time);
        let Some(track) = self.tracks.get_mut(&process) else { return };
        track.holds.remove(at);
        let above: Vec<u32> = track.holds[at..].to_vec();
        for _ in 0..=above.len() {
            self.close(process, time);
        }
        for held in above {
            let name = names.thing(held).map_or("", |name| name);
            self.open(process, time, &format!("holds {name}"), "hold", None);
        }
    }

    /// Ends all spans of a process.
    fn end(&mut self, record: &Record) {
        self.end_wait(record.process, record.time);
        let Some(track) = self.tracks.get_mut(&record.process) else { return };
        track.has_ended = true;
        // Those of its holds, and that of its life.
        for _ in 0..=std::mem::take(&mut track.holds).len() {
            self.close(record.process, record.time);
        }
    }

    fn pause(&mut self, record: &Record, names: &Names) {
        let Some(track) = self.tracks.get_mut(&record.process) else { return };
        let mut name = String::from("waits for ");
        for (n, &thing) in track.lines.iter().enumerate() {
            name.push_str(if n == 0 { "" } else { ", " });
            name.push_str(names.thing(thing).map_or("", |name| name));
        }
        if track.lines.is_empty() {
            name.push_str(record.request().unwrap_or_default());
        }
        let at = record.call_site();
        let (process, time) = (record.process, record.time);
        self.end_wait(process, time);
        self.open(process, time, &name, "wait", at);
        if let Some(track) = self.tracks.get_mut(&process) {
            track.wait = Wait::Open { name, at };
        }
    }
}

impl Sink for Perfetto {
    fn take(&mut self, record: &Record, names: &Names) {
        if !self.has_begun {
            self.origin = Some(record.time.min(0.0));
            self.name("process_name", PROCESSES, 0, "processes");
            self.name("process_name", THINGS, 0, "things");
        }
        let (process, time) = (record.process, record.time);
        let thing = names.thing(record.thing).map_or("", |name| name);
        if let What::Level(value) = record.what {
            self.counter(time, thing, "level", value);
        } else if let What::Capacity(value) = record.what {
            self.counter(time, thing, "capacity", value);
        } else if self.track(record, names) {
            match record.kind() {
                Kind::Paused => self.pause(record, names),
                Kind::Resumed => self.end_wait(process, time),
                Kind::Waits => {
                    if let Some(track) = self.tracks.get_mut(&process) {
                        track.lines.push(record.thing);
                    }
                }
                Kind::Granted
                    if record.side() == Some(Side::Take) && is_held(names.kind(record.thing)) =>
                {
                    self.hold(process, time, record.thing, thing);
                }
                Kind::Released => self.release(process, time, record.thing, names),
                Kind::Preempted => {
                    self.instant(process, time, &format!("preempted at {thing}"));
                    self.release(process, time, record.thing, names);
                }
                Kind::Interrupted => self.instant(process, time, "interrupted"),
                Kind::Logged => {
                    let text = View::new(record, names).text.unwrap_or_default();
                    self.instant(process, time, text);
                }
                Kind::Ended => self.end(record),
                Kind::Failed | Kind::Cancelled | Kind::Stopped | Kind::Panicked => {
                    self.instant(process, time, record.kind().name());
                    self.end(record);
                }
                Kind::Unfinished => self.instant(process, time, "has not ended"),
                _ => {}
            }
        } else if let What::Logged(text) = &record.what {
            self.instant(0, time, text);
        }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        self.output.write_if_much()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        let end: &[u8] = if self.has_begun { b"\n]\n" } else { b"[]\n" };
        self.output.text().write_all(end)?;
        self.output.flush()
    }

    fn manner(&self) -> Manner {
        self.output.manner()
    }

    fn name(&self) -> String {
        self.output.name()
    }
}

/// Adds a time of the model in the format's microseconds, to the nanosecond.
fn push_microseconds(to: &mut Vec<u8>, time: f64) {
    // From the largest on, the cast stands still: after 292 years of seconds.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded; it saturates"
    )]
    let nanoseconds = (time * 1e9).round() as u64;
    push_whole(to, nanoseconds / 1000);
    let rest = nanoseconds % 1000;
    if rest != 0 {
        to.push(b'.');
        to.extend_from_slice(if rest < 10 {
            b"00"
        } else if rest < 100 {
            b"0"
        } else {
            b""
        });
        push_whole(to, rest);
    }
}
