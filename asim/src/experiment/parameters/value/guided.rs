//! Values read from text, by what is there now.

use crate::experiment::parameters::value::decimal::{Decimal, without_underscores};
use crate::experiment::parameters::value::value::Value;

/// Returns what a text can mean where there is now this value: the first that fits is meant.
pub(crate) fn read(text: &str, now: Option<&Value>) -> Vec<Value> {
    let mut meanings: Vec<Value> = now.and_then(|now| as_is_now(text, now)).into_iter().collect();
    let is_number_now = matches!(now, Some(Value::Whole { .. } | Value::Number { .. }));
    if let Some(free) = free(text).filter(|free| !is_number_now || !is_number(free)) {
        if is_number(&free) || matches!(free, Value::Bool(_)) {
            meanings.push(free);
            meanings.push(Value::Text(unquoted(text)));
        } else {
            meanings.push(free);
        }
    }
    meanings
}

/// Returns the value of the same type that a text says.
pub(crate) fn as_is_now(text: &str, now: &Value) -> Option<Value> {
    let plain = || unquoted(text);
    match now {
        Value::Text(_) => Some(Value::Text(plain())),
        Value::Some(_) | Value::None if matches!(text, "none" | "None") => Some(Value::None),
        Value::Some(inside) => Some(Value::Some(Box::new(as_is_now(text, inside)?))),
        Value::Bool(_) => plain().parse().ok().map(Value::Bool),
        Value::Whole { least, most, .. } => {
            let value = Decimal::read(&plain())?.whole()?;
            (*least..=*most).contains(&value).then_some(Value::Whole {
                value,
                least: *least,
                most: *most,
            })
        }
        Value::Number { single, .. } => number(&plain(), *single),
        Value::Char(_) => {
            let plain = plain();
            let mut letters = plain.chars();
            let letter = letters.next()?;
            letters.next().is_none().then_some(Value::Char(letter))
        }
        Value::Variant { name, content } => match in_brackets(text, '{', '}') {
            Some(inside) => entries(inside, |key| (key == name).then_some(&**content)),
            None => Some(Value::unit_variant(&plain())),
        },
        Value::List(items) => {
            let inside = in_brackets(text, '[', ']')?;
            let item = |(place, text): (usize, &str)| {
                let now = items.get(place).or_else(|| items.first());
                read(text, now).into_iter().next()
            };
            split_inside(inside)
                .into_iter()
                .enumerate()
                .map(item)
                .collect::<Option<_>>()
                .map(Value::List)
        }
        Value::Bytes(_) => free(text),
        Value::Map(_) | Value::Fields(_) => {
            let parts = now.parts();
            let first =
                parts.first().map(|(_, part)| *part).filter(|_| matches!(now, Value::Map(_)));
            let of = |key: &str| {
                parts.iter().find(|(name, _)| name == key).map(|(_, part)| *part).or(first)
            };
            entries(in_brackets(text, '{', '}')?, of)
        }
        Value::Unit | Value::None => None,
    }
}

/// Returns what a text says by itself.
fn free(text: &str) -> Option<Value> {
    if let Some(inside) = in_brackets(text, '[', ']') {
        return split_inside(inside).into_iter().map(free).collect::<Option<_>>().map(Value::List);
    }
    if let Some(inside) = in_brackets(text, '{', '}') {
        return entries(inside, |_| None);
    }
    if is_quoted(text) {
        return Some(Value::Text(unquoted(text)));
    }
    Some(match text {
        "none" | "None" | "null" => Value::None,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match Decimal::read(text).and_then(Decimal::whole) {
            Some(value) => Value::whole(value),
            None => number(text, false).unwrap_or_else(|| Value::Text(text.to_owned())),
        },
    })
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Whole { .. } | Value::Number { .. })
}

/// Reads the number that is nearest to what is written. What is too large is not infinity.
fn number(text: &str, single: bool) -> Option<Value> {
    let text = without_underscores(text)?;
    let value = if single { text.parse::<f32>().ok()?.into() } else { text.parse::<f64>().ok()? };
    let is_too_large =
        f64::is_infinite(value) && text.contains(|letter: char| letter.is_ascii_digit());
    (!is_too_large).then_some(Value::Number { value, single })
}

/// Reads `name: value, name: value`.
fn entries<'a>(inside: &str, now: impl Fn(&str) -> Option<&'a Value>) -> Option<Value> {
    let entry = |text: &str| {
        let parts = split(text, ':');
        let key = parts.first()?;
        let value = text[key_end(text, key)..].trim_start().strip_prefix(':')?.trim();
        let key = unquoted(key);
        let value = read(value, now(&key)).into_iter().next()?;
        Some((Value::Text(key), value))
    };
    split_inside(inside).into_iter().map(entry).collect::<Option<_>>().map(Value::Map)
}

/// Returns where the key of an entry ends.
fn key_end(text: &str, key: &str) -> usize {
    text.find(key).unwrap_or(0) + key.len()
}

/// Returns what is between the brackets of a text, if it has such ones.
fn in_brackets(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close).map(str::trim)
}

fn is_quoted(text: &str) -> bool {
    let mark = text.chars().next().filter(|letter| ['"', '\''].contains(letter));
    mark.is_some_and(|mark| text.len() >= 2 && text.ends_with(mark))
}

/// Returns a text without its quotation marks.
pub(crate) fn unquoted(text: &str) -> String {
    if !is_quoted(text) {
        return text.to_owned();
    }
    let (mut plain, mut is_escaped) = (String::new(), false);
    for letter in text[1..text.len() - 1].chars() {
        match letter {
            '\\' if !is_escaped => is_escaped = true,
            'n' if is_escaped => {
                plain.push('\n');
                is_escaped = false;
            }
            letter => {
                plain.push(letter);
                is_escaped = false;
            }
        }
    }
    plain
}

/// Splits a text, but not within quotation marks and brackets with which a part begins. The parts are trimmed. An
/// empty text has no parts.
pub(crate) fn split(text: &str, separator: char) -> Vec<&str> {
    split_where(text, separator, str::is_empty)
}

/// Splits what is in brackets: there, a part can also begin with a name and a colon.
fn split_inside(text: &str) -> Vec<&str> {
    split_where(text, ',', |before| before.is_empty() || before.ends_with(':'))
}

/// Splits a text. Quotation marks and brackets count if this is true of what is before them in their part.
fn split_where(text: &str, separator: char, counts_after: impl Fn(&str) -> bool) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut depth, mut mark, mut is_escaped) = (0_usize, None, false);
    for (at, letter) in text.char_indices() {
        let is_first = counts_after(text[start..at].trim());
        match (mark, letter) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(open), letter) if open == letter => mark = None,
            (None, '"' | '\'') if is_first || depth > 0 => mark = Some(letter),
            (None, '[' | '{') if is_first || depth > 0 => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, letter) if letter == separator && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    if !(parts.is_empty() && text.trim().is_empty()) {
        parts.push(text[start..].trim());
    }
    parts
}
