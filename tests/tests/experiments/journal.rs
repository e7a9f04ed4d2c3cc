//! The journal: what is done is kept, whatever happens to the file, and one goes on with it.

use std::fs;

use asim::{Experiment, Replication};
use asim_tests::bank::{BANK, Bank, bank, experiment};

use asim_tests::folder::Folder;

use crate::written::{jobs, results};

#[test]
fn a_journal_cut_at_any_byte_of_its_last_two_lines_is_gone_on_with() {
    let folder = Folder::in_memory("cut");
    let few = || experiment().replications(4).jobs(1);
    few().out(folder.at("whole")).run().unwrap();
    let expected = results(&folder.at("whole"));
    let journal = fs::read(folder.at("whole").join("journal.jsonl")).unwrap();
    let lines: Vec<usize> = (0..journal.len())
        .filter(|&place| journal[place] == b'\n')
        .map(|place| place + 1)
        .collect();
    let start = lines[lines.len() - 3];
    for cut in start..=journal.len() {
        let out = folder.at(&format!("{cut}"));
        fs::create_dir_all(&out).unwrap();
        fs::write(out.join("journal.jsonl"), &journal[..cut]).unwrap();
        few().out(&out).resume().run().unwrap();
        assert_eq!(results(&out), expected, "cut at {cut}");
        assert_eq!(jobs(&out.join("journal.jsonl")), 8);
        fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn one_goes_on_for_more_replications_and_nothing_is_made_again() {
    let folder = Folder::in_memory("more");
    let experiment = || experiment().set("fails", 4);
    experiment().replications(20).out(folder.at("whole")).run().unwrap();
    experiment().replications(7).out(folder.at("parts")).run().unwrap();
    let journal = folder.at("parts").join("journal.jsonl");
    let seven = fs::read(&journal).unwrap();
    let parts = experiment().replications(20).out(folder.at("parts")).resume().run().unwrap();
    assert_eq!(results(&folder.at("parts")), results(&folder.at("whole")));
    assert_eq!(jobs(&journal), 40);
    assert!(fs::read(&journal).unwrap().starts_with(&seven));
    assert_eq!(parts.failed(), 10);
    // And back: the journal keeps what does not count.
    experiment().replications(7).out(folder.at("parts")).resume().run().unwrap();
    experiment().replications(7).out(folder.at("seven")).run().unwrap();
    assert_eq!(results(&folder.at("parts")), results(&folder.at("seven")));
    assert_eq!(jobs(&journal), 40);
}

#[test]
fn the_journal_of_another_experiment_is_refused_and_kept() {
    let folder = Folder::in_memory("another");
    let out = folder.at("out");
    experiment().replications(3).out(&out).run().unwrap();
    let journal = fs::read(out.join("journal.jsonl")).unwrap();
    let path = out.join("journal.jsonl").display().to_string();
    let refused = |other: Experiment<Bank>, words: &str| {
        let error = other.replications(3).out(&out).resume().run().unwrap_err();
        assert!(!error.is_of_writing());
        let start = format!("`{path}` is the journal of another experiment: its ");
        assert_eq!(error.to_string(), start + words);
    };
    refused(experiment().seed(43), "seed is 42, not 43");
    refused(experiment().warm_up(0.5), "warm-up is 0, not 0.5");
    refused(experiment().antithetic(), "use of antithetic pairs is no, not yes");
    refused(experiment().independent_scenarios(), "use of common random numbers is yes, not no");
    let of = |name: &str, clerks: &[usize]| {
        Experiment::new(name, bank, BANK).seed(42).sweep("clerks", clerks.to_vec())
    };
    refused(of("bank", &[1, 2, 3]), "number of scenarios is 2, not 3");
    refused(of("bank", &[1, 3]), "parameter `clerks` in scenario 1 is 2, not 3");
    refused(of("clinic", &[1, 2]), "model is `bank`, not `clinic`");
    let error = experiment().out(&out).run().unwrap_err().to_string();
    let words = "holds a journal of 6 replications already: go on with it (`--resume`) or choose another folder";
    assert_eq!(error, format!("`{}` {words}", out.display()));
    assert_eq!(fs::read(out.join("journal.jsonl")).unwrap(), journal);
}

#[test]
fn a_broken_line_is_named_and_nothing_is_lost() {
    let folder = Folder::in_memory("broken");
    let out = folder.at("out");
    experiment().replications(3).jobs(1).out(&out).run().unwrap();
    let journal = fs::read_to_string(out.join("journal.jsonl")).unwrap();
    let broken = journal.replacen("\"replication\":2", "\"replication\"2", 1);
    fs::write(out.join("journal.jsonl"), &broken).unwrap();
    let error = experiment().replications(3).out(&out).resume().run().unwrap_err().to_string();
    let line = 1 + broken.lines().position(|line| line.contains("\"replication\"2")).unwrap();
    let path = out.join("journal.jsonl");
    assert_eq!(error, format!("line {line} of `{}` is broken: expected `:`", path.display()));
    assert_eq!(fs::read_to_string(path).unwrap(), broken);
}

#[test]
fn what_took_too_long_is_made_again() {
    let folder = Folder::in_memory("again");
    let experiment = || experiment().replications(3).jobs(1);
    experiment().out(folder.at("whole")).run().unwrap();
    let out = folder.at("out");
    let path = out.join("journal.jsonl");
    let journal = fs::read_to_string(folder.at("whole").join("journal.jsonl")).unwrap();
    // As if the first and the last one had met a limit, the last one twice.
    let mut hurried = String::new();
    for line in journal.lines() {
        let late = ["{\"replication\":1,\"scenario\":0,", "{\"replication\":3,\"scenario\":1,"];
        if let Some(place) = late.iter().position(|start| line.starts_with(start)) {
            let failure = "\"failure\":{\"kind\":\"took_too_long\",\"message\":\"over 1 s\"}}\n";
            let line = format!("{}\"seconds\":1.0,{failure}", late[place]);
            hurried += &line.repeat(1 + place);
        } else {
            hurried += line;
            hurried.push('\n');
        }
    }
    assert_eq!(hurried.matches("took_too_long").count(), 3);
    fs::create_dir_all(&out).unwrap();
    fs::write(&path, &hurried).unwrap();
    // The second time all is in the journal.
    for _ in 0..2 {
        let again = experiment().out(&out).resume().run().unwrap();
        assert_eq!(again.failed(), 0);
        assert_eq!(results(&out), results(&folder.at("whole")));
        let now = fs::read_to_string(&path).unwrap();
        assert!(now.starts_with(&hurried));
        assert_eq!(now.matches("\"replication\":").count(), 9);
    }
}

#[test]
fn a_model_that_has_changed_is_noticed() {
    let folder = Folder::in_memory("changed");
    let out = folder.at("out");
    experiment().replications(3).out(&out).run().unwrap();
    let journal = fs::read(out.join("journal.jsonl")).unwrap();
    let changed = |rep: &Replication, parameters: &Bank| {
        rep.result("new", 1.0);
        bank(rep, parameters)
    };
    let other = Experiment::new("bank", changed, BANK).seed(42).sweep("clerks", [1, 2]);
    let error = other.replications(5).out(&out).resume().run().unwrap_err().to_string();
    assert!(error.starts_with("the model has changed since the journal was begun"), "{error}");
    assert!(error.contains("in replication 1, there was no `new`"), "{error}");
    assert_eq!(fs::read(out.join("journal.jsonl")).unwrap(), journal);
}
