use std::fs;

use super::LayoutFile;
use crate::report::replay::scene::{Node, Place, Scene};

fn scene() -> Scene {
    let node = |key: &str, what| Node {
        key: key.to_owned(),
        label: key.to_owned(),
        kind: "Resource",
        what,
        x: 10.0,
        y: 20.0,
        w: 100.0,
        h: 50.0,
    };
    Scene {
        width: 200.0,
        height: 100.0,
        nodes: vec![
            node("thing:doctors", Place::Thing(1)),
            node("type:a \"b\" 😀", Place::Type(0)),
        ],
        edges: vec![(1, 0, 3)],
    }
}

fn read(text: &str) -> Result<LayoutFile, String> {
    LayoutFile::read(text).map_err(|(line, wrong)| format!("{line}: {wrong}"))
}

#[test]
fn what_was_moved_is_moved_and_all_is_seen() {
    let text = "asim layout 1\r\n\n# by Ada\n\"thing:doctors\" 320 140.5\n  \"type:a \\\"b\\\" \\ud83d\\ude00\" 20 900 \"<b> 'the' \\\"room\\\"\"\n\"thing:gone\" 1 1\n";
    let mut moved = scene();
    read(text).unwrap().apply(&mut moved);
    let [doctors, room] = &moved.nodes[..] else { panic!() };
    assert_eq!((doctors.x, doctors.y, &*doctors.label), (320.0, 140.5, "thing:doctors"));
    assert_eq!((room.x, room.y, &*room.label), (20.0, 900.0, "<b> 'the' \"room\""));
    assert_eq!((moved.width, moved.height), (440.0, 970.0));
    assert_eq!(moved.edges, scene().edges);
}

#[test]
fn without_a_line_nothing_is_moved() {
    let mut same = scene();
    read("\u{feff}asim layout 1").unwrap().apply(&mut same);
    assert_eq!(same, scene());
}

#[test]
fn what_cannot_be_read_is_said_with_its_line() {
    let right =
        "right would be `\"thing:clerks\" 320 140` or `\"thing:clerks\" 320 140 \"The clerks\"`";
    let no_place = |line: &str| format!("`{line}` is no key, place and label; {right}");
    let first = |line: &str| format!("the first line is `{line}`, and must be `asim layout 1`");
    for (text, line, wrong) in [
        ("", 1, first("")),
        ("hello\n", 1, first("hello")),
        ("asim layout", 1, first("asim layout")),
        (
            "asim layout 2\n",
            1,
            "this is `asim layout 2`, but this version of asim reads `asim layout 1`".to_owned(),
        ),
        ("asim layout 1\n\nthing:doctors 1 2\n", 3, no_place("thing:doctors 1 2")),
        ("asim layout 1\n\"thing:doctors\" 1\n", 2, no_place("\"thing:doctors\" 1")),
        ("asim layout 1\n\"a\" 1 2 3\n", 2, no_place("\"a\" 1 2 3")),
        ("asim layout 1\n\"a\" 1 2 \"b\" \"c\"\n", 2, no_place("\"a\" 1 2 \"b\" \"c\"")),
        ("asim layout 1\n\"a\" 1 2 \"b\n", 2, no_place("\"a\" 1 2 \"b")),
        ("asim layout 1\n\"a\" 1 two\n", 2, no_place("\"a\" 1 two")),
        (
            "asim layout 1\n\"a\" 1 1e9\n",
            2,
            format!("`\"a\" 1 1e9` has a place that is not between 0 and 100000; {right}"),
        ),
        (
            "asim layout 1\n\"a\" -1 1\n",
            2,
            format!("`\"a\" -1 1` has a place that is not between 0 and 100000; {right}"),
        ),
    ] {
        assert_eq!(read(text), Err(format!("{line}: {wrong}")), "{text}");
    }
}

#[test]
fn it_stands_beside_the_page() {
    let folder = std::env::temp_dir().join(format!("asim-layout-file-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let page = folder.join("bank.v2.html");
    assert_eq!(LayoutFile::beside(&page).unwrap(), LayoutFile::default());
    fs::write(folder.join("bank.v2.layout"), "asim layout 1\n\"thing:doctors\" 1 2\n").unwrap();
    assert_eq!(LayoutFile::beside(&page).unwrap().moved.len(), 1);
    fs::write(folder.join("bank.v2.layout"), "asim layout 7\n").unwrap();
    let error = LayoutFile::beside(&page).unwrap_err().to_string();
    assert!(error.contains("bank.v2.html` cannot be written"), "{error}");
    assert!(error.contains("bank.v2.layout`, line 1: this is `asim layout 7`"), "{error}");
    fs::write(folder.join("bank.v2.layout"), [0xFF, 0xFE]).unwrap();
    let error = LayoutFile::beside(&page).unwrap_err().to_string();
    assert!(error.contains("bank.v2.layout`: ") && error.contains("UTF-8"), "{error}");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_page_does_not_replace_its_own_layout() {
    let error = LayoutFile::beside("out/bank.layout".as_ref()).unwrap_err().to_string();
    assert!(error.contains("must not end in .layout"), "{error}");
}

/// The last line of a key counts.
#[test]
fn a_long_file_is_read_and_a_long_line_is_cut() {
    let lines: Vec<String> =
        (0..100_000).map(|number| format!("\"thing:doctors\" {number} 2\n")).collect();
    let text = format!("asim layout 1\n{}", lines.concat());
    let mut moved = scene();
    read(&text).unwrap().apply(&mut moved);
    assert_eq!(moved.nodes[0].x, 99_999.0);
    let wrong = read(&format!("asim layout 1\n{}", "é".repeat(9_999))).unwrap_err();
    assert!(wrong.starts_with(&format!("2: `{}...` is no key", "é".repeat(100))), "{wrong}");
}
