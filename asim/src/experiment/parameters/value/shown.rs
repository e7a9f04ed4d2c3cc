//! Values as text: as people read them, and so that they are read again as what they are.

use std::fmt;

use crate::experiment::parameters::value::value::{Value, key_of};

/// The value as in a list: text has quotation marks. `[1, inf]`, `{beds: 3}`, `none`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unit => f.write_str("()"),
            Value::Bool(is) => write!(f, "{is}"),
            Value::Whole { value, .. } => write!(f, "{value}"),
            Value::Number { value, single } => f.write_str(&number(*value, *single)),
            Value::Char(letter) => f.write_str(&quoted(&letter.to_string())),
            Value::Text(text) => f.write_str(&quoted(text)),
            Value::Bytes(bytes) => write!(f, "{bytes:?}"),
            Value::None => f.write_str("none"),
            Value::Some(inside) => write!(f, "{inside}"),
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Value::Map(_) | Value::Fields(_) => write!(f, "{{{}}}", entries(&self.parts())),
            Value::Variant { name, content } => match &**content {
                Value::Unit => f.write_str(name),
                content => write!(f, "{{{}}}", entries(&[(name.clone(), content)])),
            },
        }
    }
}

impl Value {
    /// Returns it as it stands in a table: text without quotation marks.
    pub(crate) fn shown(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Char(letter) => letter.to_string(),
            Value::Some(inside) => inside.shown(),
            other => other.to_string(),
        }
    }

    /// Returns it as it stands behind `--set name=`: text has quotation marks only if it must.
    pub(crate) fn written(&self) -> String {
        let shown = self.shown();
        let is_text = |value: &Value| match value {
            Value::Text(_) | Value::Char(_) => true,
            Value::Variant { content, .. } => **content == Value::Unit,
            _ => false,
        };
        let is_text = match self {
            Value::Some(inside) => is_text(inside),
            other => is_text(other),
        };
        let is_plain = !shown.is_empty()
            && shown.trim() == shown
            && !shown.contains([',', '"', '\'', '\\', '\n'])
            && !shown.contains("..")
            && !shown.starts_with(['[', '{'])
            && !matches!(shown.as_str(), "none" | "None");
        if is_text && !is_plain { quoted(&shown) } else { shown }
    }
}

/// Returns a number with all its digits, as few as say it exactly.
fn number(value: f64, single: bool) -> String {
    #[allow(clippy::cast_possible_truncation, reason = "it was one of 32 bits")]
    let text = if single { format!("{:?}", value as f32) } else { format!("{value:?}") };
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

fn entries(parts: &[(String, &Value)]) -> String {
    let is_plain = |name: &str| {
        !name.is_empty()
            && name.chars().all(|letter| letter.is_alphanumeric() || "_-".contains(letter))
    };
    let name = |name: &str| if is_plain(name) { name.to_owned() } else { quoted(name) };
    let entries: Vec<_> =
        parts.iter().map(|(key, value)| format!("{}: {value}", name(key))).collect();
    entries.join(", ")
}

fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}

impl Value {
    /// Returns all that can be set, with the dotted paths to it.
    pub(crate) fn leaves(&self) -> Vec<(String, &Value)> {
        self.parts()
            .into_iter()
            .flat_map(|(name, part)| {
                if part.is_leaf() {
                    return vec![(name, part)];
                }
                let leaves = part.leaves().into_iter();
                leaves.map(|(path, leaf)| (format!("{name}.{path}"), leaf)).collect()
            })
            .collect()
    }
}

/// Returns a key of a map in the order of its name.
pub(crate) fn sorted(entries: &[(Value, Value)]) -> Vec<(String, &Value)> {
    let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key_of(key), value)).collect();
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    entries
}
