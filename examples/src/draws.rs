//! The random numbers of a model. They are drawn from a seed as Python draws them, or replayed from the
//! record of another run.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;
use std::rc::Rc;
use std::str::FromStr;

pub use crate::error::DrawsError;
use crate::notes::Notes;
use crate::python::Random;
use crate::record::Record;

/// A model's source of random numbers. Clones share it.
///
/// In a replay, each draw must be the next one on record. If it is not, the model asks in another order
/// than the recorded run, and all later numbers would be meaningless. So the draw panics, at the line of
/// the model that asked.
///
/// A record is a CSV file with a header and one line for each draw: the function of Python's `random`
/// that was called, its arguments, and what it returned.
///
/// ```text
/// function,arguments,value
/// expovariate,0.1,10.200602872748009
/// uniform,1 3,1.0500215104453339
/// choice,"['tea', 'coffee']",tea
/// ```
///
/// ```
/// use asim_examples::Draws;
///
/// let draws = Draws::seeded(42); // as `random.seed(42)` does
/// assert_eq!(draws.uniform(1.0, 3.0), 2.2788535969157673);
///
/// let draws: Draws = "function,arguments,value\nuniform,1 3,2.5\nrandint,5 9,7\n".parse()?;
/// assert_eq!(draws.uniform(1.0, 3.0), 2.5);
/// assert_eq!(draws.randint(5, 9), 7);
/// draws.finish()?;
/// # Ok::<(), asim_examples::draws::DrawsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Draws(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    source: Source,
    /// The draws so far, if they are recorded.
    notes: Option<Notes>,
}

#[derive(Debug)]
enum Source {
    /// Boxed, as its state is 2500 bytes.
    Python(Box<Random>),
    Record(Record),
}

impl Source {
    fn seeded(seed: u64) -> Self {
        Source::Python(Box::new(Random::seeded(seed)))
    }
}

