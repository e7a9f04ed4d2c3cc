//! What stands in the pictures of a run, read again from their SVG and from their readings.

use crate::prelude::*;
use crate::report::draw::picture::Picture;
use crate::report::draw::readings::{Frame, Reading, Readings, Series};
use crate::report::pictures::of_trace::history;
use crate::report::pictures::svg_reader::{Element, read, scales, texts};
use crate::{NamedTally, Trace};

const NAME: &str = "<b>\"'& 🙂 שלום \u{1}";

/// A bank: some wait, some are preempted, some give up, the capacity changes.
fn bank(until: f64, from: f64) -> (Simulation, Trace) {
    let sim = Simulation::starting_at(from);
    let trace = sim.trace();
    let clerks = PreemptiveResource::new(&sim, 3).named("clerks");
    let belt = Queue::bounded(&sim, 2).named(NAME);
    let env = sim.env();
    let inside = clerks.clone();
    sim.spawn(async move {
        let (gaps, service) = (env.stream("gaps"), env.stream("service"));
        for number in 0_u32.. {
            env.timeout(gaps.exponential(1.0)).await;
            let (clerks, env, time) = (inside.clone(), env.clone(), service.exponential(2.5));
            let (belt, patience) = (belt.clone(), service.exponential(20.0));
            env.clone().spawn(async move {
                let request = clerks.acquire_with_priority(i32::from(number % 5 != 0));
                let slot =
                    asim!(match FirstOf(slot = request, tired = env.timeout(patience)).await {
                        FirstOf::Slot(slot) => slot,
                        FirstOf::Tired(()) => return,
                    });
                let _ = env.interruptible(env.timeout(time)).await;
                drop(slot);
                if number % 3 == 0 {
                    belt.put(number).await;
                } else if number % 4 == 1 {
                    belt.get().await;
                }
            });
        }
    });
    let change = clerks.clone();
    sim.schedule_at(from + 0.6 * (until - from), move |_| change.set_capacity(2));
    sim.run_until(until).unwrap();
    (sim, trace)
}

fn readings(picture: &Picture) -> &Readings {
    let readings = picture.readings().expect("a picture has its numbers");
    let places = readings.boxes.iter().all(|Reading(left, top, width, height, _)| {
        *left >= -1e-6
            && *top >= -1e-6
            && left + width <= readings.width + 1.0
            && top + height <= readings.height
    });
    assert!(places, "{:?}", readings.boxes);
    let Frame { left, right, top, bottom } = readings.frame;
    assert!(0.0 < left && left < right && right <= readings.width, "{:?}", readings.frame);
    assert!(0.0 < top && top < bottom && bottom <= readings.height, "{:?}", readings.frame);
    assert!(readings.across.from < readings.across.to);
    let heads = readings.table.heads.len();
    assert!(readings.table.rows.iter().all(|row| row.len() == heads), "{:?}", readings.table);
    serde_json::to_string(readings).expect("it can be written");
    readings
}

/// Returns the elements of a picture, of which none leaves the paper.
fn elements(picture: &Picture) -> Vec<Element> {
    let readings = readings(picture);
    let elements = read(picture.svg());
    for element in &elements {
        for (right, down) in element.points() {
            assert!((-1.0..=10.0 * readings.width + 1.0).contains(&right), "{element:?}");
            assert!((-1.0..=10.0 * readings.height + 1.0).contains(&down), "{element:?}");
        }
    }
    elements
}

/// Returns the mean over time of a series of steps.
fn mean(series: &Series) -> f64 {
    let (mut sum, mut time) = (0.0, 0.0);
    for (place, pair) in series.at.windows(2).enumerate() {
        sum += series.value[place] * (pair[1] - pair[0]);
        time += pair[1] - pair[0];
    }
    sum / time
}

/// Returns the share that the words of holds drawn together tell: `12 holds, 84 % of the time`.
fn share_of(words: &str) -> f64 {
    let (_, share) = words.split_once(", ").unwrap();
    share.split_once(' ').unwrap().0.parse::<f64>().unwrap() / 100.0
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
}

