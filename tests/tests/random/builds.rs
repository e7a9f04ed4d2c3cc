//! A seed gives the same numbers in every build: optimised or not, and whatever features of the crates
//! for numbers others in the build switch on. (The distributions of other crates do not: some take the
//! platform's logarithm as soon as anything in the build wants `std` of `num-traits`.)
//!
//! This program is not optimised, its `libm` uses the machine's instructions, and `num-traits` has `std`
//! (the package switches it on). The one that it builds is the opposite in all of that.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::values::{digest, values};

const MANIFEST: &str = r#"
[package]
name = "values"
version = "0.0.0"
edition = "2024"

[workspace]

[profile.dev]
debug = false

[profile.dev.package]
asim.opt-level = 3
libm.opt-level = 3
values.opt-level = 3

[dependencies]
libm = { version = "*", features = ["force-soft-floats"] }
"#;

#[test]
fn another_build_draws_the_same_numbers() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("random_builds");
    fs::create_dir_all(folder.join("src")).unwrap();
    let asim = tests.join("../asim").canonicalize().unwrap();
    let main = format!(
        "#[path = {:?}]\nmod values;\n\nfn main() {{\n    print!(\"{{:?}} {{}}\", values::values(), \
         values::digest());\n}}\n",
        tests.join("tests/random/values.rs")
    );
    write_if_new(&folder.join("Cargo.toml"), &format!("{MANIFEST}asim = {{ path = {asim:?} }}\n"));
    write_if_new(&folder.join("src/main.rs"), &main);
    // The versions of the workspace: nothing is asked of the network.
    fs::copy(tests.join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--offline"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the program does not build or run: {errors}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, format!("{:?} {}", values(), digest()));
}

/// An unchanged file keeps its time, so that nothing is built twice.
fn write_if_new(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).unwrap();
    }
}
