//! The experiment of `bank` as a program, for tests that kill it.

use std::process::ExitCode;

fn main() -> ExitCode {
    asim_tests::bank::experiment().main()
}