#[test]
fn steps_over_time_are_what_was_measured() {
    for from in [0.0, -70.0, 1e6] {
        let (sim, trace) = bank(from + 200.0, from);
        let report = sim.report();
        let m = report.resource("clerks").unwrap();
        assert!(m.preempted > 5 && m.left > 5 && m.line.most() > 3.0, "{report}");
        let level = trace.picture_of_level("clerks");
        let [in_use, capacity] = &readings(&level).series[..] else { panic!("two lines") };
        assert!(near(mean(in_use), m.in_use.mean()), "{} {}", mean(in_use), m.in_use.mean());
        assert!(near(mean(capacity), m.capacity.mean()));
        let most = in_use.value.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(most, m.in_use.most());
        assert_eq!((in_use.at.first(), in_use.at.last()), (Some(&from), Some(&(from + 200.0))));
        let line = trace.picture_of_line("clerks");
        assert!(near(mean(&readings(&line).series[0]), m.line.mean()));
        // The same is drawn.
        let drawn = elements(&line);
        let [_, up] = scales(&drawn);
        let lines = drawn.iter().filter(|it| it.name == "polyline").map(Element::points);
        let longest = lines.max_by_key(Vec::len).unwrap();
        let highest = longest.iter().map(|place| up(place.1)).fold(f64::NEG_INFINITY, f64::max);
        assert!((highest - m.line.most()).abs() < 0.05, "{highest}");
        assert_eq!(
            texts(&elements(&level))[..2],
            [
                "clerks: in use".to_owned(),
                format!("mean {}, most 3", crate::answers::figures::figure(m.in_use.mean())),
            ][..]
        );
        // Two lines: to get and to put.
        let stock = report.stock(NAME).unwrap();
        let lines = trace.picture_of_line(NAME);
        let [get, put] = &readings(&lines).series[..] else { panic!("two lines") };
        assert!(near(mean(get), stock.get.line.mean()) && near(mean(put), stock.put.line.mean()));
        assert!(get.name == "to get" && put.name == "to put" && stock.put.line.mean() > 0.0);
        let items = trace.picture_of_level(NAME);
        assert!(near(mean(&readings(&items).series[0]), stock.level.mean()));
        assert!(texts(&elements(&items))[0].starts_with("<b>\"'& 🙂 שלום"), "{:?}", items.svg());
        elements(&lines);
        // The simulation may be gone.
        drop(sim);
        assert_eq!(trace.picture_of_level("clerks"), level);
    }
}

#[test]
fn many_steps_are_thinned_and_keep_their_extremes() {
    let (sim, trace) = bank(20_000.0, 0.0);
    let m = sim.report().resource("clerks").unwrap();
    let picture = trace.picture_of_line("clerks");
    let readings = readings(&picture);
    let [range, means] = &readings.series[..] else { panic!("{:?}", readings.series.len()) };
    assert_eq!((range.name.as_str(), means.name.as_str()), ("least to most", "mean"));
    assert!(range.steps && !means.steps && range.at.len() <= 4 * 720 && range.at.is_sorted());
    let most = range.value.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert_eq!(most, m.line.most());
    assert!(readings.note.starts_with("thinned from "), "{}", readings.note);
    // Columns of one width: the mean of their means is the mean.
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let mean = means.value.iter().sum::<f64>() / means.value.len() as f64;
    assert!(near(mean, m.line.mean()), "{mean} {}", m.line.mean());
    // Each point that is kept is one of the steps.
    let history = history(&trace);
    let steps = &history.things[history.find("clerks").unwrap()].line;
    for (at, value) in range.at.iter().zip(&range.value) {
        assert_eq!(steps.at(*at), Some(*value));
    }
    assert!(picture.svg().len() < 200_000);
    elements(&picture);
    elements(&trace.picture_of_level("clerks"));
    // No hold is wide enough for a bar of its own: what was preempted is said in words.
    let holds = trace.picture_of_holds();
    let words = texts(&elements(&holds)).join(", ");
    assert!(words.contains("short holds (") && !words.contains("preempted, "), "{words}");
    let shares: f64 = self::readings(&holds).boxes.iter().map(|it| it.2 * share_of(&it.4)).sum();
    let width = self::readings(&holds).frame.width();
    assert!((shares / width / m.in_use.mean() - 1.0).abs() < 0.01, "{shares} {width}");
}

