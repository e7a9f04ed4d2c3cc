//! The README shows the bank model exactly, the `main` of the study of M/M/1, and what both print.

use std::path::Path;

#[test]
fn the_readme_shows_the_bank_and_its_output() {
    let readme = read("../README.md");
    for (language, file) in [("rust", "bank.rs"), ("text", "bank.out")] {
        let shown = format!("```{language}\n{}```\n", read(file));
        assert!(
            readme.contains(&shown),
            "README.md does not show examples/{file} as it is; it should read\n{shown}"
        );
    }
}

#[test]
fn the_readme_shows_the_study_and_its_output() {
    let readme = read("../README.md");
    let program = read("mm1_study.rs");
    let main = program.find("fn main()").expect("a program has a `main`");
    for (language, shown) in [("rust,ignore", &program[main..]), ("text", &read("mm1_study.out"))] {
        let shown = format!("```{language}\n{shown}```\n");
        assert!(readme.contains(&shown), "README.md does not show this of mm1_study:\n{shown}");
    }
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    text.replace("\r\n", "\n")
}
