//! Every order of what can happen to a body and to its memory: what is dropped, and how often.
//!
//! These tests are also run with tools that check every access to memory (see CONTRIBUTING.md).

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use super::{Body, Contents, NumberOrBox, Pages};
use crate::engine::outcome::Outcome;

/// Counts what is made and dropped.
#[derive(Clone, Default)]
struct Counts {
    made: Rc<Cell<usize>>,
    dropped: Rc<Cell<usize>>,
}

impl Counts {
    fn value(&self) -> Value {
        self.made.set(self.made.get() + 1);
        Value { counts: self.clone(), panics: false, then: None }
    }

    fn panicking(&self) -> Value {
        let mut value = self.value();
        value.panics = true;
        value
    }

    fn then(&self, then: impl FnOnce() + 'static) -> Value {
        let mut value = self.value();
        value.then = Some(Box::new(then));
        value
    }

    #[track_caller]
    fn alive(&self, alive: usize) {
        assert_eq!(self.made.get() - self.dropped.get(), alive, "alive of {}", self.made.get());
    }
}

/// A value that must be dropped, and that may panic or do something then.
struct Value {
    counts: Counts,
    panics: bool,
    then: Option<Box<dyn FnOnce()>>,
}

impl Value {
    fn touch(&self) -> usize {
        self.counts.made.get()
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.counts.dropped.set(self.counts.dropped.get() + 1);
        if let Some(then) = self.then.take() {
            then();
        }
        if self.panics {
            resume_unwind(Box::new("dropped"));
        }
    }
}

impl From<Value> for Box<dyn std::error::Error + Send + Sync> {
    fn from(_: Value) -> Self {
        "a value".into()
    }
}

fn panics(what: impl FnOnce()) {
    catch_unwind(AssertUnwindSafe(what)).expect_err("it panics");
}

/// Returns `true` if a body has nothing that must be dropped.
fn is_bare<P: 'static>(body: &Body<P>) -> bool {
    body.kind().drop.is_none()
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

fn poll<P: 'static>(body: &mut Body<P>) -> Poll<bool> {
    body.begin().expect("it is alive").poll(&mut context())
}

/// Pauses once.
fn pause() -> impl Future<Output = ()> {
    let mut paused = false;
    poll_fn(
        move |_| {
            if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }
        },
    )
}

/// A future that is pinned in earnest: it holds a reference to itself, and checks where it is.
async fn pinned(held: Value) -> Result<Value, Value> {
    let array = [7_usize; 4];
    let inside = &array;
    let before = std::ptr::from_ref(inside).addr();
    pause().await;
    assert_eq!(std::ptr::from_ref(inside).addr(), before);
    assert_eq!(inside.iter().sum::<usize>(), 28);
    held.touch();
    Ok(held)
}

pin_project! {
    /// A future with something beside it.
    struct Beside<F, T> {
        #[pin]
        future: F,
        beside: T,
    }
}

impl<F: Future, T> Future for Beside<F, T> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let address = std::ptr::from_ref(&self.beside).addr();
        assert!(address.is_multiple_of(align_of::<T>()));
        self.project().future.poll(context)
    }
}

#[repr(align(64))]
struct Aligned(#[allow(dead_code, reason = "it is dropped")] Value);

/// Makes a body and does `each` with it, for each kind of memory: a page, the allocator because the
/// future is large, and the allocator because of its alignment.
fn in_each_memory<O: Outcome, G: Future<Output = O> + 'static>(
    make: impl Fn(&Counts) -> G,
    each: impl Fn(Body<Value>, &Counts),
) {
    let (counts, pages) = (Counts::default(), Pages::new());
    each(Body::new(&pages, counts.value(), || make(&counts)), &counts);
    counts.alive(0);
    let large = || Beside { future: make(&counts), beside: [1_u8; 4000] };
    each(Body::new(&pages, counts.value(), large), &counts);
    counts.alive(0);
    let aligned = || Beside { future: make(&counts), beside: Aligned(counts.value()) };
    each(Body::new(&pages, counts.value(), aligned), &counts);
    counts.alive(0);
}

type Outcomes = Result<Value, String>;

