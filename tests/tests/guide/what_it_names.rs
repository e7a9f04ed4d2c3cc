//! The guide's page on `await` names functions and files of the source. They must exist.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../asim/src")
}

/// Returns all text between backticks, outside of code blocks.
fn spans(text: &str) -> Vec<&str> {
    let mut in_block = false;
    let mut spans = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            let parts: Vec<&str> = line.split('`').collect();
            assert!(parts.len() % 2 == 1, "code goes on over the end of a line: {line}");
            spans.extend(parts.into_iter().skip(1).step_by(2));
        }
    }
    spans
}

/// `Type::function`, taken apart.
fn function(span: &str) -> Option<(&str, &str)> {
    let (of, name) = span.split_once("::")?;
    let is_type = of.starts_with(|first: char| first.is_ascii_uppercase())
        && of.chars().all(|letter| letter.is_ascii_alphanumeric());
    let is_function = name.chars().all(|letter| letter == '_' || letter.is_ascii_lowercase());
    (is_type && is_function).then_some((of, name))
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            files.insert(path, text);
        }
    }
}

/// Returns `true` if the file has a method of this name in an `impl` for this type.
fn has_method(file: &str, of: &str, name: &str) -> bool {
    let mut inside = false;
    for line in file.lines() {
        let code = line.trim_start();
        if code.starts_with("impl") {
            let head = code.split(" where").next().unwrap_or_default();
            let target = head.rsplit(" for ").next().unwrap_or_default();
            inside = target.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == of);
        }
        let is_method = code.split_once("fn ").is_some_and(|(before, after)| {
            !before.starts_with("//")
                && after.strip_prefix(name).is_some_and(|rest| rest.starts_with(['(', '<']))
        });
        if inside && is_method {
            return true;
        }
    }
    false
}

#[test]
fn what_the_page_on_await_names_is_in_the_source() {
    let page = fs::read_to_string(source().join("guide/how_await_works.md")).unwrap();
    let mut files = BTreeMap::new();
    collect(&source(), &mut files);

    let (mut functions, mut paths) = (0, 0);
    let mut missing = Vec::new();
    for span in spans(&page) {
        let (found, count) = if let Some((of, name)) = function(span) {
            (files.values().any(|file| has_method(file, of, name)), &mut functions)
        } else if ["engine/", "wait/", "process/", "shared/"]
            .iter()
            .any(|folder| span.starts_with(folder))
        {
            (source().join(span).is_file(), &mut paths)
        } else {
            continue;
        };
        *count += 1;
        if !found {
            missing.push(span);
        }
    }
    assert!(missing.is_empty(), "not in the source: {missing:?}");
    // The page is about the source, so it names many things of it.
    assert!(functions > 40 && paths > 5, "only {functions} functions and {paths} files are named");
}
