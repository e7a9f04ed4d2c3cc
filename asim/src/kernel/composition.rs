//! The owner's half of `AllOf` and `FirstOf`: the requests themselves, in the order written.
//!
//! A [`Composition`] is itself a request, so compositions nest. It is linked to the kernel when it
//! is made, so that it is decided at the moment its first (or last) branch triggers, even while
//! nobody awaits it. What [`Branches`] it has, and what it gives, is the business of
//! [`first_of`](super::first_of) and [`all_of`](super::all_of).

use std::cell::{Cell, RefMut};
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::blocked::{Place, What};
use super::core::{Books, Kernel};
use super::misuse::polled_after_end;
use super::restore::Restore;
use super::slab::Key;
use super::source::Link;
use super::waitable::{Request, Wait, Waitable};
use super::watcher::Watcher;

/// The branches of a composition. Branches are numbered from `index` on, in the order written.
pub trait Branches {
    /// Is it decided by its first branch, rather than by its last?
    const FIRST: bool;

    /// Is there a plain future among them?
    const PLAIN: bool;

    /// May a link to one of them hold what it asks?
    const HOLDS: bool;

    /// How many there are.
    fn count(&self) -> u32;

    /// The kernel that the natives among them belong to.
    fn kernel(&self) -> Option<&Rc<Kernel>>;

    /// Notes which branches are triggered already.
    fn triggered(&self, index: u32, triggered: &mut Triggered);

    /// Links each branch to that of the composite, or to nobody. There is a place for each link.
    fn link(&mut self, index: u32, composite: Option<u32>, links: &mut [Link]);

    /// Polls the plain futures among them, until the composition is decided.
    fn drive(self: Pin<&mut Self>, context: &mut Context<'_>, index: u32, progress: &Progress<'_>);

    /// Drops the plain futures that have lost inside branches that are undecided, or that are races
    /// decided within an undecided composition.
    fn sweep(self: Pin<&mut Self>);

    /// Tells all branches but the winner that the kernel has cancelled them.
    fn lose(self: Pin<&mut Self>, _winner: u32) {}

    /// Drops all branches but the winner, in the order written.
    fn keep(self: Pin<&mut Self>, winner: Option<u32>);
}

/// Branches of which a decided composition gives a `V`.
pub trait Gives<V>: Branches {
    /// Takes the output once the composition is decided.
    fn take(self: Pin<&mut Self>, winner: u32) -> V;
}

/// Which branches are triggered at the call.
#[derive(Debug, Default)]
pub struct Triggered {
    first: Option<u32>,
    count: u32,
}

impl Triggered {
    /// Notes a branch; called in the order written.
    #[inline]
    pub(crate) fn note(&mut self, branch: u32) {
        self.first.get_or_insert(branch);
        self.count += 1;
    }
}

/// How far a composition has come while its plain branches are polled.
#[derive(Debug)]
pub struct Progress<'c> {
    /// Its node, if it has natives too: then the kernel counts.
    node: Option<(&'c Rc<Kernel>, Key)>,
    missing: Cell<u32>,
    winner: Cell<u32>,
    /// That of the composition around it.
    outer: Option<&'c Progress<'c>>,
}

impl Progress<'_> {
    /// Is there any sense in polling another branch?
    pub(crate) fn is_open(&self) -> bool {
        // The kernel closes what is inside a composition that is decided.
        self.node.map_or_else(
            || self.missing.get() > 0 && self.outer.is_none_or(Progress::is_open),
            |(kernel, key)| {
                kernel.books.borrow_mut().composites.at(key.index()).decided().is_none()
            },
        )
    }

    /// Polls a branch as part of its composite.
    pub(crate) fn in_scope<T>(&self, poll: impl FnOnce() -> T) -> T {
        let Some((kernel, key)) = self.node else { return poll() };
        let _inside = Restore::after(&kernel.scope, Some(key));
        poll()
    }

    /// A plain branch has finished.
    pub(crate) fn finish(&self, branch: u32) {
        if let Some((kernel, key)) = self.node {
            kernel.notify(Watcher::branch(key.index(), branch));
            kernel.settle();
        } else {
            self.missing.set(self.missing.get() - 1);
            self.winner.set(branch);
        }
    }
}

