//! A program that is interrupted by a signal shows what is done, and how one goes on.

use std::process::{Child, Command};

use asim_tests::bank::experiment;

use asim_tests::folder::Folder;

use crate::killed::{PROGRAM, program, said, wait_for};
use crate::written::results;

const SLOW: [&str; 8] =
    ["--replications", "60", "--set", "nap=10", "--jobs", "2", "--show", "waited.mean"];

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

#[test]
fn a_signal_ends_it_and_it_goes_on() {
    let folder = Folder::in_memory("signal");
    experiment().set("nap", 10).replications(60).out(folder.at("whole")).run().unwrap();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let out = folder.at(signal);
        let mut child = program(&out, &SLOW).spawn().unwrap();
        wait_for(10, &out, &mut child);
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        let table = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(
            table.starts_with("bank, nap = 10, seed 42") && table.contains("waited.mean"),
            "{table}"
        );
        assert!(table.contains("stopped before its end"), "{table}");
        assert!(!out.join("results.csv").exists());
        let line = said(&output);
        let (_, command) = line.trim_end().rsplit_once("interrupted; this goes on: ").unwrap();
        let words = format!("{PROGRAM} --out {} {} --resume", out.display(), SLOW.join(" "));
        assert_eq!(command, words);

        // As it says, to the end.
        let output = Command::new("sh").args(["-c", command]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(results(&out) == results(&folder.at("whole")));
    }
}

#[test]
fn without_a_folder_it_says_how_one_could_have_gone_on() {
    let mut child = Command::new(PROGRAM)
        .args(["--replications", "1000", "--set", "nap=10"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It has no journal that would say that it is under way: that it listens is seen in the system's table.
    let listens = |id: u32| {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & 0b10 != 0)
    };
    if !std::path::Path::new("/proc/self/status").exists() {
        eprintln!("skipped: there is no /proc");
        child.kill().unwrap();
        child.wait().unwrap();
        return;
    }
    while !listens(child.id()) {
        std::thread::yield_now();
    }
    send("INT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(said(&output).ends_with("interrupted; with --out FOLDER, one could go on later\n"));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = Folder::in_memory("second");
    // The replications are much longer than the test.
    let out = folder.at("out");
    let mut child =
        program(&out, &["--replications", "2", "--set", "nap=3600000"]).spawn().unwrap();
    while std::fs::read(out.join("journal.jsonl")).map_or(0, |journal| journal.len()) == 0 {
        std::thread::yield_now();
    }
    // Until it ends: the first may come before the second is told from it.
    while child.try_wait().unwrap().is_none() {
        send("INT", &child);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