fn ends_well(counts: &Counts) -> impl Future<Output = Result<Value, Value>> + use<> {
    pinned(counts.value())
}

fn fails(counts: &Counts) -> impl Future<Output = Outcomes> + use<> {
    let value = counts.value();
    async move {
        pause().await;
        value.touch();
        Err("seven".to_owned())
    }
}

#[test]
fn the_result_is_taken_by_its_type_and_once() {
    in_each_memory(ends_well, |mut body, counts| {
        assert_eq!(poll(&mut body), Poll::Pending);
        assert_eq!(poll(&mut body), Poll::Ready(true));
        assert!(body.begin().is_none(), "it has ended");
        assert!(!is_bare(&body));
        assert!(body.take_error().is_none());
        let result = body.into_result::<Result<Value, Value>>();
        counts.alive(1);
        assert!(matches!(result, Some(Ok(_))));
    });
    in_each_memory(ends_well, |mut body, _| {
        while poll(&mut body).is_pending() {}
        assert!(body.into_result::<Result<Value, String>>().is_none(), "another type");
    });
    in_each_memory(ends_well, |mut body, counts| {
        let _ = poll(&mut body);
        let before = counts.made.get() - counts.dropped.get();
        assert!(body.into_result::<Result<Value, Value>>().is_none(), "it has not ended");
        assert!(before > 1);
    });
    // The contents go another way than the body.
    in_each_memory(ends_well, |mut body, counts| {
        while poll(&mut body).is_pending() {}
        drop(body.take_contents());
        counts.alive(1);
        assert!(is_bare(&body) && body.begin().is_none());
        assert!(body.take_contents().is_some(), "nothing is taken out of it, again and again");
        assert!(body.into_result::<Result<Value, Value>>().is_none());
    });
}

#[test]
fn a_body_is_freed_at_once_if_nothing_must_be_dropped() {
    let pages = Pages::new();
    let slot = |values: &Counts| {
        let value = values.value();
        let future = || async move {
            pause().await;
            value.touch();
        };
        Some(Body::new(&pages, 7, future))
    };
    let counts = Counts::default();
    let mut ends = slot(&counts);
    let address = std::ptr::from_ref(&**ends.as_ref().unwrap()).addr();
    assert!(!Body::free_bare(&mut ends, |_| true), "the future is there");
    let running = ends.as_mut().unwrap().begin().unwrap();
    assert!(!Body::free_bare(&mut ends, |_| true), "it runs");
    let _ = running.poll(&mut context());
    while poll(ends.as_mut().unwrap()).is_pending() {}
    counts.alive(0);
    assert!(!Body::free_bare(&mut ends, |_| false), "the papers are not plain");
    assert!(Body::free_bare(&mut ends, |&papers| papers == 7) && ends.is_none());
    assert!(!Body::free_bare(&mut ends, |_| true), "it has been freed");
    let next = slot(&counts);
    assert_eq!(std::ptr::from_ref(&**next.as_ref().unwrap()).addr(), address);
    // A result that must be dropped.
    in_each_memory(ends_well, |mut body, _| {
        while poll(&mut body).is_pending() {}
        let mut slot = Some(body);
        assert!(!Body::free_bare(&mut slot, |_| true));
    });
}

#[test]
fn an_error_is_taken_once_and_a_value_stays() {
    in_each_memory(fails, |mut body, counts| {
        assert!(body.take_error().is_none(), "it has not ended");
        assert_eq!(poll(&mut body), Poll::Pending);
        assert_eq!(poll(&mut body), Poll::Ready(false));
        counts.alive(1);
        assert_eq!(body.take_error().unwrap().to_string(), "seven");
        assert!(body.take_error().is_none() && is_bare(&body));
        assert!(body.into_result::<Outcomes>().is_none());
    });
    in_each_memory(fails, |mut body, _| {
        while poll(&mut body).is_pending() {}
        assert!(matches!(body.into_result::<Outcomes>(), Some(Err(error)) if error == "seven"));
    });
    in_each_memory(fails, |mut body, _| {
        while poll(&mut body).is_pending() {}
        let error = body.take_contents().and_then(Contents::into_error);
        assert_eq!(error.unwrap().to_string(), "seven");
        assert!(body.take_contents().and_then(Contents::into_error).is_none());
    });
    in_each_memory(ends_well, |mut body, counts| {
        while poll(&mut body).is_pending() {}
        assert!(body.take_contents().and_then(Contents::into_error).is_none());
        counts.alive(1);
    });
    in_each_memory(fails, |mut body, _| {
        assert!(body.take_contents().and_then(Contents::into_error).is_none(), "alive");
    });
}

