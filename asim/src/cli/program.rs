//! An experiment as a program: from its command line to its exit code.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::FromArgMatches;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cli::again::{command_for_one, command_to_resume};
use crate::cli::changes::Refused;
use crate::cli::command_line::CommandLine;
use crate::cli::console::Console;
use crate::cli::progress::Bar;
use crate::cli::signals::Signals;
use crate::cli::{help, listing};
use crate::experiment::conduct::Attendant;
use crate::experiment::experiment::Experiment;
use crate::experiment::experiment_error::{ExperimentError, Fault};
use crate::experiment::parameters::scenario::{Grid, Scenario};
use crate::experiment::plan::PlanError;
use crate::experiment::preparation::Preparation;
use crate::experiment::results::failed_replication::FailedReplication;
use crate::experiment::results::results::Results;
use crate::launcher::{Launcher, TooManyCopies};
#[cfg(feature = "mpi")]
use crate::mpi::link::Link;
#[cfg(feature = "mpi")]
use crate::mpi::program::{assist, connect, finish};
#[cfg(feature = "report")]
use crate::report::pictures::picture_files;

/// A replication failed.
const FAILED: u8 = 1;
/// The command line, or a file that belongs to another experiment.
const REFUSED: u8 = 2;
/// Something could not be written.
const NOT_WRITTEN: u8 = 3;

/// How many failed replications are named.
const NAMED: usize = 10;

/// How an experiment is run: with the threads of this process, or with those of other machines too.
pub(crate) type Run<'a> =
    &'a mut dyn FnMut(&Preparation, &mut dyn Attendant) -> Result<Results, ExperimentError>;

