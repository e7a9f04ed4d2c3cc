use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Bank {
    clerks: usize,
    service: f64,
    name: String,
}

fn base() -> Parameters {
    Parameters::of(&Bank { clerks: 3, service: 0.8, name: "bank".to_owned() }).unwrap()
}

fn grid(settings: &[&str]) -> Result<Grid, ParameterError> {
    let settings: Vec<_> = settings.iter().map(|text| Setting::read(text).unwrap()).collect();
    Grid::of(&base(), &settings)
}

fn names(grid: &Grid) -> Vec<String> {
    grid.scenarios.iter().map(Scenario::name).collect()
}

#[test]
fn the_last_parameter_varies_fastest() {
    let grid = grid(&["service=0.5..0.7:0.1", "name=x", "clerks=1,2"]).unwrap();
    assert_eq!(
        names(&grid),
        [
            "service = 0.5, name = x, clerks = 1",
            "service = 0.5, name = x, clerks = 2",
            "service = 0.6, name = x, clerks = 1",
            "service = 0.6, name = x, clerks = 2",
            "service = 0.7, name = x, clerks = 1",
            "service = 0.7, name = x, clerks = 2",
        ]
    );
    assert_eq!(grid.varied, ["service", "clerks"]);
    assert!(grid.scenarios.iter().enumerate().all(|(place, scenario)| scenario.number == place));
    let last: Bank = grid.scenarios[5].parameters.to().unwrap();
    assert_eq!(last, Bank { clerks: 2, service: 0.7, name: "x".to_owned() });
    assert_eq!(grid.scenarios[5].written(), ["service=0.7", "name=x", "clerks=2"]);
}

#[test]
fn without_settings_there_is_one_scenario() {
    let grid = grid(&[]).unwrap();
    assert_eq!((names(&grid), grid.varied.len()), (vec![String::new()], 0));
    assert_eq!(grid.scenarios[0].parameters, base());
}

#[test]
fn a_range_is_text_where_the_parameter_is_text() {
    assert_eq!(names(&grid(&["name=1..3"]).unwrap()), ["name = 1..3"]);
    let written = grid(&["name=1..3"]).unwrap().scenarios[0].written();
    assert_eq!(written, ["name=\"1..3\""]);
    assert_eq!(
        names(&grid(&written.iter().map(String::as_str).collect::<Vec<_>>()).unwrap()),
        ["name = 1..3"]
    );
    assert_eq!(
        names(&grid(&["service=1..3"]).unwrap()),
        ["service = 1", "service = 2", "service = 3"]
    );
}

#[test]
fn from_code_it_is_the_same() {
    let code = [Setting::of("clerks", 1..=2).unwrap(), Setting::of("service", [0.5, 1.0]).unwrap()];
    let code = Grid::of(&base(), &code).unwrap();
    assert_eq!(code, grid(&["clerks=1..2", "service=0.5,1"]).unwrap());
}

#[test]
fn wrong_settings_are_refused() {
    let refusal = |settings: &[&str]| grid(settings).unwrap_err().to_string();
    assert_eq!(refusal(&["clerks=1", "service=1", "clerks=2"]), "`clerks` is set twice");
    assert_eq!(
        refusal(&["clerks=1..3,many"]),
        "`clerks` cannot be `many`: it is a whole number of 0 or more, now 3"
    );
    assert_eq!(
        refusal(&["clerks=1..2000", "service=1..2000"]),
        "the settings make more than 1000000 scenarios: clerks has 2000 values, service has 2000 values"
    );
    assert_eq!(
        refusal(&["clerks=2..3", "service=0.5,0.50"]),
        "two scenarios are the same: clerks = 2, service = 0.5"
    );
    let nested = [Setting::read("ward.beds=3").unwrap(), Setting::read("ward={}").unwrap()];
    assert_eq!(
        Grid::of(&base(), &nested).unwrap_err().to_string(),
        "`ward` is set twice: `ward.beds` is a part of it"
    );
}

#[test]
fn each_scenario_is_compared_with_the_one_that_differs_in_one_parameter() {
    let grid = grid(&["clerks=1..3", "service=0.5,0.6"]).unwrap();
    let bases = |name, value: &str| grid.bases(&base(), name, &Given::Text(value.to_owned()));
    assert_eq!(bases("clerks", "2").unwrap(), [Some(2), Some(3), None, None, Some(2), Some(3)]);
    assert_eq!(bases("service", "0.60").unwrap(), [Some(1), None, Some(3), None, Some(5), None]);
    assert_eq!(
        bases("clerks", "4").unwrap_err().to_string(),
        "`clerks` cannot be `4`: to compare with it, it must be one of the scenarios; there are: 1, 2, 3"
    );
    assert!(
        bases("clerk", "4").unwrap_err().to_string().starts_with("there is no parameter `clerk`")
    );
}
