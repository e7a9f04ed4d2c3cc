//! The command line of an experiment: what can be said.

use std::path::PathBuf;

use clap::Parser;

use crate::experiment::work::shard::Shard;

/// What was said on the command line.
#[derive(Debug, Clone, Default, Parser)]
#[command(disable_help_subcommand = true)]
#[allow(clippy::struct_excessive_bools, reason = "they are flags")]
pub(crate) struct CommandLine {
    /// Give a parameter another value: `n=4`. With several values, each is a scenario: `n=1..5` (both ends),
    /// `x=0.5..1:0.1` (with a step), `rule=fifo,lifo`. Several parameters make a grid
    #[arg(long = "set", visible_alias = "sweep", value_name = "NAME=VALUES", help_heading = WHAT)]
    pub(crate) settings: Vec<String>,

    /// Compare all scenarios with the one in which this parameter has this value
    #[arg(long, value_name = "NAME=VALUE", help_heading = WHAT)]
    pub(crate) compare: Option<String>,

    /// Make only the replication with this number
    #[arg(long, value_name = "NUMBER", help_heading = WHAT)]
    pub(crate) only: Option<u64>,

    /// Write all that happens in it into a file: `.json` for the viewer Perfetto, `.jsonl`, or `.txt`
    #[arg(long, value_name = "FILE", help_heading = WHAT)]
    pub(crate) trace: Option<PathBuf>,

    /// Write the report as a page of HTML into a file: with `--only` the report of that replication, otherwise that of
    /// all
    #[cfg(feature = "report")]
    #[arg(long, value_name = "FILE", help_heading = WHAT)]
    pub(crate) report: Option<PathBuf>,

    /// Write a page of HTML into a file that plays the replication
    #[cfg(feature = "report")]
    #[arg(long, value_name = "FILE", help_heading = WHAT)]
    pub(crate) replay: Option<PathBuf>,

    /// List all parameters and all results, and end
    #[arg(long, help_heading = WHAT)]
    pub(crate) list: bool,

    /// Suggest how long the warm-up is, from this result, and end
    #[arg(long, value_name = "RESULT", help_heading = WHAT)]
    pub(crate) suggest_warm_up: Option<String>,

    /// Make this many replications of each scenario
    #[arg(long, value_name = "NUMBER", help_heading = HOW_MANY)]
    pub(crate) replications: Option<u64>,

    /// Make replications until the interval of this result is as narrow as this share of its mean to each side:
    /// `profit=0.05` for 5 %. For several results, say it several times
    #[arg(long, value_name = "RESULT=SHARE", help_heading = HOW_MANY)]
    pub(crate) until_precision: Vec<String>,

    /// The same, with half the width of the interval in the unit of the result
    #[arg(long, value_name = "RESULT=WIDTH", help_heading = HOW_MANY)]
    pub(crate) until_half_width: Vec<String>,

    /// Make at most this many until a precision
    #[arg(long, value_name = "NUMBER", help_heading = HOW_MANY)]
    pub(crate) at_most: Option<u64>,

    /// The confidence of all intervals
    #[arg(long, value_name = "SHARE", help_heading = HOW_MANY)]
    pub(crate) confidence: Option<f64>,

    /// What is measured until this time of the model does not count
    #[arg(long, value_name = "TIME", allow_negative_numbers = true, help_heading = HOW_MANY)]
    pub(crate) warm_up: Option<f64>,

    /// Make one long run, and cut it into this many batches
    #[arg(long, value_name = "NUMBER", help_heading = HOW_MANY)]
    pub(crate) batches: Option<u64>,

    /// How long a batch is, in the time of the model
    #[arg(long, value_name = "TIME", allow_negative_numbers = true, help_heading = HOW_MANY)]
    pub(crate) batch_length: Option<f64>,

    /// Give up a replication that takes longer than this
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, help_heading = HOW_MANY)]
    pub(crate) limit: Option<f64>,

    /// Other random numbers for all replications
    #[arg(long, value_name = "NUMBER", help_heading = RANDOM)]
    pub(crate) seed: Option<u64>,

    /// Make replications in pairs with mirrored random numbers
    #[arg(long, help_heading = RANDOM)]
    pub(crate) antithetic: bool,

    /// Give each scenario random numbers of its own
    #[arg(long, help_heading = RANDOM)]
    pub(crate) independent_scenarios: bool,

    /// Show these results, with commas between them. A `*` stands for any characters: `*.mean`
    #[arg(long, value_name = "RESULTS", help_heading = RESULTS)]
    pub(crate) show: Vec<String>,

    /// Show an interval for a quantile of this result: `profit=0.95`
    #[arg(long, value_name = "RESULT=SHARE", help_heading = RESULTS)]
    pub(crate) quantile: Vec<String>,

    /// Write `results.csv`, `summary.csv` and a journal into this folder (and pictures, with the feature `report`)
    #[arg(long, value_name = "FOLDER", help_heading = RESULTS)]
    pub(crate) out: Option<PathBuf>,

    /// Go on where the journal in the folder ends
    #[arg(long, help_heading = RESULTS)]
    pub(crate) resume: bool,

    /// Show no progress
    #[arg(long, short, help_heading = RESULTS)]
    pub(crate) quiet: bool,

    /// Make this many replications at the same time [as many as there are processors]
    #[arg(long, value_name = "NUMBER", help_heading = MACHINES)]
    pub(crate) jobs: Option<usize>,

    /// Make only this part of the replications: `3/16`. The others are for other machines
    #[arg(long, value_name = "PART/ALL", help_heading = MACHINES)]
    pub(crate) shard: Option<Shard>,

    /// Make one result of all parts, whose journals are in these folders, or in that of `--out`
    #[arg(long, value_name = "FOLDER", num_args = 0.., help_heading = MACHINES)]
    pub(crate) merge: Option<Vec<PathBuf>>,
}

const WHAT: &str = "What to run";
const HOW_MANY: &str = "How much";
const RANDOM: &str = "Random numbers";
const RESULTS: &str = "Results";
const MACHINES: &str = "Machines";