impl<P: Serialize + DeserializeOwned + 'static> Experiment<P> {
    /// Makes the experiment a program: does what the command line says, prints the results, and returns the exit code.
    /// What the command line says counts more than what the code says. `--help` explains all of it.
    ///
    /// | exit code | |
    /// |---|---|
    /// | 0 | all is done |
    /// | 1 | a replication failed: the command that makes it again is shown |
    /// | 2 | the command line cannot be followed, or a journal is of another experiment |
    /// | 3 | something could not be written: the disk is full, for instance |
    /// | 130, 143 | the program was interrupted, by Ctrl-C or by the signal `TERM` |
    ///
    /// When it is interrupted, it shows what is done until then, and the command that goes on. A second Ctrl-C ends it
    /// at once.
    ///
    /// Needs the feature `cli`.
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    ///
    /// use asim::prelude::*;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Dice {
    ///     sides: u32,
    /// }
    ///
    /// fn dice(rep: &Replication, dice: &Dice) -> Result<(), SimError> {
    ///     let top = f64::from(dice.sides) + 1.0;
    ///     rep.result("eyes", rep.simulation().stream("dice").uniform(1.0, top).floor());
    ///     Ok(())
    /// }
    ///
    /// fn main() -> ExitCode {
    ///     // ./dice --set sides=6..8 --replications 1000
    ///     Experiment::new("dice", dice, Dice { sides: 6 }).main()
    /// }
    /// ```
    #[must_use = "it is the exit code of the program"]
    pub fn main(self) -> ExitCode {
        self.main_from(env::args_os())
    }

    /// Does what [`main`](Self::main) does, with these words as the command line. The first is the name of the program.
    ///
    /// ```
    /// # use std::process::ExitCode;
    /// # use asim::prelude::*;
    /// # fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    /// #     rep.result("eyes", rep.simulation().stream("dice").uniform(1.0, 7.0).floor());
    /// #     Ok(())
    /// # }
    /// let code = Experiment::new("dice", dice, ()).main_from(["./dice", "--replications", "100"]);
    /// assert_eq!(code, ExitCode::SUCCESS);
    /// let code = Experiment::new("dice", dice, ()).main_from(["./dice", "--replications", "many"]);
    /// assert_eq!(code, ExitCode::from(2));
    /// ```
    pub fn main_from<W: Into<OsString>>(self, words: impl IntoIterator<Item = W>) -> ExitCode {
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        let (mut out, mut err) = (io::stdout(), io::stderr());
        let mut console = Console::new(&mut out, &mut err);
        let launcher = Launcher::of_this_process();
        #[cfg(feature = "mpi")]
        if let Some(launcher) = launcher.as_ref().filter(|launcher| launcher.shares_by_mpi()) {
            return self.on_all_ranks(&words, launcher, &mut console).into();
        }
        let others = launcher.and_then(|launcher| launcher.check_alone().err());
        self.program(&words, others, &mut run_with_threads, &mut console).into()
    }

    /// Does what the words say with all copies of the program, and returns the exit code.
    #[cfg(feature = "mpi")]
    fn on_all_ranks(
        mut self,
        words: &[OsString],
        launcher: &Launcher,
        console: &mut Console<'_>,
    ) -> u8 {
        let mut world = match connect(launcher) {
            Ok(world) => world,
            Err(code) => return code,
        };
        if world.rank() == 0 {
            let run = &mut |preparation: &Preparation, attendant: &mut dyn Attendant| {
                preparation.run_with_ranks(&mut world, attendant)
            };
            let code = self.program(words, None, run, console);
            return finish(world, code);
        }
        // Rank 0 says what there is to say.
        let (mut out, mut err) = (io::sink(), io::sink());
        let said =
            self.change_by(&self.called(words), words, &mut Console::new(&mut out, &mut err));
        let preparation = said.ok().and_then(|_| self.prepare().ok());
        assist(world, preparation.as_ref())
    }

    /// Returns what the program is called.
    fn called(&self, words: &[OsString]) -> String {
        words.first().map_or_else(|| self.name.clone(), |it| it.to_string_lossy().into_owned())
    }

    /// Does what the words say, and returns the exit code. `others` are other copies of the program that would do the
    /// same.
    pub(crate) fn program(
        mut self,
        words: &[OsString],
        others: Option<TooManyCopies>,
        run: Run<'_>,
        console: &mut Console<'_>,
    ) -> u8 {
        let name = self.called(words);
        let said = match self.change_by(&name, words, console) {
            Ok(said) => said,
            Err(code) => return code,
        };
        // Each may make a part.
        if let Some(others) = others.filter(|_| self.plan.shard.is_none()) {
            if !others.is_for_this_copy() {
                return 0;
            }
            console.say(format_args!("error: {others}"));
            return REFUSED;
        }
        let code = match self.follow(&name, &said, words, run, console) {
            Ok(code) => code,
            Err(error) => {
                console.say(format_args!("error: {error}"));
                exit_code_of(&error)
            }
        };
        match console.fault() {
            Some(error) => {
                console.say(format_args!("error: the results could not be printed: {error}"));
                NOT_WRITTEN
            }
            None => code,
        }
    }

    /// Does what the words say on the threads of this process, and returns the exit code.
    #[cfg(test)]
    pub(crate) fn alone(self, words: &[OsString], console: &mut Console<'_>) -> u8 {
        self.program(words, None, &mut run_with_threads, console)
    }

    /// Changes the experiment by its command line. Returns an exit code if there is nothing else to do.
    pub(crate) fn change_by(
        &mut self,
        name: &str,
        words: &[OsString],
        console: &mut Console<'_>,
    ) -> Result<CommandLine, u8> {
        let mistake = self.mistake.clone();
        let parameters = match self.parameters.clone() {
            Ok(parameters) if mistake.is_none() => parameters,
            faulty => {
                let error = mistake.map_or_else(
                    || faulty.err().map(|it| it.to_string()),
                    |it| Some(it.to_string()),
                );
                console.say(format_args!("error: {}", error.unwrap_or_default()));
                return Err(REFUSED);
            }
        };
        let command = help::command(&self.name, name, &self.plan, &parameters);
        let matches = command.try_get_matches_from(words);
        let said = matches.and_then(|matches| CommandLine::from_arg_matches(&matches));
        let said = said.map_err(|error| {
            let text = error.render();
            if error.use_stderr() {
                console.say(shown(&text, io::stderr().is_terminal()).trim_end());
                return REFUSED;
            }
            console.print(shown(&text, io::stdout().is_terminal()));
            0
        })?;
        let refused = |error: Refused| {
            console.say(format_args!("error: {error}"));
            REFUSED
        };
        said.change(&mut self.plan, &parameters).map_err(refused)?;
        Ok(said)
    }

    /// Does what was said.
    fn follow(
        &self,
        name: &str,
        said: &CommandLine,
        words: &[OsString],
        run: Run<'_>,
        console: &mut Console<'_>,
    ) -> Result<u8, ExperimentError> {
        if said.list {
            return self.list(console);
        }
        if let Some(measure) = &said.suggest_warm_up {
            let warm_up = self.suggest_warm_up(measure)?;
            console.print(&warm_up);
            #[cfg(feature = "report")]
            if let Some(folder) = &self.plan.out {
                picture_files::of_warm_up(&warm_up, folder)?;
            }
            return Ok(0);
        }
        let preparation = match self.prepare() {
            Err(error) if matches!(error.0, Fault::Plan(PlanError::WhichScenario { .. })) => {
                console.say(format_args!("error: {error}"));
                self.name_scenarios(name, said, console)?;
                return Ok(REFUSED);
            }
            prepared => prepared?,
        };
        let folder = preparation.plan.out.clone();
        let mut interrupted = None;
        let results = if let Some(folders) = &said.merge {
            let own = folder.iter().filter(|_| folders.is_empty());
            self.merge(folders.iter().chain(own))?
        } else {
            let signals = Signals::listen().map_err(Fault::NoSignals)?;
            let results = run(&preparation, &mut Bar::new(said.quiet, &signals))?;
            interrupted = signals.exit_code().filter(|_| results.was_interrupted());
            results
        };
        if said.only.is_none() || !preparation.plan.shown.is_empty() {
            console.print(&results);
        } else if results.failed() == 0 {
            let values =
                results.measures().map(|name| (name.to_owned(), results.estimate(name).mean));
            console.print(listing::of_values(values));
        }
        let again = |failure: &FailedReplication| {
            let scenario = &preparation.scenarios[failure.scenario()];
            command_for_one(name, said, &scenario.written(), failure.replication())
        };
        failures(&results, &preparation.scenarios, said, &again, console);
        if let Some(code) = interrupted {
            console.say(match &folder {
                Some(_) => format!("interrupted; this goes on: {}", command_to_resume(words)),
                None => "interrupted; with --out FOLDER, one could go on later".to_owned(),
            });
            return Ok(code);
        }
        #[cfg(feature = "report")]
        if let Err(error) = said.write_pages(preparation.plan.watch.as_deref(), &results, &again) {
            console.say(format_args!("error: {error}"));
            if results.failed() == 0 || error.is_of_writing() {
                return Ok(NOT_WRITTEN);
            }
        }
        #[cfg(feature = "report")]
        if let (Some(folder), None) = (&folder, preparation.plan.shard) {
            picture_files::of_results(&results, folder)?;
        }
        if let (Some(folder), false) = (&folder, said.quiet) {
            let what = match preparation.plan.shard {
                Some(_) => "the journal of this part is",
                None => "results.csv, summary.csv and the journal are",
            };
            console.say(format_args!("{what} in {}", folder.display()));
        }
        Ok(if results.failed() > 0 { FAILED } else { 0 })
    }

    /// Names the commands that make the replication that was asked for, one for each scenario.
    fn name_scenarios(
        &self,
        name: &str,
        said: &CommandLine,
        console: &mut Console<'_>,
    ) -> Result<(), ExperimentError> {
        let grid = Grid::of(&self.parameters.clone()?, &self.plan.settings)?;
        for scenario in grid.scenarios.iter().take(NAMED) {
            let command = command_for_one(name, said, &scenario.written(), said.only.unwrap_or(1));
            console.say(format_args!("  {command}"));
        }
        if grid.scenarios.len() > NAMED {
            console.say("  ..");
        }
        Ok(())
    }

    fn list(&self, console: &mut Console<'_>) -> Result<u8, ExperimentError> {
        let preparation = self.prepare()?;
        let scenario = &preparation.scenarios[0];
        console.print(format_args!(
            "parameters (--set NAME=VALUE changes them)\n{}",
            listing::of_parameters(&scenario.parameters)
        ));
        let failed = |failure| Fault::Failed { replication: 1, failure };
        let (rows, _) = self.pilot(&preparation.plan, &preparation.scenarios).map_err(failed)?;
        let of =
            if preparation.plan.batches.is_some() { "the first batch" } else { "replication 1" };
        console.print(format_args!("\nresults (of {of})\n{}", listing::of_results(&rows[0])));
        Ok(0)
    }
}

