//! `results.csv` is the same to the byte, in whatever order the outcomes came, and in however many journals.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Layout, write};
use crate::experiment::gathering::columns::Columns;
use crate::experiment::journal::header::Header;
use crate::experiment::journal::ordered::Ordered;
use crate::experiment::journal::reader::JournalReader;
use crate::experiment::journal::writer::JournalWriter;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::{Failure, FailureKind, Outcome, Row};
use crate::experiment::work::shard::Shard;
use crate::test_folder::Folder;

/// Numbers for the choice of cases: `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % bound
    }
}

fn failed(job: Job, kind: FailureKind) -> Outcome {
    let message = format!("no \"luck\",\nin {}", job.replication);
    Outcome { job, seconds: 0.0, end: Err(Failure { kind, message }) }
}

/// The outcome of a job: always the same. Names differ between scenarios and sometimes between replications.
#[allow(clippy::cast_precision_loss, reason = "these numbers are small")]
fn outcome(job: Job, batches: usize) -> Outcome {
    let mut chance = Chance(job.replication * 31 + job.scenario as u64);
    if chance.below(9) == 0 {
        return failed(job, FailureKind::Error);
    }
    let row = |chance: &mut Chance| {
        let mut names = vec!["waited.mean".to_owned(), format!("of scenario {}", job.scenario % 2)];
        if chance.below(4) == 0 {
            names.insert(0, format!("rare, {}", chance.below(3)));
        }
        let numbers = [0.1, f64::NAN, -0.0, 1e300, f64::INFINITY, 12.0];
        let values = names.iter().map(|_| match chance.below(8) {
            place @ 0..6 => numbers[usize::try_from(place).unwrap()],
            _ => chance.below(1 << 53) as f64 / 7.0,
        });
        Row { values: values.collect(), names: names.into() }
    };
    let rows = (0..batches).map(|_| row(&mut chance)).collect();
    Outcome { job, seconds: 0.0, end: Ok(rows) }
}

/// Writes outcomes into a journal. Killed now and then, in the middle of a line.
fn journal(path: &Path, header: &Header, outcomes: &[Outcome], chance: &mut Chance) {
    let mut writer = JournalWriter::create(path, header).unwrap();
    for outcome in outcomes {
        if chance.below(20) == 0 {
            drop(writer);
            let mut file = OpenOptions::new().append(true).open(path).unwrap();
            file.write_all(b"{\"replication\":3,\"sce").unwrap();
            writer = JournalWriter::resume(path, header).unwrap().0;
        }
        writer.add(outcome).unwrap();
    }
}

/// Returns the columns of the rows that count, as the experiment knows them.
fn columns(ordered: &mut Ordered, counted: &[u64]) -> Columns {
    let mut columns = Columns::default();
    for outcome in ordered.first_of_each(counted) {
        outcome.unwrap().end.iter().flatten().for_each(|row| drop(columns.of(row)));
    }
    columns
}

fn csv(folder: &Folder, layout: &Layout, journals: &[PathBuf], most: usize) -> String {
    let path = folder.0.join("results.csv");
    let readers = journals.iter().map(|path| JournalReader::open(path).unwrap().1).collect();
    let mut ordered = Ordered::new(readers).unwrap();
    let layout = &Layout { columns: columns(&mut ordered, &layout.counted), ..layout.clone() };
    write(&path, layout, &mut ordered).unwrap();
    for _ in ordered.first_of_each(&layout.counted) {}
    assert!(ordered.most_held() <= most, "{} of {most}", ordered.most_held());
    let text = fs::read_to_string(&path).unwrap();
    // A file that takes the place of another is written to the disk at once, and that takes time.
    fs::remove_file(path).unwrap();
    text
}

