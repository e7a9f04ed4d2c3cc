use serde::Deserialize;

use super::*;
use crate::experiment::replication::replication::Replication;
use crate::simulation::Simulation;
use crate::test_folder::Folder;

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bank {
    clerks: usize,
    service: f64,
    name: String,
    /// Each replication whose number is a multiple of it fails.
    fails: u64,
}

fn bank(rep: &Replication, bank: &Bank) -> Result<(), String> {
    if bank.fails > 0 && rep.number().is_multiple_of(bank.fails) {
        return Err("the bank burns".to_owned());
    }
    let sim: Simulation = rep.simulation();
    let waited = sim.tally("waited");
    for _ in 0..10 {
        waited.add(sim.stream("service").exponential(bank.service));
    }
    #[allow(clippy::cast_precision_loss)]
    rep.result("profit", 100.0 - bank.clerks as f64);
    Ok(())
}

fn experiment() -> Experiment<Bank> {
    let base = Bank { clerks: 3, service: 0.5, name: "a, b".to_owned(), fails: 0 };
    Experiment::new("bank", bank, base).seed(42).replications(5)
}

/// What a program printed, and its exit code.
pub(super) struct Printed {
    pub(super) code: u8,
    pub(super) out: String,
    pub(super) err: String,
}

pub(super) fn program<P, const N: usize>(experiment: Experiment<P>, words: [&str; N]) -> Printed
where
    P: Serialize + DeserializeOwned + 'static,
{
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let words: Vec<OsString> = ["./bank"].iter().chain(&words).map(OsString::from).collect();
    let code = experiment.alone(&words, &mut Console::new(&mut out, &mut err));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Printed { code, out: text(out), err: text(err) }
}

fn refusal<const N: usize>(words: [&str; N]) -> String {
    let printed = program(experiment(), words);
    assert_eq!((printed.code, printed.out.as_str()), (REFUSED, ""), "{words:?}");
    printed.err.strip_prefix("error: ").expect("it is an error").trim_end().to_owned()
}

#[test]
fn without_words_it_does_what_the_code_says() {
    let printed = program(experiment(), []);
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    assert!(
        printed.out.starts_with("bank, seed 42, 5 replications, intervals of 95 %"),
        "{}",
        printed.out
    );
    assert!(printed.out.contains("profit"));
}

#[test]
fn the_command_line_counts_more_than_the_code() {
    let swept = || experiment().sweep("clerks", 1..=5).compare_to("clerks", 1);
    let printed = program(swept(), ["--set", "clerks=4", "--seed", "7", "--replications", "6"]);
    assert!(printed.out.starts_with("bank, clerks = 4, seed 7, 6 replications"), "{}", printed.out);
    let printed =
        program(swept(), ["--sweep", "clerks=2,3", "--compare", "clerks=2", "--confidence", "0.9"]);
    assert!(
        printed.out.contains("intervals of 90 %")
            && printed.out.contains("difference: from clerks = 2"),
        "{}",
        printed.out
    );
    let printed = program(experiment(), ["--until-precision", "profit=5%", "--at-most", "25"]);
    assert!(printed.out.contains("25 replications"), "{}", printed.out);
    let precise = experiment().until_precision("profit", 0.05);
    assert!(program(precise, ["--replications", "7"]).out.contains("7 replications"));
    let batches = || experiment().batches(5, 10.0);
    assert!(program(batches(), ["--replications", "7"]).out.contains("7 replications"));
}

#[test]
fn a_failed_replication_is_named_with_the_command_that_makes_it_again() {
    let words = ["--set", "fails=4", "--set", "clerks=1..2", "--seed", "9"];
    let printed = program(experiment(), words);
    assert_eq!(printed.code, FAILED);
    assert_eq!(
        printed.err,
        "replication 4 of fails = 4, clerks = 1 failed; this makes it again: ./bank --set fails=4 --set clerks=1 --seed 9 --only 4\n\
         replication 4 of fails = 4, clerks = 2 failed; this makes it again: ./bank --set fails=4 --set clerks=2 --seed 9 --only 4\n"
    );
    let again = program(
        experiment(),
        ["--set", "fails=4", "--set", "clerks=1", "--seed", "9", "--only", "4"],
    );
    assert_eq!((again.code, again.out.as_str()), (FAILED, ""));
    assert_eq!(again.err, "replication 4 of fails = 4, clerks = 1 failed: the bank burns\n");
}

