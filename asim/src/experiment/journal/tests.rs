//! A journal as a whole: what is written is read, whatever happens in between.

use std::fs;
use std::sync::Arc;

use super::header::Header;
use super::journal_error::JournalError;
use super::reader::JournalReader;
use super::writer::JournalWriter;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::{Failure, FailureKind, Outcome, Row};
use crate::test_folder::Folder;

fn names(names: &[&str]) -> Arc<[String]> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn row(listed: &[&str], values: &[f64]) -> Row {
    Row { names: names(listed), values: values.into() }
}

fn outcome(replication: u64, scenario: usize, rows: Vec<Row>) -> Outcome {
    Outcome { job: Job { replication, scenario }, seconds: 0.25, end: Ok(rows) }
}

fn failure(replication: u64, message: &str) -> Outcome {
    let failure = Failure { kind: FailureKind::Panicked, message: message.to_owned() };
    Outcome { job: Job { replication, scenario: 0 }, seconds: 0.5, end: Err(failure) }
}

/// Outcomes of all kinds.
fn outcomes() -> Vec<Outcome> {
    let long: Vec<Row> = (0..100).map(|batch| row(&[&format!("of {batch}")], &[0.1])).collect();
    vec![
        outcome(1, 0, vec![row(&["waited.mean", "profit"], &[0.1 + 0.2, -0.0])]),
        outcome(2, 0, vec![row(&["waited.mean", "profit"], &[f64::NAN, f64::NEG_INFINITY])]),
        outcome(2, 1, vec![row(&["a \"name\",\nwith everything: 收银台"], &[1e300])]),
        failure(3, "index 7, but the \"length\" is 3\nat bank.rs:12"),
        outcome(3, 1, Vec::new()),
        outcome(4, 0, vec![row(&[], &[])]),
        outcome(u64::MAX, usize::MAX, vec![row(&["waited.mean", "profit"], &[5e-324, 12.0])]),
        outcome(4, 1, long),
        outcome(5, 1, vec![row(&["waited.mean", "profit"], &[1.0, 2.0]); 3]),
    ]
}

fn all(mut reader: JournalReader) -> Vec<Outcome> {
    std::iter::from_fn(|| reader.next_outcome().unwrap()).collect()
}

fn written(folder: &Folder, outcomes: &[Outcome]) -> Vec<u8> {
    let mut writer =
        JournalWriter::create(&folder.0.join("journal.jsonl"), &Header::new("bank", 42)).unwrap();
    for outcome in outcomes {
        writer.add(outcome).unwrap();
    }
    writer.sync().unwrap();
    fs::read(folder.0.join("journal.jsonl")).unwrap()
}

#[test]
fn outcomes_are_read_as_they_were_written() {
    let folder = Folder::new("exact");
    let mut writer =
        JournalWriter::create(&folder.0.join("journal.jsonl"), &Header::new("bank", 42)).unwrap();
    assert!(writer.warning().is_none());
    for (number, outcome) in outcomes().iter().enumerate() {
        writer.add(outcome).unwrap();
        // At once.
        assert_eq!(all(writer.reader().unwrap()), outcomes()[..=number]);
    }
    assert_eq!(writer.outcomes(), 9);
    let (header, mut reader) = JournalReader::open(&folder.0.join("journal.jsonl")).unwrap();
    assert_eq!(header, Header::new("bank", 42));
    while reader.next_entry().unwrap().is_some() {}
    reader.rewind();
    let read = all(reader);
    assert_eq!(read, outcomes());
    // Rows of the same names share them, also those with other names in between.
    let names = |outcome: usize| &read[outcome].end.as_ref().unwrap()[0].names;
    assert!(Arc::ptr_eq(names(0), names(1)) && Arc::ptr_eq(names(0), names(6)));
}

#[test]
fn names_are_written_once_until_they_are_many() {
    let folder = Folder::new("names");
    let text = written(&folder, &outcomes()[..2]);
    let text = String::from_utf8(text).unwrap();
    let (_, lines) = text.split_once('\n').unwrap();
    let expected = "\
        {\"names\":0,\"are\":[\"waited.mean\",\"profit\"]}\n\
        {\"replication\":1,\"scenario\":0,\"seconds\":0.25,\
        \"rows\":[{\"names\":0,\"values\":[0.30000000000000004,-0.0]}]}\n\
        {\"replication\":2,\"scenario\":0,\"seconds\":0.25,\
        \"rows\":[{\"names\":0,\"values\":[\"NaN\",\"-inf\"]}]}\n";
    assert_eq!(lines, expected);

    let folder = Folder::new("many-names");
    let made = |number: u64| row(&["mean", &format!("of customer {number}")], &[1.0, 2.0]);
    let many: Vec<_> = (1..1000).map(|number| outcome(number, 0, vec![made(number)])).collect();
    written(&folder, &many);
    assert_eq!(all(JournalReader::open(&folder.0.join("journal.jsonl")).unwrap().1), many);
}

