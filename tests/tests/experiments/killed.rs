//! A program that is killed, two at once, and a full disk: nothing is lost, nothing doubled, and the words are clear.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use asim_tests::bank::experiment;

use asim_tests::folder::Folder;

use crate::written::{jobs, results};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_bank");

/// Returns the program with these arguments. It says nothing to the terminal.
pub(crate) fn program(out: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("--out").arg(out).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Returns what a program said to the terminal.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits until this many jobs are in the journal of a program that runs.
pub(crate) fn wait_for(jobs: usize, out: &Path, child: &mut Child) {
    let lines = || fs::read_to_string(out.join("journal.jsonl")).unwrap_or_default();
    while lines().lines().filter(|line| line.contains("\"replication\":")).count() < jobs {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn killed_a_hundred_times_it_gives_the_same_files() {
    let folder = Folder::in_memory("killed");
    let shared = ["--replications", "150", "--set", "nap=1", "--set", "fails=11", "--jobs", "2"];
    experiment()
        .set("nap", 1)
        .set("fails", 11)
        .replications(150)
        .out(folder.at("whole"))
        .run()
        .unwrap();
    let expected = results(&folder.at("whole"));
    let arguments = [&shared[..], &["--resume"]].concat();
    let (mut kills, mut whole) = (0, 0);
    // SplitMix64's increment spreads the moments over 30 ms.
    let mut moment = 0_u64;
    while kills < 100 {
        let out = folder.at(&format!("killed-{whole}"));
        moment = moment.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut child = program(&out, &arguments).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(moment % 30_000));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        match output.status.code() {
            None => kills += 1,
            // It was at its end: once more, from the beginning.
            Some(code) => {
                assert_eq!(code, 1, "{}", said(&output));
                assert_eq!(results(&out), expected);
                whole += 1;
            }
        }
    }
    let out = folder.at(&format!("killed-{whole}"));
    let output = program(&out, &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(results(&out), expected);
    assert_eq!(jobs(&out.join("journal.jsonl")), 300);
}

#[test]
fn a_second_program_on_the_same_journal_is_refused() {
    let folder = Folder::in_memory("two");
    let out = folder.at("out");
    let slow = ["--replications", "40", "--set", "nap=20", "--jobs", "1"];
    let mut first = program(&out, &slow).spawn().unwrap();
    wait_for(1, &out, &mut first);
    for arguments in [&slow[..], &[&slow[..], &["--resume"]].concat()] {
        let output = program(&out, arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let words = format!("another process writes `{}`", out.join("journal.jsonl").display());
        assert!(said(&output).contains(&words), "{}", said(&output));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // The lock is gone with its process.
    let quick = ["--replications", "5", "--set", "nap=20", "--resume"];
    let output = program(&out, &quick).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

/// Every write to `/dev/full` fails as on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_from_the_beginning_is_said() {
    let folder = Folder::in_memory("full");
    let out = folder.at("out");
    fs::create_dir_all(&out).unwrap();
    std::os::unix::fs::symlink("/dev/full", out.join("journal.jsonl")).unwrap();
    for arguments in [&["--replications", "5"][..], &["--replications", "5", "--resume"]] {
        let output = program(&out, arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        let words = format!(
            "`{}` could not be written: No space left on device (os error 28)\n",
            out.join("journal.jsonl").display()
        );
        assert!(said(&output).ends_with(&words), "{}", said(&output));
    }
}

/// The shell's limit on the size of files stands for a disk that becomes full.
#[test]
fn a_disk_that_becomes_full_keeps_what_is_done() {
    let folder = Folder::in_memory("limit");
    experiment().replications(100).out(folder.at("whole")).run().unwrap();
    let out = folder.at("out");
    // With the signal the program is killed; without it, the write fails.
    for (signal, code) in [("", None), ("trap '' XFSZ; ", Some(3))] {
        let script = format!("{signal}ulimit -f 16; exec \"$0\" \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &script, PROGRAM, "--replications", "100", "--resume", "--out"])
            .arg(&out)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let size = fs::metadata(out.join("journal.jsonl")).unwrap().len();
        assert!((2000..=16 * 1024).contains(&size), "{size}");
        assert_eq!(output.status.code(), code, "{}", said(&output));
        if code.is_some() {
            let text = said(&output);
            let kept = jobs(&out.join("journal.jsonl"));
            assert!(kept > 3);
            let words = format!("{kept} replications are in it, and `--resume` goes on from there");
            assert!(text.contains(&words), "{text}");
            assert!(text.contains("could not be written: File too large"), "{text}");
        }
    }
    let output = program(&out, &["--replications", "100", "--resume"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(results(&out), results(&folder.at("whole")));
    assert_eq!(jobs(&out.join("journal.jsonl")), 200);
}