#[test]
fn what_is_dropped_at_any_time_is_dropped_once() {
    for polls in 0..3 {
        in_each_memory(ends_well, |mut body, _| {
            for _ in 0..polls {
                let _ = poll(&mut body);
            }
            drop(body);
        });
        // The contents first, then the body, and the other way round.
        in_each_memory(ends_well, |mut body, counts| {
            for _ in 0..polls {
                let _ = poll(&mut body);
            }
            let contents = body.take_contents();
            assert!(body.is_out() && body.begin().is_none() && body.take_contents().is_none());
            assert!(!is_bare(&body) && body.take_error().is_none());
            drop(contents);
            assert!(!body.is_out() && body.begin().is_none());
            counts.alive(1);
            drop(body);
        });
        in_each_memory(ends_well, |mut body, counts| {
            for _ in 0..polls {
                let _ = poll(&mut body);
            }
            let contents = body.take_contents();
            let alive = counts.made.get() - counts.dropped.get();
            drop(body);
            counts.alive(alive - 1);
            drop(contents);
        });
        in_each_memory(fails, |mut body, counts| {
            for _ in 0..polls {
                let _ = poll(&mut body);
            }
            let contents = body.take_contents().unwrap();
            drop(body);
            assert_eq!(contents.into_error().is_some(), polls == 2);
            counts.alive(0);
        });
    }
}

#[test]
fn a_body_that_is_begun_and_not_polled_is_as_before() {
    in_each_memory(ends_well, |mut body, _| {
        let running = body.begin();
        assert!(body.is_out() && body.begin().is_none() && body.take_contents().is_none());
        drop(running);
        assert!(!body.is_out());
        while poll(&mut body).is_pending() {}
        assert!(body.into_result::<Result<Value, Value>>().is_some());
    });
}

#[test]
fn a_future_that_panics_is_dropped_and_leaves_nothing() {
    fn panics_later(counts: &Counts) -> impl Future<Output = ()> + use<> {
        let value = counts.value();
        async move {
            pause().await;
            value.touch();
            resume_unwind(Box::new("later"));
        }
    }
    in_each_memory(panics_later, |mut body, counts| {
        assert_eq!(poll(&mut body), Poll::Pending);
        panics(|| _ = poll(&mut body));
        assert!(body.begin().is_none() && is_bare(&body) && !body.is_out());
        counts.alive(1);
        assert!(body.take_error().is_none());
        assert!(body.into_result::<Result<(), std::convert::Infallible>>().is_none());
    });
    in_each_memory(panics_later, |mut body, _| {
        assert_eq!(poll(&mut body), Poll::Pending);
        panics(|| _ = poll(&mut body));
        drop(body.take_contents());
    });
}

/// A future that is not an async block: it keeps what it holds when it has finished.
struct Keeps {
    _first: Value,
    _second: Value,
    result: Option<Outcomes>,
}

impl Future for Keeps {
    type Output = Outcomes;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Outcomes> {
        Poll::Ready(self.result.take().expect("it is polled once"))
    }
}

impl Unpin for Keeps {}

#[test]
fn a_future_that_panics_when_it_is_dropped_leaves_nothing() {
    let keeps = |counts: &Counts, result| Keeps {
        _first: counts.panicking(),
        _second: counts.value(),
        result: Some(result),
    };
    // At the end of the process.
    for fails in [false, true] {
        let make = |counts: &Counts| {
            keeps(counts, if fails { Err("seven".to_owned()) } else { Ok(counts.value()) })
        };
        in_each_memory(
            |counts| make(counts),
            |mut body, counts| {
                panics(|| _ = poll(&mut body));
                assert!(is_bare(&body) && body.begin().is_none() && !body.is_out());
                counts.alive(1);
            },
        );
        // With the body, with the contents, and when the body is gone already.
        in_each_memory(|counts| make(counts), |body, _| panics(|| drop(body)));
        in_each_memory(
            |counts| make(counts),
            |mut body, counts| {
                let contents = body.take_contents();
                panics(|| drop(contents));
                assert!(is_bare(&body) && !body.is_out());
                counts.alive(1);
            },
        );
        in_each_memory(
            |counts| make(counts),
            |mut body, _| {
                let contents = body.take_contents();
                drop(body);
                panics(|| drop(contents));
            },
        );
    }
}

