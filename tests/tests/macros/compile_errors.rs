//! Mistakes with the macros, and with the values that they return, are refused. Each message says
//! what to write instead: `ui/*.rs` with `ui/*.stderr` beside them. Unusual but correct code
//! compiles: `ui/pass/*.rs`.
//!
//! After a change of a message, this command records the message anew. Then read it as a user will:
//!
//! `TRYBUILD=overwrite cargo test -p asim-tests --test macros compile_errors`

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler that the `.stderr` files were recorded with. The text of an error belongs to one
/// version; on any other it is only checked that each case is refused.
const RECORDED_WITH: &str = "1.95";

#[test]
fn each_mistake_is_refused() {
    if is_recorded_compiler() {
        say("asim is built for the cases, twice: for the second time within the first case");
        let cases = trybuild::TestCases::new();
        cases.compile_fail("ui/*.rs");
        cases.pass("ui/pass/*.rs");
    } else {
        let package = ScratchPackage::create();
        say("what is right must compile");
        package.accepts_what_is_right();
        say("what is wrong must not (the messages are compared on the recorded compiler only)");
        package.refuses_what_is_wrong();
    }
}

/// Says on stderr what takes so long. (The text of `eprintln!` is shown only if the test fails.)
fn say(what: &str) {
    writeln!(io::stderr(), "compile_errors: {what}").expect("stderr can be written");
}

fn is_recorded_compiler() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&output.stdout);
    version.starts_with(&format!("rustc {RECORDED_WITH}."))
}

/// A package with each case as a binary.
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
        // The versions that are on this machine already: the build must not use the network.
        fs::copy(tests.join("../Cargo.lock"), folder.join("Cargo.lock"))
            .expect("the workspace has a lock file");
        ScratchPackage { folder, right, wrong }
    }

    /// Checks the cases, all of them even if some are refused.
    fn check(&self, cases: &[String]) -> Command {
        let mut command =
            Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        command.args(["check", "--offline", "--keep-going", "--target-dir"]);
        command.arg(self.folder.join("target")).current_dir(&self.folder);
        for case in cases {
            command.args(["--bin", case]);
        }
        command
    }

    fn accepts_what_is_right(&self) {
        let status = self.check(&self.right).status().expect("cargo runs");
        assert!(status.success(), "what is right does not compile: the errors are above");
    }

    fn refuses_what_is_wrong(&self) {
        let output = self.check(&self.wrong).output().expect("cargo runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        for case in &self.wrong {
            // The error must be in this case, not in something else that it needs.
            let culprit = format!("could not compile `compile-errors` (bin \"{case}\")");
            assert!(errors.contains(&culprit), "`{case}` is wrong, and it compiles:\n{errors}");
        }
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
