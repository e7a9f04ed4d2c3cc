//! The mistakes that a user makes with the macros and with what they return are refused, each
//! with a message that says what to write instead: `ui/*.rs` with `ui/*.stderr` beside them.
//! What is unusual but right compiles: `ui/pass/*.rs`.
//!
//! After a change of a message, `TRYBUILD=overwrite cargo test -p asim-tests --test compile_errors`
//! records it anew. Read it then as the user will.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The compiler that the `.stderr` files were recorded with. The text of an error belongs to one
/// version; on any other it is only checked that each case is refused.
const RECORDED_WITH: &str = "1.95";

#[test]
fn each_mistake_is_refused() {
    if is_recorded_compiler() {
        let cases = trybuild::TestCases::new();
        cases.pass("ui/pass/*.rs");
        cases.compile_fail("ui/*.rs");
    } else {
        let package = ScratchPackage::create();
        for case in &package.right {
            package.check(case).accepted();
        }
        for case in &package.wrong {
            package.check(case).refused();
        }
    }
}

fn is_recorded_compiler() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&output.stdout);
    version.starts_with(&format!("rustc {RECORDED_WITH}."))
}

/// A package with each case as a binary, which `cargo check` can be asked about one by one.
struct ScratchPackage {
    folder: PathBuf,
    right: Vec<String>,
    wrong: Vec<String>,
}

impl ScratchPackage {
    fn create() -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_errors");
        fs::create_dir_all(&folder).expect("the folder for temporary files can be written");

        let mut manifest = format!(
            "[package]\nname = 'compile-errors'\nedition = '2024'\n\n\
             [workspace]\n\n[dependencies]\nasim.path = '{}'\n",
            tests.join("../asim").display()
        );
        let mut add = |cases: Vec<PathBuf>| {
            for case in &cases {
                let (name, path) = (name(case), case.display());
                writeln!(manifest, "\n[[bin]]\nname = '{name}'\npath = '{path}'")
                    .expect("a string takes all that is written to it");
            }
            cases.iter().map(|case| name(case)).collect()
        };
        let right = add(cases(&tests.join("ui/pass")));
        let wrong = add(cases(&tests.join("ui")));
        fs::write(folder.join("Cargo.toml"), manifest).expect("the manifest can be written");
        // The versions that are here already: this must not ask the network.
        fs::copy(tests.join("../Cargo.lock"), folder.join("Cargo.lock"))
            .expect("the workspace has a lock file");
        ScratchPackage { folder, right, wrong }
    }

    fn check<'c>(&self, case: &'c str) -> Verdict<'c> {
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
            .args(["check", "--offline", "--quiet", "--bin", case, "--target-dir"])
            .arg(self.folder.join("target"))
            .current_dir(&self.folder)
            .output()
            .expect("cargo runs");
        Verdict { case, output }
    }
}

struct Verdict<'c> {
    case: &'c str,
    output: Output,
}

impl Verdict<'_> {
    fn accepted(&self) {
        assert!(self.output.status.success(), "`{}` is right:\n{}", self.case, self.errors());
    }

    fn refused(&self) {
        let Verdict { case, output } = self;
        assert!(!output.status.success(), "`{case}` is wrong, and it compiles");
        let errors = self.errors();
        // Not because something else does not compile.
        let culprit = format!("could not compile `compile-errors` (bin \"{case}\")");
        assert!(errors.contains(&culprit), "`{case}` has not been compiled:\n{errors}");
    }

    fn errors(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

/// The Rust files of a folder.
fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of the cases can be read");
    let files = entries.map(|entry| entry.expect("its files can be listed").path());
    let mut cases: Vec<_> =
        files.filter(|file| file.extension() == Some(OsStr::new("rs"))).collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases in {}", folder.display());
    cases
}

fn name(case: &Path) -> String {
    case.file_stem().expect("a case has a name").to_string_lossy().into_owned()
}
