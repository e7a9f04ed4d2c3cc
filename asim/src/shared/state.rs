//! States: a value that all may read, and that one may wait for.
//!
//! Whoever waits has a predicate, which is code of the user's and may call back into the very state
//! that asks it. Hence the two things that are done by turns: a value that is set is noted to be
//! *shown*, and the values are shown one after another, each to those who were in line when it was
//! set. While a predicate is asked nothing is borrowed, and what it sets is shown after that.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::VecDeque;
use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::owed::serve_later;
use crate::kernel::blocked::{Place, What};
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;
use crate::kernel::misuse::polled_after_end;
use crate::kernel::slab::Key;
use crate::kernel::source::{Link, Source, Unlinked};
use crate::kernel::wait_list::{Line, WaitList};
use crate::kernel::waitable::{Request, Wait, Waitable};
use crate::kernel::watcher::Watcher;

static WAIT: What = What("State::wait_until");

/// A value that processes set, read, and wait for: a traffic light, the temperature of an oven,
/// whether a shop is open. (salabim's state, a condition variable.) Clone it freely; the clones are
/// the same state.
///
/// Each [`set`](Self::set) asks every process that waits, in the order in which they came, whether
/// the new value is the one it waits for: its cost grows with the number of those who wait.
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

struct Core<T> {
    kernel: Rc<Kernel>,
    books: RefCell<Books<T>>,
    /// Is a predicate being asked? What is set meanwhile is shown later.
    asking: Cell<bool>,
    /// Itself, to go on later where a predicate has panicked.
    this: Weak<Self>,
}

struct Books<T> {
    value: Rc<T>,
    /// Values that have been set and not yet been shown to all.
    shown: VecDeque<Showing<T>>,
    list: WaitList<Entry<T>>,
    line: Line,
    /// How many have ever come into the line.
    arrivals: u64,
    /// Who is asked next about the first of `shown`.
    next: Option<Key>,
}

/// A value, while it is shown to those in line.
struct Showing<T> {
    value: Rc<T>,
    /// It is for those whose number is smaller.
    before: u64,
    /// Has anybody been asked about it?
    begun: bool,
}

struct Entry<T> {
    /// Its place in the order of arrival.
    number: u64,
    stage: Stage<T>,
}

enum Stage<T> {
    Waiting(Predicate<T>),
    /// Its predicate is being asked.
    Asked,
    /// It has been triggered, with this value.
    Triggered(Rc<T>),
}

type Predicate<T> = Box<dyn FnMut(&T) -> bool>;

impl<T: Clone + 'static> State<T> {
    /// A state with this value.
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
        let books = Books {
            value: Rc::new(value),
            shown: VecDeque::new(),
            list: WaitList::new(),
            line: Line::EMPTY,
            arrivals: 0,
            next: None,
        };
        State {
            core: Rc::new_cyclic(|this| Core {
                kernel: Rc::clone(env.kernel()),
                books: RefCell::new(books),
                asking: Cell::new(false),
                this: Weak::clone(this),
            }),
        }
    }

    /// The value.
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
        let value = Rc::clone(&self.core.books.borrow().value);
        copy(value)
    }

    /// Changes the value, and triggers those who wait for such a value, in the order in which they
    /// came. Who has been triggered stays so, even if the value is another before it resumes.
    ///
    /// All who wait are asked, also if the value is the same as before.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let level = State::new(&sim, 0);
    /// let flood = level.wait_until(|level| *level > 7);
    /// level.set(9);
    /// level.set(3); // only for a moment, but it was there
    /// assert_eq!(sim.run_until_event(flood)?, 9);
    /// assert_eq!(level.get(), 3);
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn set(&self, value: T) {
        let value = Rc::new(value);
        let old = {
            let books = &mut *self.core.books.borrow_mut();
            if !books.line.is_empty() && !self.core.kernel.closed.get() {
                let value = Rc::clone(&value);
                books.shown.push_back(Showing { value, before: books.arrivals, begun: false });
            }
            std::mem::replace(&mut books.value, value)
        };
        drop(old);
        self.core.show();
    }

    /// Waits until the value is one that the predicate accepts: it is asked at this call, and then at
    /// every [`set`](Self::set). Gives the value that was accepted, which need not be the value any
    /// more when the process resumes.
    ///
    /// The predicate may look at other things too, but is not asked again when only they change. It
    /// may use the simulation, and this state: what it sets is shown to all after it has answered.
    /// If it panics the panic goes through the call that asked it, and it waits on.
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
        let location = Location::caller();
        let stake = self.core.ask_or_wait(Box::new(accepts));
        // What it has set is shown to the others, of whom one may panic: somebody owns it before that.
        let wait = StateWait { core: Rc::clone(&self.core), stake, location };
        self.core.show();
        wait
    }
}

