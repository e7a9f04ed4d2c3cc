//! The link by MPI.

use std::thread;
use std::time::Duration;

use ::mpi::Threading;
use ::mpi::environment::Universe;
use ::mpi::point_to_point::MatchedReceiveVec;
use ::mpi::request;
use ::mpi::topology::SimpleCommunicator;
use ::mpi::traits::{Communicator, Destination, Source};
use thiserror::Error;

use crate::mpi::link::Link;

/// What an MPI library needs for a message beside its bytes (`MPI_BSEND_OVERHEAD` and some more; Open MPI: 128,
/// MPICH: 96), and the longest message of rank 0.
const ROOM: usize = 512;
/// What all ranks end with when one of them panics: the exit code of a panic in Rust.
const PANICKED: i32 = 101;

/// All ranks of this program, connected by MPI.
///
/// All is called by one thread, the one that made it. A rank that panics ends all of them.
pub(crate) struct World {
    // Dropped last: it ends MPI.
    communicator: SimpleCommunicator,
    universe: Universe,
    left: bool,
}

/// Why the ranks are not connected.
#[derive(Debug, Clone, Error)]
pub(crate) enum NoWorld {
    #[error("MPI has been started already in this process")]
    StartedAlready,
    #[error("this MPI library cannot be used by a program with threads: {0}")]
    NoThreads(String),
    #[error(
        "the launcher started {copies} copies of this program, but its MPI library sees {ranks}: they are \
         of different MPI libraries (the program's is {library}), or srun needs `--mpi=pmix`"
    )]
    OtherLauncher { copies: u64, ranks: usize, library: String },
}

impl World {
    /// Connects the ranks. `copies` is how many there are, if the launcher said so.
    pub(crate) fn join(copies: Option<u64>) -> Result<World, NoWorld> {
        let library = || {
            let text = ::mpi::environment::library_version().unwrap_or_default();
            text.lines().next().unwrap_or_default().trim_end_matches([',', '\0']).to_owned()
        };
        let (universe, threading) =
            ::mpi::initialize_with_threading(Threading::Funneled).ok_or(NoWorld::StartedAlready)?;
        if threading < Threading::Funneled {
            return Err(NoWorld::NoThreads(library()));
        }
        let mut world = World { communicator: universe.world(), universe, left: false };
        let ranks = world.ranks();
        if let Some(copies) = copies
            && copies != ranks as u64
        {
            world.leave();
            return Err(NoWorld::OtherLauncher { copies, ranks, library: library() });
        }
        world.make_room(ranks);
        Ok(world)
    }

    /// Ends all ranks at once, with this exit code.
    pub(crate) fn abort(&self, code: i32) -> ! {
        self.communicator.abort(code)
    }

    /// Leaves, when all ranks know that it is over.
    pub(crate) fn leave(mut self) {
        self.left = true;
    }
}

/// Whoever goes without a word is waited for by all others for ever, so all end.
impl Drop for World {
    fn drop(&mut self) {
        if !self.left {
            self.abort(PANICKED);
        }
    }
}

impl Link for World {
    fn rank(&self) -> usize {
        usize::try_from(self.communicator.rank()).expect("a rank is not negative")
    }

    fn ranks(&self) -> usize {
        usize::try_from(self.communicator.size()).expect("a size is not negative")
    }

    fn make_room(&mut self, messages: usize) {
        if self.rank() == 0 {
            self.universe.set_buffer_size(messages * ROOM);
        }
    }

    fn send(&mut self, to: usize, message: &[u8]) {
        let to =
            self.communicator.process_at_rank(to.try_into().expect("as many ranks as MPI has"));
        if self.rank() == 0 {
            // Rank 0 must not wait: that rank may be waiting for it.
            to.buffered_send(message);
            return;
        }
        // An outcome may be of any length. A library keeps short messages itself, and sends long ones only when
        // they are received.
        request::scope(|scope| {
            let mut request = to.immediate_send(scope, message);
            while let Err(unfinished) = request.test() {
                request = unfinished;
                thread::sleep(Duration::from_micros(50));
            }
        });
    }

    fn receive(&mut self) -> Option<(usize, Vec<u8>)> {
        let (message, status) = self.communicator.any_process().immediate_matched_probe()?;
        let rank = usize::try_from(status.source_rank()).expect("a rank is not negative");
        let (bytes, _) = (message, status).matched_receive_vec();
        Some((rank, bytes))
    }
}