impl Draws {
    /// Returns a source that draws as Python's `random` does after `random.seed(seed)`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Draws::new(Source::seeded(seed), None)
    }

    /// Returns the source that the command line asks for. `--seed N` draws from that seed, and `--draws
    /// FILE` replays a record. Without both, numbers are drawn from the model's own `seed`. `--record
    /// FILE` also records the draws; [`finish`](Self::finish) writes them.
    ///
    /// # Errors
    ///
    /// If there are other arguments, if the file cannot be read, or if it is not a record.
    pub fn from_args(seed: u64) -> Result<Self, DrawsError> {
        Draws::from_words(seed, std::env::args_os().skip(1))
    }

    fn from_words(
        seed: u64,
        mut words: impl Iterator<Item = OsString>,
    ) -> Result<Self, DrawsError> {
        let (mut source, mut notes) = (None, None);
        while let Some(flag) = words.next() {
            let unknown = || DrawsError::Argument(flag.display().to_string());
            let mut operand = || words.next().ok_or_else(unknown);
            match flag.to_str() {
                Some("--seed") if source.is_none() => {
                    let seed = operand()?.display().to_string();
                    let Ok(seed) = seed.parse() else { return Err(DrawsError::Seed(seed)) };
                    source = Some(Source::seeded(seed));
                }
                Some("--draws") if source.is_none() => {
                    let path = PathBuf::from(operand()?);
                    let text = std::fs::read_to_string(&path)
                        .map_err(|source| DrawsError::Unreadable { path, source })?;
                    source = Some(Source::Record(text.parse()?));
                }
                Some("--record") if notes.is_none() => notes = Some(Notes::to(operand()?.into())),
                _ => return Err(unknown()),
            }
        }
        Ok(Draws::new(source.unwrap_or_else(|| Source::seeded(seed)), notes))
    }

    fn new(source: Source, notes: Option<Notes>) -> Self {
        Draws(Rc::new(RefCell::new(State { source, notes })))
    }

    /// Draws an exponentially distributed number with the given rate (one over the mean).
    ///
    /// # Panics
    ///
    /// If this is not the draw on record here.
    #[track_caller]
    #[must_use]
    pub fn expovariate(&self, rate: f64) -> f64 {
        self.number("expovariate", &[rate], |random| random.expovariate(rate))
    }

    /// Draws a normally distributed number with the given mean and standard deviation.
    ///
    /// # Panics
    ///
    /// If this is not the draw on record here.
    #[track_caller]
    #[must_use]
    pub fn normalvariate(&self, mean: f64, deviation: f64) -> f64 {
        let arguments = [mean, deviation];
        self.number("normalvariate", &arguments, |random| random.normalvariate(mean, deviation))
    }

    /// Draws a number that is evenly distributed between two numbers.
    ///
    /// # Panics
    ///
    /// If this is not the draw on record here.
    #[track_caller]
    #[must_use]
    pub fn uniform(&self, low: f64, high: f64) -> f64 {
        self.number("uniform", &[low, high], |random| random.uniform(low, high))
    }

    #[track_caller]
    fn number(&self, function: &str, arguments: &[f64], draw: impl Fn(&mut Random) -> f64) -> f64 {
        let State { source, notes } = &mut *self.0.borrow_mut();
        let value = match source {
            Source::Python(random) => draw(random),
            Source::Record(record) => record.number(function, arguments),
        };
        if let Some(notes) = notes {
            notes.number(function, arguments, value);
        }
        value
    }

    /// Draws a whole number between two numbers, both included.
    ///
    /// # Panics
    ///
    /// If `low` is greater than `high`, or if this is not the draw on record here.
    #[track_caller]
    #[must_use]
    pub fn randint(&self, low: i32, high: i32) -> i32 {
        let State { source, notes } = &mut *self.0.borrow_mut();
        let (function, arguments) = ("randint", [low.into(), high.into()]);
        let value = match source {
            Source::Python(random) => random.randint(low, high),
            Source::Record(record) => record.whole_number(function, &arguments),
        };
        if let Some(notes) = notes {
            notes.number(function, &arguments, value.into());
        }
        value
    }

    /// Draws one of these items. The record has its text, or its index, counted from 0.
    ///
    /// # Panics
    ///
    /// If there are no items, or if this is not the draw on record here.
    ///
    /// ```
    /// use asim_examples::Draws;
    ///
    /// let draws: Draws = "choice,\"['tea', 'coffee']\",coffee\nchoice,2,0\n".parse()?;
    /// assert_eq!(draws.choice(&["tea", "coffee"]), &"coffee");
    /// assert_eq!(draws.choice(&["tea", "coffee"]), &"tea");
    /// # Ok::<(), asim_examples::draws::DrawsError>(())
    /// ```
    #[track_caller]
    #[must_use]
    pub fn choice<'a, T: Display>(&self, of: &'a [T]) -> &'a T {
        let State { source, notes } = &mut *self.0.borrow_mut();
        let value = match source {
            Source::Python(random) => random.choice(of),
            Source::Record(record) => record.choice(of),
        };
        if let Some(notes) = notes {
            notes.choice(of, value);
        }
        value
    }

    /// Ends the run. Writes the record that `--record FILE` asks for, and checks that the model has asked
    /// for every draw on the record that it replays.
    ///
    /// # Errors
    ///
    /// If the file cannot be written. [`DrawsError::LeftOver`], with the first draw that was not asked
    /// for, if draws are left.
    pub fn finish(&self) -> Result<(), DrawsError> {
        let state = &*self.0.borrow();
        if let Some(notes) = &state.notes {
            notes.write()?;
        }
        match &state.source {
            Source::Python(_) => Ok(()),
            Source::Record(record) => record.finish(),
        }
    }
}

/// Reads the text of a record, for a replay.
impl FromStr for Draws {
    type Err = DrawsError;