#[test]
fn the_file_is_the_same_whatever_the_order_and_the_journals() {
    let folder = Folder::new("order");
    for case in 0..150 {
        let mut chance = Chance(case);
        let (scenarios, replications) = (1 + chance.below(3), 1 + chance.below(40));
        let batches = if chance.below(3) == 0 { 3 } else { 1 };
        let scenarios = usize::try_from(scenarios).unwrap();
        let layout = Layout {
            settings: (0..scenarios)
                .map(|number| vec![("clerks".to_owned(), number.to_string())])
                .collect(),
            columns: Columns::default(),
            batches: batches > 1,
            counted: (0..scenarios).map(|_| chance.below(replications + 1)).collect(),
        };
        let jobs: Vec<Job> = (1..=replications)
            .flat_map(|replication| {
                (0..scenarios).map(move |scenario| Job { replication, scenario })
            })
            .collect();
        let counts = |job: &Job| job.replication <= layout.counted[job.scenario];
        let outcomes = |jobs: &[Job]| -> Vec<Outcome> {
            jobs.iter().map(|&job| outcome(job, batches)).collect()
        };

        let plain = folder.0.join("plain.jsonl");
        let header = Header::new("bank", case);
        JournalWriter::create(&plain, &header)
            .map(|mut writer| {
                for outcome in outcomes(&jobs) {
                    writer.add(&outcome).unwrap();
                }
            })
            .unwrap();
        let expected = csv(&folder, &layout, std::slice::from_ref(&plain), 0);
        let lines = csv::Reader::from_reader(expected.as_bytes()).into_records().count();
        let counted = outcomes(&jobs.iter().copied().filter(counts).collect::<Vec<_>>());
        let rows = counted.iter().map(|outcome| outcome.end.as_ref().map_or(1, Vec::len));
        assert_eq!(lines, rows.sum::<usize>());

        let shards = 1 + chance.below(3);
        let window = 1 + chance.below(12);
        let mut paths = Vec::new();
        for number in 1..=shards {
            let shard = Shard::new(number, shards).unwrap();
            // Of those that do not count, some were not made.
            let ours: Vec<Job> = jobs
                .iter()
                .copied()
                .filter(|job| shard.has(job.replication) && (counts(job) || chance.below(2) == 0))
                .collect();
            let mut came: Vec<(u64, Outcome)> = (0..)
                .zip(outcomes(&ours))
                .map(|(place, outcome)| (place + chance.below(window), outcome))
                .collect();
            came.sort_by_key(|(place, _)| *place);
            let mut came: Vec<Outcome> = came.into_iter().map(|(_, outcome)| outcome).collect();
            // Some took too long at first.
            for &job in ours.iter().filter(|job| job.replication % 7 == 0) {
                let place = came.iter().position(|outcome| outcome.job == job).unwrap();
                came.insert(place, failed(job, FailureKind::TookTooLong));
            }
            let path = folder.0.join(format!("shard-{number}.jsonl"));
            journal(&path, &header, &came, &mut chance);
            paths.push(path);
        }
        let most = usize::try_from(shards * window).unwrap();
        assert_eq!(csv(&folder, &layout, &paths, most), expected, "case {case}");
        paths.into_iter().chain([plain]).for_each(|path| fs::remove_file(path).unwrap());
    }
}

#[test]
fn what_is_not_there_is_a_hole() {
    let folder = Folder::new("holes");
    for case in 0..50 {
        let mut chance = Chance(case);
        let mut there: Vec<Job> = (1..60)
            .flat_map(|replication| [0, 1].map(|scenario| Job { replication, scenario }))
            .filter(|_| chance.below(3) > 0)
            .collect();
        let made: Vec<Job> = there.clone();
        for place in (1..there.len()).rev() {
            let other = usize::try_from(chance.below(place as u64 + 1)).unwrap();
            there.swap(place, other);
        }
        let path = folder.0.join(format!("{case}.jsonl"));
        let outcomes: Vec<Outcome> = there.iter().map(|&job| outcome(job, 1)).collect();
        journal(&path, &Header::new("bank", 1), &outcomes, &mut chance);
        let mut ordered = Ordered::new(vec![JournalReader::open(&path).unwrap().1]).unwrap();
        assert_eq!(ordered.len(), made.len() as u64);
        for replication in 1..70 {
            for scenario in 0..3 {
                let job = Job { replication, scenario };
                let expected = made.contains(&job).then(|| outcome(job, 1));
                assert_eq!(ordered.contains(job), expected.is_some());
                // Some are not asked for.
                if chance.below(5) > 0 {
                    assert_eq!(ordered.wanted(job).unwrap(), expected);
                }
            }
        }
    }
}

