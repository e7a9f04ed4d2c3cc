//! Which pictures a program saves, and under which names.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::experiment::experiment_error::{ExperimentError, Fault};
use crate::experiment::results::results::Results;
use crate::experiment::warm_up::WarmUp;

/// The longest name of a file, in characters without its ending.
const LONGEST: usize = 60;

/// Saves a picture of each measure that the table shows, if some parameter was swept.
pub(crate) fn of_results(results: &Results, folder: &Path) -> Result<(), ExperimentError> {
    if results.scenarios.len() < 2 {
        return Ok(());
    }
    make(folder)?;
    let (measures, _) = results.measures_of_table();
    let names = measures.iter().map(|&measure| results.columns.names()[measure].as_str());
    let files = file_names(names.clone());
    for (name, file) in names.zip(files) {
        results.picture(name).write(&folder.join(file))?;
    }
    Ok(())
}

/// Saves the picture of a warm-up.
pub(crate) fn of_warm_up(warm_up: &WarmUp, folder: &Path) -> Result<(), ExperimentError> {
    make(folder)?;
    Ok(warm_up.picture().write(&folder.join("warm-up.svg"))?)
}

fn make(folder: &Path) -> Result<(), ExperimentError> {
    fs::create_dir_all(folder)
        .map_err(|source| Fault::NoFolder { folder: folder.to_owned(), source }.into())
}

/// Returns a name of a file for each measure, which every system takes: `clerks.waited.mean.svg`. No two differ only in
/// capital letters.
fn file_names<'a>(measures: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut names = Vec::new();
    for measure in measures {
        let plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
        let name: String = measure
            .chars()
            .take(LONGEST)
            .map(|letter| if plain(letter) { letter } else { '_' })
            .collect();
        // What begins with a dot is hidden.
        let name = match name.chars().next() {
            None | Some('.') => format!("_{name}"),
            Some(_) => name,
        };
        let others = (2..).map(|number: u64| format!("{name}-{number}"));
        let mut tries = std::iter::once(name.clone()).chain(others);
        let free = tries.find(|name| taken.insert(name.to_lowercase())).unwrap_or(name);
        names.push(free + ".svg");
    }
    names
}

#[cfg(test)]
mod tests {
    use super::file_names;

    #[test]
    fn every_name_of_a_measure_gives_a_name_of_a_file() {
        let long = "é".repeat(300);
        let measures = [
            "clerks.waited.mean",
            "a/b",
            "a\\b",
            "A_B",
            "..",
            "",
            "🙂",
            "收银.mean",
            "../../etc/x",
            &long,
            "x\0\ny",
            "a_b-2",
        ];
        let names = file_names(measures);
        let expected = [
            "clerks.waited.mean.svg",
            "a_b.svg",
            "a_b-2.svg",
            "A_B-3.svg",
            "_...svg",
            "_.svg",
            "_-2.svg",
            "收银.mean.svg",
            "_.._.._etc_x.svg",
        ];
        assert_eq!(names[..9], expected);
        assert_eq!(names[10..], ["x__y.svg", "a_b-2-2.svg"]);
        for name in &names {
            assert!(name.len() <= 255 && std::path::Path::new(name).components().count() == 1);
        }
    }
}
