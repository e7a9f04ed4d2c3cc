//! What must be true of the log of every run.

use asim::{Kind, Trace};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

/// What a process does, as the log tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Waits,
    Runs,
    Ended,
}

/// Checks that the log tells of possible lives, in the order of time.
///
/// # Panics
/// When it does not.
pub(super) fn check(log: &Trace) {
    let (mut lives, mut last) = (BTreeMap::new(), f64::NEG_INFINITY);
    // Whose turn it is.
    let mut active = None;
    for happening in log {
        assert!(happening.time >= last, "time goes back at {happening}\n{log}");
        last = happening.time;
        let Some(who) = &happening.process else { continue };
        let life = lives.get(&who.number).copied();
        let next = match happening.kind {
            Kind::Started => {
                assert_eq!(life, None, "{happening}\n{log}");
                Life::Waits
            }
            Kind::Resumed => {
                assert_eq!((life, active), (Some(Life::Waits), None), "{happening}\n{log}");
                active = Some(who.number);
                Life::Runs
            }
            Kind::Paused | Kind::Ended | Kind::Failed | Kind::Panicked => {
                assert_eq!(life, Some(Life::Runs), "{happening}\n{log}");
                assert_eq!(active.take(), Some(who.number), "{happening}\n{log}");
                if happening.kind == Kind::Paused { Life::Waits } else { Life::Ended }
            }
            // One that cancels itself pauses first. An end that another one causes hits one that waits.
            Kind::Cancelled | Kind::Stopped => {
                assert_eq!(life, Some(Life::Waits), "{happening}\n{log}");
                Life::Ended
            }
            Kind::Interrupted | Kind::Unfinished => {
                assert!(life.is_some_and(|life| life != Life::Ended), "{happening}\n{log}");
                continue;
            }
            _ => continue,
        };
        lives.insert(who.number, next);
    }
}

/// The log of a run for Perfetto.
#[derive(Clone, Default)]
pub(super) struct Written(Rc<RefCell<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    /// Checks that the spans of each track lie inside each other, and that those of a process that has ended
    /// have ended.
    ///
    /// # Panics
    /// When they do not.
    pub(super) fn check(&self, log: &Trace) {
        let text = String::from_utf8(self.0.borrow().clone()).expect("JSON is text");
        assert!(text.ends_with("]\n"), "{text}");
        let value = |line: &str, key: &str| -> u64 {
            let (_, rest) = line.split_once(key).expect("every event has it");
            let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            rest[..digits].parse().expect("a number")
        };
        // The begins and ends of each track, in the order of time. (Whole times, so no fractions.)
        let mut events: Vec<&str> = text.lines().filter(|line| line.contains("\"ts\":")).collect();
        events.sort_by_key(|line| value(line, "\"ts\":"));
        let mut depths = BTreeMap::<u64, u32>::new();
        for event in events {
            let depth = depths.entry(value(event, "\"tid\":")).or_default();
            if event.starts_with(r#"{"ph":"B""#) {
                *depth += 1;
            } else if event.starts_with(r#"{"ph":"E""#) {
                *depth = depth.checked_sub(1).unwrap_or_else(|| panic!("{event}\n{text}\n{log}"));
            }
        }
        let left: BTreeMap<u32, usize> =
            log.of_kind(Kind::Unfinished).filter_map(|it| Some((it.process?.number, 0))).collect();
        for (track, depth) in depths {
            let is_left = u32::try_from(track).is_ok_and(|track| left.contains_key(&track));
            assert_eq!(depth > 0, is_left, "track {track}\n{text}\n{log}");
        }
    }
}
