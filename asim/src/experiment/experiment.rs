//! The experiment: a model, its parameters, and what shall be done with them.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::experiment::parameters::parameter_error::ParameterError;
use crate::experiment::parameters::parameters::Parameters;
use crate::experiment::parameters::setting::Setting;
use crate::experiment::plan::Plan;
use crate::experiment::replication::replication::Replication;

/// A model, as an experiment calls it.
pub(crate) type Model<P> =
    dyn Fn(&Replication, &P) -> Result<(), Box<dyn Error>> + Send + Sync + 'static;

/// Many runs of a model, and one answer with its interval.
///
/// The model is a function. It gets a [`Replication`], which makes the simulation, and its parameters, which are a
/// struct with serde's `Serialize` and `Deserialize` (or `()`, if there are none). All that has a name in the
/// simulation becomes a result by itself; [`Replication::result`] adds what only the model knows.
///
/// A replication depends on the seed and on its number only. So the results are the same on one thread and on many,
/// on several machines, and after a stop and a resume.
///
/// ```
/// use asim::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Bank {
///     clerks: usize,
///     service: f64,
/// }
///
/// #[process]
/// async fn customer(env: Environment, clerks: Resource, mean: f64) {
///     let _clerk = clerks.acquire().await;
///     env.timeout(env.stream("service").exponential(mean)).await;
/// }
///
/// fn bank(rep: &Replication, bank: &Bank) -> Result<(), SimError> {
///     let sim = rep.simulation();
///     let clerks = Resource::new(&sim, bank.clerks).named("clerks");
///     let (env, service) = (sim.env(), bank.service);
///     sim.spawn(async move {
///         loop {
///             env.timeout(env.stream("arrivals").exponential(1.0)).await;
///             env.process(Customer::new(clerks.clone(), service));
///         }
///     });
///     sim.run_until(1000.0)
/// }
///
/// let results = Experiment::new("bank", bank, Bank { clerks: 3, service: 2.0 })
///     .seed(42)
///     .warm_up(100.0)
///     .sweep("clerks", 3..=4)
///     .replications(10)
///     .run()?;
/// println!("{results}");
/// let [three, four] = results.scenarios() else { panic!("two scenarios") };
/// let (three, four) = (three.estimate("clerks.waited.mean"), four.estimate("clerks.waited.mean"));
/// assert!(three.low() > four.high());
/// # Ok::<(), asim::ExperimentError>(())
/// ```
#[must_use = "an experiment does nothing until it is run"]
pub struct Experiment<P> {
    pub(crate) name: String,
    pub(crate) model: Arc<Model<P>>,
    /// The parameters as the program gives them; or why they cannot be read.
    pub(crate) parameters: Result<Parameters, ParameterError>,
    /// The first value of a setting that cannot be read.
    pub(crate) mistake: Option<ParameterError>,
    pub(crate) plan: Plan,
}

impl<P: Serialize + DeserializeOwned + 'static> Experiment<P> {
    /// Returns an experiment with this model. Its name stands above the results and in the journal.
    ///
    /// The model returns a `Result`. Its error may be a [`SimError`](crate::engine::sim_error::SimError), a text, or
    /// any other error: the replication has failed then, and the others go on. A model need not be [`Send`]: it runs on
    /// the thread that has called it.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    ///     rep.result("eyes", rep.simulation().stream("dice").uniform(1.0, 7.0).floor());
    ///     Ok(())
    /// }
    ///
    /// let results = Experiment::new("dice", dice, ()).replications(100).run()?;
    /// assert!((3.0..4.0).contains(&results.estimate("eyes").mean));
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    #[allow(clippy::needless_pass_by_value, reason = "who gives them needs them no more")]
    pub fn new<E>(
        name: impl Into<String>,
        model: impl Fn(&Replication, &P) -> Result<(), E> + Send + Sync + 'static,
        parameters: P,
    ) -> Self
    where
        E: Into<Box<dyn Error>>,
    {
        Experiment {
            name: name.into(),
            model: Arc::new(move |rep, parameters| model(rep, parameters).map_err(Into::into)),
            parameters: Parameters::of(&parameters),
            mistake: None,
            plan: Plan::default(),
        }
    }

    /// Sets a parameter to another value than the program has given it. Nested parameters have a dotted name:
    /// `ward.beds`.
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize)] struct Dice { sides: u32 }
    /// # fn dice(rep: &Replication, dice: &Dice) -> Result<(), SimError> {
    /// #     rep.result("sides", f64::from(dice.sides));
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, Dice { sides: 6 }).set("sides", 20).run()?;
    /// assert_eq!(results.estimate("sides").mean, 20.0);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn set(self, parameter: impl Into<String>, value: impl Serialize) -> Self {
        self.sweep(parameter, [value])
    }

    /// Runs the model for each of these values of a parameter. Several sweeps make a grid: each value of the one with
    /// each value of the other; the last varies fastest.
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize)] struct Dice { sides: u32, dice: u32 }
    /// # fn dice(rep: &Replication, p: &Dice) -> Result<(), SimError> {
    /// #     rep.result("most", f64::from(p.sides * p.dice));
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, Dice { sides: 6, dice: 1 })
    ///     .sweep("sides", [6, 20])
    ///     .sweep("dice", 1..=3)
    ///     .run()?;
    /// let most: Vec<f64> =
    ///     results.scenarios().iter().map(|scenario| scenario.estimate("most").mean).collect();
    /// assert_eq!(most, [6.0, 12.0, 18.0, 20.0, 40.0, 60.0]);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn sweep<V: Serialize>(
        mut self,
        parameter: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        match Setting::of(&parameter.into(), values) {
            Ok(setting) => self.plan.settings.push(setting),
            Err(error) => self.mistake = self.mistake.or(Some(error)),
        }
        self
    }
}

impl<P> fmt::Debug for Experiment<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Experiment")
            .field("name", &self.name)
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}