#[test]
fn a_journal_cut_at_any_byte_goes_on_from_its_last_whole_line() {
    let folder = Folder::new("cut");
    let full = written(&folder, &outcomes());
    let header = Header::new("bank", 42);
    let header_end = full.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    // The header and the first line, the end of the line before the last, and the last line.
    for cut in (0..header_end + 120).chain(full.len() - 220..=full.len()) {
        for garbage in [&b""[..], &[0xff, 0xc3, 0, 0]] {
            // What does not begin as a journal could be another file.
            if cut < super::header::MARK.len() && !garbage.is_empty() {
                continue;
            }
            // Not truncated: that is written to the disk at once, and takes time.
            fs::remove_file(folder.0.join("journal.jsonl")).unwrap();
            fs::write(folder.0.join("journal.jsonl"), [&full[..cut], garbage].concat()).unwrap();
            let (mut writer, reader) =
                JournalWriter::resume(&folder.0.join("journal.jsonl"), &header).unwrap();
            let there = all(reader);
            let lines = full[..cut].split(|byte| *byte == b'\n').count() - 1;
            assert_eq!(there, outcomes()[..there.len()], "cut at {cut}");
            assert!(there.len() <= lines && (cut < full.len() || there.len() == 9));
            assert_eq!(writer.outcomes(), there.len() as u64);
            for outcome in &outcomes()[there.len()..] {
                writer.add(outcome).unwrap();
            }
            drop(writer);
            assert_eq!(
                all(JournalReader::open(&folder.0.join("journal.jsonl")).unwrap().1),
                outcomes()
            );
        }
    }
}

#[test]
fn who_only_reads_stops_before_a_truncated_line() {
    let folder = Folder::new("reads");
    let full = written(&folder, &outcomes());
    fs::write(folder.0.join("journal.jsonl"), &full[..full.len() - 1]).unwrap();
    assert_eq!(
        all(JournalReader::open(&folder.0.join("journal.jsonl")).unwrap().1),
        outcomes()[..8]
    );
    assert_eq!(fs::read(folder.0.join("journal.jsonl")).unwrap().len(), full.len() - 1);
}

#[test]
fn a_journal_that_is_there_is_not_begun_anew() {
    let folder = Folder::new("there");
    let full = written(&folder, &outcomes());
    let header = Header::new("bank", 42);
    let refused = JournalWriter::create(&folder.0.join("journal.jsonl"), &header).unwrap_err();
    let text = format!(
        "`{}` holds a journal of 9 replications already: go on with it (`--resume`) or choose another folder",
        folder.0.display()
    );
    assert_eq!(refused.to_string(), text);
    assert_eq!(fs::read(folder.0.join("journal.jsonl")).unwrap(), full);
    // Nor is another file written over.
    let other = folder.0.join("notes.txt");
    fs::write(&other, "what I think").unwrap();
    for refused in [
        JournalWriter::create(&other, &header).unwrap_err(),
        JournalWriter::resume(&other, &header).unwrap_err(),
    ] {
        assert!(
            refused
                .to_string()
                .ends_with("is no journal of an experiment: it begins with something else")
        );
    }
    assert_eq!(fs::read(&other).unwrap(), b"what I think");
}

#[test]
fn a_journal_of_another_experiment_is_refused() {
    let folder = Folder::new("another");
    let full = written(&folder, &outcomes());
    let refused = JournalWriter::resume(&folder.0.join("journal.jsonl"), &Header::new("bank", 43))
        .unwrap_err();
    let text = refused.to_string();
    assert!(
        text.ends_with("is the journal of another experiment: its seed is 42, not 43"),
        "{text}"
    );
    let newer = String::from_utf8(full.clone()).unwrap().replace("_journal\":1", "_journal\":2");
    fs::write(folder.0.join("journal.jsonl"), &newer).unwrap();
    let refused = JournalWriter::resume(&folder.0.join("journal.jsonl"), &Header::new("bank", 42))
        .unwrap_err();
    assert!(refused.to_string().ends_with("its format is 2, and this program reads format 1"));
    assert_eq!(fs::read(folder.0.join("journal.jsonl")).unwrap(), newer.as_bytes());
}

#[test]
fn a_second_writer_is_refused_until_the_first_has_ended() {
    let folder = Folder::new("two");
    let header = Header::new("bank", 42);
    let (first, reader) = JournalWriter::resume(&folder.0.join("journal.jsonl"), &header).unwrap();
    let refused = JournalWriter::resume(&folder.0.join("journal.jsonl"), &header).unwrap_err();
    let text = format!("another process writes `{}`", folder.0.join("journal.jsonl").display());
    assert_eq!(refused.to_string(), text);
    assert!(matches!(
        JournalWriter::create(&folder.0.join("journal.jsonl"), &header),
        Err(JournalError::Locked { .. })
    ));
    // One may look on.
    assert_eq!(all(JournalReader::open(&folder.0.join("journal.jsonl")).unwrap().1), []);
    drop((first, reader));
    JournalWriter::resume(&folder.0.join("journal.jsonl"), &header).unwrap();
}

