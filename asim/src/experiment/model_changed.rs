//! A model that is not the same any more.

/// The model gives other results than those in the journal.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "the model has changed since the journal was begun: in replication {replication}, {difference}. Begin anew in another folder"
)]
pub(crate) struct ModelChanged {
    pub(crate) replication: u64,
    pub(crate) difference: String,
}
