//! `--report` and `--replay`: what is written, and what the program says.

use super::tests::{Printed, program};
use super::*;
use crate::engine::sim_error::SimError;
use crate::experiment::replication::replication::Replication;
use crate::shared::buffer::queue::Queue;
use crate::shared::resource::resource::Resource;
use crate::test_folder::Folder;

/// How a replication ends, by its number.
fn desk(rep: &Replication, (): &()) -> Result<(), String> {
    if rep.number() == 5 {
        return Err("no desk came".to_owned());
    }
    let sim = rep.simulation();
    let desk = Resource::new(&sim, 1).named("desk");
    let (env, number, service) = (sim.env(), rep.number(), sim.stream("service"));
    sim.spawn(async move {
        let _desk = desk.acquire().await;
        env.timeout(7.0).await;
        env.log("in the middle");
        match number {
            2 => Err("the desk breaks".to_owned()),
            3 => panic!("the desk burns"),
            _ => {
                env.timeout(service.exponential(2.0)).await;
                Ok(())
            }
        }
    });
    match number {
        4 => {
            sim.run().map_err(|error| error.to_string())?;
            Err("the desk is ugly".to_owned())
        }
        _ => sim.run().map_err(|error: SimError| format!("it went wrong: {error}")),
    }
}

fn desks() -> Experiment<()> {
    Experiment::new("desk", desk, ()).seed(3).replications(2)
}

/// The exit code, what was said, and the two pages.
fn pages_of(replication: &str) -> (Printed, String, String) {
    let folder = Folder::new("pages");
    let path = |name| folder.0.join(name).display().to_string();
    let (report, replay) = (path("report.html"), path("replay.html"));
    let words = ["--only", replication, "--report", &report, "--replay", &replay];
    let printed = program(desks(), words);
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    (printed, read(report), read(replay))
}

#[test]
fn one_replication_has_its_report_and_its_replay() {
    let (printed, report, replay) = pages_of("1");
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    let alone = program(desks(), ["--only", "1"]);
    assert_eq!(printed.out, alone.out, "who looks changes nothing");
    assert!(report.contains("data-name=\"desk.utilisation\""));
    assert!(report.contains("id=\"replay-head\"") && replay.contains("id=\"replay-head\""));
}

#[test]
fn a_replication_that_fails_is_shown_until_its_end() {
    for (number, said, word) in [
        ("2", "it went wrong: ", "the desk breaks"),
        ("3", "panicked: ", "the desk burns"),
        ("4", "", "the desk is ugly"),
    ] {
        let (printed, report, replay) = pages_of(number);
        assert_eq!(printed.code, FAILED, "{}", printed.err);
        let begin = format!("replication {number} failed: {said}");
        assert!(printed.err.starts_with(&begin) && printed.err.contains(word), "{}", printed.err);
        assert_eq!(printed.err.lines().count(), 1, "{}", printed.err);
        // Each has it once, and the report has the replay in it.
        assert_eq!((report.matches(word).count(), replay.matches(word).count()), (2, 1));
        assert!(replay.contains("in the middle"));
    }
}

#[test]
fn where_nothing_was_there_is_nothing_to_show() {
    let (printed, report, replay) = pages_of("5");
    assert_eq!((printed.code, report.as_str(), replay.as_str()), (FAILED, "", ""));
    assert_eq!(
        printed.err,
        "replication 5 failed: no desk came\n\
         error: there is no report: the replication has made no simulation, or it hangs\n"
    );
}

#[test]
fn a_page_that_cannot_be_written_has_its_code() {
    let folder = Folder::new("nowhere");
    let path = folder.0.join("not there").join("page.html").display().to_string();
    for words in [&["--only", "1", "--report", &path][..], &["--only", "3", "--replay", &path]] {
        let [only, number, page, path] = words else { panic!("four words") };
        let printed = program(desks(), [*only, *number, *page, *path]);
        assert_eq!(printed.code, NOT_WRITTEN, "{}", printed.err);
        assert!(printed.err.contains("not there"), "{}", printed.err);
    }
    let printed = program(desks(), ["--report", &path]);
    assert_eq!(printed.code, NOT_WRITTEN, "{}", printed.err);
    assert!(printed.err.contains("not there"), "{}", printed.err);
}