#[test]
fn the_time_before_the_end_of_the_warm_up_is_marked() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let room = Resource::new(&sim, 2).named("room");
    let slot = room.try_acquire();
    sim.warm_up(10.0);
    sim.run_until(15.0).unwrap();
    drop(slot);
    sim.run_until(20.0).unwrap();
    let elements = elements(&trace.picture_of_level("room"));
    assert!(texts(&elements).contains(&"warm-up until 10"), "{:?}", texts(&elements));
    assert_eq!(texts(&elements)[1], "mean 0.5, most 1 after the warm-up");
    let is_grey = |it: &&Element| it.name == "polygon" && it.get("opacity") == "0.12";
    let grey = elements.iter().find(is_grey).unwrap().points();
    let [across, _] = scales(&elements);
    assert!((across(grey[1].0) - 10.0).abs() < 0.1);
    // It is known after the end, too.
    let picture = trace.picture_of_level("room");
    drop((room, sim));
    assert_eq!(trace.picture_of_level("room"), picture);
}

#[test]
fn a_level_of_the_models_own_is_shown() {
    let sim = Simulation::starting_at(-2.0);
    let trace = sim.trace();
    let heat = sim.level("heat");
    heat.set(-3.5);
    sim.run_until(2.0).unwrap();
    heat.set(20.25);
    sim.run_until(4.0).unwrap();
    let picture = trace.picture_of_level("heat");
    assert!(near(mean(&readings(&picture).series[0]), heat.values().mean()));
    assert_eq!(texts(&elements(&picture))[..2], ["heat", "mean 4.42, most 20.2"]);
}

#[test]
#[should_panic(expected = "`heat` is a level: nobody waits for it")]
fn nobody_waits_for_a_level_of_the_models_own() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let _heat = sim.level("heat");
    let _ = trace.picture_of_line("heat");
}

#[test]
fn a_log_that_begins_late_or_is_not_whole_says_so() {
    let sim = Simulation::new();
    let room = Resource::new(&sim, 1).named("room");
    let (first, mut second) = (room.acquire(), room.acquire());
    sim.run_until(50.0).unwrap();
    let trace = sim.trace();
    let last = sim.tracing().last(2).in_memory();
    let some = sim.tracing().only_things(["room"]).in_memory();
    sim.run_until(60.0).unwrap();
    drop(first);
    sim.run_until(70.0).unwrap();
    let _ = &mut second;
    let level = trace.picture_of_level("room");
    let series = &readings(&level).series[0];
    assert_eq!((series.at.first(), series.at.last()), (Some(&50.0), Some(&70.0)));
    assert_eq!(mean(series), 1.0);
    // Who waited already when the log began is in the line.
    let line = trace.picture_of_line("room");
    assert_eq!(readings(&line).series[0].value, [1.0, 0.0, 0.0]);
    elements(&trace.picture_of_holds());
    assert!(
        texts(&elements(&some.picture_of_level("room")))[1].contains("leaves out some happenings")
    );
    assert!(last.picture_of_holds().svg().contains("happenings before are not kept"));
}