#[test]
fn one_replication_is_what_it_is_among_the_others() {
    let folder = Folder::new("one");
    let all = program(
        experiment(),
        ["--set", "clerks=1..3", "--independent-scenarios", "--out", folder.path()],
    );
    assert_eq!(all.code, 0, "{}", all.err);
    let results = folder.read("results.csv");
    let mut lines = results.lines();
    let names: Vec<_> = lines.next().unwrap().split(',').collect();
    let place = names.iter().position(|name| *name == "waited.mean").unwrap();
    let replication = names.iter().position(|name| *name == "replication").unwrap();
    let clerks = names.iter().position(|name| *name == "clerks").unwrap();
    let mut values = Vec::new();
    for line in lines {
        let fields: Vec<_> = line.split(',').collect();
        if fields[replication] == "3" {
            values.push(fields[place].to_owned());
            let setting = format!("clerks={}", fields[clerks]);
            let words = ["--set", &setting, "--independent-scenarios", "--only", "3"];
            let one = program(experiment(), words);
            let mean = one.out.lines().find(|line| line.contains("waited.mean")).unwrap();
            let shown = crate::answers::figures::figure(fields[place].parse().unwrap());
            assert!(mean.ends_with(&format!("  {shown}")), "{mean}, not {shown}");
        }
    }
    values.dedup();
    assert_eq!(values.len(), 3, "each scenario has numbers of its own");
}

#[test]
fn one_replication_of_several_scenarios_is_refused_with_the_commands() {
    assert_eq!(
        refusal(["--set", "clerks=1..2", "--only", "3"]),
        "replication 3 of which scenario? There are 2; set `clerks` to one value each\n  \
         ./bank --set clerks=1 --only 3\n  ./bank --set clerks=2 --only 3"
    );
}