#[test]
fn a_result_that_panics_when_it_is_dropped_leaves_nothing() {
    fn ends(counts: &Counts) -> impl Future<Output = Outcomes> + use<> {
        let value = counts.panicking();
        async move { Ok(value) }
    }
    in_each_memory(ends, |mut body, _| {
        assert_eq!(poll(&mut body), Poll::Ready(true));
        panics(|| drop(body));
    });
    in_each_memory(ends, |mut body, counts| {
        assert_eq!(poll(&mut body), Poll::Ready(true));
        let contents = body.take_contents();
        panics(|| drop(contents));
        assert!(is_bare(&body));
        counts.alive(1);
    });
    in_each_memory(ends, |mut body, _| {
        assert_eq!(poll(&mut body), Poll::Ready(true));
        let result = body.into_result::<Outcomes>();
        panics(|| drop(result));
    });
}

#[test]
fn papers_that_panic_when_they_are_dropped_free_the_block() {
    let (counts, pages) = (Counts::default(), Pages::new());
    let body = |papers| Body::new(&pages, papers, || async { Ok::<_, String>(()) });
    panics(|| drop(body(counts.panicking())));
    let mut ended = body(counts.panicking());
    assert_eq!(poll(&mut ended), Poll::Ready(true));
    panics(|| drop(ended.into_result::<Result<(), String>>()));
    let mut orphaned = body(counts.panicking());
    let contents = orphaned.take_contents();
    panics(|| drop(orphaned));
    drop(contents);
    counts.alive(0);
    // The same block each time.
    let first = body(counts.value());
    let address = std::ptr::from_ref(&*first).addr();
    drop(first);
    assert_eq!(std::ptr::from_ref(&*body(counts.value())).addr(), address);
}

#[test]
fn no_future_is_made_if_that_panics() {
    let (counts, pages) = (Counts::default(), Pages::new());
    panics(|| {
        let make = || -> std::future::Ready<()> {
            let _value = counts.value();
            resume_unwind(Box::new("made"))
        };
        drop(Body::new(&pages, counts.value(), make));
    });
    counts.alive(0);
}

#[test]
fn an_outcome_that_panics_drops_the_future() {
    struct Panics(Value);
    impl Outcome for Panics {
        type Value = ();
        type Error = String;
        fn into_result(self) -> Result<(), String> {
            self.0.touch();
            resume_unwind(Box::new("no result"))
        }
        fn into_error(error: String) -> Box<dyn std::error::Error + Send + Sync> {
            error.into()
        }
    }
    struct Gives(Counts, Value);
    impl Future for Gives {
        type Output = Panics;
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Panics> {
            self.1.touch();
            Poll::Ready(Panics(self.0.value()))
        }
    }
    in_each_memory(
        |counts| Gives(counts.clone(), counts.value()),
        |mut body, counts| {
            panics(|| _ = poll(&mut body));
            assert!(is_bare(&body));
            counts.alive(1);
        },
    );
}

#[test]
fn an_error_that_panics_when_it_is_taken_is_gone() {
    struct Bad(Value);
    impl From<Bad> for Box<dyn std::error::Error + Send + Sync> {
        fn from(bad: Bad) -> Self {
            bad.0.touch();
            resume_unwind(Box::new("no error"))
        }
    }
    fn fails(counts: &Counts) -> impl Future<Output = Result<(), Bad>> + use<> {
        let value = counts.value();
        async { Err(Bad(value)) }
    }
    in_each_memory(fails, |mut body, counts| {
        assert_eq!(poll(&mut body), Poll::Ready(false));
        panics(|| drop(body.take_error()));
        assert!(is_bare(&body));
        counts.alive(1);
    });
    in_each_memory(fails, |mut body, _| {
        assert_eq!(poll(&mut body), Poll::Ready(false));
        let contents = body.take_contents().unwrap();
        drop(body);
        panics(|| drop(contents.into_error()));
    });
}

