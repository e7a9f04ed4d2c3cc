//! Every example that is worth looking at has a replay that shows what it does: who flows where.
//!
//! The pages are written into the folder `replays` of cargo's folder for tests (`target/tmp/replays`), to be opened in a
//! browser.
//!
//! An example reads its command line. So each runs in a process of its own, which is this program again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use asim::Trace;
use serde::Deserialize;

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// Names the example that this process shall run.
const EXAMPLE: &str = "ASIM_REPLAY";

/// What the page says beside what happened.
#[derive(Deserialize)]
struct Head {
    format: String,
    happenings: u64,
    processes: u32,
    standstill: bool,
    width: f64,
    height: f64,
    nodes: Vec<Node>,
    edges: Vec<(usize, usize, u64)>,
}

#[derive(Deserialize)]
struct Node {
    key: String,
    x: f64,
    y: f64,
    w: f64,
    h: f64,
}

impl Head {
    /// Returns the keys of the nodes to which one goes from this one, and how often.
    fn after(&self, key: &str) -> Vec<(&str, u64)> {
        let to = self.edges.iter().filter(|edge| self.nodes[edge.0].key == key);
        to.map(|edge| (&*self.nodes[edge.1].key, edge.2)).collect()
    }

    fn node(&self, key: &str) -> &Node {
        self.nodes
            .iter()
            .find(|node| node.key == key)
            .unwrap_or_else(|| panic!("there is no {key}"))
    }

    /// Returns how many nodes there are whose keys begin so.
    fn count(&self, begin: &str) -> usize {
        self.nodes.iter().filter(|node| node.key.starts_with(begin)).count()
    }

