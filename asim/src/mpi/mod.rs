//! Many machines: the copies of the program that an MPI launcher started share the work.
//!
//! Each copy is a *rank*. All ranks read the same command line and know the same scenarios, so that only the
//! numbers of jobs travel to a rank, and only outcomes travel back. Rank 0 decides which jobs are made, in
//! which order their results count and when it is enough, exactly as it does with threads alone; to it, the
//! other ranks are no more than further workers. It alone prints and writes.
//!
//! * [`wire`]: what the ranks say to each other, as bytes.
//! * [`link`]: how the bytes travel. Tests have a link of their own, so that they need no MPI.
//! * [`pace`]: how long to sleep between two looks at the link.
//! * [`ranks`]: rank 0: the other ranks as a crew.
//! * [`serve`]: every other rank.
//! * [`share`]: an experiment with the workers of all ranks.
//! * `world`: the link by MPI.
//! * `program`: how a program on all ranks begins and ends.

pub(crate) mod link;
pub(crate) mod pace;
#[cfg(feature = "mpi")]
pub(crate) mod program;
pub(crate) mod ranks;
pub(crate) mod serve;
pub(crate) mod share;
pub(crate) mod wire;
#[cfg(feature = "mpi")]
pub(crate) mod world;