#[test]
fn papers_can_be_used_while_the_future_runs_and_while_it_is_dropped() {
    type Shared = Rc<RefCell<Option<Body<Cell<u32>>>>>;
    let (pages, shared, counts) = (Pages::new(), Shared::default(), Counts::default());
    let used = |shared: &Shared| {
        let body = shared.borrow();
        let papers = body.as_ref().unwrap();
        assert!(papers.is_out());
        papers.set(papers.get() + 1);
        papers.get()
    };
    let (inside, last) = (Rc::clone(&shared), Rc::clone(&shared));
    let value = counts.then(move || assert_eq!(used(&last), 3));
    *shared.borrow_mut() = Some(Body::new(&pages, Cell::new(0), || async move {
        assert_eq!(used(&inside), 1);
        pause().await;
        assert_eq!(used(&inside), 2);
        pending::<()>().await;
        value.touch();
    }));
    for _ in 0..2 {
        let running = shared.borrow_mut().as_mut().unwrap().begin().unwrap();
        assert!(running.poll(&mut context()).is_pending());
    }
    let contents = shared.borrow_mut().as_mut().unwrap().take_contents();
    drop(contents);
    counts.alive(0);
    assert!(!shared.borrow().as_ref().unwrap().is_out());
}

#[test]
fn the_body_may_be_dropped_while_its_contents_are() {
    // A process ends from outside, and what it holds takes the process out of the table.
    let (pages, counts) = (Pages::new(), Counts::default());
    let slot: Rc<RefCell<Option<Body<Value>>>> = Rc::default();
    let itself = Rc::clone(&slot);
    let value = counts.then(move || drop(itself.borrow_mut().take()));
    let mut body = Body::new(&pages, counts.value(), || async move {
        pending::<()>().await;
        value.touch();
    });
    assert!(poll(&mut body).is_pending());
    let contents = body.take_contents();
    *slot.borrow_mut() = Some(body);
    drop(contents);
    counts.alive(0);
}

/// A future of `N` words that holds a value.
fn words<const N: usize>(counts: &Counts) -> impl Future<Output = ()> + use<N> {
    let (value, words) = (counts.value(), [N; N]);
    async move {
        pause().await;
        value.touch();
        assert_eq!(words.iter().sum::<usize>(), N * N);
    }
}

#[test]
fn blocks_are_used_again_in_every_order() {
    let (counts, pages) = (Counts::default(), Pages::new());
    let mut random = 7_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(random >> 40).unwrap() % below
    };
    let mut bodies: Vec<Body<Value>> = Vec::new();
    // A crowd comes and goes. Its size goes up and down, so that pages become full and empty.
    for round in 0..6 {
        let (steps, arrivals) = if cfg!(miri) { (60, 3) } else { (4000, 3) };
        for _ in 0..steps {
            if bodies.is_empty() || next(4) < if round % 2 == 0 { arrivals } else { 1 } {
                let papers = counts.value();
                bodies.push(match next(3) {
                    0 => Body::new(&pages, papers, || words::<1>(&counts)),
                    1 => Body::new(&pages, papers, || words::<9>(&counts)),
                    _ => Body::new(&pages, papers, || words::<200>(&counts)),
                });
            } else {
                let index = next(bodies.len());
                if next(2) == 0 {
                    while poll(&mut bodies[index]).is_pending() {}
                }
                drop(bodies.swap_remove(index));
            }
        }
        if round == 3 {
            bodies.drain(..).rev().for_each(drop);
            counts.alive(0);
        }
    }
    bodies.drain(..).for_each(drop);
    counts.alive(0);
}