    /// Asserts that these nodes stand in this order, from left to right.
    fn assert_in_a_row(&self, keys: &[&str]) {
        for pair in keys.windows(2) {
            let (left, right) = (self.node(pair[0]), self.node(pair[1]));
            assert!(left.x + left.w < right.x, "{} is not left of {}", left.key, right.key);
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("replays")
}

/// Makes the replay of an example, and returns the head of its page.
fn replay(name: &str) -> Head {
    fs::create_dir_all(folder()).expect("the folder can be made");
    let page = folder().join(format!("{name}.html"));
    let _ = fs::remove_file(&page);
    let program = env::current_exe().expect("a test has a file");
    // Without arguments, which the example would read. What it prints is caught.
    let run = Command::new(program).env(EXAMPLE, name).output().expect("a test can be started");
    let page = fs::read_to_string(&page)
        .unwrap_or_else(|_| panic!("{name} has failed:\n{}", String::from_utf8_lossy(&run.stdout)));
    let (_, rest) = page.split_once("id=\"replay-head\">").expect("the page has a head");
    let (head, _) = rest.split_once("</script>").expect("the head ends");
    let head: Head = serde_json::from_str(head).expect("the head is JSON");
    assert_eq!(head.format, "asim replay");
    // All boxes are on the stage, and each has a key of its own.
    for node in &head.nodes {
        let is_seen = node.x >= 0.0 && node.x + node.w <= head.width;
        assert!(is_seen && node.y >= 0.0 && node.y + node.h <= head.height, "{}", node.key);
    }
    let keys: BTreeSet<&str> = head.nodes.iter().map(|node| &*node.key).collect();
    assert_eq!(keys.len(), head.nodes.len());
    head
}

/// Every test begins with this: a process that shall run an example does it here.
fn is_asked_to_run() -> bool {
    let Ok(wanted) = env::var(EXAMPLE) else { return false };
    let (name, run) = EXAMPLES.iter().find(|(name, _)| *name == wanted).expect("an example");
    let traces = Trace::of(run);
    let longest = traces.iter().max_by_key(|trace| trace.len()).expect("it makes a simulation");
    longest.replay(folder().join(format!("{name}.html"))).expect("the page can be written");
    true
}

#[test]
fn replays_show_who_flows_where() {
    if is_asked_to_run() {
        return;
    }
    let all: BTreeMap<&str, Head> =
        EXAMPLES.iter().map(|(name, _)| (*name, replay(name))).collect();

    let bank = &all["bank"];
    bank.assert_in_a_row(&["process:Entrance", "type:Customer", "thing:clerks"]);
    // Those who gave up have not been served, but they have stood in the line.
    let [("thing:clerks", came)] = bank.after("type:Customer")[..] else { panic!() };
    let [("type:Customer", gone)] = bank.after("thing:clerks")[..] else { panic!() };
    assert!(gone <= came && came > 200, "{gone} of {came}");

    let clinic = &all["clinic"];
    clinic.assert_in_a_row(&[
        "process:Reception",
        "type:Patient",
        "thing:doctors",
        "thing:scanner",
    ]);
    clinic.assert_in_a_row(&["process:Ambulances", "type:Emergency", "thing:doctors"]);
    assert_eq!((clinic.processes, clinic.nodes.len()), (26, 6));
    assert_eq!(clinic.after("process:Reception"), [("type:Patient", 21)]);
    assert_eq!(clinic.after("type:Patient"), [("thing:doctors", 21)]);

    // The roster changes how many doctors there are.
    let department = &all["emergency_department"];
    department.assert_in_a_row(&["process:Entrance", "type:patient", "thing:doctors"]);
    assert_eq!(department.after("process:Shifts"), [("thing:doctors", 121)]);
    assert!(department.processes > 3000 && department.happenings > 40_000);

    // A source, ten buffers and a sink, with a wire between each two.
    let pipeline = &all["pipeline"];
    assert_eq!((pipeline.count("process:"), pipeline.count("thing:")), (12, 11));
    assert_eq!(pipeline.after("process:Source"), [("thing:wire 1", 1000)]);
    assert_eq!(pipeline.after("thing:wire 10"), [("process:buffer 10", 991)]);
    assert_eq!(pipeline.after("process:buffer 10"), [("thing:last wire", 990)]);
    assert_eq!(pipeline.after("thing:last wire"), [("process:Sink", 990)]);
    pipeline.assert_in_a_row(&[
        "process:Source",
        "thing:wire 1",
        "process:buffer 1",
        "thing:wire 2",
    ]);
    assert!(pipeline.width <= 1000.0 && pipeline.height <= 720.0);

    // Letters go to the right, and answers come back, between the same two cells.
    let palindrome = &all["palindrome"];
    assert_eq!(palindrome.count("process:"), 42);
    palindrome.assert_in_a_row(&[
        "process:Keyboard",
        "thing:letters 0",
        "process:cell 0",
        "thing:letters 1",
    ]);
    palindrome.assert_in_a_row(&["process:Keyboard", "thing:answers 0", "process:cell 0"]);
    assert_eq!(palindrome.after("process:Keyboard"), [("thing:letters 0", 41)]);
    assert_eq!(palindrome.after("thing:answers 0"), [("process:Keyboard", 41)]);
    for cell in 0..20 {
        let (letters, answers) = (format!("thing:letters {cell}"), format!("thing:answers {cell}"));
        let (letters, answers) = (palindrome.node(&letters), palindrome.node(&answers));
        assert!(letters.y != answers.y && (letters.x - answers.x).abs() < 1.0, "{cell}");
    }

    let carwash = &all["carwash"];
    carwash.assert_in_a_row(&["process:Setup", "type:Car", "thing:machines", "type:Wash"]);
    assert_eq!(carwash.after("process:Setup"), [("type:Car", 7)]);

    // All ten machines call the same repairman, from both sides.
    let shop = &all["machine_shop"];
    assert_eq!((shop.count("process:machine "), shop.count("type:")), (10, 1));
    assert!(
        (0..10).all(|at| shop.after(&format!("process:machine {at}"))[0].0 == "thing:repairman")
    );
    shop.assert_in_a_row(&["process:machine 0", "thing:repairman", "process:machine 9"]);

    let line = &all["production_line"];
    line.assert_in_a_row(&[
        "thing:raw parts",
        "process:saw",
        "thing:after the saw",
        "process:drill",
    ]);
    assert_eq!(line.after("process:drill"), [("thing:mechanic", 1), ("thing:after the drill", 6)]);
    assert_eq!(line.after("thing:after the paint"), [("process:Packer", 6)]);

    // Only these end with processes that wait for ever.
    let standstills: Vec<&str> =
        all.iter().filter(|(_, head)| head.standstill).map(|(name, _)| *name).collect();
    assert_eq!(
        standstills,
        [
            "bounded_queue",
            "container",
            "operating_theatre",
            "priority_queue",
            "producer_consumer",
            "production_line",
        ]
    );
}
