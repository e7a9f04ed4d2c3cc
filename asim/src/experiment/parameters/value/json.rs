//! Values as JSON, in a form in which different values differ.

use serde_json::{Map, Value as Json, json};

use crate::experiment::parameters::value::shown::sorted;
use crate::experiment::parameters::value::value::Value;

impl Value {
    /// Returns it as JSON. Names are sorted. What JSON cannot say becomes an object: `{"number": "inf"}`.
    pub(crate) fn json(&self) -> Json {
        match self {
            Value::Unit | Value::None => Json::Null,
            Value::Bool(is) => json!(is),
            Value::Whole { value, .. } => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => json!(value),
                (_, Ok(value)) => json!(value),
                _ => json!({ "whole": value.to_string() }),
            },
            Value::Number { value, .. } if value.is_finite() => json!(value),
            Value::Number { .. } => json!({ "number": self.shown() }),
            Value::Char(letter) => json!(letter),
            Value::Text(text) => json!(text),
            Value::Bytes(bytes) => json!(bytes),
            Value::Some(inside) => inside.json(),
            Value::List(items) => items.iter().map(Value::json).collect(),
            Value::Map(entries) => object(sorted(entries)),
            Value::Fields(_) => {
                let mut parts = self.parts();
                parts.sort_by(|one, other| one.0.cmp(&other.0));
                object(parts)
            }
            Value::Variant { name, content } => match &**content {
                Value::Unit => json!(name),
                content => object(vec![(name.clone(), content)]),
            },
        }
    }
}

fn object(parts: Vec<(String, &Value)>) -> Json {
    Json::Object(parts.into_iter().map(|(name, value)| (name, value.json())).collect::<Map<_, _>>())
}
