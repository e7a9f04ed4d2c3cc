//! What the ranks say to each other, as bytes.
//!
//! All numbers are little-endian; what a model measures travels by its bits. Names are long, and mostly the
//! same from row to row: a rank sends them once, with a number, and then the number alone.

use std::sync::Arc;

use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::{Outcome, Row};

/// What one rank says to another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    /// Rank 0 begins an experiment. All ranks must have the same plan, so it says which one it has.
    Begin { plan: u64 },
    /// A rank is ready, with so many workers.
    Ready { workers: u64 },
    /// Rank 0 hands over a job.
    Make(Job),
    /// A rank gives the outcome of a job.
    Made(Outcome),
    /// Rank 0 is done. All ranks end with this exit code.
    Done { code: u8 },
    /// The last message of a rank.
    Bye,
}

/// How many lists of names are known at the same time. A list more takes the place of the oldest.
const LISTS: usize = 64;

/// The lists of names that went one way, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Names {
    lists: Vec<Arc<[String]>>,
    oldest: usize,
}

impl Names {
    /// Returns the number of a list, and whether it is new.
    fn number_of(&mut self, names: &Arc<[String]>) -> (u64, bool) {
        let same = |known: &Arc<[String]>| Arc::ptr_eq(known, names) || known == names;
        match self.lists.iter().position(same) {
            Some(number) => (number as u64, false),
            None => (self.add(Arc::clone(names)) as u64, true),
        }
    }

    fn add(&mut self, names: Arc<[String]>) -> usize {
        if self.lists.len() < LISTS {
            self.lists.push(names);
            return self.lists.len() - 1;
        }
        let number = self.oldest;
        self.lists[number] = names;
        self.oldest = (number + 1) % LISTS;
        number
    }
}

const BEGIN: u8 = 0;
const READY: u8 = 1;
const MAKE: u8 = 2;
const MADE: u8 = 3;
const DONE: u8 = 4;
const BYE: u8 = 5;

impl Message {
    /// Returns the bytes. `sent` are the names that went the same way before.
    pub(crate) fn to_bytes(&self, sent: &mut Names) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Message::Begin { plan } => {
                bytes.push(BEGIN);
                put(&mut bytes, *plan);
            }
            Message::Ready { workers } => {
                bytes.push(READY);
                put(&mut bytes, *workers);
            }
            Message::Make(job) => {
                bytes.push(MAKE);
                put_job(&mut bytes, *job);
            }
            Message::Made(outcome) => {
                bytes.push(MADE);
                put_outcome(&mut bytes, outcome, sent);
            }
            Message::Done { code } => bytes.extend([DONE, *code]),
            Message::Bye => bytes.push(BYE),
        }
        bytes
    }

    /// Returns the message, or `None` if these bytes are none. `received` are the names that came the same
    /// way before.
    pub(crate) fn from_bytes(bytes: &[u8], received: &mut Names) -> Option<Message> {
        let mut bytes = Bytes(bytes);
        let message = match bytes.byte()? {
            BEGIN => Message::Begin { plan: bytes.number()? },
            READY => Message::Ready { workers: bytes.number()? },
            MAKE => Message::Make(bytes.job()?),
            MADE => Message::Made(bytes.outcome(received)?),
            DONE => Message::Done { code: bytes.byte()? },
            BYE => Message::Bye,
            _ => return None,
        };
        bytes.0.is_empty().then_some(message)
    }
}

fn put(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(number.to_le_bytes());
}

fn put_text(bytes: &mut Vec<u8>, text: &[u8]) {
    put(bytes, text.len() as u64);
    bytes.extend(text);
}

fn put_job(bytes: &mut Vec<u8>, job: Job) {
    put(bytes, job.replication);
    put(bytes, job.scenario as u64);
}

fn put_outcome(bytes: &mut Vec<u8>, outcome: &Outcome, sent: &mut Names) {
    put_job(bytes, outcome.job);
    put(bytes, outcome.seconds.to_bits());
    match &outcome.end {
        Ok(rows) => {
            bytes.push(1);
            put(bytes, rows.len() as u64);
            for row in rows {
                put_row(bytes, row, sent);
            }
        }
        Err(failure) => {
            bytes.push(0);
            // It is rare, and has a form of its own already.
            put_text(bytes, &serde_json::to_vec(failure).expect("a failure is plain text"));
        }
    }
}

fn put_row(bytes: &mut Vec<u8>, row: &Row, sent: &mut Names) {
    let (number, new) = sent.number_of(&row.names);
    put(bytes, number);
    bytes.push(u8::from(new));
    if new {
        put(bytes, row.names.len() as u64);
        for name in row.names.iter() {
            put_text(bytes, name.as_bytes());
        }
    }
    put(bytes, row.values.len() as u64);
    for value in &row.values {
        put(bytes, value.to_bits());
    }
}

