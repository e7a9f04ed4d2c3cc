//! The parameters of a model, by their names.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::experiment::parameters::near::nearest;
use crate::experiment::parameters::parameter_error::ParameterError;
use crate::experiment::parameters::setting::Given;
use crate::experiment::parameters::value::guided::{as_is_now, read};
use crate::experiment::parameters::value::refusal::Refusal;
use crate::experiment::parameters::value::value::Value;

/// The values of all parameters of a model, by dotted paths such as `ward.beds`.
///
/// Everything travels exactly, also infinity. What serde skips has its default.
#[derive(Clone)]
pub(crate) struct Parameters {
    values: Value,
    /// Makes the model's own type of it, and writes that again.
    through_the_model: fn(&Value) -> Result<Value, Refusal>,
}

impl Parameters {
    /// Returns the parameters of a model.
    ///
    /// # Errors
    ///
    /// If they are no struct with named fields and not `()`, or serde cannot write them, or reads other values than it
    /// wrote.
    pub(crate) fn of<P: Serialize + DeserializeOwned>(
        parameters: &P,
    ) -> Result<Self, ParameterError> {
        let values = Value::of(parameters)
            .map_err(|it| ParameterError::NotWritten { name: it.path(), why: it.words })?;
        if values.is_leaf()
            && !matches!(values, Value::Unit | Value::Fields(_) | Value::Map(_) | Value::List(_))
        {
            return Err(ParameterError::NoNames { are: values.shown() });
        }
        let through_the_model = |values: &Value| Value::of(&values.to::<P>()?);
        let again = through_the_model(&values)
            .map_err(|it| ParameterError::NotRead { why: it.to_string() })?;
        if again.json() != values.json() {
            let why = difference(&values, &again);
            return Err(ParameterError::NotRead { why });
        }
        Ok(Parameters { values, through_the_model })
    }

    /// Returns them as the model's own type.
    ///
    /// # Errors
    ///
    /// If it is not the type that they were made of.
    pub(crate) fn to<P: DeserializeOwned>(&self) -> Result<P, ParameterError> {
        self.values.to().map_err(|it| ParameterError::NotRead { why: it.to_string() })
    }

    /// Returns all that can be set, with what it is now, in the order of the struct.
    pub(crate) fn list(&self) -> Vec<(String, String)> {
        self.values.leaves().into_iter().map(|(path, leaf)| (path, leaf.written())).collect()
    }

    /// Returns what a parameter is now, as it stands in a table.
    pub(crate) fn shown(&self, name: &str) -> Option<String> {
        self.values.find(name).map(|(_, value)| value.shown())
    }

    /// Returns what a parameter is now, as it stands behind `--set name=`.
    pub(crate) fn written(&self, name: &str) -> Option<String> {
        self.values.find(name).map(|(_, value)| value.written())
    }