pin_project! {
    /// A race or a join, made by [`asim!`](crate::asim!), [`first_of`](crate::first_of()) or
    /// [`all_of`](crate::all_of()).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     let race = first_of([env.timeout(3.0), env.timeout(2.0)]); // runs from here on
    ///     env.timeout(5.0).await;
    ///     assert_eq!(race.await, (1, ()));
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "a composition that is dropped cancels its branches: await it, or make it a branch of another (`let _ = ..` drops it too, `let race = ..` keeps it)"]
    pub struct Composition<B, V>
    where
        B: Branches,
    {
        state: State,
        location: Place,
        #[pin]
        branches: B,
        output: PhantomData<fn() -> V>,
    }

    impl<B, V> PinnedDrop for Composition<B, V>
    where
        B: Branches,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let kernel = match this.state {
                State::Linked { kernel, .. } => Some(Rc::clone(kernel)),
                State::Decided { .. } => this.branches.kernel().cloned(),
                State::Loose { .. } | State::Taken => None,
            };
            let Some(kernel) = kernel else { return };
            // Freed also if a branch panics when it is dropped.
            let node = if let State::Linked { key, .. } = *this.state {
                Some(Node { kernel: Rc::clone(&kernel), key })
            } else {
                None
            };
            kernel.in_bulk(|| {
                if let Some(node) = &node {
                    node.close();
                }
                this.branches.keep(None);
                drop(node);
            });
        }
    }
}

#[derive(Debug)]
enum State {
    /// Only plain futures, which are polled when it is: so many are missing.
    Loose { missing: u32 },
    /// Watched by the kernel.
    Linked { kernel: Rc<Kernel>, key: Key },
    /// Decided, by this branch.
    Decided { winner: u32 },
    /// Over.
    Taken,
}

static FIRST_OF: What = What("FirstOf");
static ALL_OF: What = What("AllOf");

impl<B: Gives<V>, V> Composition<B, V> {
    const WHAT: &'static What = if B::FIRST { &FIRST_OF } else { &ALL_OF };

    /// Decides what can be decided at the call, and links the rest to the kernel.
    #[track_caller]
    pub(crate) fn new(mut branches: B) -> Self {
        let location = Location::caller();
        let count = branches.count();
        let missing = if B::FIRST { 1 } else { count };
        let state = match branches.kernel().cloned() {
            None if missing == 0 => State::Decided { winner: 0 },
            None => State::Loose { missing },
            Some(kernel) => {
                let mut triggered = Triggered::default();
                branches.triggered(0, &mut triggered);
                match triggered.first {
                    Some(winner) if B::FIRST => {
                        Self::cancel_losers(&kernel, &mut branches, winner);
                        State::Decided { winner }
                    }
                    _ if triggered.count == count => State::Decided { winner: 0 },
                    _ => {
                        let missing = if B::FIRST { 1 } else { missing - triggered.count };
                        Self::linked(kernel, &mut branches, missing, true)
                    }
                }
            }
        };
        Composition { state, location, branches, output: PhantomData }
    }

    /// A race that is decided at the call: the others receive nothing any more.
    #[inline(never)]
    fn cancel_losers(kernel: &Kernel, branches: &mut B, winner: u32) {
        let mut links = Vec::new();
        links.resize_with(branches.count() as usize, Link::default);
        branches.link(0, None, &mut links);
        for (branch, link) in (0..).zip(links) {
            if branch != winner {
                kernel.unlink(link);
            }
        }
        kernel.settle();
    }

    /// Gives it a node. Unless that is decided already, its branches tell it.
    #[inline]
    fn linked(kernel: Rc<Kernel>, branches: &mut B, missing: u32, told: bool) -> State {
        let (key, mut links) = {
            let mut books = kernel.books.borrow_mut();
            let (key, node) = books.composites.occupy();
            node.open(B::FIRST, missing, B::PLAIN);
            let links =
                if B::HOLDS { books.links_of(key) } else { std::mem::take(&mut node.branches) };
            (key, links)
        };
        links.resize_with(branches.count() as usize, Link::default);
        branches.link(0, told.then_some(key.index()), &mut links);
        kernel.books.borrow_mut().composites.at(key.index()).branches = links;
        State::Linked { kernel, key }
    }