#[test]
fn where_nobody_can_lock_a_second_writer_is_noticed() {
    let folder = Folder::new("unlocked");
    let mut first =
        JournalWriter::create(&folder.0.join("journal.jsonl"), &Header::new("bank", 42)).unwrap();
    first.unlock_for_test();
    assert!(first.warning().unwrap().contains("see to it that no other process writes it"));
    first.add(&outcomes()[0]).unwrap();
    let (mut second, _) =
        JournalWriter::resume(&folder.0.join("journal.jsonl"), &Header::new("bank", 42)).unwrap();
    second.add(&outcomes()[1]).unwrap();
    let refused = first.add(&outcomes()[2]).unwrap_err().to_string();
    assert!(
        refused.contains("another process has changed it. One replication is in it"),
        "{refused}"
    );
    second.add(&outcomes()[2]).unwrap();
    assert_eq!(all(second.reader().unwrap()), outcomes()[..3]);
}

#[test]
fn a_broken_line_is_named() {
    let folder = Folder::new("broken");
    let text = String::from_utf8(written(&folder, &outcomes()[..2])).unwrap();
    let broken = [
        ("\"NaN\",", "\"none\",", "invalid value: string \"none\", expected a number"),
        ("\"NaN\",", "", "it has 1 values of 2 names"),
        (
            "\"names\":0,\"values\":[\"NaN\"",
            "\"names\":1,\"values\":[\"NaN\"",
            "there are no names 1",
        ),
        ("\"replication\":2", "\"replicatio", "EOF while parsing a string"),
        (
            "\"rows\":[{\"names\":0,\"values\":[\"NaN\",\"-inf\"]}]",
            "\"more\":1",
            "either rows or a failure",
        ),
    ];
    for (part, by, why) in broken {
        let mut changed = text.replacen(part, by, 1);
        assert_ne!(changed, text);
        if by == "\"replicatio" {
            changed = changed.replacen("\"replicatio,", "\"replication\":2,\"sc\n", 1);
        }
        changed += "{\"replication\":3,\"scenario\":0,\"seconds\":0.25,\"rows\":[]}\n";
        fs::write(folder.0.join("journal.jsonl"), &changed).unwrap();
        let (_, mut reader) = JournalReader::open(&folder.0.join("journal.jsonl")).unwrap();
        assert_eq!(reader.next_outcome().unwrap().unwrap(), outcomes()[0]);
        let error = reader.next_outcome().unwrap_err().to_string();
        let start = format!("line 4 of `{}` is broken: ", folder.0.join("journal.jsonl").display());
        assert!(error.starts_with(&start) && error.contains(why), "{error}");
        assert!(!error.contains("column"), "{error}");
    }
}

/// Every write to `/dev/full` fails as on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_at_once() {
    let folder = Folder::new("full");
    std::os::unix::fs::symlink("/dev/full", folder.0.join("journal.jsonl")).unwrap();
    let header = Header::new("bank", 42);
    for refused in [
        JournalWriter::create(&folder.0.join("journal.jsonl"), &header).unwrap_err(),
        JournalWriter::resume(&folder.0.join("journal.jsonl"), &header).unwrap_err(),
    ] {
        assert!(refused.is_of_writing());
        let text = format!(
            "`{}` could not be written: No space left on device (os error 28)",
            folder.0.join("journal.jsonl").display()
        );
        assert_eq!(refused.to_string(), text);
    }
}

#[test]
fn after_an_error_of_writing_nothing_more_is_taken() {
    let folder = Folder::new("spoilt");
    let mut writer =
        JournalWriter::create(&folder.0.join("journal.jsonl"), &Header::new("bank", 42)).unwrap();
    writer.add(&outcomes()[0]).unwrap();
    writer.fail_for_test(fs::File::open(folder.0.join("journal.jsonl")).unwrap());
    for outcome in &outcomes()[1..3] {
        let error = writer.add(outcome).unwrap_err();
        assert!(error.is_of_writing());
        let text = error.to_string();
        assert!(
            text.ends_with("One replication is in it, and `--resume` goes on from there"),
            "{text}"
        );
    }
    drop(writer);
    let (writer, reader) =
        JournalWriter::resume(&folder.0.join("journal.jsonl"), &Header::new("bank", 42)).unwrap();
    assert_eq!((writer.outcomes(), all(reader)), (1, outcomes()[..1].to_vec()));
}

#[test]
fn what_comes_after_the_opening_is_not_read() {
    let folder = Folder::new("append");
    let mut writer =
        JournalWriter::create(&folder.0.join("journal.jsonl"), &Header::new("bank", 42)).unwrap();
    let many: Vec<_> =
        (1..2000).map(|number| outcome(number, 0, vec![row(&["a"], &[0.1 * 3.0]); 4])).collect();
    many[..1000].iter().for_each(|outcome| writer.add(outcome).unwrap());
    let mut reader = writer.reader().unwrap();
    // Both use the same open file, each at its own place.
    for (number, outcome) in many[1000..].iter().enumerate() {
        writer.add(outcome).unwrap();
        assert_eq!(reader.next_outcome().unwrap().unwrap(), many[number]);
    }
    assert_eq!(all(reader), many[999..1000]);
    assert_eq!(all(writer.reader().unwrap()), many);
}
