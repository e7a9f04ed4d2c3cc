//! What the guide and CONTRIBUTING say is true of the source and of the runs. The examples of the guide are run as
//! documentation tests of `asim`; this group checks what an example cannot show.
//!
//! Read in this order: `simpy_runs` (the guide's table of zero timeouts, which give a process the
//! same place as in SimPy), `what_it_names` (the functions and files that the guide names exist in
//! the source), `clusters` (the guide shows the files for clusters as they are), `imports` (the files of the
//! library import downward only, as CONTRIBUTING says).

mod clusters;
mod imports;
mod simpy_runs;
mod what_it_names;