/// The bytes that are still to read.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn number(&mut self) -> Option<u64> {
        let bytes = self.take(8)?;
        Some(u64::from_le_bytes(bytes.try_into().expect("eight bytes")))
    }

    fn count(&mut self) -> Option<usize> {
        self.number()?.try_into().ok()
    }

    fn float(&mut self) -> Option<f64> {
        self.number().map(f64::from_bits)
    }

    fn text(&mut self) -> Option<&[u8]> {
        let length = self.count()?;
        self.take(length)
    }

    fn job(&mut self) -> Option<Job> {
        Some(Job { replication: self.number()?, scenario: self.count()? })
    }

    /// As many of something as the next number says. A number that is wrong takes no memory: the bytes end.
    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.count()?;
        let mut list = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            list.push(one(self)?);
        }
        Some(list)
    }

    fn outcome(&mut self, received: &mut Names) -> Option<Outcome> {
        let (job, seconds) = (self.job()?, self.float()?);
        let end = match self.byte()? {
            1 => Ok(self.list(|bytes| bytes.row(received))?),
            0 => Err(serde_json::from_slice(self.text()?).ok()?),
            _ => return None,
        };
        Some(Outcome { job, seconds, end })
    }

    fn row(&mut self, received: &mut Names) -> Option<Row> {
        let number = self.count()?;
        if self.byte()? == 1 {
            let name = |bytes: &mut Self| String::from_utf8(bytes.text()?.to_vec()).ok();
            let names = self.list(name)?;
            // Both sides count alike.
            if received.add(names.into()) != number {
                return None;
            }
        }
        let names = Arc::clone(received.lists.get(number)?);
        let values = self.list(Self::float)?;
        (values.len() == names.len()).then(|| Row { names, values: values.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::work::outcome::{Failure, FailureKind};

    fn names(names: &[&str]) -> Arc<[String]> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn made(replication: u64, end: Result<Vec<Row>, Failure>) -> Message {
        let job = Job { replication, scenario: 3 };
        Message::Made(Outcome { job, seconds: 0.1, end })
    }

    /// The message as the other side has it.
    fn travelled(message: &Message, way: &mut (Names, Names)) -> Option<Message> {
        Message::from_bytes(&message.to_bytes(&mut way.0), &mut way.1)
    }

    #[test]
    fn each_message_arrives_as_it_was_sent() {
        let failure = Failure { kind: FailureKind::Panicked, message: "at \"8\"\nµ".to_owned() };
        let values: Box<[f64]> = [f64::NAN, f64::INFINITY, -0.0, 5e-324, 1.0 / 3.0].into();
        let row = Row { names: names(&["a", "b.mean", "µ", "", "e"]), values };
        let none = Row { names: names(&[]), values: [].into() };
        let messages = [
            Message::Begin { plan: u64::MAX },
            Message::Ready { workers: 128 },
            Message::Make(Job { replication: u64::MAX, scenario: usize::MAX }),
            made(1, Ok(vec![row.clone(), none, row])),
            made(2, Ok(vec![])),
            made(3, Err(failure)),
            Message::Done { code: 143 },
            Message::Bye,
        ];
        let way: &mut (Names, Names) = &mut Default::default();
        for message in messages {
            assert_eq!(travelled(&message, way), Some(message));
        }
    }

    #[test]
    fn names_travel_once() {
        let of =
            |names: Arc<[String]>, value| made(1, Ok(vec![Row { names, values: [value].into() }]));
        let long = "a name that is quite long".to_owned();
        let way: &mut (Names, Names) = &mut Default::default();
        let lengths = [(&long, 1.0), (&long, 2.0)].map(|(name, value)| {
            let message = of(names(&[name]), value);
            let bytes = message.to_bytes(&mut way.0);
            assert_eq!(Message::from_bytes(&bytes, &mut way.1), Some(message));
            bytes.len()
        });
        assert_eq!(
            lengths[0] - lengths[1],
            8 + 8 + long.len(),
            "equal names, although not the same"
        );
    }

    #[test]
    fn more_lists_of_names_than_are_kept() {
        let way: &mut (Names, Names) = &mut Default::default();
        for round in 0..3 {
            for list in 0..LISTS + 7 {
                let names = names(&[&format!("measure {list}")]);
                let message = made(round, Ok(vec![Row { names, values: [1.0].into() }; 2]));
                assert_eq!(travelled(&message, way), Some(message));
            }
        }
        assert_eq!((way.0.lists.len(), way.1.lists.len()), (LISTS, LISTS));
    }

    #[test]
    fn bytes_that_end_too_early_or_too_late_are_no_message() {
        let row = Row { names: names(&["a", "b"]), values: [1.0, 2.0].into() };
        let bytes = made(1, Ok(vec![row])).to_bytes(&mut Names::default());
        for end in 0..bytes.len() {
            assert_eq!(Message::from_bytes(&bytes[..end], &mut Names::default()), None, "{end}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Message::from_bytes(&longer, &mut Names::default()), None);
        assert!(Message::from_bytes(&bytes, &mut Names::default()).is_some());
    }

    #[test]
    fn bytes_that_are_wrong_do_no_harm() {
        let row = Row { names: names(&["a", "b"]), values: [1.0, 2.0].into() };
        let bytes = made(1, Ok(vec![row])).to_bytes(&mut Names::default());
        for at in 0..bytes.len() {
            for wrong in [0, 1, 0x7f, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = wrong;
                // Some are other messages, and some are none. None panics or asks for all memory.
                drop(Message::from_bytes(&bytes, &mut Names::default()));
            }
        }
    }
}