/// A copy of the value. The value itself may go with this, and panic as it goes: not behind what is
/// returned, which would be lost.
#[allow(clippy::needless_pass_by_value, reason = "it is let go of here")]
fn copy<T: Clone>(value: Rc<T>) -> T {
    let copy = T::clone(&value);
    drop(value);
    copy
}

impl<T: Clone + 'static> Clone for State<T> {
    fn clone(&self) -> Self {
        State { core: Rc::clone(&self.core) }
    }
}

impl<T: Clone + fmt::Debug + 'static> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("State").field(&self.get()).finish()
    }
}

impl<T: Clone + 'static> Core<T> {
    /// Shows what has been set to those who are to see it, unless somebody is being asked.
    fn show(self: &Rc<Self>) {
        if !self.asking.get() && !self.books.borrow().shown.is_empty() {
            self.kernel.serve(self);
        }
        self.kernel.settle();
    }

    /// Asks about the value there is. Whoever does not want it waits in line, and did so already
    /// while being asked: what the predicate sets is for it, too.
    fn ask_or_wait(&self, predicate: Predicate<T>) -> Stake<T> {
        if self.kernel.closed.get() {
            return Stake::Gone;
        }
        let (request, value) = {
            let books = &mut *self.books.borrow_mut();
            let entry = Entry { number: books.arrivals, stage: Stage::Waiting(predicate) };
            books.arrivals += 1;
            (books.list.join(&mut books.line, entry), Rc::clone(&books.value))
        };
        let mut asked = AtTheCall { core: self, request, refused: false };
        asked.refused = !self.ask(request, &value);
        let refused = asked.refused;
        // Here, not behind what is returned, which would be lost if the predicate panics as it goes.
        drop(asked);
        if refused { Stake::Listed(request) } else { Stake::Triggered(value) }
    }

    /// Asks the predicate of a request while nothing is borrowed. False if the request has gone
    /// meanwhile.
    fn ask(&self, request: Key, value: &T) -> bool {
        let Some(mut lent) = self.lend(request) else { return false };
        let accepted = lent.predicate.as_mut().is_some_and(|accepts| accepts(value));
        let is_there = lent.put_back().is_none();
        accepted && is_there
    }

    fn lend(&self, request: Key) -> Option<Lent<'_, T>> {
        let books = &mut *self.books.borrow_mut();
        let entry = books.list.get_mut(request)?;
        match std::mem::replace(&mut entry.stage, Stage::Asked) {
            Stage::Waiting(predicate) => {
                let was_asking = self.asking.replace(true);
                Some(Lent { core: self, request, predicate: Some(predicate), was_asking })
            }
            stage => {
                entry.stage = stage;
                None
            }
        }
    }
}

/// What is to be done next with the values that are shown.
enum Next<T> {
    /// To ask this request about this value.
    Ask(Key, Rc<T>),
    /// Nothing: this one has been shown to all.
    Shown(Rc<T>),
}

impl<T> Books<T> {
    /// The next who is to be asked, and about which value; else a value that has been shown to all,
    /// to be dropped outside any borrow.
    fn next_to_ask(&mut self) -> Option<Next<T>> {
        let first = self.shown.front_mut()?;
        if !std::mem::replace(&mut first.begun, true) {
            self.next = self.list.first(self.line);
        }
        if let Some(request) = self.next
            && self.list.get(request).is_some_and(|entry| entry.number < first.before)
        {
            // Noted before it is asked: it may leave, or panic.
            self.next = self.list.next(request);
            return Some(Next::Ask(request, Rc::clone(&first.value)));
        }
        self.next = None;
        self.shown.pop_front().map(|shown| Next::Shown(shown.value))
    }

