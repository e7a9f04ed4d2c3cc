use serde_json::Value;

use super::fragment;
use crate::answers::origin::LogSoFar;
use crate::prelude::*;
use crate::report::replay::layout_file::LayoutFile;
use crate::report::replay::models_of_tests::{everything, start};
use crate::trace::kept::lock;
use crate::{Simulation, Trace};

/// Returns the fragment of a run, and its head.
fn replayed(sim: &Simulation, trace: &Trace) -> (String, Value) {
    trace.look();
    let standing = trace.kernel.upgrade().map(|kernel| kernel.standing());
    let log = LogSoFar { kept: trace.kept.clone(), count: lock(&trace.kept).count() };
    let html = fragment(&log, standing.as_ref(), "a <title>", None, &LayoutFile::default()).html;
    let _ = sim;
    let (_, rest) = html.split_once("id=\"replay-head\">").unwrap();
    let head = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    (html, head)
}

#[test]
fn names_stay_in_their_place() {
    let sim = Simulation::seeded(7);
    let trace = sim.trace();
    everything(&sim);
    sim.log("</script><script>alert(1)</script>");
    let (html, head) = replayed(&sim, &trace);
    assert_eq!(html.matches("</script>").count(), 2);
    assert_eq!(html.matches("<script").count(), 2);
    assert_eq!(head["title"], "a <title>");
    assert_eq!(head["things"][1][0], "belt </script> 😀");
    assert_eq!(head["seed"], "7");
    assert_eq!(
        head["texts"].as_array().unwrap().last().unwrap(),
        "</script><script>alert(1)</script>"
    );
    assert_eq!(html, replayed(&sim, &trace).0);
}

#[test]
fn an_error_of_a_run_is_at_its_moment_and_the_end_is_in_words() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let (env, gate) = (sim.env(), Resource::new(&sim, 1).named("gate"));
    let held = gate.try_acquire();
    start(&sim, "guest", async move {
        let _gate = gate.acquire().await;
    });
    sim.spawn(async move {
        env.timeout(2.0).await;
        Err::<(), _>("burnt out".to_owned())
    });
    sim.run_until(1.0).unwrap();
    let (_, head) = replayed(&sim, &trace);
    assert_eq!((&head["ending"], &head["standstill"]), (&Value::from(""), &Value::from(false)));
    assert_eq!(head["errors"], Value::Array(Vec::new()));

    sim.run().unwrap_err();
    let (_, head) = replayed(&sim, &trace);
    let error = &head["errors"][0];
    assert_eq!((&error[0], &error[1]), (&head["happenings"], &Value::from(2.0)));
    assert!(error[2].as_str().unwrap().contains("burnt out"), "{error}");
    assert!(head["ending"].as_str().unwrap().contains("1 process is blocked"), "{head}");
    assert!(head["ending"].as_str().unwrap().contains("`gate`"), "{head}");
    assert_eq!(head["until"], 2.0);
    drop(held);
}

#[test]
fn the_end_of_a_simulation_is_known_when_it_is_gone() {
    let trace = {
        let sim = Simulation::seeded(3);
        let trace = sim.trace();
        let gate = Queue::<u32>::unbounded(&sim).named("gate");
        start(&sim, "guest", async move { while gate.get().await > 0 {} });
        sim.run().unwrap();
        trace
    };
    let folder = std::env::temp_dir().join(format!("asim-fragment-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let page = folder.join("gate.html");
    trace.replay(&page).unwrap();
    let first = std::fs::read_to_string(&page).unwrap();
    let (_, rest) = first.split_once("id=\"replay-head\">").unwrap();
    let head: Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    assert_eq!((&head["standstill"], &head["seed"]), (&Value::from(true), &Value::from("3")));
    assert!(head["ending"].as_str().unwrap().contains("guest"), "{head}");

    // A file with a layout that cannot be read leaves the page that is there.
    std::fs::write(folder.join("gate.layout"), "asim layout 1\n\"thing:gate\" 500 600\n").unwrap();
    trace.replay(&page).unwrap();
    let moved = std::fs::read_to_string(&page).unwrap();
    assert!(moved.contains("\"x\":500.0,\"y\":600.0"));
    std::fs::write(folder.join("gate.layout"), "asim layout 1\nnonsense\n").unwrap();
    assert!(matches!(trace.replay(&page), Err(SimError::Page { .. })));
    assert_eq!(std::fs::read_to_string(&page).unwrap(), moved);
    std::fs::remove_dir_all(&folder).unwrap();
}