#[test]
fn all_replications_have_a_report_and_no_replay() {
    let folder = Folder::new("all");
    let path = folder.0.join("all.html").display().to_string();
    let printed = program(desks(), ["--replications", "1", "--report", &path]);
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    assert!(folder.read("all.html").contains("desk"));
    for (words, sentence) in [
        (
            ["--replay", "x.html", "--quiet"],
            "--replay plays one replication: say which one with --only",
        ),
        (
            ["--report=x.html", "--shard=1/3", "--out=x"],
            "--report shows all replications, and --shard makes a part: say it with --merge",
        ),
        (
            ["--report=x.html", "--list", "--quiet"],
            "--list and --suggest-warm-up write no page: leave --report and --replay away",
        ),
        (
            ["--only=1", "--report=x.html", "--replay=x.html"],
            "--report and --replay would write the same file: name two",
        ),
    ] {
        let printed = program(desks(), words);
        assert_eq!((printed.code, printed.err), (REFUSED, format!("error: {sentence}\n")));
    }
    assert!(program(desks(), ["--help"]).out.contains("--replay <FILE>"));
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Market {
    stalls: u32,
    weather: String,
}

fn market(rep: &Replication, market: &Market) -> Result<(), String> {
    if rep.number() == 2 {
        return Err("it rains".to_owned());
    }
    let sim = rep.simulation();
    rep.result("<cost>", 12.5 * f64::from(market.stalls));
    let stall = Resource::new(&sim, 1).named("stall");
    for _ in 0..3 {
        let (env, stall) = (sim.env(), stall.clone());
        sim.spawn(async move {
            let _stall = stall.acquire().await;
            env.timeout(7.0).await;
        });
    }
    sim.run_until(10.0).map_err(|error| error.to_string())
}

fn markets() -> Experiment<Market> {
    Experiment::new("market & more", market, Market { stalls: 3, weather: "dry".to_owned() })
}

#[test]
fn the_page_of_a_replication_says_what_it_is_of() {
    let folder = Folder::new("market");
    let path = |name| folder.0.join(name).display().to_string();
    let (report, replay) = (path("report.html"), path("replay.html"));
    let words = ["--set", "stalls=4", "--only", "17", "--report", &report, "--replay", &replay];
    assert_eq!(program(markets(), words).code, 0);
    let (report, replay) = (folder.read("report.html"), folder.read("replay.html"));
    for words in [
        "<title>market &amp; more</title>",
        "<h1><bdi>market &amp; more</bdi></h1>",
        "<dt>replication</dt><dd><bdi>17</bdi></dd>",
        "<dt>stalls</dt><dd><bdi>4</bdi></dd>",
        "<dt>weather</dt><dd><bdi>dry</bdi></dd>",
        "<h2>The model's results</h2>",
        "data-name=\"&lt;cost&gt;\" data-value=\"50.0\"",
        // It names the file with the layout.
        "\"title\":\"report\"",
    ] {
        assert_eq!(report.matches(words).count(), 1, "{words}");
    }
    // Two processes have not ended: that the drop of the simulation says so is in none of the two.
    let happenings = |page: &str| {
        let (_, rest) = page.split_once("\"happenings\":").unwrap();
        rest.split_once(',').unwrap().0.to_owned()
    };
    assert_eq!(happenings(&report), happenings(&replay));
    let of_facts = format!("<dt>happenings</dt><dd><bdi>{}</bdi></dd>", happenings(&replay));
    assert!(report.contains(&of_facts));
}

#[test]
fn the_results_of_the_model_are_there_if_the_replication_fails_or_is_cut() {
    let folder = Folder::new("own");
    let path = folder.0.join("report.html").display().to_string();
    let words = ["--only", "1", "--batches", "2", "--batch-length", "3", "--report", &path];
    assert_eq!(program(markets(), words).code, 0);
    assert!(folder.read("report.html").contains("data-name=\"&lt;cost&gt;\""));
    let failing = |rep: &Replication, (): &()| {
        let _sim = rep.simulation();
        rep.result("cost", 1.0);
        Err::<(), _>("it rains".to_owned())
    };
    let words = ["--only", "1", "--report", &path];
    assert_eq!(program(Experiment::new("failing", failing, ()), words).code, FAILED);
    assert!(folder.read("report.html").contains("data-name=\"cost\" data-value=\"1.0\""));
}

#[test]
fn the_page_of_an_experiment_has_the_command_that_makes_a_failure_again() {
    let folder = Folder::new("again");
    let path = folder.0.join("all.html").display().to_string();
    let words = ["--set", "stalls=4..5", "--seed", "9", "--replications", "3", "--report", &path];
    let printed = program(markets(), words);
    assert_eq!(printed.code, FAILED);
    let page = folder.read("all.html");
    assert!(page.contains("stalls = 4: replication 2: it rains"));
    for stalls in [4, 5] {
        let command = format!("./bank --set stalls={stalls} --seed 9 --only 2");
        assert!(page.contains(&format!("Again: <code>{command}</code>")), "{command}");
        assert!(printed.err.contains(&command), "{}", printed.err);
    }
    assert!(!page.contains(".only("));
}

#[test]
fn a_standstill_in_which_a_replication_fails_stands_once_in_each_page() {
    let folder = Folder::new("still");
    let path = |name| folder.0.join(name).display().to_string();
    let (report, replay) = (path("report.html"), path("replay.html"));
    let still = |rep: &Replication, (): &()| {
        let sim = rep.simulation();
        let queue = Queue::<u32>::unbounded(&sim).named("queue");
        sim.spawn(async move {
            queue.get().await;
        });
        sim.run_to_end()
    };
    let words = ["--only", "1", "--report", &report, "--replay", &replay];
    assert_eq!(program(Experiment::new("still", still, ()), words).code, FAILED);
    let (report, replay) = (folder.read("report.html"), folder.read("replay.html"));
    // The report has the replay in it.
    let told = |page: &str| page.matches("Queue::get of `queue`").count();
    assert_eq!((told(&report), told(&replay)), (2, 1));
}

/// Batches are cut out of one run: all of it is shown.
#[test]
fn a_run_in_batches_is_shown_whole() {
    let folder = Folder::new("batches");
    let path = folder.0.join("replay.html").display().to_string();
    let words = ["--only", "1", "--batches", "2", "--batch-length", "3", "--replay", &path];
    let printed = program(desks(), words);
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    assert!(folder.read("replay.html").contains("in the middle"));
}
