//! The spans of a file for Perfetto lie inside each other, whatever is held and released in which order.

use std::collections::BTreeMap;

use asim::prelude::*;

use super::Written;

/// A span: its name, its begin and its end in microseconds; whether it is open at the end.
type Span = (String, u64, Option<u64>);

/// Returns the value of a key in a line of the file, where it is the only one of its name.
fn value<'l>(line: &'l str, key: &str) -> &'l str {
    let (_, rest) =
        line.split_once(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key}: {line}"));
    match rest.strip_prefix('"') {
        Some(text) => text.split('"').next().unwrap(),
        None => &rest[..rest.find([',', '}']).unwrap()],
    }
}

/// Reads the spans of each track by the rules of the format, in the order in which they end.
fn spans(text: &str) -> BTreeMap<u32, Vec<Span>> {
    let (mut open, mut all) =
        (BTreeMap::<u32, Vec<Span>>::new(), BTreeMap::<u32, Vec<Span>>::new());
    let mut events: Vec<&str> = text.lines().filter(|line| line.starts_with('{')).collect();
    events.sort_by_key(|line| value(line, "ts").parse::<u64>().unwrap());
    for event in events {
        let track: u32 = value(event, "tid").parse().unwrap();
        let time = value(event, "ts").parse().unwrap();
        let stack = open.entry(track).or_default();
        match value(event, "ph") {
            "B" => stack.push((value(event, "name").to_owned(), time, None)),
            "E" => {
                let mut span = stack.pop().unwrap_or_else(|| panic!("nothing to end: {event}"));
                span.2 = Some(time);
                all.entry(track).or_default().push(span);
            }
            _ => {}
        }
    }
    for (track, stack) in open {
        all.entry(track).or_default().extend(stack.into_iter().rev());
    }
    all
}

/// Runs a model, and returns its spans.
fn of(model: impl FnOnce(&Simulation)) -> BTreeMap<u32, Vec<Span>> {
    let json = Written::default();
    let sim = Simulation::new();
    sim.tracing().to_perfetto(json.clone());
    model(&sim);
    drop(sim);
    spans(&json.text())
}

/// Shows the spans of a process in short, in seconds.
fn shown(spans: &[Span]) -> Vec<String> {
    let second = |time: u64| {
        assert_eq!(time % 1_000_000, 0);
        time / 1_000_000
    };
    spans
        .iter()
        .map(|(name, begin, end)| {
            let end = end.map_or_else(|| "?".to_owned(), |end| second(end).to_string());
            format!("{name} {}-{end}", second(*begin))
        })
        .collect()
}

#[test]
fn holds_that_do_not_nest_are_cut() {
    let all = of(|sim| {
        let [a, b, c] = ["a", "b", "c"].map(|name| Resource::new(sim, 1).named(name));
        let env = sim.env();
        sim.process(Body(async move {
            let first = a.acquire().await;
            env.timeout(1.0).await;
            let second = b.acquire().await;
            let third = c.acquire().await;
            env.timeout(1.0).await;
            first.release();
            env.timeout(1.0).await;
            third.release();
            env.timeout(1.0).await;
            second.release();
        }));
        sim.run().unwrap();
    });
    assert_eq!(
        shown(&all[&1]),
        [
            "waits for timeout 0-1",
            "waits for timeout 1-2",
            "holds c 1-2",
            "holds b 1-2",
            "holds a 0-2",
            "waits for timeout 2-3",
            "holds c 2-3",
            "waits for timeout 3-4",
            "holds b 2-4",
            "body #1 0-4",
        ]
    );
}

#[test]
fn a_hold_may_begin_and_end_during_a_wait() {
    let all = of(|sim| {
        let [a, b] = ["a", "b"].map(|name| Resource::new(sim, 1).named(name));
        let taken: Vec<Slot> = [&a, &b].map(|thing| thing.try_acquire().unwrap()).into();
        let env = sim.env();
        sim.process(Body(async move {
            // The first is granted at 1, the second at 3.
            let both = asim!(AllOf(a = a.acquire(), b = b.acquire())).await;
            env.timeout(1.0).await;
            drop(both);
        }));
        for (time, slot) in [1.0, 3.0].into_iter().zip(taken) {
            sim.schedule(time, move |_| drop(slot));
        }
        sim.run().unwrap();
    });
    assert_eq!(
        shown(&all[&1]),
        [
            "waits for a, b 0-1",
            "waits for a, b 1-3",
            "waits for timeout 3-4",
            "holds b 3-4",
            "holds a 1-4",
            // The first is given back first.
            "holds b 4-4",
            "body #1 0-4",
        ]
    );
}

#[test]
fn an_end_from_outside_ends_all_spans() {
    let all = of(|sim| {
        let a = Resource::new(sim, 1).named("a");
        let (env, thing) = (sim.env(), a.clone());
        let body = sim.process(Body(async move {
            let _slot = thing.acquire().await;
            env.timeout(5.0).await;
        }));
        let waits = sim.process(Body(async move { drop(a.acquire().await) }));
        sim.run_until(1.0).unwrap();
        waits.cancel();
        body.cancel();
        sim.run_until(2.0).unwrap();
    });
    assert_eq!(shown(&all[&1]), ["waits for timeout 0-1", "holds a 0-1", "body #1 0-1"]);
    assert_eq!(shown(&all[&2]), ["waits for a 0-1", "body #2 0-1"]);
}

#[test]
fn who_has_not_ended_has_open_spans() {
    let all = of(|sim| {
        let a = Resource::new(sim, 1).named("a");
        let env = sim.env();
        sim.process(Body(async move {
            let _slot = a.acquire().await;
            env.timeout(5.0).await;
        }));
        sim.run_until(2.0).unwrap();
    });
    assert_eq!(shown(&all[&1]), ["waits for timeout 0-?", "holds a 0-?", "body #1 0-?"]);
}

/// A process named `body`.
struct Body<F>(F);

impl<F: Future<Output = ()> + 'static> Process for Body<F> {
    type Output = ();

    fn name(&self) -> std::borrow::Cow<'static, str> {
        "body".into()
    }

    async fn run(self, _env: Environment) {
        self.0.await;
    }
}
