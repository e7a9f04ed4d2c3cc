//! The file with a layout, which may stand beside a page: where the user has moved things, and what they are called.
//!
//! `README.md` beside this file has the format.

use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use serde_json::Value;

use crate::engine::sim_error::SimError;
use crate::report::page::page::not_written;
use crate::report::replay::scene::Scene;

/// The version of the format.
const VERSION: &str = "asim layout 1";
/// Nobody has moved anything farther away.
const FARTHEST: f64 = 100_000.0;
/// So much of a line is shown that cannot be read.
const SHOWN: usize = 100;
/// The room around all nodes.
const MARGIN: f64 = 20.0;

/// What a file with a layout says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LayoutFile {
    moved: Vec<Moved>,
}

/// A node that was moved.
#[derive(Debug, Clone, PartialEq)]
struct Moved {
    key: String,
    x: f64,
    y: f64,
    label: Option<String>,
}

impl LayoutFile {
    /// Reads the file beside a page: `bank.layout` beside `bank.html`. If there is none, nothing was moved.
    ///
    /// # Errors
    ///
    /// If the file cannot be read: with the line, and with what would be right.
    pub(crate) fn beside(page: &Path) -> Result<Self, SimError> {
        let path = page.with_extension("layout");
        let name = path.display();
        let refused = |kind, what: String| Err(not_written(page, io::Error::new(kind, what)));
        if path == page {
            let what = "a page must not end in .layout: that is the file with its layout";
            return refused(io::ErrorKind::InvalidInput, what.to_owned());
        }
        match fs::read_to_string(&path) {
            Ok(text) => LayoutFile::read(&text).or_else(|(line, wrong)| {
                refused(io::ErrorKind::InvalidData, format!("`{name}`, line {line}: {wrong}"))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(LayoutFile::default()),
            Err(error) => refused(error.kind(), format!("`{name}`: {error}")),
        }
    }

    /// Reads a text. An error has the number of the line, and what is wrong with it.
    fn read(text: &str) -> Result<Self, (usize, String)> {
        let mut lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
        let first = lines.next().map_or("", |(line, _)| line.trim());
        if first != VERSION {
            let is_other =
                first.strip_prefix("asim layout ").is_some_and(|it| it.parse::<u32>().is_ok());
            let wrong = if is_other {
                format!("this is `{first}`, but this version of asim reads `{VERSION}`")
            } else {
                format!("the first line is `{first}`, and must be `{VERSION}`")
            };
            return Err((1, wrong));
        }
        let mut moved = Vec::new();
        for (line, number) in lines {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                moved.push(Moved::read(line).map_err(|wrong| (number, wrong))?);
            }
        }
        Ok(LayoutFile { moved })
    }

    /// Moves the nodes of a scene. What it does not have is left alone.
    pub(crate) fn apply(&self, scene: &mut Scene) {
        if self.moved.is_empty() {
            return;
        }
        let keys = scene.nodes.iter().enumerate().map(|(at, node)| (node.key.clone(), at));
        let at: HashMap<String, usize> = keys.collect();
        for moved in &self.moved {
            let Some(&at) = at.get(&moved.key) else { continue };
            let node = &mut scene.nodes[at];
            (node.x, node.y) = (moved.x, moved.y);
            if let Some(label) = &moved.label {
                node.label.clone_from(label);
            }
        }
        // All is seen, with some room around.
        let edges = |node: &crate::report::replay::scene::Node| (node.x + node.w, node.y + node.h);
        let (right, below) = scene
            .nodes
            .iter()
            .map(edges)
            .fold((0.0, 0.0), |most: (f64, f64), it| (most.0.max(it.0), most.1.max(it.1)));
        (scene.width, scene.height) = (right + MARGIN, below + MARGIN);
    }
}

impl Moved {
    fn read(line: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            let mut shown: String = line.chars().take(SHOWN).collect();
            shown += if shown.len() < line.len() { "..." } else { "" };
            format!(
                "`{shown}` {what}; right would be `\"thing:clerks\" 320 140` or `\"thing:clerks\" 320 140 \"The clerks\"`"
            )
        };
        let parts: Result<Vec<Value>, _> =
            serde_json::Deserializer::from_str(line).into_iter().collect();
        let Ok(parts) = parts else { return Err(wrong("is no key, place and label")) };
        let (key, x, y, label) = match &parts[..] {
            [Value::String(key), Value::Number(x), Value::Number(y)] => (key, x, y, None),
            [Value::String(key), Value::Number(x), Value::Number(y), Value::String(label)] => {
                (key, x, y, Some(label.clone()))
            }
            _ => return Err(wrong("is no key, place and label")),
        };
        let place = |number: &serde_json::Number| {
            number.as_f64().filter(|it| (0.0..=FARTHEST).contains(it))
        };
        let (Some(x), Some(y)) = (place(x), place(y)) else {
            return Err(wrong(&format!("has a place that is not between 0 and {FARTHEST}")));
        };
        Ok(Moved { key: key.clone(), x, y, label })
    }
}

#[cfg(test)]
mod tests;
