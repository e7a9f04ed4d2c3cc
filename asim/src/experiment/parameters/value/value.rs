//! A value: a tree of all that serde can say.
//!
//! JSON has no infinity, no NaN, and no difference between `None` and `()`. Here everything has its own case. A value
//! also knows what its type was, as far as serde says it. So text can be read as what is there now.

/// A value of Rust, as serde sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Unit,
    Bool(bool),
    /// A whole number, and what its type can hold.
    Whole {
        value: i128,
        least: i128,
        most: i128,
    },
    /// A number with decimals. One of 32 bits is kept exactly, and shown with the digits that it needs.
    Number {
        value: f64,
        single: bool,
    },
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    None,
    Some(Box<Value>),
    /// A list, a set, a tuple.
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// A struct.
    Fields(Vec<(String, Value)>),
    /// An enum. One without content has [`Value::Unit`].
    Variant {
        name: String,
        content: Box<Value>,
    },
}

impl Value {
    /// Returns a whole number of any type.
    pub(crate) fn whole(value: i128) -> Self {
        Value::Whole { value, least: i128::MIN, most: i128::MAX }
    }

    /// Returns a number of 64 bits.
    pub(crate) fn number(value: f64) -> Self {
        Value::Number { value, single: false }
    }

    /// Returns a variant without content.
    pub(crate) fn unit_variant(name: &str) -> Self {
        Value::Variant { name: name.to_owned(), content: Box::new(Value::Unit) }
    }

    /// Returns whether nothing is inside of it.
    pub(crate) fn is_leaf(&self) -> bool {
        match self {
            Value::Some(inside) => inside.is_leaf(),
            Value::Variant { content, .. } => matches!(**content, Value::Unit),
            Value::List(items) => items.iter().all(Value::is_scalar),
            Value::Map(entries) => entries.is_empty(),
            Value::Fields(fields) => fields.is_empty(),
            _ => true,
        }
    }

    pub(crate) fn is_scalar(&self) -> bool {
        match self {
            Value::List(_) | Value::Map(_) | Value::Fields(_) => false,
            Value::Some(inside) => inside.is_scalar(),
            Value::Variant { content, .. } => matches!(**content, Value::Unit),
            _ => true,
        }
    }

    /// Returns what is directly inside of it, with the names: of fields, keys, variants, and the numbers of items.
    pub(crate) fn parts(&self) -> Vec<(String, &Value)> {
        match self {
            Value::Some(inside) => inside.parts(),
            Value::Variant { name, content } if **content != Value::Unit => {
                vec![(name.clone(), content)]
            }
            Value::List(items) => {
                items.iter().enumerate().map(|(number, item)| (number.to_string(), item)).collect()
            }
            Value::Map(entries) => {
                entries.iter().map(|(key, value)| (key_of(key), value)).collect()
            }
            Value::Fields(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), value)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn part_mut(&mut self, wanted: &str) -> Option<&mut Value> {
        match self {
            Value::Some(inside) => inside.part_mut(wanted),
            Value::Variant { name, content } => (name == wanted).then_some(content),
            Value::List(items) => items.get_mut(wanted.parse::<usize>().ok()?),
            Value::Map(entries) => {
                entries.iter_mut().find(|(key, _)| key_of(key) == wanted).map(|(_, value)| value)
            }
            Value::Fields(fields) => {
                fields.iter_mut().find(|(name, _)| name == wanted).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Returns what is at a dotted path, as the names on the way to it. A name may have dots in it.
    pub(crate) fn find(&self, path: &str) -> Option<(Vec<String>, &Value)> {
        self.parts().into_iter().find_map(|(name, part)| {
            if name == path {
                return Some((vec![name], part));
            }
            let rest = path.strip_prefix(name.as_str())?.strip_prefix('.')?;
            let (names, found) = part.find(rest)?;
            Some(([vec![name], names].concat(), found))
        })
    }

    /// Returns what is at the end of a way that [`find`](Self::find) gave.
    pub(crate) fn at_mut(&mut self, way: &[String]) -> Option<&mut Value> {
        way.iter().try_fold(self, |value, name| value.part_mut(name))
    }

    /// Adds a field, or a key of a map. Returns whether this can have one more.
    pub(crate) fn add(&mut self, name: &str, part: Value) -> bool {
        match self {
            Value::Some(inside) => inside.add(name, part),
            Value::Map(entries) => {
                let is_whole =
                    entries.first().is_some_and(|(key, _)| matches!(key, Value::Whole { .. }));
                let key = name.parse().ok().filter(|_| is_whole).map(Value::whole);
                entries.push((key.unwrap_or_else(|| Value::Text(name.to_owned())), part));
                true
            }
            Value::Fields(fields) => {
                fields.push((name.to_owned(), part));
                true
            }
            _ => false,
        }
    }

    /// Returns what one can say of its type, as in "it is ..".
    pub(crate) fn kind(&self) -> Option<String> {
        Some(match self {
            Value::Bool(_) => "`true` or `false`".to_owned(),
            Value::Whole { least, most, .. } => whole_numbers(*least, *most),
            Value::Number { .. } => "a number".to_owned(),
            Value::Char(_) => "one character".to_owned(),
            Value::Text(_) => "text".to_owned(),
            Value::List(_) | Value::Bytes(_) => "a list, as `[1, 2]`".to_owned(),
            Value::Map(_) | Value::Fields(_) => "a group of values in braces".to_owned(),
            Value::Some(inside) => format!("{} or `none`", inside.kind()?),
            _ => return None,
        })
    }
}

/// Returns which whole numbers there are, in words.
pub(crate) fn whole_numbers(least: i128, most: i128) -> String {
    let is_large = most >= i128::from(i64::MAX);
    match (least, most) {
        (0, _) if is_large => "a whole number of 0 or more".to_owned(),
        (1, _) if is_large => "a whole number of 1 or more".to_owned(),
        (_, _) if is_large => "a whole number".to_owned(),
        _ => format!("a whole number from {least} to {most}"),
    }
}

/// Returns a key of a map as the name of what is there.
pub(crate) fn key_of(key: &Value) -> String {
    match key {
        Value::Text(text) => text.clone(),
        Value::Char(letter) => letter.to_string(),
        Value::Bool(is) => is.to_string(),
        Value::Whole { value, .. } => value.to_string(),
        Value::Variant { name, .. } => name.clone(),
        Value::Some(inside) => key_of(inside),
        other => format!("{other:?}"),
    }
}
