//! The header of a journal: of which experiment it is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answers::figures;
use crate::experiment::journal::exact::Exact;
use crate::experiment::work::shard::Shard;

/// The form of the journals that this library writes.
pub(crate) const FORMAT: u32 = 1;

/// How every journal begins, whatever its form.
pub(crate) const MARK: &[u8] = b"{\"asim_journal\":";

/// Of which experiment a journal is: all that the values of a replication depend on. Who goes on with a journal has
/// the same header. How many replications there shall be is not in it: one may ask for more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The form of the journal: [`FORMAT`].
    #[serde(rename = "asim_journal")]
    pub(crate) format: u32,
    /// The name of the model.
    pub(crate) model: String,
    pub(crate) seed: u64,
    warm_up: Exact,
    /// Whether each second replication mirrors the one before.
    pub(crate) antithetic: bool,
    /// Whether all scenarios have the same random numbers.
    pub(crate) common_random_numbers: bool,
    batches: Option<(u64, Exact)>,
    /// Which part of the replications is in it.
    pub(crate) shard: Option<Shard>,
    /// The parameters of each scenario, in their canonical form.
    pub(crate) scenarios: Vec<Value>,
}

/// Shows a part of a header.
type Shown<'s> = dyn Fn(&Header) -> String + 's;

/// What differs between two headers, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What differs: `seed`.
    pub(crate) what: String,
    /// How it is in the first header.
    pub(crate) first: String,
    /// How it is in the second.
    pub(crate) second: String,
}

impl Header {
    /// Returns the header of an experiment without scenarios, batches and shards.
    pub(crate) fn new(model: impl Into<String>, seed: u64) -> Self {
        Header {
            format: FORMAT,
            model: model.into(),
            seed,
            warm_up: Exact(0.0),
            antithetic: false,
            common_random_numbers: true,
            batches: None,
            shard: None,
            scenarios: Vec::new(),
        }
    }

    /// Sets the time at which all measures start again.
    pub(crate) fn with_warm_up(self, time: f64) -> Self {
        Header { warm_up: Exact(time), ..self }
    }

    /// Sets that each run is cut into this many batches of this length.
    pub(crate) fn with_batches(self, count: u64, length: f64) -> Self {
        Header { batches: Some((count, Exact(length))), ..self }
    }

    /// Returns the first thing in which two headers differ, `None` if they are of the same experiment.
    pub(crate) fn difference(&self, other: &Header) -> Option<Difference> {
        let yes_or_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let batches = |header: &Header| match header.batches {
            None => "none".to_owned(),
            Some((count, length)) => format!("{count} of length {}", number(length.0)),
        };
        let shard =
            |header: &Header| header.shard.map_or("none".to_owned(), |shard| shard.to_string());
        let fields: [(&str, &Shown<'_>); 8] = [
            ("model", &|header| format!("`{}`", header.model)),
            ("seed", &|header| header.seed.to_string()),
            ("warm-up", &|header| number(header.warm_up.0)),
            ("use of antithetic pairs", &|header| yes_or_no(header.antithetic)),
            ("use of common random numbers", &|header| yes_or_no(header.common_random_numbers)),
            ("number of batches", &batches),
            ("shard", &shard),
            ("number of scenarios", &|header| header.scenarios.len().to_string()),
        ];
        for (what, shown) in fields {
            let (first, second) = (shown(self), shown(other));
            if first != second {
                return Some(Difference { what: what.to_owned(), first, second });
            }
        }
        let pairs = self.scenarios.iter().zip(&other.scenarios).enumerate();
        for (scenario, (ours, theirs)) in pairs {
            if let Some((path, first, second)) = differ(ours, theirs) {
                let mut what = if path.is_empty() {
                    "set of parameters".to_owned()
                } else {
                    format!("parameter `{path}`")
                };
                if self.scenarios.len() > 1 {
                    what += " in scenario ";
                    what += &scenario.to_string();
                }
                return Some(Difference { what, first, second });
            }
        }
        None
    }
}

/// Returns a number so that different ones look different.
fn number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e6 {
        figures::time(number)
    } else {
        format!("{number:?}")
    }
}

