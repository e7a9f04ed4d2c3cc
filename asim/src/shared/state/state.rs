//! The public handle of a state.

use std::{fmt, panic::Location, rc::Rc};

use crate::engine::{kernel::Kernel, watchers::Watchers};
use crate::environment::Environment;
use crate::shared::state::core::{Core, copy};
use crate::shared::state::state_wait::StateWait;
use crate::wait::watch::Watched;

/// A value that processes set, read, and wait for: a traffic light, the temperature of an oven,
/// whether a shop is open. (It is like a state of salabim, or a condition variable.) Clone it
/// freely: all clones are handles of the same state.
///
/// Each [`set`](Self::set) asks every waiting request, in the order of arrival, whether it accepts
/// the new value. So the cost of a `set` grows with the number of waiting requests.
///
/// ```
/// use asim::prelude::*;
///
/// #[derive(Clone, Debug, PartialEq)]
/// enum Light {
///     Green,
///     Red,
/// }
///
/// #[process]
/// async fn crossing(env: Environment, light: State<Light>) {
///     env.timeout(30.0).await;
///     light.set(Light::Green);
/// }
///
/// #[process]
/// async fn car(env: Environment, light: State<Light>) {
///     assert_eq!(light.get(), Light::Red);
///     light.wait_until(|light| *light == Light::Green).await;
///     assert_eq!(env.now(), 30.0);
/// }
///
/// let sim = Simulation::new();
/// let light = State::new(&sim, Light::Red);
/// sim.process(Crossing::new(light.clone()));
/// sim.process(Car::new(light));
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
pub struct State<T: Clone + 'static> {
    core: Rc<Core<T>>,
}

impl<T: Clone + 'static> State<T> {
    /// Makes a state with this value.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let open = State::new(&sim, false);
    /// assert!(!open.get());
    /// ```
    #[must_use]
    pub fn new(env: &Environment, value: T) -> Self {
        State { core: Core::new(env.kernel(), value) }
    }

    /// Gives the state a name. What has a name is measured from then on, and stands under its name in
    /// reports, in the log and in errors. The second thing of a name is called `name 2`.
    ///
    /// It counts how often the value was set, and how long requests waited for a value. If the value is to
    /// be measured too, say what number it stands for: [`measured_by`](Self::measured_by).
    ///
    /// # Panics
    ///
    /// If it has a name already.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let light = State::new(&sim, "red").named("light");
    /// assert_eq!(format!("{light:?}"), r#"State(`light`, "red")"#);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.core.set_name(name.as_ref());
        self
    }

    /// Measures the value: `number` says what number each value stands for. The state must have a name, now
    /// or later. The number is measured over time, as the length of a line is: its mean, its extremes, how
    /// long it was what.
    ///
    /// `number` is called once at this call (or when the state gets its name), and at each
    /// [`set`](Self::set), before the value changes. It may use the simulation. If it panics, the value is
    /// not set.
    ///
    /// # Panics
    ///
    /// If it was called for this state before. If the number is infinite or NaN, here or in a `set`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let oven = State::new(&sim, 20.0).named("oven").measured_by(|temperature| *temperature);
    /// let light = State::new(&sim, "red").measured_by(|light| f64::from(*light == "green")).named("light");
    /// oven.set(220.0);
    /// light.set("green");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn measured_by(self, number: impl Fn(&T) -> f64 + 'static) -> Self {
        self.core.measure_by(Box::new(number));
        self
    }

    /// Returns a copy of the value.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let temperature = State::new(&sim, 18.5);
    /// assert_eq!(temperature.get(), 18.5);
    /// ```
    #[must_use]
    pub fn get(&self) -> T {
        copy(self.core.value())
    }

    /// Changes the value, and triggers the waiting requests that accept the new one, in the order
    /// of arrival. A triggered request stays triggered, even if the value changes again before its
    /// process resumes.
    ///
    /// All waiting requests are asked, even if the new value is equal to the old one.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let level = State::new(&sim, 0);
    /// let flood = level.wait_until(|level| *level > 7);
    /// level.set(9);
    /// level.set(3); // 9 was there only for a moment, but it was there
    /// assert_eq!(sim.run_until_event(flood)?, 9);
    /// assert_eq!(level.get(), 3);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn set(&self, value: T) {
        self.core.set(value);
    }

    /// Waits until the predicate accepts the value. The predicate is asked at this call, and then
    /// at every [`set`](Self::set). Awaiting the request gives the accepted value. The state may
    /// have another value when the process resumes.
    ///
    /// The predicate may also look at other things, but it is not asked again when only those
    /// change. It may use the simulation and this state: a value that it sets is shown after it has
    /// answered. If the predicate panics, the panic goes through the call that asked it. After a
    /// panic in a `set`, the request still waits.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn baker(env: Environment, oven: State<f64>) {
    ///     asim!(match FirstOf(hot = oven.wait_until(|t| *t >= 220.0), late = env.timeout(60.0)).await {
    ///         FirstOf::Hot(temperature) => assert_eq!(temperature, 230.0),
    ///         FirstOf::Late(()) => unreachable!(),
    ///     })
    /// }
    ///
    /// let sim = Simulation::new();
    /// let oven = State::new(&sim, 20.0);
    /// sim.process(Baker::new(oven.clone()));
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     for temperature in [130.0, 230.0] {
    ///         env.timeout(10.0).await;
    ///         oven.set(temperature);
    ///     }
    /// });
    /// sim.run()?;
    /// assert_eq!(sim.now(), 20.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn wait_until(&self, accepts: impl FnMut(&T) -> bool + 'static) -> StateWait<T> {
        self.core.wait_until(Box::new(accepts), Location::caller())
    }

    /// Returns how many requests wait for a value. A triggered request does not wait any more.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let level = State::new(&sim, 0);
    /// let _flood = level.wait_until(|level| *level > 7);
    /// let _drought = level.wait_until(|level| *level < 0);
    /// assert_eq!(level.waiting(), 2);
    /// level.set(9);
    /// assert_eq!(level.waiting(), 1);
    /// ```
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.core.waiting()
    }
}

impl<T: Clone + 'static> Clone for State<T> {
    fn clone(&self) -> Self {
        State { core: Rc::clone(&self.core) }
    }
}

impl<T: Clone + 'static> Watched for State<T> {
    fn watchers(&self) -> &Watchers {
        &self.core.watchers
    }

    fn watched_kernel(&self) -> &Kernel {
        &self.core.kernel
    }
}

impl<T: Clone + fmt::Debug + 'static> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("State");
        if let Some(name) = self.core.watchers.name() {
            shown.field(&format_args!("`{name}`"));
        }
        shown.field(&self.get()).finish()
    }
}