#[test]
fn a_list_has_all_names() {
    let printed = program(experiment(), ["--list", "--set", "clerks=4"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(
        printed.out.starts_with(
            "parameters (--set NAME=VALUE changes them)\n  clerks   4\n  service  0.5\n  name     \"a, b\"\n  fails    0\n\n\
             results (of replication 1)\n"
        ),
        "{}",
        printed.out
    );
    assert!(printed.out.contains("  waited.mean") && printed.out.contains("  profit"));
    let failing = program(experiment(), ["--list", "--set", "fails=1"]);
    assert_eq!(
        (failing.code, failing.err.as_str()),
        (FAILED, "error: replication 1 failed: the bank burns\n")
    );
}

#[test]
fn parts_are_merged_to_the_same_files() {
    let (whole, parts) = (Folder::new("whole"), Folder::new("parts"));
    let all = ["--set", "clerks=1..2", "--replications", "9", "--out"];
    let [set, clerks, replications, nine, out] = all;
    assert_eq!(program(experiment(), [set, clerks, replications, nine, out, whole.path()]).code, 0);
    for part in ["1/3", "2/3", "3/3"] {
        let words = [set, clerks, replications, nine, out, parts.path(), "--shard", part];
        let printed = program(experiment(), words);
        assert_eq!(printed.code, 0, "{}", printed.err);
        assert!(printed.err.starts_with("the journal of this part is in "), "{}", printed.err);
    }
    let merged =
        program(experiment(), [set, clerks, replications, nine, out, parts.path(), "--merge"]);
    assert_eq!(merged.code, 0, "{}", merged.err);
    for name in ["results.csv", "summary.csv"] {
        assert_eq!(whole.read(name), parts.read(name));
    }
    let resumed =
        program(experiment(), [set, clerks, replications, "12", out, whole.path(), "--resume"]);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert!(whole.read("results.csv").starts_with(parts.read("results.csv").as_str().trim_end()));
    let other = program(experiment(), ["--seed", "8", out, whole.path(), "--resume"]);
    assert_eq!(other.code, REFUSED);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_sentence() {
    for (words, sentence) in [
        (
            &["--trace", "x.txt"][..],
            "--trace writes what happens in one replication: say which one with --only",
        ),
        (&["--resume"], "--resume goes on with a journal: say in which folder it is with --out"),
        (
            &["--shard", "1/3"],
            "--shard makes a part of the results: say into which folder they go with --out",
        ),
        (
            &["--only", "3", "--out", "x"],
            "--only makes one replication and keeps no journal: leave --out and --resume away",
        ),
        (&["--merge"], "--merge needs the folders in which the journals of all parts are"),
        (
            &["--batches", "10"],
            "--batches and --batch-length go together: how many batches, and how long is each?",
        ),
        (&["--limit", "0"], "--limit 0: write a number of seconds greater than 0"),
        (
            &["--until-precision", "profit"],
            "--until-precision profit: write a result, `=`, and a number, as in `profit=0.05`",
        ),
        (
            &["--compare", "clerks=1,2"],
            "--compare clerks=1,2: write one value, as in `--compare n=4`: all are compared with it",
        ),
        (
            &["--set", "clerk=4"],
            "there is no parameter `clerk`; there are: clerks = 3, service = 0.5, name = \"a, b\", fails = 0; did you mean `clerks`?",
        ),
        (&["--set", "clerks=1", "--set", "clerks=2"], "`clerks` is set twice"),
        (&["--confidence", "95"], "the confidence cannot be 95: between 0 and 1"),
        (&["--warm-up", "-1"], "the warm-up cannot be -1: a time of 0 or more"),
    ] {
        let owned: Vec<&str> = words.to_vec();
        let printed = match owned[..] {
            [one] => program(experiment(), [one]),
            [one, two] => program(experiment(), [one, two]),
            [one, two, three, four] => program(experiment(), [one, two, three, four]),
            _ => panic!("one, two or four words"),
        };
        assert_eq!(
            (printed.code, printed.err.as_str()),
            (REFUSED, format!("error: {sentence}\n").as_str()),
            "{words:?}"
        );
    }
    let printed =
        program(experiment(), ["--until-precision", "profit=5%", "--shard", "1/3", "--out", "x"]);
    assert!(printed.err.contains("no shard sees the results of the others"), "{}", printed.err);
    assert_eq!(printed.code, REFUSED);
}

#[test]
fn the_help_has_the_parameters_and_examples_that_can_be_run() {
    let printed = program(experiment(), ["--help"]);
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    assert!(printed.out.contains("Parameters:\n  clerks   3\n"), "{}", printed.out);
    assert!(printed.out.lines().all(|line| line.chars().count() <= 100), "{}", printed.out);
    let examples = printed.out.split("Examples:\n").nth(1).unwrap();
    let mut count = 0;
    for line in examples.lines().filter(|line| !line.contains("--out")) {
        let command = line.trim_start().split("  ").next().unwrap();
        let words: Vec<OsString> = command.split(' ').map(OsString::from).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = experiment().alone(&words, &mut Console::new(&mut out, &mut err));
        assert_eq!(code, 0, "{command}: {}", String::from_utf8_lossy(&err));
        count += 1;
    }
    assert!(count >= 4, "{examples}");
}

#[test]
fn a_full_disk_has_its_code_and_a_reader_that_has_gone_is_no_fault() {
    struct Broken(io::ErrorKind);
    impl io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for (kind, expected) in
        [(io::ErrorKind::StorageFull, NOT_WRITTEN), (io::ErrorKind::BrokenPipe, 0)]
    {
        let mut err = Vec::new();
        let words = [OsString::from("./bank")];
        let code = experiment().alone(&words, &mut Console::new(&mut Broken(kind), &mut err));
        assert_eq!(code, expected, "{}", String::from_utf8_lossy(&err));
    }
}