    /// Takes a request out of the line.
    fn leave(&mut self, request: Key) {
        if self.next == Some(request) {
            self.next = self.list.next(request);
        }
        self.list.leave(&mut self.line, request);
    }
}

/// A predicate, while it is asked. It is put back also if it panics.
struct Lent<'c, T: Clone + 'static> {
    core: &'c Core<T>,
    request: Key,
    predicate: Option<Predicate<T>>,
    was_asking: bool,
}

impl<T: Clone + 'static> Lent<'_, T> {
    /// Puts it back; it comes back itself if its request has gone, to be dropped outside any borrow.
    fn put_back(&mut self) -> Option<Predicate<T>> {
        let predicate = self.predicate.take()?;
        match self.core.books.borrow_mut().list.get_mut(self.request) {
            Some(entry) => {
                entry.stage = Stage::Waiting(predicate);
                None
            }
            None => Some(predicate),
        }
    }
}

impl<T: Clone + 'static> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        let gone = self.put_back();
        self.core.asking.set(self.was_asking);
        drop(gone);
    }
}

/// A request that is asked at the call: it takes its place in the line only if it is refused.
struct AtTheCall<'c, T: Clone + 'static> {
    core: &'c Core<T>,
    request: Key,
    refused: bool,
}

impl<T: Clone + 'static> Drop for AtTheCall<'_, T> {
    fn drop(&mut self) {
        if !self.refused {
            self.core.remove(self.request);
        }
    }
}

impl<T: Clone + 'static> Core<T> {
    /// Takes a request out of the line and of the list. What it held is dropped outside any borrow.
    fn remove(&self, request: Key) {
        let removed = {
            let books = &mut *self.books.borrow_mut();
            books.leave(request);
            books.list.remove(request)
        };
        if let Some((entry, watcher)) = removed {
            self.kernel.forget(watcher);
            drop(entry);
        }
    }
}

impl<T: Clone + 'static> Source for Core<T> {
    fn unlink(&self, request: Key) -> Unlinked {
        let (watcher, after) = {
            let books = &mut *self.books.borrow_mut();
            let watcher = books.list.watcher(request).map_or(Watcher::NOBODY, std::mem::take);
            books.leave(request);
            let after = match books.list.get(request).map(|entry| &entry.stage) {
                None => Unlinked::Gone,
                // Its predicate is in the hands of whoever asks it.
                Some(Stage::Asked) => {
                    books.list.remove(request);
                    Unlinked::Gone
                }
                Some(Stage::Waiting(_) | Stage::Triggered(_)) => Unlinked::Held,
            };
            (watcher, after)
        };
        self.kernel.forget(watcher);
        after
    }

    fn restore(&self, _request: Key) {}

    fn discard(&self, request: Key) {
        self.remove(request);
    }

    fn serve_one(&self) -> bool {
        if self.asking.get() {
            return false;
        }
        let showing = Interrupted(self);
        let served = self.show_to_one();
        std::mem::forget(showing);
        served
    }
}

/// A value is being shown: if a predicate panics, the next call that settles anything goes on behind
/// it.
struct Interrupted<'c, T: Clone + 'static>(&'c Core<T>);

impl<T: Clone + 'static> Drop for Interrupted<'_, T> {
    fn drop(&mut self) {
        if let Some(core) = self.0.this.upgrade() {
            serve_later(&self.0.kernel, core);
        }
    }
}

impl<T: Clone + 'static> Core<T> {
    fn show_to_one(&self) -> bool {
        loop {
            let next = self.books.borrow_mut().next_to_ask();
            let (request, value) = match next {
                None => return false,
                Some(Next::Shown(value)) => {
                    drop(value);
                    continue;
                }
                Some(Next::Ask(request, value)) => (request, value),
            };
            if !self.ask(request, &value) {
                continue;
            }
            let (predicate, watcher) = {
                let books = &mut *self.books.borrow_mut();
                books.leave(request);
                let Some(entry) = books.list.get_mut(request) else { continue };
                let predicate = std::mem::replace(&mut entry.stage, Stage::Triggered(value));
                let watcher = books.list.watcher(request).map(std::mem::take);
                (predicate, watcher.unwrap_or_default())
            };
            self.kernel.notify(watcher);
            drop(predicate);
            return true;
        }
    }
}

