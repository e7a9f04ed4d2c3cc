use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Bank {
    clerks: usize,
    service: f64,
}

const BANK: Bank = Bank { clerks: 3, service: 0.8 };

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Rule {
    Fifo,
    Lifo,
    Share(f64),
    Classes { first: u8, rest: Vec<String> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ward {
    beds: u32,
    open: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Hospital {
    ward: Ward,
    rule: Rule,
    name: String,
    letter: char,
    limit: Option<f64>,
    most: u64,
    shift: i8,
    single: f32,
    forever: f64,
    unknown: f64,
    pair: (u8, f64),
    times: Vec<f64>,
    stations: Vec<Ward>,
    prices: BTreeMap<String, f64>,
    nested: Option<Ward>,
    nothing: (),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Named {
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hidden: Option<f64>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stock {
    by_shelf: HashMap<u32, String>,
}

#[derive(Serialize, Deserialize)]
struct Forgets {
    #[serde(rename(serialize = "kept"), default)]
    clerks: usize,
}

#[derive(Serialize, Deserialize)]
struct Flat {
    #[serde(flatten)]
    ward: Ward2,
    n: u32,
}

#[derive(Serialize, Deserialize)]
struct Ward2 {
    beds: u8,
    hours: f64,
}

fn hospital() -> Hospital {
    Hospital {
        ward: Ward { beds: 12, open: true },
        rule: Rule::Fifo,
        name: "St. Anna".to_owned(),
        letter: 'a',
        limit: None,
        most: u64::MAX,
        shift: -3,
        single: 0.1,
        forever: f64::INFINITY,
        unknown: -0.0,
        pair: (1, 2.5),
        times: vec![0.5, f64::NEG_INFINITY],
        stations: vec![Ward { beds: 1, open: false }],
        prices: BTreeMap::from([("tea".to_owned(), 2.0)]),
        nested: Some(Ward { beds: 2, open: true }),
        nothing: (),
    }
}

fn set(name: &str, text: &str) -> Hospital {
    let set = Parameters::of(&hospital())
        .unwrap()
        .set(name, text)
        .unwrap_or_else(|error| panic!("{error}"));
    // What is shown behind `--set` gives the same again.
    let written = set.written(name).unwrap();
    assert_eq!(set.set(name, &written).as_ref(), Ok(&set), "{name}={written}");
    set.to().unwrap()
}

fn refusal(name: &str, text: &str) -> String {
    Parameters::of(&hospital()).unwrap().set(name, text).unwrap_err().to_string()
}

#[test]
fn everything_travels_exactly() {
    let parameters = Parameters::of(&hospital()).unwrap();
    let again: Hospital = parameters.to().unwrap();
    assert_eq!(again, hospital());
    assert!(again.unknown.is_sign_negative());
    let not_a_number = Parameters::of(&Bank { service: f64::NAN, ..BANK }).unwrap();
    assert!(not_a_number.to::<Bank>().unwrap().service.is_nan());
    assert_eq!(not_a_number, not_a_number.clone());
    assert_ne!(not_a_number, Parameters::of(&BANK).unwrap());
}

#[test]
fn all_is_listed_in_the_order_of_the_struct() {
    let list = Parameters::of(&hospital()).unwrap().list();
    let lines: Vec<_> = list.iter().map(|(path, value)| format!("{path} = {value}")).collect();
    assert_eq!(
        lines,
        [
            "ward.beds = 12",
            "ward.open = true",
            "rule = fifo",
            "name = St. Anna",
            "letter = a",
            "limit = none",
            "most = 18446744073709551615",
            "shift = -3",
            "single = 0.1",
            "forever = inf",
            "unknown = -0",
            "pair = [1, 2.5]",
            "times = [0.5, -inf]",
            "stations.0.beds = 1",
            "stations.0.open = false",
            "prices.tea = 2",
            "nested.beds = 2",
            "nested.open = true",
            "nothing = ()",
        ]
    );
}

#[test]
fn what_is_there_guides_the_reading() {
    assert_eq!(set("ward.beds", "4").ward.beds, 4);
    assert_eq!(set("ward.beds", "1e2").ward.beds, 100);
    assert_eq!(set("most", "18_446_744_073_709_551_614").most, u64::MAX - 1);
    assert_eq!(set("name", "007").name, "007");
    assert_eq!(set("name", "true").name, "true");
    assert_eq!(set("name", "\"a, \\\"b\\\"\"").name, "a, \"b\"");
    assert_eq!(set("name", "").name, "");
    assert_eq!(set("letter", "7").letter, '7');
    assert!(!set("ward.open", "false").ward.open);
    assert_eq!(set("forever", "4").forever, 4.0);
    assert_eq!(set("forever", "-inf").forever, f64::NEG_INFINITY);
    assert!(set("forever", "nan").forever.is_nan());
    assert_eq!(set("single", "0.2").single, 0.2_f32);
    assert_eq!(set("pair.1", "7").pair, (1, 7.0));
    assert_eq!(set("pair", "[3, 4]").pair, (3, 4.0));
    assert_eq!(set("times", "[1, inf, 2.5]").times, [1.0, f64::INFINITY, 2.5]);
    assert_eq!(set("times", "[]").times, [0.0; 0]);
    assert_eq!(set("stations.0.beds", "9").stations[0].beds, 9);
    assert_eq!(
        set("stations", "[{beds: 1, open: true}, {beds: 2, open: false}]").stations.len(),
        2
    );
    assert_eq!(set("ward", "{\"open\": false, \"beds\": 3}").ward, Ward { beds: 3, open: false });
}

#[test]
fn options_are_set_and_emptied() {
    assert_eq!(set("limit", "4").limit, Some(4.0));
    assert_eq!(set("limit", "none").limit, None);
    assert_eq!(set("nested.beds", "7").nested, Some(Ward { beds: 7, open: true }));
    assert_eq!(set("nested", "none").nested, None);

    let unset = Parameters::of(&Named { name: None, hidden: None }).unwrap();
    let name = |text| unset.set("name", text).unwrap().to::<Named>().unwrap().name;
    assert_eq!(name("12"), Some("12".to_owned()));
    assert_eq!(name("none"), None);
    assert_eq!(name("'none'"), Some("none".to_owned()));
    let named = unset.set("name", "'none'").unwrap();
    assert_eq!(named.written("name").unwrap(), "\"none\"");
    assert_eq!(named.set("name", "\"none\"").unwrap(), named);
    assert_eq!(unset.set("hidden", "2").unwrap().to::<Named>().unwrap().hidden, Some(2.0));
    let unknown = unset.set("hiden", "2").unwrap_err().to_string();
    assert_eq!(unknown, "there is no parameter `hiden`; there are: name = none");
}

#[test]
fn variants_are_set_by_their_names() {
    assert_eq!(set("rule", "lifo").rule, Rule::Lifo);
    assert_eq!(set("rule", "{share: 2}").rule, Rule::Share(2.0));
    let classes = Rule::Classes { first: 1, rest: vec!["a".to_owned(), "none".to_owned()] };
    assert_eq!(set("rule", "{classes: {first: 1, rest: [a, \"none\"]}}").rule, classes);
    let shared = Parameters::of(&Hospital { rule: Rule::Share(2.0), ..hospital() }).unwrap();
    assert_eq!(shared.shown("rule.share").as_deref(), Some("2"));
    assert_eq!(
        shared.set("rule.share", "3").unwrap().to::<Hospital>().unwrap().rule,
        Rule::Share(3.0)
    );
    assert_eq!(shared.set("rule", "lifo").unwrap().to::<Hospital>().unwrap().rule, Rule::Lifo);
    assert_eq!(
        refusal("rule", "random"),
        "`rule` cannot be `random`: there is no `random`; there are: fifo, lifo, share, classes, now fifo"
    );
    assert_eq!(
        refusal("rule", "{share: many}"),
        "`rule` cannot be `{share: many}`: `share`: it must be a number, not string \"many\", now fifo"
    );
}

#[test]
fn maps_take_more_keys_and_structs_do_not() {
    assert_eq!(set("prices.tea", "3").prices["tea"], 3.0);
    assert_eq!(set("prices.coffee", "3").prices.len(), 2);
    let all: HashMap<u32, String> = (0..20).map(|shelf| (shelf, format!("item {shelf}"))).collect();
    let stock = Parameters::of(&Stock { by_shelf: all.clone() }).unwrap();
    assert_eq!(stock.to::<Stock>().unwrap().by_shelf, all);
    // The order in which a map gives its keys does not matter.
    let other = Parameters::of(&Stock { by_shelf: all.into_iter().collect() }).unwrap();
    assert_eq!(stock.json().to_string(), other.json().to_string());
    let set = stock.set("by_shelf.7", "12").unwrap().set("by_shelf.70", "x").unwrap();
    let by_shelf = set.to::<Stock>().unwrap().by_shelf;
    assert_eq!((by_shelf[&7].as_str(), by_shelf[&70].as_str()), ("12", "x"));
    assert!(
        refusal("ward.rooms", "3")
            .starts_with("there is no parameter `ward.rooms`; there are: ward.beds = 12,")
    );
}

#[test]
fn refusals_say_what_there_is() {
    let bank = Parameters::of(&BANK).unwrap();
    let refusal_of = |name, text| bank.set(name, text).unwrap_err().to_string();
    assert_eq!(
        refusal_of("clerk", "4"),
        "there is no parameter `clerk`; there are: clerks = 3, service = 0.8; did you mean `clerks`?"
    );
    for text in ["many", "4.5", "-1", "", "1e40"] {
        let expected =
            format!("`clerks` cannot be `{text}`: it is a whole number of 0 or more, now 3");
        assert_eq!(refusal_of("clerks", text), expected);
    }
    assert_eq!(
        refusal_of("service", "1e999"),
        "`service` cannot be `1e999`: it is a number, now 0.8"
    );
    assert_eq!(
        refusal("pair.0", "256"),
        "`pair.0` cannot be `256`: it is a whole number from 0 to 255, now 1"
    );
    assert_eq!(
        refusal("shift", "128"),
        "`shift` cannot be `128`: it is a whole number from -128 to 127, now -3"
    );
    assert_eq!(
        refusal("ward.open", "2"),
        "`ward.open` cannot be `2`: it is `true` or `false`, now true"
    );
    assert_eq!(refusal("letter", "ab"), "`letter` cannot be `ab`: it is one character, now a");
    assert_eq!(refusal("single", "1e300"), "`single` cannot be `1e300`: it is a number, now 0.1");
    assert_eq!(
        refusal("ward", "{beds: 3}"),
        "`ward` cannot be `{beds: 3}`: the field `open` is missing, now {beds: 12, open: true}"
    );
    assert_eq!(
        refusal("ward", "3"),
        "`ward` cannot be `3`: it is a group of values in braces, now {beds: 12, open: true}"
    );
    assert_eq!(
        refusal("limit", "many"),
        "`limit` cannot be `many`: it must be a number, not string \"many\", now none"
    );
    assert_eq!(
        refusal("times", "[1, many]"),
        "`times` cannot be `[1, many]`: `1`: it must be a number, not string \"many\", now [0.5, -inf]"
    );
    assert_eq!(
        Parameters::of(&()).unwrap().set("x", "1").unwrap_err().to_string(),
        "there is no parameter `x`: the model has none"
    );
}

#[test]
fn a_model_can_refuse_values_and_what_they_are_together() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(try_from = "(u32, u32)", into = "(u32, u32)")]
    #[derive(Clone)]
    struct Span {
        least: u32,
        most: u32,
    }
    impl TryFrom<(u32, u32)> for Span {
        type Error = String;
        fn try_from((least, most): (u32, u32)) -> Result<Self, String> {
            if least > most {
                Err(format!("{least} is more than {most}"))
            } else {
                Ok(Span { least, most })
            }
        }
    }
    impl From<Span> for (u32, u32) {
        fn from(span: Span) -> Self {
            (span.least, span.most)
        }
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Shop {
        span: Span,
    }
    let shop = Parameters::of(&Shop { span: Span { least: 1, most: 5 } }).unwrap();
    let text = |name: &str, text: &str| (name.to_owned(), Given::Text(text.to_owned()));
    assert_eq!(
        shop.set("span.0", "7").unwrap_err().to_string(),
        "`span.0` cannot be `7`: 7 is more than 5, now 1"
    );
    // In either order, as only all of them together count.
    for changes in
        [[text("span.0", "7"), text("span.1", "9")], [text("span.1", "9"), text("span.0", "7")]]
    {
        let span = shop.set_all(&changes).unwrap().to::<Shop>().unwrap().span;
        assert_eq!((span.least, span.most), (7, 9));
    }
    assert_eq!(
        shop.set_all(&[text("span.0", "7"), text("span.1", "6")]).unwrap_err().to_string(),
        "span.0 = 7, span.1 = 6 is refused: `span`: 7 is more than 6"
    );
}

#[test]
fn values_from_code_are_taken_as_the_model_takes_them() {
    let code = |name: &str, value: Value| {
        Parameters::of(&hospital()).unwrap().set_all(&[(name.to_owned(), Given::Value(value))])
    };
    let taken = |name, value| code(name, value).unwrap().to::<Hospital>().unwrap();
    assert_eq!(taken("ward.beds", Value::of(&4).unwrap()).ward.beds, 4);
    assert_eq!(taken("forever", Value::of(&4).unwrap()).forever, 4.0);
    assert_eq!(taken("limit", Value::of(&4.5).unwrap()).limit, Some(4.5));
    assert_eq!(taken("rule", Value::of(&"lifo").unwrap()).rule, Rule::Lifo);
    assert_eq!(taken("rule", Value::of(&Rule::Share(1.5)).unwrap()).rule, Rule::Share(1.5));
    assert_eq!(taken("ward", Value::of(&Ward { beds: 1, open: false }).unwrap()).ward.beds, 1);
    assert_eq!(
        code("ward.beds", Value::of(&4.5).unwrap()).unwrap_err().to_string(),
        "`ward.beds` cannot be `4.5`: it is a whole number from 0 to 4294967295, now 12"
    );
}

#[test]
fn what_cannot_be_parameters_is_refused() {
    let none = Parameters::of(&()).unwrap();
    assert_eq!((none.list().len(), none.to::<()>()), (0, Ok(())));
    assert_eq!(
        Parameters::of(&0.8).unwrap_err().to_string(),
        "parameters must be a struct with named fields, or `()`, but they are 0.8"
    );
    assert_eq!(
        Parameters::of(&Forgets { clerks: 3 }).unwrap_err().to_string(),
        "the parameters cannot be read again after they are written: `kept` is 3 before, and 0 after"
    );
    let flat =
        Parameters::of(&Flat { ward: Ward2 { beds: 1, hours: f64::INFINITY }, n: 2 }).unwrap();
    let set = flat.set("beds", "7").unwrap().to::<Flat>().unwrap();
    assert_eq!((set.ward.beds, set.ward.hours, set.n), (7, f64::INFINITY, 2));
}

#[test]
fn different_parameters_have_different_json() {
    let json = Parameters::of(&hospital()).unwrap().json();
    assert_eq!(json["forever"].to_string(), "{\"number\":\"inf\"}");
    assert_eq!(json["unknown"].to_string(), "-0.0");
    assert_eq!(json["most"].to_string(), "18446744073709551615");
    assert_eq!(json["rule"], "fifo");
    assert_eq!(Parameters::of(&BANK).unwrap().json().to_string(), r#"{"clerks":3,"service":0.8}"#);
}
