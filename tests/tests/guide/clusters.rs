//! The guide's page on clusters shows the files of `examples/clusters` as they are, and these can be read by bash.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn path(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[test]
fn the_page_shows_the_files_as_they_are() {
    let page = fs::read_to_string(path("asim/src/guide/clusters.md")).unwrap();
    let mut shown = 0;
    for file in fs::read_dir(path("examples/clusters")).unwrap() {
        let file = file.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        assert!(page.contains(&format!("```text\n{text}```\n")), "{} differs", file.display());
        shown += 1;
    }
    assert_eq!(page.matches("#!/usr/bin/env bash").count(), shown);
    assert_eq!(shown, 4);
}

#[test]
#[cfg(unix)]
fn bash_can_read_the_files() {
    for file in fs::read_dir(path("examples/clusters")).unwrap() {
        let file = file.unwrap().path();
        let read = Command::new("bash").arg("-n").arg(&file).status().unwrap();
        assert!(read.success(), "{}", file.display());
    }
}