#[test]
fn what_has_no_bound_has_no_limit() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let heap = Store::unbounded(&sim).named("heap");
    let room = Resource::new(&sim, 1).named("room");
    heap.try_put(1).unwrap();
    let tank = Container::new(&sim, 1e300).with_level(5e299).named("tank");
    let small = Container::new(&sim, 1e-300).named("small");
    let gate = Gate::new_closed(&sim).named("gate");
    // At the very beginning, where no time has passed.
    for thing in ["heap", "room", "tank", "small", "gate"] {
        elements(&trace.picture_of_level(thing));
        elements(&trace.picture_of_line(thing));
    }
    elements(&trace.picture_of_holds());
    sim.run_until(4.0).unwrap();
    heap.try_put(2).unwrap();
    gate.open();
    tank.try_get(1e299).unwrap();
    sim.run_until(8.0).unwrap();
    for thing in ["heap", "tank", "small", "gate"] {
        elements(&trace.picture_of_level(thing));
    }
    let picture = trace.picture_of_level("heap");
    let [items] = &readings(&picture).series[..] else { panic!("no limit") };
    assert_eq!((mean(items), items.name.as_str()), (1.5, ""));
    drop((room, small));
}

#[test]
fn holds_are_where_they_were() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let bed = PreemptiveResource::new(&sim, 1).named(NAME);
    let pool = Pool::new(&sim, ["a", "b"]).named("pool");
    for (start, priority) in [(0.0, 1), (4.0, 0)] {
        let (env, bed, pool) = (sim.env(), bed.clone(), pool.clone());
        sim.spawn(async move {
            env.timeout(start).await;
            let slot = bed.acquire_with_priority(priority).await;
            let _ = env.interruptible(env.timeout(10.0)).await;
            drop(slot);
            let _loan = pool.acquire().await;
            env.timeout(100.0).await;
        });
    }
    sim.run_until(20.0).unwrap();
    let history = history(&trace);
    let holds = |thing: &str| {
        let holds = &history.things[history.find(thing).unwrap()].holds;
        holds
            .iter()
            .map(|hold| (hold.process, hold.from, hold.to, format!("{:?}", hold.end)))
            .collect::<Vec<_>>()
    };
    let hold = |process, from, to, end: &str| (process, from, to, end.to_owned());
    assert_eq!(holds(NAME), [hold(1, 0.0, 4.0, "Preempted"), hold(2, 4.0, 14.0, "Released")]);
    assert_eq!(holds("pool"), [hold(1, 4.0, 20.0, "Still"), hold(2, 14.0, 20.0, "Still")]);
    let picture = trace.picture_of_holds();
    let all = readings(&picture);
    // By process: two rows, where the things would have three.
    assert_eq!(all.table.rows.len(), 2, "{:?}", all.table);
    assert_eq!(all.table.rows[0][1..], ["2", "1", "100 %"]);
    assert_eq!(all.table.rows[1][1..], ["2", "0", "80 %"]);
    let words: Vec<&str> = all.boxes.iter().map(|it| it.4.as_str()).collect();
    assert!(
        words[0].ends_with("0 to 4, preempted") && words[1].ends_with("pool, 4 to 20, still held"),
        "{words:?}"
    );
    let at = |time: f64| all.frame.left + time / 20.0 * all.frame.width();
    assert!(near(all.boxes[1].0, at(4.0)) && near(all.boxes[1].0 + all.boxes[1].2, at(20.0)));
    let elements = elements(&picture);
    for text in ["preempted", "still held at the end", "What each process held"] {
        assert!(texts(&elements).contains(&text), "{:?}", texts(&elements));
    }
}

#[test]
fn more_rows_than_have_room_are_counted() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let beds = Resource::new(&sim, 100).named("beds");
    let desk = Resource::new(&sim, 2).named("desk");
    let slots: Vec<_> = (0..60).map(|_| beds.try_acquire()).collect();
    let desks: Vec<_> = (0..2).map(|_| desk.try_acquire()).collect();
    for _ in 0..50 {
        let (env, beds) = (sim.env(), beds.clone());
        sim.spawn(async move {
            let _bed = beds.acquire().await;
            env.timeout(5.0).await;
        });
    }
    sim.run_until(10.0).unwrap();
    let picture = trace.picture_of_holds();
    let all = readings(&picture);
    assert_eq!(all.table.rows.len(), 40);
    assert!(all.note.contains("more rows are not shown"), "{}", all.note);
    elements(&picture);
    drop((slots, desks));
}

