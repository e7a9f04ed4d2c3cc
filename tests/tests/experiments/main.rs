//! That an experiment gives the right answer, and the same one on one thread, on many, in shards and after a kill.
//! Read in this order: `statistics`, `random`, `coverage` and `textbook` (whether the numbers are right), `table` (what it
//! says of itself), `found` (faults that were once there), `same_bytes`, `journal`
//! (what is kept, and how one goes on with it), `killed` (a program that is killed, of which two run at once, whose disk
//! is full), `interrupted` (by a signal).

mod coverage;
mod found;
mod random;
mod same_bytes;
mod statistics;
mod table;
mod textbook;

mod journal;
mod written;

#[cfg(unix)]
mod interrupted;
#[cfg(unix)]
mod killed;