    fn from_str(text: &str) -> Result<Self, DrawsError> {
        Ok(Draws::new(Source::Record(text.parse()?), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(lines: &str) -> Draws {
        format!("function,arguments,value\n{lines}\n").parse().unwrap()
    }

    #[test]
    #[should_panic(
        expected = "asks for uniform(1, 4), but draw 1 on record (line 2) is uniform(1, 3)"
    )]
    fn another_draw_is_told_apart() {
        let _ = draws("uniform,1 3,2.5").uniform(1.0, 4.0);
    }

    #[test]
    #[should_panic(
        expected = "asks for choice(..), but draw 1 on record (line 2) is uniform(1, 3)"
    )]
    fn a_number_is_no_choice() {
        let _ = draws("uniform,1 3,2.5").choice(&["tea"]);
    }

    #[test]
    #[should_panic(
        expected = "asks for uniform(1, 3), but draw 1 on record (line 2) is choice(..)"
    )]
    fn a_choice_is_no_number() {
        let _ = draws("choice,['tea'],tea").uniform(1.0, 3.0);
    }

    #[test]
    #[should_panic(expected = "asks for randint(5, 9), but all 1 draws on record are spent")]
    fn a_draw_too_many_is_told() {
        let draws = draws("uniform,1 3,2.5");
        assert_eq!(draws.uniform(1.0, 3.0), 2.5);
        let _ = draws.randint(5, 9);
    }

    #[test]
    fn a_draw_too_few_is_told() {
        assert_eq!(
            draws("uniform,1 3,2.5").finish().unwrap_err().to_string(),
            "the model asked for 0 of the 1 draws on record; next was uniform(1, 3) (line 2)"
        );
    }

    #[test]
    fn whole_numbers_may_have_a_point() {
        assert_eq!(draws("randint,5 9,7.0").randint(5, 9), 7);
    }

    #[test]
    #[should_panic(expected = "line 2 of the draws: randint gave 7.5, which is no whole number")]
    fn a_fraction_is_no_whole_number() {
        let _ = draws("randint,5 9,7.5").randint(5, 9);
    }

    #[test]
    fn a_choice_is_on_record_by_its_text_or_its_place() {
        for line in
            ["choice,\"['tea', 'milk']\",milk", "choice,['tea', 'milk'],'milk'", "choice,2,1"]
        {
            assert_eq!(draws(line).choice(&["tea", "milk"]), &"milk", "{line}");
        }
    }

    #[test]
    #[should_panic(
        expected = r#"line 2 of the draws: choice gave "2", which is neither the text nor the place of one of ["tea", "milk"]"#
    )]
    fn a_choice_of_something_else_is_told() {
        let _ = draws("choice,2,2").choice(&["tea", "milk"]);
    }

    fn from_words(words: &str) -> Result<Draws, DrawsError> {
        Draws::from_words(42, words.split_whitespace().map(OsString::from))
    }

    #[test]
    fn a_model_draws_from_its_own_seed_or_another() {
        let first = |words| from_words(words).unwrap().uniform(1.0, 3.0);
        assert_eq!(first(""), Draws::seeded(42).uniform(1.0, 3.0));
        assert_eq!(first("--seed 7"), Draws::seeded(7).uniform(1.0, 3.0));
        assert_ne!(first(""), first("--seed 7"));
    }

    #[test]
    fn a_wrong_command_line_is_told() {
        for (words, wrong) in [
            ("--sede 7", "--sede"),
            ("7", "7"),
            ("--seed", "--seed"),
            ("--draws", "--draws"),
            ("--record", "--record"),
            ("--seed 7 --seed 8", "--seed"),
            ("--seed 7 --draws a.csv", "--draws"),
        ] {
            let error = from_words(words).unwrap_err();
            assert!(matches!(&error, DrawsError::Argument(it) if it == wrong), "{words}: {error}");
        }
        assert_eq!(
            from_words("--seed seven").unwrap_err().to_string(),
            "the seed is a whole number from 0 to 18446744073709551615, not `seven`"
        );
        let error = from_words("--draws nowhere/to.csv").unwrap_err();
        assert!(matches!(error, DrawsError::Unreadable { .. }), "{error}");
    }
}