#[test]
fn a_histogram_has_every_value() {
    let count = |readings: &Readings| -> u64 {
        let first = |words: &String| words.split(' ').next().unwrap().replace(',', "");
        readings.table.rows.iter().map(|row| first(&row[1]).parse::<u64>().unwrap()).sum()
    };
    let sim = Simulation::seeded(3);
    let stream = sim.stream("values");
    let tally = |name: &str| sim.tally(name);
    tally("none");
    tally("one").add(2.5);
    tally("huge").add(f64::MAX);
    tally("huge").add(f64::MIN);
    tally("endless").add(f64::INFINITY);
    for _ in 0..3_000 {
        tally(NAME).add(stream.exponential(3.0));
        tally("waits").add((stream.normal(0.0, 3.0)).max(0.0));
        tally("whole").add(stream.uniform(-5.0, 9.0).floor());
        tally("long").add(libm::exp(stream.normal(0.0, 4.0)));
        tally("endless").add(stream.uniform(0.0, 1.0));
        tally("tiny").add(stream.uniform(0.0, 1e-300));
    }
    let report = sim.report();
    for name in ["none", "one", "huge", "endless", NAME, "waits", "whole", "long", "tiny"] {
        let picture = report.picture(name);
        let tally: &crate::Tally = report.tally(name).unwrap();
        assert_eq!(count(readings(&picture)), tally.count(), "{name}");
        let elements = elements(&picture);
        let mean = format!("mean {}", crate::answers::figures::figure(tally.mean()));
        assert!(texts(&elements).contains(&mean.as_str()), "{name}: {:?}", texts(&elements));
    }
    let words = |name: &str| texts(&elements(&report.picture(name)))[1].to_owned();
    assert_eq!(words("none"), "no values yet");
    assert!(words("waits").ends_with("are 0, and their bar is cut"), "{}", words("waits"));
    assert!(words("long").contains("(pale)"), "{}", words("long"));
    let _: NamedTally = tally("none");
}

#[test]
fn shares_of_time_are_those_of_the_level() {
    let (sim, _trace) = bank(500.0, 0.0);
    let report = sim.report().time_unit("min");
    let m = report.resource("clerks").unwrap();
    let picture = report.picture("clerks.in_use");
    let rows = &readings(&picture).table.rows;
    for (value, row) in rows.iter().enumerate() {
        let share = crate::answers::figures::percent(m.in_use.share_at(value));
        assert_eq!(row[..], [value.to_string(), share]);
    }
    assert_eq!(rows.len(), 4);
    // Everything of which there can be a picture has one.
    let parts = report.parts();
    assert_eq!(parts.len(), 4 + 6);
    for (name, _) in &parts {
        elements(&report.picture(name));
        let mean = format!("{name}.mean");
        assert!(report.value(&mean).is_some(), "{mean}");
    }
    assert!(report.picture("clerks.waited").svg().contains("waited, min"));
}

#[test]
#[should_panic(expected = "there is no thing `clrks` in the log; did you mean `clerks`?")]
fn a_thing_that_is_not_there_is_named() {
    let (_sim, trace) = bank(5.0, 0.0);
    let _ = trace.picture_of_level("clrks");
}

#[test]
#[should_panic(
    expected = "`meeting` (Barrier) shows no number over time; `picture_of_line` shows who waits"
)]
fn a_thing_without_a_level_has_a_line() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let barrier = Barrier::new(&sim).named("meeting");
    let _waiting = barrier.wait();
    elements(&trace.picture_of_line("meeting"));
    let _ = trace.picture_of_level("meeting");
}

#[test]
#[should_panic(
    expected = "the report has no tally and no level `clerks.waited.mean`; there are `clerks.waited`"
)]
fn a_measure_that_is_no_distribution_is_named() {
    let (sim, _trace) = bank(5.0, 0.0);
    let _ = sim.report().picture("clerks.waited.mean");
}