    /// Returns what a parameter is now as a number, if it is one.
    #[cfg(feature = "report")]
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let mut value = self.values.find(name)?.1;
        while let Value::Some(inside) = value {
            value = inside;
        }
        match value {
            Value::Number { value, .. } => Some(*value),
            #[allow(clippy::cast_precision_loss, reason = "it is for a picture")]
            Value::Whole { value, .. } => Some(*value as f64),
            _ => None,
        }
    }

    /// Returns them as JSON, in one form for equal parameters.
    pub(crate) fn json(&self) -> serde_json::Value {
        self.values.json()
    }

    /// Returns whether a parameter is the same in both.
    pub(crate) fn has_same(&self, other: &Parameters, name: &str) -> bool {
        let of =
            |parameters: &Parameters| parameters.values.find(name).map(|(_, value)| value.json());
        of(self) == of(other)
    }

    /// Returns the parameters with another value for one of them. The text is read as what is there now.
    #[cfg(test)]
    pub(crate) fn set(&self, name: &str, text: &str) -> Result<Parameters, ParameterError> {
        self.set_all(&[(name.to_owned(), Given::Text(text.to_owned()))])
    }

    /// Returns the parameters with other values for some of them.
    ///
    /// # Errors
    ///
    /// If there is no parameter of a name, or the model's type refuses a value, or all of them together.
    pub(crate) fn set_all(
        &self,
        changes: &[(String, Given)],
    ) -> Result<Parameters, ParameterError> {
        let mut changed = self.clone();
        for (name, given) in changes {
            changed.values = changed.with(name, given)?;
        }
        changed.values = (self.through_the_model)(&changed.values)
            .map_err(|refusal| self.refused(changes, &refusal))?;
        Ok(changed)
    }

    /// Returns the values of a parameter that are meant.
    pub(crate) fn meant(&self, name: &str, given: &Given) -> Vec<Given> {
        let now = self.values.find(name).map(|(_, value)| value);
        let is_text = match now {
            Some(Value::Some(inside)) => matches!(**inside, Value::Text(_)),
            now => matches!(now, Some(Value::Text(_))),
        };
        match given {
            Given::Range { written, .. } if is_text => vec![Given::Text(written.clone())],
            Given::Range { numbers, .. } => numbers.iter().cloned().map(Given::Text).collect(),
            other => vec![other.clone()],
        }
    }

    /// Returns the values with another one. The model's type has not seen it yet, unless only it can tell what is meant.
    fn with(&self, name: &str, given: &Given) -> Result<Value, ParameterError> {
        let Some((way, now)) = self.values.find(name) else {
            return self.with_added(name, given).ok_or_else(|| self.unknown(name));
        };
        let put = |value: Value| {
            let mut values = self.values.clone();
            *values.at_mut(&way).expect("it was found") = value;
            values
        };
        let text = match given {
            Given::Value(value) => return Ok(put(value.clone())),
            Given::Text(text) | Given::Range { written: text, .. } => text,
        };
        if let Some(value) = as_is_now(text, now) {
            return Ok(put(value));
        }
        let mut first = None;
        for meaning in read(text, Some(now)) {
            match (self.through_the_model)(&put(meaning)) {
                Ok(values) => return Ok(values),
                Err(refusal) => first = first.or(Some(refusal)),
            }
        }
        let mut refusal = first.unwrap_or_else(|| Refusal::new("its type allows no such value"));
        refusal.is_of_type |= now.is_scalar() && now.kind().is_some();
        Err(self.refused_alone(name, text, &refusal))
    }

    /// Returns the values with a field that serde has left out, or with a new key of a map, if the model takes it.
    fn with_added(&self, name: &str, given: &Given) -> Option<Value> {
        let dots = name.match_indices('.').map(|(at, _)| (&name[..at], &name[at + 1..]));
        for (parent, last) in dots.chain([("", name)]) {
            let (way, parent) = match parent {
                "" => (Vec::new(), &self.values),
                parent => match self.values.find(parent) {
                    Some(found) => found,
                    None => continue,
                },
            };
            let like = parent
                .parts()
                .first()
                .map(|(_, part)| *part)
                .filter(|_| matches!(parent, Value::Map(_)));
            let meanings = match given {
                Given::Value(value) => vec![value.clone()],
                Given::Text(text) | Given::Range { written: text, .. } => read(text, like),
            };
            for meaning in meanings {
                let mut values = self.values.clone();
                let is_added = values.at_mut(&way).is_some_and(|parent| parent.add(last, meaning));
                let Ok(taken) = (self.through_the_model)(&values) else { continue };
                if is_added && taken.find(name).is_some() {
                    return Some(taken);
                }
            }
        }
        None
    }

    fn unknown(&self, name: &str) -> ParameterError {
        let list = self.list();
        ParameterError::Unknown {
            name: name.to_owned(),
            meant: nearest(name, list.iter().map(|(path, _)| path.as_str())).map(ToOwned::to_owned),
            there_are: list.iter().map(|(path, value)| format!("{path} = {value}")).collect(),
        }
    }

    fn refused(&self, changes: &[(String, Given)], refusal: &Refusal) -> ParameterError {
        let path = refusal.path();
        let is_at_fault = |name: &str| {
            path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let at_fault = changes.iter().find(|(name, _)| is_at_fault(name));
        let only = || changes.first().filter(|_| changes.len() == 1);
        if let Some((name, given)) = at_fault.or_else(only) {
            return self.refused_alone(name, &given.to_string(), refusal);
        }
        let settings: Vec<_> =
            changes.iter().map(|(name, given)| format!("{name} = {given}")).collect();
        ParameterError::RefusedTogether { settings: settings.join(", "), why: refusal.to_string() }
    }

    fn refused_alone(&self, name: &str, value: &str, refusal: &Refusal) -> ParameterError {
        let now = self.values.find(name).map(|(_, now)| now);
        // The name is said already. What is inside of it is not.
        let inside =
            refusal.path().strip_prefix(name).map(|rest| rest.trim_start_matches('.').to_owned());
        let kind = now.and_then(Value::kind).filter(|_| refusal.is_of_type);
        let why = match (inside.as_deref(), kind) {
            (Some("") | None, Some(kind)) => format!("it is {kind}"),
            (Some("") | None, None) => refusal.words.clone(),
            (Some(inside), _) => format!("`{inside}`: {}", refusal.words),
        };
        let now = now.map(|now| format!(", now {}", now.written())).unwrap_or_default();
        ParameterError::Refused {
            name: name.to_owned(),
            value: value.to_owned(),
            why: format!("{why}{now}"),
        }
    }
}

/// Returns what differs after values were written and read.
fn difference(values: &Value, again: &Value) -> String {
    let other = again.leaves();
    let differs = |(path, leaf): &(String, &Value)| {
        other
            .iter()
            .find(|(other, _)| other == path)
            .is_none_or(|(_, other)| other.json() != leaf.json())
    };
    match values.leaves().into_iter().find(differs) {
        Some((path, leaf)) => {
            let then = again.find(&path).map_or("nothing".to_owned(), |(_, then)| then.written());
            format!("`{path}` is {} before, and {then} after", leaf.written())
        }
        None => "there is more after than before".to_owned(),
    }
}

impl PartialEq for Parameters {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Parameters").field(&self.values.to_string()).finish()
    }
}

#[cfg(test)]
mod tests;