/// Runs an experiment with the threads of this process.
fn run_with_threads(
    preparation: &Preparation,
    attendant: &mut dyn Attendant,
) -> Result<Results, ExperimentError> {
    let mut threads = preparation.threads()?;
    let results = preparation.run(&mut threads, attendant);
    if !results.as_ref().is_ok_and(|results| !results.was_interrupted()) {
        // Nobody waits for what is still being made.
        threads.abandon();
    }
    results
}

/// Names the replications that failed, each with the command that makes it again.
fn failures(
    results: &Results,
    scenarios: &[Scenario],
    said: &CommandLine,
    again: &dyn Fn(&FailedReplication) -> String,
    console: &mut Console<'_>,
) {
    for failure in results.failures().take(NAMED) {
        let scenario = &scenarios[failure.scenario()];
        let of = if scenario.settings.is_empty() {
            String::new()
        } else {
            format!(" of {}", scenario.name())
        };
        let number = failure.replication();
        let words = failure.failure().to_string();
        if said.only.is_some() {
            console.say(format_args!("replication {number}{of} failed: {words}"));
            continue;
        }
        // Why it failed stands below the table.
        let again = again(failure);
        console.say(format_args!("replication {number}{of} failed; this makes it again: {again}"));
    }
    let named = u64::try_from(results.failures().take(NAMED).count()).unwrap_or(u64::MAX);
    let more = results.failed() - named;
    if more > 0 {
        console.say(format_args!("and {more} more failed"));
    }
}

fn shown(text: &clap::builder::StyledStr, in_colour: bool) -> String {
    if in_colour && env::var_os("NO_COLOR").is_none() {
        text.ansi().to_string()
    } else {
        text.to_string()
    }
}

fn exit_code_of(error: &ExperimentError) -> u8 {
    match error.0 {
        _ if error.is_of_writing() => NOT_WRITTEN,
        Fault::Failed { .. } => FAILED,
        _ => REFUSED,
    }
}

#[cfg(all(test, feature = "report"))]
mod page_tests;
#[cfg(test)]
mod tests;
