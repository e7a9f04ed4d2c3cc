//! Pages of reports: what stands in them. A browser looks at them elsewhere.

use crate::prelude::*;
use crate::report::page::page::escaped;
use crate::report::replay::layout_file::LayoutFile;
use crate::test_folder::Folder;
use crate::{Report, Trace};

/// Names that would be elements, would end an attribute, or run the other way.
pub(crate) const HOSTILE: [&str; 4] = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert('1')</script>",
    "\"quoted\" & 'so' --> 🙂",
    "\u{202e}שלום עולם",
];

/// Returns the numbers of a page with their names, in their order.
fn numbers(page: &str) -> Vec<(String, f64)> {
    let parts = page.split(" data-name=\"").skip(1);
    parts
        .map(|part| {
            let (name, rest) = part.split_once('"').unwrap();
            let value = rest.strip_prefix(" data-value=\"").unwrap().split_once('"').unwrap().0;
            (unescaped(name), value.parse().unwrap())
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Checks that each of these numbers is there once, with all of its digits.
#[track_caller]
pub(crate) fn assert_numbers(page: &str, expected: impl Iterator<Item = (String, f64)>) {
    // There are many that are not known.
    let bits = |value: f64| if value.is_nan() { 1 } else { value.to_bits() };
    let in_order = |numbers: Vec<(String, f64)>| {
        let mut numbers: Vec<(String, u64)> =
            numbers.into_iter().map(|(name, value)| (name, bits(value))).collect();
        numbers.sort();
        numbers
    };
    let (page, expected) = (in_order(numbers(page)), in_order(expected.collect()));
    for (one, other) in page.iter().zip(&expected) {
        assert_eq!(one, other);
    }
    assert_eq!(page.len(), expected.len());
}

/// Returns the elements of a page with the names of their attributes, without the texts of these.
fn tags(page: &str) -> Vec<String> {
    let scripts = page.split("<script");
    let outside = scripts.map(|part| part.split_once("</script>").map_or(part, |(_, rest)| rest));
    let tags = outside.flat_map(|part| part.split('<').skip(1));
    let names = |tag: &str| tag.split('>').next().unwrap().split('"').step_by(2).collect();
    tags.map(names).collect()
}

/// Checks that a page is whole, and asks nobody for anything.
#[track_caller]
pub(crate) fn assert_sound(page: &str) {
    for element in [
        "html", "head", "body", "script", "style", "table", "figure", "section", "details", "dl",
        "svg",
    ] {
        let opened = page.matches(&format!("<{element}>")).count()
            + page.matches(&format!("<{element} ")).count();
        let closed = page.matches(&format!("</{element}>")).count();
        assert_eq!(opened, closed, "{element}");
    }
    for load in
        ["http:", "https:", "@import", "url(", "<img", "<link", "<iframe", "<base", "href=\"//"]
    {
        assert!(!page.contains(load), "{load}");
    }
    for tag in tags(page) {
        for attribute in [" src", " on", " style", " srcdoc", " action"] {
            assert!(!tag.contains(attribute), "{tag}");
        }
    }
    let places = page.split("href=\"").skip(1);
    assert!(places.into_iter().all(|place| place.starts_with('#')));
    for place in page.split("href=\"#").skip(1) {
        let place = place.split_once('"').unwrap().0;
        assert_eq!(page.matches(&format!(" id=\"{place}\"")).count(), 1, "{place}");
    }
}

async fn customer(env: Environment, clerks: PreemptiveResource, tank: Container, priority: i32) {
    let visit = async {
        let _clerk = clerks.acquire_with_priority(priority).await;
        tank.get(1.5).await;
        env.timeout(env.stream("service").exponential(3.0)).await;
    };
    let _ = env.interruptible(visit).await;
    env.tally("visit <i>").add(env.now());
    env.counter(HOSTILE[0]).add(1);
    env.level("inside").set(0.5);
}

/// Returns a simulation with things of many kinds, and the log of it.
fn simulation() -> (Simulation, Trace) {
    let sim = Simulation::seeded(7);
    let trace = sim.trace();
    sim.measure_processes();
    let clerks = PreemptiveResource::new(&sim, 2).named(HOSTILE[0]);
    let tank = Container::new(&sim, 20.0).with_level(20.0).named(HOSTILE[1]);
    let _queue: Queue<u32> = Queue::bounded(&sim, 3).named(HOSTILE[2]);
    let _light = State::new(&sim, 1).named(HOSTILE[3]);
    let _gate = Gate::new_open(&sim).named("gate");
    let _barrier = Barrier::new(&sim).named("barrier");
    for number in 0..20 {
        let (env, clerks, tank) = (sim.env(), clerks.clone(), tank.clone());
        sim.schedule(f64::from(number), move |_| {
            let of = env.clone();
            let visit = customer(of, clerks, tank, number % 3);
            env.spawn(visit);
        });
    }
    sim.warm_up(5.0);
    (sim, trace)
}

fn html(report: &Report) -> String {
    report.page("the page", &LayoutFile::default(), None).html()
}

#[test]
fn each_value_of_a_report_is_in_its_page_once() {
    let (sim, _trace) = simulation();
    sim.run_until(30.0).unwrap();
    let report = sim.report();
    assert!(report.values().count() > 200);
    let page = html(&report);
    assert_numbers(&page, report.values());
    assert_sound(&page);
}

#[test]
fn names_are_shown_and_nothing_else() {
    let (sim, _trace) = simulation();
    sim.run_until(30.0).unwrap();
    let report = sim.report().time_unit("</b>");
    let page = report.page("<title>", &LayoutFile::default(), None).html();
    for name in HOSTILE {
        assert!(page.contains(&format!("<bdi>{}</bdi>", escaped(name))), "{name}");
        assert!(!page.contains(name) || !name.contains(['<', '"']), "{name}");
        assert!(!page.contains(&format!(">{name}")), "{name}");
    }
    assert!(page.contains("<title>&lt;title&gt;</title>"));
    assert!(!page.contains("</b>"));
    assert_sound(&page);
}

#[test]
fn the_fingerprint_is_that_of_the_run() {
    let sim = Simulation::seeded(1);
    let (fingerprint, _trace) = (sim.fingerprint(), sim.trace());
    let clerks = Resource::new(&sim, 1).named("clerks");
    for _ in 0..3 {
        let (clerks, env) = (clerks.clone(), sim.env());
        sim.spawn(async move {
            let _clerk = clerks.acquire().await;
            env.timeout(2.0).await;
            env.log("done");
        });
    }
    sim.run_until(3.0).unwrap();
    let report = sim.report();
    let then = format!("<dt>fingerprint</dt><dd><bdi>{fingerprint}</bdi></dd>");
    assert!(html(&report).contains(&then));
    sim.run().unwrap();
    // The report is of the time at which it was made.
    assert!(html(&report).contains(&then));
    assert!(html(&sim.report()).contains(&format!("<bdi>{fingerprint}</bdi>")));
    assert!(!html(&sim.report()).contains(&then));
}

#[test]
fn a_log_that_is_not_whole_has_no_fingerprint() {
    let run = |sim: &Simulation| {
        sim.schedule(3.0, |env| env.log("now"));
        sim.run().unwrap();
    };
    let short = Simulation::new();
    let _trace = short.tracing().last(3).in_memory();
    run(&short);
    let page = html(&short.report());
    assert!(page.contains("<bdi>4, the oldest 1 are not kept</bdi>"), "{page}");
    assert!(!page.contains("fingerprint</dt>"));

    let late = Simulation::new();
    run(&late);
    let _trace = late.trace();
    run(&late);
    assert!(!html(&late.report()).contains("fingerprint</dt>"));

    let of_some = Simulation::new();
    let _trace = of_some.tracing().only_things(["clerks"]).in_memory();
    run(&of_some);
    assert!(html(&of_some.report()).contains("No log was kept"));
}

#[test]
fn what_went_wrong_comes_first() {
    let sim = Simulation::new();
    let _trace = sim.trace();
    let gate = Gate::new_closed(&sim).named("<gate>");
    sim.spawn(async move { gate.wait().await });
    let earlier = {
        sim.run_until(1.0).unwrap();
        sim.report()
    };
    let env = sim.env();
    sim.spawn(async move {
        env.timeout(1.0).await;
        Err::<(), _>("no <luck>")
    });
    sim.run().unwrap_err();
    let page = html(&sim.report());
    let (head, main) = page.split_once("<main>").unwrap();
    assert!(
        head.contains("The run ended with an error") && head.contains("no &lt;luck&gt;"),
        "{head}"
    );
    assert!(head.contains("What stands still") && head.contains("of `&lt;gate&gt;`"), "{head}");
    assert!(!main.contains("What stands still"));
    assert!(!html(&earlier).contains("ended with an error"));
    assert_sound(&page);
}

#[test]
fn merged_reports_have_what_the_runs_have_in_common() {
    let report = |seed| {
        let sim = Simulation::seeded(seed);
        let _trace = sim.trace();
        let clerks = Resource::new(&sim, 2).named("clerks");
        let slot = clerks.try_acquire();
        sim.run_until(10.0).unwrap();
        let report = sim.report();
        drop(slot);
        report
    };
    let mut both = report(1);
    both.merge(&report(2));
    let page = html(&both);
    assert_numbers(&page, both.values());
    assert!(page.contains("<dt>runs</dt><dd><bdi>2</bdi></dd>"));
    for of_one in ["<dt>seed", "<dt>fingerprint", "<dt>it took", "No log was kept", "id=\"replay\""]
    {
        assert!(!page.contains(of_one), "{of_one}");
        assert!(of_one.starts_with("No") || html(&report(1)).contains(of_one), "{of_one}");
    }
}

#[test]
fn a_report_that_was_read_has_its_numbers() {
    let (sim, _trace) = simulation();
    sim.run_until(30.0).unwrap();
    let text = serde_json::to_string(&sim.report()).unwrap();
    let read: Report = serde_json::from_str(&text).unwrap();
    assert_numbers(&html(&read), sim.report().values());
}

#[test]
fn an_empty_report_says_so() {
    let sim = Simulation::new();
    let page = html(&sim.report());
    assert!(page.contains("nothing: only what has a name is measured"));
    assert!(page.contains("let trace = sim.trace();"));
    assert!(numbers(&page).is_empty());
    assert_sound(&page);
}

#[test]
fn many_things_are_in_a_page_of_moderate_size() {
    let sim = Simulation::seeded(1);
    let _trace = sim.trace();
    let things: Vec<Resource> =
        (1..=500).map(|number| Resource::new(&sim, 1).named(format!("thing {number}"))).collect();
    for (number, thing) in things.into_iter().enumerate() {
        let env = sim.env();
        sim.spawn(async move {
            for _ in 0..number % 7 {
                let _slot = thing.acquire().await;
                env.timeout(env.stream("work").exponential(1.0)).await;
            }
        });
    }
    sim.run().unwrap();
    let report = sim.report();
    let page = html(&report);
    assert_numbers(&page, report.values());
    assert_sound(&page);
    assert!(page.matches("<figure").count() <= 200);
    assert!(page.len() < 6_000_000, "{}", page.len());
}

/// A browser takes a minute for tables of 20,000 things. The page has the first ones, and says so.
#[test]
fn what_is_too_much_for_a_browser_is_left_out_with_a_word() {
    let sim = Simulation::new();
    for number in 0..2_500 {
        let _ = Resource::new(&sim, 1).named(format!("thing {number}"));
        sim.counter(&format!("counter {number}")).add(1);
    }
    let page = html(&sim.report());
    assert_sound(&page);
    // In the first table; of the things beyond the 30 with a section also in the second.
    assert_eq!(page.matches("<bdi>thing 1999</bdi>").count(), 2);
    assert_eq!(page.matches("<bdi>counter 1999</bdi>").count(), 1);
    assert!(!page.contains("<bdi>thing 2030</bdi>") && !page.contains("<bdi>counter 2000</bdi>"));
    assert!(page.contains("The tables have the first 2,000 of 2,470"), "of the others");
    assert!(page.contains("The tables have the first 2,000 of 2,500"), "of the counters");
    assert!(page.len() < 12_000_000, "{}", page.len());
}

#[test]
fn the_same_run_gives_the_same_page() {
    let page = || {
        let (sim, _trace) = simulation();
        sim.run_until(30.0).unwrap();
        let page = html(&sim.report());
        let (before, after) = page.split_once("<dt>it took</dt>").unwrap();
        before.to_owned() + after.split_once("</div>").unwrap().1
    };
    assert_eq!(page(), page());
}

#[test]
fn a_page_is_written_whole_or_not_at_all() {
    let folder = Folder::new("page");
    let path = folder.0.join("bank.html");
    let sim = Simulation::new();
    sim.report().html(&path).unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.contains("<title>bank</title>"));
    // Nobody can write where a folder is.
    std::fs::create_dir(folder.0.join("bank.html.partial")).unwrap();
    sim.counter("lost").add(1);
    let refused = sim.report().html(&path).unwrap_err().to_string();
    assert!(refused.contains("bank.html` cannot be written: "), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page);
    let refused = sim.report().html(folder.0.join("none/bank.html")).unwrap_err().to_string();
    assert!(refused.contains("none/bank.html` cannot be written: No such file"), "{refused}");
}

/// A timeout and paid work end by themselves: nobody has to be told of those who wait for that.
#[test]
fn who_waits_for_the_time_only_is_not_told_of() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1).named("machine");
    let (env, other) = (sim.env(), sim.env());
    sim.spawn(async move { env.timeout(9.0).await });
    sim.spawn(async move { other.pausable_timeout(9.0).await });
    let worker = machine.clone();
    sim.spawn(async move {
        worker.work(0, 9.0).await;
    });
    sim.run_until(1.0).unwrap();
    assert!(!html(&sim.report()).contains("id=\"standstill\""), "{}", sim.standstill());
    let env = sim.env();
    let (gate, never) = (Gate::new_closed(&sim).named("gate"), Gate::new_closed(&sim));
    sim.spawn(async move {
        machine.work(0, 1.0).await;
    });
    sim.spawn(async move { gate.wait().await });
    sim.spawn(async move { drop(env.interruptible(never.wait()).await) });
    let env = sim.env();
    sim.spawn(async move { drop(env.interruptible(env.timeout(9.0)).await) });
    sim.run_until(2.0).unwrap();
    let page = html(&sim.report());
    assert!(page.contains("3 processes wait at the end for something other than the time"));
    assert!(page.contains("3 processes are blocked:") && !page.contains("pausable_timeout"));
}

