use asim::prelude::*;

#[process]
async fn customer(env: Environment, patience: f64, clerks: Resource) {
    asim!(match FirstOf(clerk = clerks.acquire(), late = env.timeout(patience)).await {
        FirstOf::Clerk(clerk) => {
            env.timeout(4.0).await;
            clerk.release();
        }
        FirstOf::Late(()) => env.log("gives \"up\""),
    });
}

// Whole logs of this small bank, in all forms. It stands first, as the logs have its lines.
use super::{Written, temporary};

fn bank(sim: &Simulation) {
    let clerks = Resource::new(sim, 1).named("clerks");
    for patience in [9.0, 1.5, 9.0] {
        sim.process(Customer::new(patience, clerks.clone()));
    }
    sim.run().unwrap();
}

const TEXT: &str = r#"        time  process                   thing             what happened
           0                            clerks            capacity 1
           0                            clerks            level 0
           0  Customer #1                                 starts
           0  Customer #2                                 starts
           0  Customer #3                                 starts
           0  Customer #1                                 goes on
           0  Customer #1               clerks            granted
           0  Customer #1               clerks            level 1
           0  Customer #1                                 waits for timeout (tests/tests/log/bank.rs:7:17)
           0  Customer #2                                 goes on
           0  Customer #2               clerks            in line
           0  Customer #2                                 waits for FirstOf (tests/tests/log/bank.rs:5:5)
           0  Customer #3                                 goes on
           0  Customer #3               clerks            in line
           0  Customer #3                                 waits for FirstOf (tests/tests/log/bank.rs:5:5)
         1.5  Customer #2               clerks            left the line
         1.5  Customer #2                                 goes on
         1.5  Customer #2                                 gives "up"
         1.5  Customer #2                                 ends
           4  Customer #1                                 goes on
           4  Customer #1               clerks            released
           4  Customer #3               clerks            granted
           4  Customer #1                                 ends
           4  Customer #3                                 goes on
           4  Customer #3                                 waits for timeout (tests/tests/log/bank.rs:7:17)
           8  Customer #3                                 goes on
           8  Customer #3               clerks            released
           8  Customer #3               clerks            level 0
           8  Customer #3                                 ends
"#;

/// The same in JSON lines, from 1.5 to 4.
const LINES: &str = r#"
{"time":1.5,"kind":"left","process":"Customer","number":2,"thing":"clerks","side":"take"}
{"time":1.5,"kind":"resumed","process":"Customer","number":2}
{"time":1.5,"kind":"logged","process":"Customer","number":2,"text":"gives \"up\""}
{"time":1.5,"kind":"ended","process":"Customer","number":2}
{"time":4.0,"kind":"resumed","process":"Customer","number":1}
{"time":4.0,"kind":"released","process":"Customer","number":1,"thing":"clerks"}
{"time":4.0,"kind":"granted","process":"Customer","number":3,"thing":"clerks","side":"take"}
{"time":4.0,"kind":"ended","process":"Customer","number":1}
{"time":4.0,"kind":"resumed","process":"Customer","number":3}
{"time":4.0,"kind":"paused","process":"Customer","number":3,"request":"timeout","at":"tests/tests/log/bank.rs:7:17"}
"#;

