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
    let call = call_of_model(&text).unwrap_or_else(|| "main()".to_owned());
    let _ = writeln!(copy, "pub(super) fn run_example() {{ {call}.expect(\"the example runs\") }}");
    fs::write(to, copy)
}

/// Returns the call that makes the first replication of a study: of `Experiment::new("bank", bank, Bank { .. })` it is
/// `bank(&Replication::new(1, 1), &Bank { .. })`. The study itself makes its replications on other threads, of which
/// the test sees nothing.
fn call_of_model(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Experiment::new(")?;
    // No study writes a bracket in there.
    let (arguments, _) = rest.split_once(')')?;
    let mut arguments = arguments.splitn(3, ',').skip(1);
    let (model, parameters) = (arguments.next()?.trim(), arguments.next()?.trim());
    Some(format!("{model}(&asim::Replication::new(1, 1), &{})", parameters.trim_end_matches(',')))
}
