//! The report as a whole: its text, and its values.

use asim::prelude::*;
use expect_test::expect;

#[process]
async fn customer(env: Environment, clerks: Resource, wait: f64, service: f64) {
    let arrived = env.now();
    let _inside = env.level("inside").enter();
    asim!(match FirstOf(slot = clerks.acquire(), late = env.timeout(wait)).await {
        FirstOf::Slot(slot) => {
            env.timeout(service).await;
            slot.release();
            env.tally("visit").add(env.now() - arrived);
        }
        FirstOf::Late(()) => env.counter("lost customers").add(1),
    });
}

/// A bank of three clerks, from time 0 to 480, of which the first 60 do not count.
fn bank() -> Result<Simulation, SimError> {
    let sim = Simulation::seeded(42);
    let clerks = Resource::new(&sim, 3).named("clerks");
    let env = sim.env();
    sim.spawn(async move {
        let (gaps, patience, services) =
            (env.stream("gaps"), env.stream("patience"), env.stream("services"));
        loop {
            env.timeout(gaps.exponential(1.0)).await;
            let wait = patience.exponential(8.0);
            env.process(Customer::new(clerks.clone(), wait, services.exponential(2.9)));
        }
    });
    sim.warm_up(60.0);
    sim.run_until(480.0)?;
    Ok(sim)
}