const PERFETTO: &str = r#"[
{"ph":"M","pid":1,"tid":0,"ts":0,"name":"process_name","args":{"name":"processes"}},
{"ph":"M","pid":2,"tid":0,"ts":0,"name":"process_name","args":{"name":"things"}},
{"ph":"C","pid":2,"tid":0,"ts":0,"name":"clerks","args":{"capacity":1.0}},
{"ph":"C","pid":2,"tid":0,"ts":0,"name":"clerks","args":{"level":0.0}},
{"ph":"M","pid":1,"tid":1,"ts":0,"name":"thread_name","args":{"name":"Customer #1"}},
{"ph":"B","pid":1,"tid":1,"ts":0,"cat":"process","name":"Customer #1"},
{"ph":"M","pid":1,"tid":2,"ts":0,"name":"thread_name","args":{"name":"Customer #2"}},
{"ph":"B","pid":1,"tid":2,"ts":0,"cat":"process","name":"Customer #2"},
{"ph":"M","pid":1,"tid":3,"ts":0,"name":"thread_name","args":{"name":"Customer #3"}},
{"ph":"B","pid":1,"tid":3,"ts":0,"cat":"process","name":"Customer #3"},
{"ph":"B","pid":1,"tid":1,"ts":0,"cat":"hold","name":"holds clerks"},
{"ph":"C","pid":2,"tid":0,"ts":0,"name":"clerks","args":{"level":1.0}},
{"ph":"B","pid":1,"tid":1,"ts":0,"cat":"wait","name":"waits for timeout","args":{"at":"tests/tests/log/bank.rs:7:17"}},
{"ph":"B","pid":1,"tid":2,"ts":0,"cat":"wait","name":"waits for clerks","args":{"at":"tests/tests/log/bank.rs:5:5"}},
{"ph":"B","pid":1,"tid":3,"ts":0,"cat":"wait","name":"waits for clerks","args":{"at":"tests/tests/log/bank.rs:5:5"}},
{"ph":"E","pid":1,"tid":2,"ts":1500000},
{"ph":"i","pid":1,"tid":2,"ts":1500000,"s":"t","name":"gives \"up\""},
{"ph":"E","pid":1,"tid":2,"ts":1500000},
{"ph":"E","pid":1,"tid":1,"ts":4000000},
{"ph":"E","pid":1,"tid":1,"ts":4000000},
{"ph":"E","pid":1,"tid":3,"ts":4000000},
{"ph":"B","pid":1,"tid":3,"ts":4000000,"cat":"hold","name":"holds clerks"},
{"ph":"E","pid":1,"tid":1,"ts":4000000},
{"ph":"B","pid":1,"tid":3,"ts":4000000,"cat":"wait","name":"waits for timeout","args":{"at":"tests/tests/log/bank.rs:7:17"}},
{"ph":"E","pid":1,"tid":3,"ts":8000000},
{"ph":"E","pid":1,"tid":3,"ts":8000000},
{"ph":"C","pid":2,"tid":0,"ts":8000000,"name":"clerks","args":{"level":0.0}},
{"ph":"E","pid":1,"tid":3,"ts":8000000}
]
"#;

#[test]
fn a_file_has_the_form_of_its_name() {
    let paths = ["json", "jsonl", "log", "txt"].map(|end| temporary(&format!("bank.{end}")));
    let sim = Simulation::new();
    for path in &paths {
        sim.trace_to(path).unwrap();
    }
    bank(&sim);
    let read = |path: &String| std::fs::read_to_string(path).unwrap();
    // After a run, all is there but the bracket at the end.
    assert_eq!(format!("{}\n]\n", read(&paths[0])), PERFETTO);
    drop(sim);
    let [json, lines, log, text] = paths.each_ref().map(read);
    assert_eq!(json, PERFETTO);
    assert_eq!(log, TEXT);
    assert_eq!(text, TEXT);
    let (header, rest) = lines.split_once('\n').unwrap();
    assert_eq!(header, r#"{"format":"asim log","version":1}"#);
    assert!(rest.contains(LINES), "{lines}");
    assert_eq!(lines.lines().count(), TEXT.lines().count());
    for path in &paths {
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn memory_a_function_and_a_writer_get_the_same() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let (called, written) = (Written::default(), Written::default());
    let to = called.clone();
    sim.tracing().for_each(move |happening| to.add_line(&happening.to_string()));
    sim.tracing().to_text(written.clone());
    let json = Written::default();
    sim.tracing().to_perfetto(json.clone());
    bank(&sim);
    assert_eq!(trace.to_string(), TEXT);
    drop(sim);
    assert_eq!(trace.to_string(), TEXT);
    let heading = TEXT.lines().next().unwrap();
    assert_eq!(format!("{heading}\n{}", called.text()), TEXT);
    assert_eq!(written.text(), TEXT);
    assert_eq!(json.text(), PERFETTO);
}

#[test]
fn a_run_without_happenings_gives_a_whole_file() {
    let json = Written::default();
    let sim = Simulation::new();
    sim.tracing().to_perfetto(json.clone());
    drop(sim);
    assert_eq!(json.text(), "[]\n");
}

#[test]
fn a_run_that_begins_before_zero_is_shown_from_zero_on() {
    let json = Written::default();
    let sim = Simulation::starting_at(-2.5);
    sim.tracing().to_perfetto(json.clone());
    sim.log("opens");
    sim.schedule(3.0, |env| env.log("later"));
    sim.run().unwrap();
    drop(sim);
    assert!(json.text().contains(r#""ts":0,"s":"t","name":"opens""#), "{}", json.text());
    assert!(json.text().contains(r#""ts":3000000,"s":"t","name":"later""#), "{}", json.text());
}
