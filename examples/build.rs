//! Copies each example into a form that a test can include, with a function by which the test runs it.
//!
//! An example is a program: its `main` is private, and its first lines are its documentation. So a test can
//! neither call it nor include it as it is.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=.");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder"));
    let mut names: Vec<String> = fs::read_dir(".")?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let is_example = path.extension()? == "rs" && path.file_name()? != "build.rs";
            is_example.then_some(path.file_stem()?.to_str()?.to_owned())
        })
        .collect();
    names.sort();
    let mut list = String::from("const EXAMPLES: &[(&str, fn())] = &[\n");
    let mut modules = String::new();
    for name in &names {
        copy(name, &out.join(format!("{name}.rs")))?;
        let path = format!("concat!(env!(\"OUT_DIR\"), \"/{name}.rs\")");
        let _ = writeln!(
            modules,
            "#[allow(dead_code, clippy::pedantic)] mod {name} {{ include!({path}); }}"
        );
        let _ = writeln!(list, "    (\"{name}\", {name}::run_example),");
    }
    fs::write(out.join("examples.rs"), format!("{modules}\n{list}];\n"))
}

/// Copies one example. What is documented in it is no module any more.
fn copy(name: &str, to: &Path) -> io::Result<()> {
    let text = fs::read_to_string(format!("{name}.rs"))?;
    let mut copy = String::new();
    for line in text.lines() {
        copy.push_str(if line.starts_with("//!") { "//" } else { line });
        copy.push('\n');
    }
    copy.push_str("pub(super) fn run_example() { main().expect(\"the example runs\") }\n");
    fs::write(to, copy)
}