#[test]
fn a_bank() -> Result<(), SimError> {
    let text = bank()?.report().time_unit("min").to_string();
    expect![[r#"
        time 60 to 480 min

        clerks (3), utilisation 76.2 %
                       mean      sd   least  median    95 %    most
        in use         2.29   0.931       0       3       3       3
        line              1    1.47       0       0       4       7
        waited        0.992    1.34       0   0.141    3.95    5.94
        held           2.86    3.02  0.0173    1.92    9.53    17.1
        333 served, 47.4 % at once; 54 left, 4 waiting

                          mean      sd   least  median    95 %    most     count
        inside            3.29    2.11       0       3       7      10
        lost customers  54, 0.129 a min
        visit             3.85    3.26  0.0173     3.3    10.5      18       332
    "#]]
    .assert_eq(&text);
    Ok(())
}

#[test]
fn every_kind_of_thing() -> Result<(), SimError> {
    let sim = Simulation::new();
    let clerks = PreemptiveResource::new(&sim, 2).named("clerks");
    let queue = Queue::bounded(&sim, 2).named("orders");
    let store: Store<u32> = Store::unbounded(&sim).named("shelf");
    let tank = Container::new(&sim, 500.0).with_level(120.0).named("tank");
    let gate = Gate::new_closed(&sim).named("gate");
    let barrier = Barrier::new(&sim).named("barrier");
    let light = State::new(&sim, 0).named("light");
    let trucks = Pool::new(&sim, ["Ada"]).named("trucks");
    let kept = (clerks.acquire(), store.get(), gate.wait(), barrier.wait(), trucks.try_acquire());
    let puts = [queue.put(1), queue.put(2), queue.put(3)];
    sim.run_until(4.0)?;
    tank.try_get(82.5).unwrap();
    clerks.set_capacity(3);
    gate.open();
    light.set(1);
    assert_eq!(queue.try_get(), Some(1));
    sim.run_until(10.0)?;
    expect![[r#"
        time 0 to 10

        barrier
                       mean      sd   least  median    95 %    most
        line              1       0       1       1       1       1
        waited            -       -       -       -       -       -
        0 served; 1 waiting

        clerks (2 to 3), utilisation 38.5 %
                       mean      sd   least  median    95 %    most
        in use            1       0       1       1       1       1
        line              0       0       0       0       0       0
        waited            0       -       0       0       0       0
        1 served, 100 % at once

        gate
                       mean      sd   least  median    95 %    most
        open            0.6    0.49       0       1       1       1
        line            0.4    0.49       0       0       1       1
        waited            4       -       4       4       4       4
        1 served, 0 % at once

        light
                       mean      sd   least  median    95 %    most
        line              0       0       0       0       0       0
        waited            -       -       -       -       -       -
        0 served; set once

        orders (2)
                       mean      sd   least  median    95 %    most
        items             2       0       2       2       2       2
        put line        0.4    0.49       0       0       1       1
        put waited     1.33    2.31       0       0       4       4
        stayed            4       -       4       4       4       4
        1 got, 100 % at once; 3 put, 66.7 % at once

        shelf
                       mean      sd   least  median    95 %    most
        items             0       0       0       0       0       0
        get line          1       0       1       1       1       1
        get waited        -       -       -       -       -       -
        0 got; 1 waiting; 0 put

        tank (500)
                       mean      sd   least  median    95 %    most
        amount         70.5    40.4    37.5    37.5     120     120
        1 got, 100 % at once; 0 put; in 0, out 82.5

        trucks (1), utilisation 100 %
                       mean      sd   least  median    95 %    most
        in use            1       0       1       1       1       1
        line              0       0       0       0       0       0
        waited            0       -       0       0       0       0
        1 served, 100 % at once
    "#]]
    .assert_eq(&sim.report().to_string());
    drop((kept, puts));
    Ok(())
}

#[test]
fn names_are_cut_and_sorted_and_no_line_is_too_long() -> Result<(), SimError> {
    let sim = Simulation::new();
    let long = "the desk at the end of the long corridor on the second floor of the annex";
    let _desk = Resource::new(&sim, 1).named(long);
    let _wide = Resource::new(&sim, 1).named("收银台");
    for number in [10, 2, 1] {
        sim.tally(&format!("visit {number}")).add(0.0004 * f64::from(number));
    }
    sim.tally("a very long name of a tally that nobody reads").add(1_234_567.8);
    sim.level("temperature\nin the hall").set(-17.25);
    sim.counter("lost").add(12_345_678);
    sim.run_until(1e7)?;
    expect![[r#"
        time 0 to 10000000

        the desk at the end of the long corri... (1), utilisation 0 %
                       mean      sd   least  median    95 %    most
        in use            0       0       0       0       0       0
        line              0       0       0       0       0       0
        waited            -       -       -       -       -       -
        0 served

        收银台 (1), utilisation 0 %
                       mean      sd   least  median    95 %    most
        in use            0       0       0       0       0       0
        line              0       0       0       0       0       0
        waited            -       -       -       -       -       -
        0 served

                                  mean      sd   least  median    95 %    most     count
        a very long name of...  1.23e6       -  1.23e6  1.23e6  1.23e6  1.23e6         1
        lost                    12,345,678, 1.23 a unit of time
        temperature in the ...   -17.2       0   -17.2   -17.2   -17.2   -17.2
        visit 1                 0.0004       -  0.0004  0.0004  0.0004  0.0004         1
        visit 2                 0.0008       -  0.0008  0.0008  0.0008  0.0008         1
        visit 10                 0.004       -   0.004   0.004   0.004   0.004         1
    "#]]
    .assert_eq(&sim.report().to_string());
    Ok(())
}

#[test]
fn no_line_of_any_report_is_longer_than_80() -> Result<(), SimError> {
    let sim = Simulation::new();
    let stream = Simulation::seeded(3).stream("names");
    for number in 0..300_usize {
        let name: String = (0..stream.integer(0..=60))
            .map(|_| *stream.choose(&['a', 'W', ' ', '.', '9']))
            .collect();
        let size = 10_f64.powi(stream.integer(-300..=300));
        match number % 4 {
            0 => sim.tally(&format!("t {name}")).add(size),
            1 => sim.level(&format!("l {name}")).set(-size),
            2 => sim.counter(&format!("c {name}")).add(u64::MAX >> stream.integer(0..=60)),
            _ => drop(Resource::new(&sim, stream.integer(1..=100_000_000)).named(name)),
        }
    }
    sim.run_until(1e-7)?;
    let text = sim.report().at_most(usize::MAX).time_unit("unit".repeat(30)).to_string();
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(80) && text.lines().count() > 300, "{longest:?}");
    Ok(())
}

#[test]
fn a_thousand_things_are_cut_after_fifty() {
    let sim = Simulation::new();
    let all: Vec<Resource> = (0..1_000).map(|_| Resource::new(&sim, 1).named("desk")).collect();
    let text = sim.report().to_string();
    assert!(text.contains("\ndesk 50 (1)") && !text.contains("\ndesk 51 (1)"));
    assert!(text.ends_with("\nand 950 more (`at_most` shows more, `only` selects)\n"));
    let text = sim.report().only(|name| name == "desk 700").to_string();
    assert!(text.contains("\ndesk 700 (1)") && text.lines().count() == 8, "{text}");
    drop(all);
}

#[test]
fn values_have_the_names_that_results_have() -> Result<(), SimError> {
    let values: Vec<(String, f64)> = bank()?.report().values().collect();
    let value = |name: &str| {
        let found: Vec<f64> =
            values.iter().filter(|value| value.0 == name).map(|value| value.1).collect();
        assert_eq!(found.len(), 1, "{name}");
        found[0]
    };
    assert!((0.7..1.0).contains(&value("clerks.utilisation")));
    assert_eq!(value("clerks.in_use.most"), 3.0);
    assert_eq!(value("clerks.left"), value("lost customers"));
    assert!(value("clerks.waited.p95") > value("clerks.waited.median"));
    assert!(
        (value("visit.mean") - value("clerks.waited.mean") - value("clerks.held.mean")).abs() < 0.1
    );
    let names: Vec<&String> = values.iter().map(|value| &value.0).collect();
    let mut unique = names.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    Ok(())
}

#[test]
fn merged_reports_are_those_of_all_runs() -> Result<(), SimError> {
    let run = |seed: u64, extra: bool| {
        let sim = Simulation::seeded(seed);
        let clerks = Resource::new(&sim, 1).named("clerks");
        let stream = sim.stream("services");
        for _ in 0..10 {
            sim.process(Customer::new(clerks.clone(), 100.0, stream.exponential(1.0)));
        }
        if extra {
            sim.counter("only here").add(1);
        }
        sim.run_until(50.0)?;
        Ok::<_, SimError>(sim.report())
    };
    let (one, other) = (run(1, false)?, run(2, true)?);
    let mut both = one.clone();
    both.merge(&other);
    let (mut visits, others) = (one.tally("visit").unwrap().clone(), other.tally("visit").unwrap());
    visits.merge(others);
    assert_eq!(both.tally("visit"), Some(&visits));
    assert_eq!((both.tally("visit").unwrap().count(), both.count("only here")), (20, Some(1)));
    let in_use = |report: &asim::Report| report.resource("clerks").unwrap().in_use.integral();
    assert!((in_use(&both) - in_use(&one) - in_use(&other)).abs() < 1e-9);
    assert!(both.to_string().starts_with("time 0 to 50, 2 runs\n"));
    Ok(())
}
