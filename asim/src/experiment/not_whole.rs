//! Not all shards are done, so they cannot be merged.

use std::path::PathBuf;

use crate::experiment::work::shard::Shard;

/// Not all shards of an experiment are done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotWhole {
    /// There is no journal of a shard.
    #[error(
        "no journal of a shard was found in {}: a program that is called with `--shard 1/16 --out FOLDER` writes one",
        shown(folders)
    )]
    NoShards {
        /// Where it was looked for.
        folders: Vec<PathBuf>,
    },
    /// The journals are of experiments that were cut in different ways.
    #[error(
        "there are journals of {one} and of {other} shards: take folders in which the journals of one experiment are"
    )]
    Mixed {
        /// One number of shards.
        one: u64,
        /// Another one.
        other: u64,
    },
    /// The journal of a shard is missing.
    #[error("shard {shard} is missing: there is no `{}`", path.display())]
    Missing {
        /// Which one.
        shard: Shard,
        /// Where it should be.
        path: PathBuf,
    },
    /// A replication is in no journal.
    #[error(
        "replication {replication} is in no journal: shard {shard} is not done. `--shard {shard} --resume` goes on with it"
    )]
    NotDone {
        /// The replication.
        replication: u64,
        /// The shard to which it belongs.
        shard: Shard,
    },
    /// The journals have more replications than are asked for.
    #[error(
        "the journals have {there} replications, and only {asked} are asked for: ask for {there} (`--replications {there}`)"
    )]
    More {
        /// How many there are.
        there: u64,
        /// How many would count.
        asked: u64,
    },
}

fn shown(folders: &[PathBuf]) -> String {
    folders.iter().map(|folder| format!("`{}`", folder.display())).collect::<Vec<_>>().join(", ")
}