#[test]
fn a_block_may_outlive_the_pages() {
    for first in 0..3 {
        let (counts, pages) = (Counts::default(), Pages::new());
        let many = if cfg!(miri) { 20 } else { 2000 };
        let mut bodies: Vec<Body<Value>> = Vec::new();
        for _ in 0..many {
            bodies.push(Body::new(&pages, counts.value(), || words::<200>(&counts)));
        }
        let mut kept = bodies.split_off(many / 2);
        match first {
            // The pages go first of all.
            0 => drop(pages),
            // They are released, and go later.
            1 => {
                pages.release();
                drop(bodies.split_off(1));
                kept.push(Body::new(&pages, counts.value(), || words::<200>(&counts)));
                drop(pages);
            }
            // They are released and go last.
            _ => {
                pages.release();
                bodies.drain(..).rev().for_each(drop);
                kept.drain(3..).for_each(drop);
                for _ in 0..many {
                    kept.push(Body::new(&pages, counts.value(), || words::<200>(&counts)));
                    drop(Body::new(&pages, counts.value(), || words::<200>(&counts)));
                }
                kept.drain(..).for_each(drop);
            }
        }
        for body in kept.iter_mut().chain(&mut bodies) {
            let _ = poll(body);
        }
        drop(kept);
        drop(bodies);
        counts.alive(0);
    }
}

#[test]
fn a_body_that_is_dropped_while_it_runs_is_not_freed() {
    // It does not happen in the engine. It leaks, and must not do worse.
    if cfg!(miri) {
        return;
    }
    let (pages, counts) = (Pages::new(), Counts::default());
    let mut body = Body::new(&pages, (), || words::<1>(&counts));
    let running = body.begin().unwrap();
    drop(body);
    assert!(running.poll(&mut context()).is_pending());
    counts.alive(1);
}

#[test]
fn a_word_is_a_number_or_a_box() {
    let counts = Counts::default();
    let mut word = NumberOrBox::<Value>::number(7);
    assert_eq!(
        (word.as_number(), word.get().is_some(), word.get_mut().is_some()),
        (Some(7), false, false)
    );
    assert!(word.take_box().is_none());
    panics(|| _ = word.get_or_insert_with(|_| resume_unwind(Box::new("made"))).touch());
    assert_eq!(word.as_number(), Some(7));
    word.get_or_insert_with(|number| {
        assert_eq!(number, 7);
        counts.value()
    });
    word.get_or_insert_with(|_| unreachable!("there is a box")).touch();
    assert_eq!((word.as_number(), word.get().map(Value::touch)), (None, Some(1)));
    word.get_mut().unwrap().panics = true;
    counts.alive(1);
    let taken = word.take_box().unwrap();
    assert_eq!(word.as_number(), Some(0));
    panics(|| drop(taken));
    counts.alive(0);
    word = NumberOrBox::number(usize::MAX >> 1);
    assert_eq!(word.as_number(), Some(usize::MAX >> 1));
    word.get_or_insert_with(|_| counts.panicking());
    panics(|| word = NumberOrBox::number(1));
    counts.alive(0);
    assert_eq!(word.as_number(), Some(1));
    word.get_or_insert_with(|_| counts.value());
    drop(word);
    counts.alive(0);
}

#[cfg(target_pointer_width = "64")]
mod sizes {
    use std::future::{Future, pending};

    use super::super::kind::BlockOf;
    use super::{Body, Outcome};
    use crate::engine::process_cell::ProcessInfo;

    /// Returns the bytes that a block takes beyond its future.
    fn overhead<F: Future<Output: Outcome> + 'static>(_: F) -> usize {
        BlockOf::<F, ProcessInfo>::ALIVE.layout.size() - size_of::<F>()
    }

    #[test]
    fn a_body_adds_three_words_to_its_future() {
        // The kind, and the papers. The result takes the future's place.
        let held = 7_u64;
        assert_eq!(
            overhead(async move {
                pending::<()>().await;
                assert_eq!(held, 7);
            }),
            24
        );
        let fails = async move {
            pending::<()>().await;
            if held == 7 { Ok(held) } else { Err("seven") }
        };
        assert_eq!(overhead(fails), 24, "a result that is no larger than the future adds nothing");
    }

    #[test]
    fn a_body_is_a_word() {
        assert_eq!(size_of::<Option<Body<ProcessInfo>>>(), 8);
    }
}
