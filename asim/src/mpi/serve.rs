//! Every rank but the first: it makes the jobs that rank 0 hands over, until rank 0 is done.

use std::thread;
use std::time::Duration;

use crate::experiment::work::crew::Crew;
use crate::mpi::link::Link;
use crate::mpi::pace::Pace;
use crate::mpi::wire::{Message, Names};

/// How the service ended.
#[derive(Debug)]
pub(crate) enum Served<C> {
    /// Rank 0 is done.
    Done {
        /// What all ranks end with.
        code: u8,
        /// The own workers, if there was a beginning. Some may still be at work, in vain.
        crew: Option<C>,
    },
    /// Rank 0 makes another experiment: it is another program, or has another command line.
    AnotherPlan,
}

/// Serves rank 0 until it is done. `plan` is the number of what this rank would make, `None` if it could make
/// nothing; `start` starts its workers.
pub(crate) fn serve<C: Crew>(
    link: &mut dyn Link,
    plan: Option<u64>,
    start: impl FnOnce() -> C,
) -> Served<C> {
    match wait_for_message(link) {
        Message::Begin { plan: theirs } if Some(theirs) == plan => make_jobs(link, start()),
        Message::Begin { .. } => Served::AnotherPlan,
        Message::Done { code } => {
            say(link, &Message::Bye, &mut Names::default());
            Served::Done { code, crew: None }
        }
        other => panic!("rank 0 does not begin but says {other:?}"),
    }
}

fn make_jobs<C: Crew>(link: &mut dyn Link, mut crew: C) -> Served<C> {
    let (mut in_hand, mut pace, mut names) = (0_usize, Pace::default(), Names::default());
    say(link, &Message::Ready { workers: crew.workers() as u64 }, &mut names);
    loop {
        while let Some((_, bytes)) = link.receive() {
            match of_rank_0(&bytes) {
                Message::Make(job) => {
                    crew.give(job);
                    in_hand += 1;
                }
                Message::Done { code } => {
                    say(link, &Message::Bye, &mut names);
                    return Served::Done { code, crew: Some(crew) };
                }
                other => panic!("rank 0 gives no job but says {other:?}"),
            }
        }
        if in_hand == 0 {
            thread::sleep(pace.sleep());
        } else if let Some(outcome) = crew.take(pace.sleep()) {
            in_hand -= 1;
            pace.saw(outcome.seconds);
            say(link, &Message::Made(outcome), &mut names);
        }
    }
}

fn wait_for_message(link: &mut dyn Link) -> Message {
    loop {
        if let Some((_, bytes)) = link.receive() {
            return of_rank_0(&bytes);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn say(link: &mut dyn Link, message: &Message, names: &mut Names) {
    link.send(0, &message.to_bytes(names));
}

/// What rank 0 says. It sends no names.
fn of_rank_0(bytes: &[u8]) -> Message {
    Message::from_bytes(bytes, &mut Names::default())
        .unwrap_or_else(|| panic!("rank 0 sent {} bytes that are no message", bytes.len()))
}
