//! The guide shows the examples exactly: "From model to study" the emergency department and its output, and "Many runs"
//! all options of the command line.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

#[test]
fn the_page_shows_the_whole_program_and_its_output() {
    let page = read("../asim/src/guide/from_model_to_study.md");
    let program = read("emergency_department.rs");
    let (heading, items) = program.split_once("\n\n/// Time is").expect("it begins with constants");
    assert!(
        heading
            .lines()
            .all(|line| line.is_empty() || line.starts_with("//!") || line.starts_with("use "))
    );
    let items = format!("/// Time is{items}");
    let mut shown = 0;
    for paragraph in items.trim_end().split("\n\n") {
        assert!(
            page.contains(paragraph),
            "the page does not show this of the example:\n{paragraph}"
        );
        shown += 1;
    }
    assert!(shown > 10, "only {shown} paragraphs");
    for paragraph in read("emergency_department.out").trim_end().split("\n\n") {
        assert!(
            page.contains(paragraph),
            "the page does not show this of the output:\n{paragraph}"
        );
    }
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    text.replace("\r\n", "\n")
}

#[test]
fn the_page_on_many_runs_has_all_options() {
    let help = help_of("mm1_study");
    // A line of the help begins with the options, and says what they do after two spaces.
    let begins = help.lines().map(str::trim).filter(|line| line.starts_with('-'));
    let of_program = begins.flat_map(|line| options(line.split("  ").next().unwrap_or_default()));
    let mut of_program: BTreeSet<String> = of_program.collect();
    of_program.insert("--sweep".to_owned()); // the help says in its text that it is the same as `--set`
    let page = read("../asim/src/guide/many_runs.md");
    let (_, table) = page.split_once("# All options").expect("the page lists them");
    let cells = table.lines().filter_map(|line| line.strip_prefix("| `-")?.split('|').next());
    let of_page: BTreeSet<String> = cells.flat_map(|cell| options(&format!("`-{cell}"))).collect();
    assert!(of_program.len() > 20, "{help}");
    assert_eq!(of_program, of_page);
}

/// Returns the words that begin with two dashes: `--set`.
fn options(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
    words.filter(|word| word.starts_with("--")).map(str::to_owned).collect()
}

/// Returns what a program says of itself.
fn help_of(example: &str) -> String {
    let test = std::env::current_exe().expect("a test has a file");
    let profile = test.ancestors().nth(2).expect("a test is in `deps` in the profile's folder");
    let file = format!("{example}{}", std::env::consts::EXE_SUFFIX);
    let run = Command::new(profile.join("examples").join(file)).arg("--help").output();
    String::from_utf8(run.expect("the example is built").stdout).expect("it is text")
}
