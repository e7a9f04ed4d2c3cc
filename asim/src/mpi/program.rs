//! A program whose copies share the work by MPI: how they begin, and how they end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::experiment::preparation::Preparation;
use crate::experiment::work::threads::Threads;
use crate::launcher::Launcher;
use crate::mpi::link::Link;
use crate::mpi::ranks::end;
use crate::mpi::serve::{Served, serve};
use crate::mpi::world::World;

/// What a program ends with that cannot run as it was started.
const REFUSED: u8 = 2;

/// Connects this copy of the program with the others.
///
/// # Errors
///
/// Returns the exit code if they do not reach each other. The first copy says why.
pub(crate) fn connect(launcher: &Launcher) -> Result<World, u8> {
    World::join(launcher.copies).map_err(|error| {
        if launcher.rank > 0 {
            // The launcher ends all copies as soon as one fails: that must be the one that says why.
            return 0;
        }
        eprintln!("error: {error}");
        REFUSED
    })
}

/// Ends all ranks with this exit code, and returns it. This is rank 0.
pub(crate) fn finish(mut world: World, code: u8) -> u8 {
    end(&mut world, code);
    world.leave();
    code
}

/// Makes what rank 0 hands over until it is done, and returns the exit code. This is another rank. It prints nothing.
///
/// `preparation` is the experiment as this rank knows it from its command line; `None` if it refuses that.
pub(crate) fn assist(mut world: World, preparation: Option<&Preparation>) -> u8 {
    // If they cannot be ignored, a signal ends this rank, and so all of them.
    let _ = ignore_signals();
    let served = match preparation {
        Some(preparation) => preparation.serve_rank_0(&mut world),
        None => serve(&mut world, None, || -> Threads { unreachable!("there is no plan") }),
    };
    match served {
        Served::Done { code, crew } => {
            if let Some(threads) = crew {
                threads.abandon();
            }
            world.leave();
            code
        }
        Served::AnotherPlan => {
            eprintln!(
                "error: rank {} has another experiment than rank 0: all ranks need the same program and the same \
                 command line",
                world.rank()
            );
            world.abort(REFUSED.into())
        }
    }
}

/// Whoever interrupts the program means rank 0, which then ends all. The launcher sends the signal to each rank.
fn ignore_signals() -> io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        // A flag that nobody reads.
        flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    Ok(())
}
