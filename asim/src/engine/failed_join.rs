//! What a process knows about the failures that its joins have given it.

/// What a process knows about the failures that its joins have given it.
pub(crate) struct FailedJoin {
    /// The process that it joined last, the process whose failure that one passed on, and so on.
    pub(crate) names: Vec<String>,
    pub(crate) time: f64,
    /// Whether there were earlier failures with other names.
    pub(crate) ambiguous: bool,
}