    fn drive_branches(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        outer: Option<&Progress<'_>>,
    ) {
        let this = self.project();
        let progress = match this.state {
            State::Loose { missing } => {
                Progress { node: None, missing: Cell::new(*missing), winner: Cell::new(0), outer }
            }
            State::Linked { kernel, key } => {
                kernel.books.borrow_mut().composites.at(key.index()).scope = kernel.scope.get();
                Progress {
                    node: Some((&*kernel, *key)),
                    missing: Cell::new(0),
                    winner: Cell::new(0),
                    outer,
                }
            }
            State::Decided { .. } | State::Taken => return,
        };
        this.branches.drive(context, 0, &progress);
        let (missing, winner) = (progress.missing.get(), progress.winner.get());
        if let State::Loose { .. } = this.state {
            *this.state =
                if missing == 0 { State::Decided { winner } } else { State::Loose { missing } };
        }
    }

    /// The branch that has decided it.
    fn decided(&self) -> Option<u32> {
        match &self.state {
            State::Linked { kernel, key } => {
                kernel.books.borrow_mut().composites.at(key.index()).decided()
            }
            State::Decided { winner } => Some(*winner),
            State::Loose { .. } | State::Taken => None,
        }
    }

    fn take_output(self: Pin<&mut Self>, winner: u32) -> V {
        let mut this = self.project();
        let kernel = if B::PLAIN { this.branches.kernel().cloned() } else { None };
        if let State::Linked { kernel, key } = std::mem::replace(this.state, State::Taken) {
            free::<B>(&kernel, kernel.books.borrow_mut(), key);
        }
        let output = this.branches.as_mut().take(winner);
        // Plain futures that lost go now, not when the composition does.
        match kernel {
            Some(kernel) => kernel.in_bulk(|| this.branches.keep(None)),
            None => this.branches.keep(None),
        }
        output
    }
}

impl<B: Gives<V>, V> Request for Composition<B, V> {
    type Output = V;

    const PLAIN: bool = B::PLAIN;
    const HOLDS: bool = false;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        self.branches.kernel()
    }

    fn is_triggered(&self) -> bool {
        self.decided().is_some()
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        if let State::Decided { winner } = self.state {
            let Some(kernel) = self.branches.kernel().cloned() else { return Link::Nothing };
            // Whoever cancels it reaches what its branches have been promised through a node.
            let state = Self::linked(kernel, &mut self.branches, 1, false);
            if let State::Linked { kernel, key } = &state {
                kernel.books.borrow_mut().composites.at(key.index()).trigger(winner);
            }
            self.state = state;
        }
        match &self.state {
            State::Linked { kernel, key } => {
                kernel.books.borrow_mut().composites.at(key.index()).watcher = watcher;
                Link::Composite(*key)
            }
            _ => Link::Nothing,
        }
    }

    fn drive(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        outer: Option<&Progress<'_>>,
    ) -> bool {
        if !B::PLAIN {
            return false;
        }
        let was_loose = matches!(self.state, State::Loose { .. });
        self.as_mut().drive_branches(context, outer);
        was_loose && matches!(self.state, State::Decided { .. })
    }

    fn sweep(self: Pin<&mut Self>) {
        if !B::PLAIN {
            return;
        }
        let decided = self.decided();
        let branches = self.project().branches;
        match decided {
            Some(winner) if B::FIRST => branches.keep(Some(winner)),
            _ => branches.sweep(),
        }
    }

    fn take(self: Pin<&mut Self>) -> V {
        let winner = self.decided().expect("a composition is taken once, after it is decided");
        self.take_output(winner)
    }

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<V> {
        if !B::PLAIN
            && let State::Linked { kernel, key } = &self.state
        {
            // The usual case, in one go: no branch of its own runs when it is polled.
            let mut books = kernel.books.borrow_mut();
            let node = books.composites.at(key.index());
            if let Some(winner) = node.decided() {
                let previous = std::mem::take(&mut node.watcher);
                free::<B>(kernel, books, *key);
                kernel.forget(previous);
                let mut this = self.project();
                *this.state = State::Taken;
                let output = this.branches.as_mut().take(winner);
                if B::FIRST {
                    this.branches.as_mut().lose(winner);
                }
                this.branches.keep(None);
                return Poll::Ready(output);
            }
            if let Some(watcher) = kernel.active_watcher(context, node.watcher) {
                node.watcher = watcher;
                kernel.note_waiting(Self::WHAT, self.location);
                return Poll::Pending;
            }
        }
        if let Some(kernel) = self.branches.kernel() {
            kernel.check_owner(Self::WHAT, self.location);
        }
        if B::PLAIN {
            // While its own branches run it tells nobody: whoever awaits it is here.
            let _mute = match &self.state {
                State::Linked { kernel, key } => Some(Mute::new(kernel, *key)),
                _ => None,
            };
            self.as_mut().drive_branches(context, None);
        }
        let kernel = if B::PLAIN { self.branches.kernel().cloned() } else { None };
        if let Some(winner) = self.decided() {
            if let State::Linked { kernel, key } = &self.state {
                let told = std::mem::take(
                    &mut kernel.books.borrow_mut().composites.at(key.index()).watcher,
                );
                kernel.forget(told);
            }
            return Poll::Ready(self.take_output(winner));
        }
        match &self.state {
            State::Linked { kernel, key } => {
                kernel.await_request(context, Self::WHAT, self.location, || {
                    let books = kernel.books.borrow_mut();
                    RefMut::filter_map(books, |books| {
                        let node = books.composites.at(key.index());
                        node.decided().is_none().then_some(&mut node.watcher)
                    })
                    .ok()
                });
            }
            State::Taken => polled_after_end(Self::WHAT, self.location),
            _ => {}
        }
        if B::PLAIN {
            // Races inside that have been decided, while this is not.
            match kernel {
                Some(kernel) => kernel.in_bulk(|| self.project().branches.sweep()),
                None => self.project().branches.sweep(),
            }
        }
        Poll::Pending
    }
}

