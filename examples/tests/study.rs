//! The guide's page "From model to study" shows the emergency department exactly, and its output.

use std::path::Path;

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
    assert!(shown > 15, "only {shown} paragraphs");
    for paragraph in read("emergency_department.out").trim_end().split("\n\n").skip(1) {
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