#[test]
fn a_replication_that_is_there_twice_is_refused() {
    let folder = Folder::new("twice");
    let job = |replication| Job { replication, scenario: 0 };
    let done = |replication| Outcome {
        job: job(replication),
        seconds: 0.0,
        end: Ok(vec![Row { names: Arc::new(["a".to_owned()]), values: Box::new([1.0]) }]),
    };
    let path = |name: &str| folder.0.join(name);
    let header = Header::new("bank", 1);
    journal(&path("one"), &header, &[done(1), done(2), done(1)], &mut Chance(1));
    journal(&path("two"), &header, &[done(3), done(4)], &mut Chance(2));
    journal(&path("three"), &header, &[done(5), done(4)], &mut Chance(2));
    // What is done is not done again, even if it fails the second time.
    let failure = failed(job(1), FailureKind::Panicked);
    journal(&path("four"), &header, &[done(1), failure.clone()], &mut Chance(2));
    // What failed may be tried again, as often as one likes.
    let tries =
        [failure.clone(), failed(job(1), FailureKind::TookTooLong), failure.clone(), done(1)];
    journal(&path("five"), &header, &tries, &mut Chance(2));
    let ordered = |names: &[&str]| {
        let open = |name: &&str| JournalReader::open(&path(name)).unwrap().1;
        Ordered::new(names.iter().map(open).collect())
    };
    let error = |names: &[&str]| ordered(names).unwrap_err().to_string();
    let twice = |place: &str, name: &str, replication| {
        format!(
            "replication {replication} of scenario 0 is there twice, the second time {place}`{}`. \
             Did two processes write it?",
            path(name).display()
        )
    };
    assert_eq!(error(&["one"]), twice("at line 5 of ", "one", 1));
    assert_eq!(error(&["two", "three"]), twice("in ", "three", 4));
    assert_eq!(error(&["four"]), twice("at line 4 of ", "four", 1));
    let mut retried = ordered(&["five", "two"]).unwrap();
    for _ in 0..2 {
        assert_eq!(retried.wanted(job(1)).unwrap(), Some(done(1)));
        assert_eq!(retried.wanted(job(3)).unwrap(), Some(done(3)));
        retried.rewind();
    }
}

#[test]
fn the_columns_have_the_names_that_the_page_says() {
    let folder = Folder::new("columns");
    let layout = Layout {
        settings: vec![
            vec![("clerks".into(), "1".into()), ("error".into(), "a,b".into())],
            vec![("clerks".into(), "2".into()), ("error".into(), "c".into())],
        ],
        columns: Columns::default(),
        batches: false,
        counted: vec![2, 1],
    };
    let done = |replication, scenario, names: &[&str], values: &[f64]| Outcome {
        job: Job { replication, scenario },
        seconds: 0.0,
        end: Ok(vec![Row {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            values: values.into(),
        }]),
    };
    let outcomes = [
        done(2, 1, &["does not count"], &[7.0]),
        done(1, 1, &["profit", "lost"], &[12.5, f64::NAN]),
        done(1, 0, &["profit", "clerks"], &[-0.0, 1e300]),
        failed(Job { replication: 2, scenario: 0 }, FailureKind::Panicked),
    ];
    let path = folder.0.join("journal.jsonl");
    journal(&path, &Header::new("bank", 1), &outcomes, &mut Chance(1));
    let text = csv(&folder, &layout, &[path], 4);
    assert_eq!(
        text,
        "clerks,error (2),replication,error,profit,clerks (2),lost\n\
         1,\"a,b\",1,,-0.0,1e300,\n\
         2,c,1,,12.5,,\n\
         1,\"a,b\",2,\"panicked: no \"\"luck\"\",\nin 2\",,,\n"
    );
}