#[test]
fn a_standstill_that_an_error_tells_of_stands_there_once() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let gate = Gate::new_closed(&sim).named("gate");
    sim.spawn(async move { gate.wait().await });
    sim.run_to_end().unwrap_err();
    let page = html(&sim.report());
    let (head, rest) = page.split_once("<main>").unwrap();
    assert_eq!(head.matches("Gate::wait").count(), 1, "{head}");
    assert!(!head.contains("What stands still"));
    // In the errors of the replay.
    let once = rest.split_once("id=\"replay-head\">").unwrap().1;
    assert_eq!(once.matches("1 process is blocked").count(), 1, "{once}");
    assert!(once.contains("\"ending\":\"\",\"standstill\":true"));
    drop(trace);
}

#[test]
fn the_layout_beside_the_page_is_used() {
    let folder = Folder::new("layout");
    let path = folder.0.join("factory.html");
    let sim = Simulation::new();
    let trace = sim.trace();
    let _gate = Gate::new_closed(&sim).named("gate");
    let report = sim.report().time_unit("h");
    let layout = |text| std::fs::write(folder.0.join("factory.layout"), text).unwrap();
    layout("asim layout 1\n\"thing:gate\" 511 622\n");
    report.html(&path).unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.contains("\"x\":511.0,\"y\":622.0"));
    assert!(page.contains("\"title\":\"factory\",\"unit\":\"h\",\"seed\""));
    layout("asim layout 1\nnonsense\n");
    let refused = report.html(&path).unwrap_err().to_string();
    assert!(refused.contains("factory.layout`, line 2: `nonsense`"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page);
    // Without a log there is nothing to lay out.
    drop((sim, trace));
    Simulation::new().report().html(&path).unwrap();
}