/// Returns where two values differ first, as a dotted path, and both parts as text.
fn differ(first: &Value, second: &Value) -> Option<(String, String, String)> {
    let below = |name: String, first: Option<&Value>, second: Option<&Value>| {
        let absent = Value::String("absent".to_owned());
        let (path, first, second) = differ(first.unwrap_or(&absent), second.unwrap_or(&absent))?;
        Some((if path.is_empty() { name } else { format!("{name}.{path}") }, first, second))
    };
    match (first, second) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names = ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name)));
            names.into_iter().find_map(|name| below(name.clone(), ours.get(name), theirs.get(name)))
        }
        (Value::Array(ours), Value::Array(theirs)) => (0..ours.len().max(theirs.len()))
            .find_map(|place| below(place.to_string(), ours.get(place), theirs.get(place))),
        _ if first == second => None,
        _ => Some((String::new(), shown(first), shown(second))),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Difference, Header};
    use crate::experiment::work::shard::Shard;
    use serde_json::json;

    fn difference(first: &Header, second: &Header) -> String {
        let Difference { what, first, second } = first.difference(second).unwrap();
        format!("{what} is {first}, not {second}")
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let header = Header {
            scenarios: vec![json!({"clerks": 1, "most": u64::MAX}), json!({"service": 0.1})],
            shard: Shard::new(3, 16),
            ..Header::new("bank", u64::MAX).with_warm_up(f64::INFINITY).with_batches(20, 0.1)
        };
        let text = serde_json::to_string(&header).unwrap();
        assert!(text.as_bytes().starts_with(super::MARK), "{text}");
        assert_eq!(serde_json::from_str::<Header>(&text).unwrap(), header);
        assert_eq!(header.difference(&header.clone()), None);
    }

    #[test]
    fn what_differs_is_named_with_both_values() {
        let plain = Header::new("bank", 42);
        let with = |change: &dyn Fn(&mut Header)| {
            let mut header = plain.clone();
            change(&mut header);
            difference(&header, &plain)
        };
        assert_eq!(with(&|header| header.seed = 41), "seed is 41, not 42");
        assert_eq!(with(&|header| header.model = "clinic".into()), "model is `clinic`, not `bank`");
        assert_eq!(
            with(&|header| header.antithetic = true),
            "use of antithetic pairs is yes, not no"
        );
        assert_eq!(with(&|header| header.shard = Shard::new(3, 16)), "shard is 3/16, not none");
        assert_eq!(difference(&plain.clone().with_warm_up(500.0), &plain), "warm-up is 500, not 0");
        let text = difference(&plain.clone().with_batches(20, 100.0), &plain);
        assert_eq!(text, "number of batches is 20 of length 100, not none");
        // A difference in the last digit is shown.
        let (early, late) =
            (plain.clone().with_warm_up(0.3), plain.clone().with_warm_up(0.1 + 0.2));
        assert_eq!(difference(&early, &late), "warm-up is 0.3, not 0.30000000000000004");
    }

    #[test]
    fn a_parameter_that_differs_is_named_with_its_path() {
        let with = |scenarios| Header { scenarios, ..Header::new("bank", 42) };
        let ours = with(vec![json!({"ward": {"beds": 12}, "rates": [1.0, 2.0]})]);
        let beds = with(vec![json!({"ward": {"beds": 14}, "rates": [1.0, 2.0]})]);
        let rates = with(vec![json!({"ward": {"beds": 12}, "rates": [1.0]})]);
        let [first, second] = [1, 2].map(|last| with(vec![json!({"a": 1}), json!({"a": last})]));
        let none = with(vec![json!(null)]);
        assert_eq!(difference(&ours, &beds), "parameter `ward.beds` is 12, not 14");
        assert_eq!(difference(&ours, &rates), "parameter `rates.1` is 2.0, not absent");
        assert_eq!(difference(&first, &second), "parameter `a` in scenario 1 is 1, not 2");
        assert_eq!(difference(&ours, &first), "number of scenarios is 1, not 2");
        assert!(difference(&none, &ours).starts_with("set of parameters is null, not {"));
    }
}
