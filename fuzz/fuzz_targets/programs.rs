//! Programs from a fuzzer's bytes: asim and the reference model must give the same trace.
//!
//! `CONTRIBUTING.md` has the command.
#![no_main]

use asim_tests::{compare, generate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let program = generate::from_bytes(bytes);
    if compare::compare(&program).is_err() {
        // The bytes are kept by the fuzzer; this is the program they make, shrunk.
        panic!("{}", compare::report("A program of the fuzzer", &program));
    }
});
