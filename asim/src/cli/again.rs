//! The commands that make something again: one replication, or the rest of an experiment.

use std::ffi::OsString;

use crate::cli::command_line::CommandLine;

/// Returns the command that makes one replication of one scenario again. The settings are those of the scenario.
pub(crate) fn command_for_one(
    program: &str,
    said: &CommandLine,
    settings: &[String],
    replication: u64,
) -> String {
    let mut words = vec![program.to_owned()];
    let mut add = |option: &str, value: Option<String>| {
        if let Some(value) = value {
            words.extend([option.to_owned(), value]);
        }
    };
    for setting in settings {
        add("--set", Some(setting.clone()));
    }
    add("--seed", said.seed.map(|seed| seed.to_string()));
    add("--warm-up", said.warm_up.map(|time| time.to_string()));
    add("--batches", said.batches.map(|count| count.to_string()));
    add("--batch-length", said.batch_length.map(|length| length.to_string()));
    add("--limit", said.limit.map(|seconds| seconds.to_string()));
    add("--only", Some(replication.to_string()));
    let flags = [
        ("--antithetic", said.antithetic),
        ("--independent-scenarios", said.independent_scenarios),
    ];
    words.extend(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| (*flag).to_owned()));
    for_a_shell(&words)
}

/// Returns the command that goes on with an experiment that was interrupted.
pub(crate) fn command_to_resume(words: &[OsString]) -> String {
    let mut words: Vec<String> =
        words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    if !words.iter().any(|word| word == "--resume") {
        words.push("--resume".to_owned());
    }
    for_a_shell(&words)
}

/// Returns words as one line that a shell takes apart into the same words.
pub(crate) fn for_a_shell(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_@%+=:,./-".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_the_line_apart_into_the_same_words() {
        let words =
            ["./bank", "--set", "name=a b", "it's", "", "x=[1, 2]", "$HOME", "a\\b", "1..5"];
        let words = words.map(str::to_owned);
        let line = for_a_shell(&words);
        let script = format!("for word in {line}; do printf '%s\\n' \"$word\"; done");
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let read = String::from_utf8(output.stdout).unwrap();
        assert_eq!(read.lines().collect::<Vec<_>>(), words);
    }

    #[test]
    fn the_command_has_what_the_replication_depends_on() {
        let said = CommandLine {
            settings: vec!["clerks=1..5".to_owned()],
            seed: Some(7),
            warm_up: Some(0.5),
            replications: Some(100),
            antithetic: true,
            quiet: true,
            jobs: Some(3),
            ..CommandLine::default()
        };
        assert_eq!(
            command_for_one(
                "./bank",
                &said,
                &["clerks=4".to_owned(), "name=\"a, b\"".to_owned()],
                17
            ),
            "./bank --set clerks=4 --set 'name=\"a, b\"' --seed 7 --warm-up 0.5 --only 17 --antithetic"
        );
    }

    #[test]
    fn what_was_interrupted_goes_on() {
        let words = ["./bank", "--out", "my results"].map(OsString::from);
        assert_eq!(command_to_resume(&words), "./bank --out 'my results' --resume");
        let words = ["./bank", "--resume", "--out", "x"].map(OsString::from);
        assert_eq!(command_to_resume(&words), "./bank --resume --out x");
    }
}
