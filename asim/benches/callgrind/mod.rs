//! Counts instructions: runs this same program again under valgrind's `callgrind`. The count does not
//! depend on what else the machine does.

use std::io::ErrorKind;
use std::process::Command;

/// The result of one run.
pub(crate) struct Counted {
    pub(crate) instructions: u64,
    /// The output of the run.
    pub(crate) output: String,
}

/// Runs this program with these arguments and counts its instructions. It counts those of the function
/// `only` and of the functions that this calls, or all.
///
/// If they cannot be counted, it exits with status 2 and says why.
pub(crate) fn count(arguments: &[&str], only: Option<&str>) -> Counted {
    let program = std::env::current_exe().expect("a program knows where it is");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    if let Some(function) = only {
        valgrind.arg(format!("--toggle-collect=*{function}*"));
    }
    let run = match valgrind.arg(program).args(arguments).output() {
        Ok(run) => run,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fail("valgrind is missing, so NOTHING WAS CHECKED: install the package `valgrind`")
        }
        Err(error) => fail(&format!("valgrind does not start: {error}")),
    };
    let notes = String::from_utf8_lossy(&run.stderr);
    if !run.status.success() {
        fail(&format!("under valgrind {arguments:?} ended with {}:\n{notes}", run.status));
    }
    // `==1234== Collected : 56789`
    let collected = notes.lines().find_map(|line| line.split_once("Collected :"));
    let Some(instructions) = collected.and_then(|(_, number)| number.trim().parse().ok()) else {
        fail(&format!("valgrind does not say what it counted:\n{notes}"))
    };
    Counted { instructions, output: String::from_utf8_lossy(&run.stdout).into_owned() }
}

/// Prints the reason and exits with an error, so that a person and a script both notice.
fn fail(reason: &str) -> ! {
    eprintln!("error: {reason}");
    std::process::exit(2)
}
