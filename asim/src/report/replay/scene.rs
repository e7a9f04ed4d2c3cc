//! The scene: where each thing stands, and who flows where. It is what the replay is played on.

use serde::Serialize;

/// The nodes and the edges between them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) nodes: Vec<Node>,
    /// From which node, to which, and how often.
    pub(crate) edges: Vec<(usize, usize, u64)>,
}

/// A place: of a thing, of a process, or of the processes of a type while they are at no thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Node {
    /// By this it is known in a file with a layout.
    pub(crate) key: String,
    pub(crate) label: String,
    /// The kind of the thing, or `process`, or `type`.
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) what: Place,
    /// The upper left corner, in pixels.
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) w: f64,
    pub(crate) h: f64,
}

/// What has its place at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    /// The thing with this number, from 1.
    Thing(u32),
    /// The process with this number, from 1.
    Process(u32),
    /// The type of processes with this number, from 0.
    Type(u32),
}