/// One process's wait for a [`State`]: what [`State::wait_until`] returns. Awaiting it gives the
/// value that the predicate accepted.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let signal = State::new(&sim, 'a');
/// let c_or_d = first_of(['c', 'd'].map(|letter| signal.wait_until(move |now| *now == letter)));
/// signal.set('b');
/// signal.set('d');
/// assert_eq!(sim.run_until_event(c_or_d)?, (1, 'd'));
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "a wait that is dropped is given up: await it, race it or join it (`let _ = ..` drops it too, `let wait = ..` keeps it)"]
pub struct StateWait<T: Clone + 'static> {
    core: Rc<Core<T>>,
    stake: Stake<T>,
    location: Place,
}

enum Stake<T> {
    /// Triggered at the call.
    Triggered(Rc<T>),
    /// In the list.
    Listed(Key),
    /// It cannot be triggered any more: the simulation was gone.
    Gone,
    /// It has given its value.
    Over,
}

impl<T: Clone + 'static> StateWait<T> {
    /// The value, if it has been triggered.
    fn take_value(&mut self) -> Option<T> {
        let value = match &self.stake {
            Stake::Triggered(value) => Rc::clone(value),
            &Stake::Listed(request) => {
                let list = &mut self.core.books.borrow_mut().list;
                if !matches!(list.get(request)?.stage, Stage::Triggered(_)) {
                    return None;
                }
                let (Entry { stage: Stage::Triggered(value), .. }, _) = list.remove(request)?
                else {
                    return None;
                };
                value
            }
            Stake::Gone | Stake::Over => return None,
        };
        drop(std::mem::replace(&mut self.stake, Stake::Over));
        Some(Rc::try_unwrap(value).unwrap_or_else(copy))
    }
}

impl<T: Clone + 'static> Drop for StateWait<T> {
    fn drop(&mut self) {
        if let Stake::Listed(request) = self.stake {
            self.core.kernel.cancel_request(&self.core, request);
        }
    }
}

impl<T: Clone + 'static> fmt::Debug for StateWait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateWait").field("triggered", &self.is_triggered()).finish_non_exhaustive()
    }
}

/// Nothing in it is pinned.
impl<T: Clone + 'static> Unpin for StateWait<T> {}

impl<T: Clone + 'static> Waitable for StateWait<T> {
    type Output = T;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<T: Clone + 'static> IntoFuture for StateWait<T> {
    type Output = T;
    type IntoFuture = Wait<Self>;

    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<T: Clone + 'static> Request for StateWait<T> {
    type Output = T;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.core.kernel)
    }

    fn is_triggered(&self) -> bool {
        match self.stake {
            Stake::Triggered(_) => true,
            Stake::Listed(request) => {
                let books = self.core.books.borrow();
                books
                    .list
                    .get(request)
                    .is_some_and(|entry| matches!(entry.stage, Stage::Triggered(_)))
            }
            Stake::Gone | Stake::Over => false,
        }
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        let Stake::Listed(request) = self.stake else { return Link::Nothing };
        if let Some(told) = self.core.books.borrow_mut().list.watcher(request) {
            *told = watcher;
        }
        Link::Request(Rc::clone(&self.core) as Rc<dyn Source>, request)
    }

    fn take(self: Pin<&mut Self>) -> T {
        self.get_mut().take_value().expect("a triggered wait gives its value once")
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        this.core.kernel.check_owner(&WAIT, this.location);
        if let Some(value) = this.take_value() {
            return Poll::Ready(value);
        }
        let request = match this.stake {
            Stake::Listed(request) => request,
            Stake::Gone => return Poll::Pending,
            _ => polled_after_end(&WAIT, this.location),
        };
        let core = &*this.core;
        core.kernel.await_request(context, &WAIT, this.location, || {
            RefMut::filter_map(core.books.borrow_mut(), |books| books.list.waiting_watcher(request))
                .ok()
        });
        Poll::Pending
    }
}