impl<B: Gives<V>, V> Waitable for Composition<B, V> {
    type Output = V;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<B: Gives<V>, V> IntoFuture for Composition<B, V> {
    type Output = V;
    type IntoFuture = Wait<Self>;

    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<B: Gives<V>, V> fmt::Debug for Composition<B, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(if B::FIRST { "FirstOf" } else { "AllOf" })
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The node of a composition that is dropped.
struct Node {
    kernel: Rc<Kernel>,
    key: Key,
}

impl Node {
    /// From here on it takes no notice of what the drops of its own branches trigger.
    fn close(&self) {
        let watcher = {
            let mut books = self.kernel.books.borrow_mut();
            let node = books.composites.at(self.key.index());
            let watcher = std::mem::take(&mut node.watcher);
            node.close();
            watcher
        };
        self.kernel.forget(watcher);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let links = self.kernel.books.borrow_mut().take_composite(self.key);
        self.kernel.drop_links(links);
    }
}

/// Keeps a composite from telling who awaits it, until dropped: also if a branch panics.
struct Mute {
    kernel: Rc<Kernel>,
    composite: Key,
    watcher: Watcher,
}

impl Mute {
    fn new(kernel: &Rc<Kernel>, composite: Key) -> Self {
        let watcher =
            std::mem::take(&mut kernel.books.borrow_mut().composites.at(composite.index()).watcher);
        Mute { kernel: Rc::clone(kernel), composite, watcher }
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        let mut books = self.kernel.books.borrow_mut();
        books.composites.at(self.composite.index()).watcher = self.watcher;
    }
}

/// Frees a composition's node. A link may be the last to hold a thing, and what the user left in that:
/// links that hold something are dropped outside any borrow.
#[inline]
fn free<B: Branches>(kernel: &Kernel, mut books: RefMut<'_, Books>, key: Key) {
    if B::HOLDS {
        let links = books.take_composite(key);
        drop(books);
        kernel.drop_links(links);
    } else {
        books.free_composite(key);
    }
}

/// All the natives of a composition belong to one simulation.
#[track_caller]
pub(crate) fn one_kernel<'k>(
    a: Option<&'k Rc<Kernel>>,
    b: Option<&'k Rc<Kernel>>,
) -> Option<&'k Rc<Kernel>> {
    if let (Some(a), Some(b)) = (a, b) {
        assert!(
            Rc::ptr_eq(a, b),
            "the branches of one composition belong to simulations {} and {}: what processes share \
             belongs to one simulation",
            a.number,
            b.number
        );
    }
    a.or(b)
}

/// The end of a written list of branches.
#[derive(Debug)]
pub struct End;

impl Branches for End {
    const FIRST: bool = false;
    const PLAIN: bool = false;
    const HOLDS: bool = false;

    fn count(&self) -> u32 {
        0
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        None
    }

    fn triggered(&self, _index: u32, _triggered: &mut Triggered) {}

    fn link(&mut self, _index: u32, _composite: Option<u32>, _links: &mut [Link]) {}

    fn drive(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        _index: u32,
        _progress: &Progress<'_>,
    ) {
    }

    fn sweep(self: Pin<&mut Self>) {}

    fn keep(self: Pin<&mut Self>, _winner: Option<u32>) {}
}
