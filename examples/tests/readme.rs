//! The README shows the bank model exactly, and its output.

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

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    text.replace("\r\n", "\n")
}
