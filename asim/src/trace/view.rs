//! A view: a happening with borrowed names, as the writers see it, and its line of text.

use std::{fmt, panic::Location};

use crate::trace::names::Names;
use crate::trace::record::{Kind, Record, Side};

/// A happening with borrowed names. The fields are those of `Happening`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) time: f64,
    pub(crate) kind: Kind,
    pub(crate) process: Option<(u32, &'a str)>,
    pub(crate) thing: Option<&'a str>,
    pub(crate) side: Option<Side>,
    pub(crate) level: Option<f64>,
    pub(crate) request: Option<&'static str>,
    pub(crate) call_site: Option<&'static Location<'static>>,
    pub(crate) text: Option<&'a str>,
}

impl<'a> View<'a> {
    pub(crate) fn new(record: &'a Record, names: &'a Names) -> Self {
        View {
            time: record.time,
            kind: record.kind(),
            process: names.process(record.process).map(|name| (record.process, &**name)),
            thing: names.thing(record.thing).map(|name| &**name),
            side: record.side(),
            level: record.level(),
            request: record.request(),
            call_site: record.call_site(),
            text: record.text().map(|text| &**text),
        }
    }
}

/// The widths of the columns: the time, the process, the thing.
const WIDTHS: [usize; 3] = [12, 24, 16];

/// The names of the columns, as the first line of a file shows them.
pub(crate) fn heading() -> String {
    let [time, process, thing] = WIDTHS;
    format!("{:>time$}  {:process$}  {:thing$}  what happened", "time", "process", "thing")
}

/// Writes at most 32 spaces. (Formatting with a width writes them one by one.)
fn spaces(f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
    const SPACES: &str = "                                ";
    f.write_str(&SPACES[..count.min(SPACES.len())])
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [time, process, thing] = WIDTHS;
        write!(f, "{:>time$}  ", self.time)?;
        match self.process {
            Some((number, name)) => {
                let digits = number.checked_ilog10().unwrap_or(0) as usize + 1;
                write!(f, "{} #{number}", OneLine(name))?;
                spaces(f, process.saturating_sub(digits + 2 + name.chars().count()) + 2)?;
            }
            None => spaces(f, process + 2)?,
        }
        let name = self.thing.unwrap_or_default();
        OneLine(name).fmt(f)?;
        spaces(f, thing.saturating_sub(name.chars().count()) + 2)?;
        self.write_what(f)
    }
}

impl View<'_> {
    fn write_what(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let put = self.side == Some(Side::Put);
        match self.kind {
            Kind::Started => f.write_str("starts"),
            Kind::Introduced => f.write_str("is there already"),
            Kind::Paused => {
                f.write_str("waits for ")?;
                self.write_request(f)
            }
            Kind::Resumed => f.write_str("goes on"),
            Kind::Interrupted => f.write_str("is interrupted"),
            Kind::Ended => f.write_str("ends"),
            Kind::Failed => f.write_str("fails"),
            Kind::Cancelled => f.write_str("is cancelled"),
            Kind::Stopped => f.write_str("is ended by the interrupt"),
            Kind::Panicked => f.write_str("panics"),
            Kind::Unfinished if self.request.is_none() => f.write_str("has not ended"),
            Kind::Unfinished => {
                f.write_str("has not ended: it waits for ")?;
                self.write_request(f)
            }
            Kind::Waits => f.write_str(if put { "in line to put" } else { "in line" }),
            Kind::Granted => f.write_str(if put { "put" } else { "granted" }),
            Kind::Left => f.write_str(if put { "left the line to put" } else { "left the line" }),
            Kind::Refused => f.write_str(if put { "no room" } else { "nothing to have" }),
            Kind::Changed => f.write_str("changed"),
            Kind::Released => f.write_str("released"),
            Kind::Preempted => f.write_str("preempted"),
            Kind::Level => write!(f, "level {}", self.level.unwrap_or_default()),
            Kind::Capacity if self.level == Some(f64::INFINITY) => f.write_str("no bound"),
            Kind::Capacity => write!(f, "capacity {}", self.level.unwrap_or_default()),
            Kind::Logged => write!(f, "{}", OneLine(self.text.unwrap_or_default())),
        }
    }

    fn write_request(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.request.unwrap_or_default())?;
        self.call_site.map_or(Ok(()), |at| write!(f, " ({at})"))
    }
}

/// A text that stays on its line: control characters are shown as in Rust's source.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |byte: u8| (0x20..0x7F).contains(&byte);
        if self.0.bytes().all(is_plain) || !self.0.contains(char::is_control) {
            return f.write_str(self.0);
        }
        for letter in self.0.chars() {
            if letter.is_control() {
                write!(f, "{}", letter.escape_default())?;
            } else {
                write!(f, "{letter}")?;
            }
        }
        Ok(())
    }
}
