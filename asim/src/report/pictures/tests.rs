//! What stands in a picture, read again from its SVG.

use serde::{Deserialize, Serialize};

use crate::experiment::experiment::Experiment;
use crate::experiment::replication::replication::Replication;
use crate::experiment::results::results::Results;
use crate::experiment::warm_up::WarmUp;
use crate::report::pictures::svg_reader::{Element, read, scales, texts};

#[derive(Clone, Serialize, Deserialize)]
struct Model {
    x: f64,
    kind: String,
    /// What is added for each replication.
    spread: f64,
    /// What is multiplied.
    size: f64,
}

const NAME: &str = "<profit> & \"loss\" 🙂\u{1}";

fn model(rep: &Replication, model: &Model) -> Result<(), String> {
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let value = (model.x + model.spread * rep.number() as f64) * model.size;
    rep.result("value", value);
    rep.result(NAME, value);
    rep.result("unknown", f64::NAN);
    rep.result("endless", if model.x > 2.0 { f64::INFINITY } else { value });
    if model.x > 1.0 && rep.number() != 2 {
        rep.result("sometimes", value);
    }
    Ok(())
}

fn experiment() -> Experiment<Model> {
    let base = Model { x: 1.0, kind: "a".to_owned(), spread: 0.5, size: 1.0 };
    Experiment::new("a < b", model, base).replications(3)
}

fn bands(elements: &[Element]) -> Vec<Vec<(f64, f64)>> {
    let is_band = |it: &&Element| it.name == "polygon" && it.get("opacity") == "0.2";
    elements.iter().filter(is_band).map(Element::points).collect()
}

fn picture(results: &Results, measure: &str) -> Vec<Element> {
    read(results.picture(measure).svg())
}

#[test]
fn a_band_is_where_the_intervals_are() {
    let results = experiment().sweep("x", [1.0, 2.0, 4.0]).run().unwrap();
    let elements = picture(&results, "value");
    let [across, up] = scales(&elements);
    let bands = bands(&elements);
    let [band] = &bands[..] else { panic!("{bands:?}") };
    let lows = results.scenarios().iter().map(|it| it.estimate("value").low());
    let highs = results.scenarios().iter().rev().map(|it| it.estimate("value").high());
    let numbers = lows.chain(highs).zip([1.0, 2.0, 4.0, 4.0, 2.0, 1.0]);
    for ((up_there, x), (right, down)) in numbers.zip(band) {
        // A tenth of a pixel is 0.003 and 0.001 of these axes.
        assert!((across(*right) - x).abs() < 0.003, "{x} {}", across(*right));
        assert!((up(*down) - up_there).abs() < 0.005, "{up_there} {}", up(*down));
    }
    assert_eq!(band.len(), 6);
    let discs = elements.iter().filter(|it| it.name == "circle");
    let means: Vec<f64> = discs.map(|it| up(it.number("cy"))).collect();
    for (mean, expected) in means.iter().zip([2.0, 3.0, 5.0]) {
        assert!((mean - expected).abs() < 0.005, "{means:?}");
    }
    assert_eq!(means.len(), 3);
    assert_eq!(
        texts(&elements)[..2],
        ["value", "a < b: mean of 3 replications, intervals of 95 %"]
    );
    assert!(texts(&elements).contains(&"x"));
}

#[test]
fn names_are_shown_as_they_are() {
    let results = experiment().sweep("kind", ["<b>", "&amp;", "'\"🙂"]).run().unwrap();
    let elements = picture(&results, NAME);
    for name in ["<profit> & \"loss\" 🙂 ", "<b>", "&amp;", "'\"🙂", "kind"] {
        assert!(texts(&elements).contains(&name.trim()), "{name} {:?}", texts(&elements));
    }
    assert!(bands(&elements).is_empty());
    assert_eq!(elements.iter().filter(|it| it.name == "circle").count(), 3);
}

#[test]
fn other_parameters_have_a_line_for_each_value() {
    let sizes = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
    let results = experiment()
        .sweep("kind", ["a", "b"])
        .sweep("x", [3.0, 1.0, 2.0])
        .set("spread", 0.25)
        .run()
        .unwrap();
    let elements = picture(&results, "value");
    assert_eq!(bands(&elements).len(), 2);
    let texts_of_two = texts(&elements);
    for text in ["a", "b", "kind", "x"] {
        assert_eq!(texts_of_two.iter().filter(|it| **it == text).count(), 1, "{texts_of_two:?}");
    }
    assert!(texts_of_two[1].contains("spread = 0.25"), "{texts_of_two:?}");
    // From left to right, whatever the order in which the values were given.
    assert!(bands(&elements)[0].windows(2).take(2).all(|pair| pair[0].0 < pair[1].0));

    let results = experiment().sweep("x", [1.0, 2.0]).sweep("size", sizes).run().unwrap();
    let elements = picture(&results, "value");
    assert_eq!(bands(&elements).len(), 6);
    assert!(texts(&elements).contains(&"and 2 more"));
}

#[test]
fn what_is_not_known_leaves_a_gap() {
    let results = experiment().sweep("x", [1.0, 2.0, 3.0, 4.0]).run().unwrap();
    assert!(bands(&picture(&results, "unknown")).is_empty());
    assert_eq!(bands(&picture(&results, "endless"))[0].len(), 4);
    let elements = picture(&results, "sometimes");
    assert_eq!(bands(&elements)[0].len(), 6);
    assert!(texts(&elements)[1].contains("mean of 0 to 2 replications"), "{:?}", texts(&elements));

    let results = experiment().replications(1).sweep("x", [1.0, 2.0]).run().unwrap();
    let elements = picture(&results, "value");
    assert!(bands(&elements).is_empty());
    assert_eq!(elements.iter().filter(|it| it.name == "circle").count(), 2);

    // A setting that is no place on an axis is a name.
    let results = experiment().sweep("x", [1.0, f64::INFINITY, f64::NAN]).run().unwrap();
    assert!(texts(&picture(&results, "value")).contains(&"inf"));
    for measure in ["value", "unknown", "endless", NAME] {
        picture(&experiment().run().unwrap(), measure);
    }
}

#[test]
fn extreme_numbers_stay_on_the_paper() {
    let sizes = [0.0, 5e-324, 1e-300, 1e-12, 1.0, -1e9, 1e150, 1e300, -4e307];
    for size in sizes {
        for spread in [0.0, 1e-12, 0.5] {
            let experiment = experiment().set("size", size).set("spread", spread);
            let results = experiment.sweep("x", [1e-300, 0.0, 1.0, 1e3, -1e-5]).run().unwrap();
            for element in picture(&results, "value") {
                for (right, down) in element.points() {
                    assert!((0.0..=7200.0).contains(&right), "{size} {spread} {element:?}");
                    assert!((0.0..=4500.0).contains(&down), "{size} {spread} {element:?}");
                }
            }
        }
    }
}

#[test]
fn differences_are_where_their_intervals_are() {
    let results = experiment()
        .sweep("kind", ["<b>", "b"])
        .sweep("x", [1.0, 1.25, 4.0])
        .compare_to("x", 1.0)
        .run()
        .unwrap();
    let picture = results.picture_of_difference(NAME);
    let readings = picture.readings().unwrap();
    assert_eq!(readings.table.rows.len(), 6);
    for (row, scenario) in readings.table.rows.iter().zip(results.scenarios()) {
        let mean = crate::answers::figures::figure(scenario.estimate(NAME).mean);
        assert!(row[1].starts_with(&mean), "{row:?}");
        let difference =
            scenario.difference(NAME).map(|it| crate::answers::figures::figure(it.mean));
        assert!(row[2].starts_with(&difference.unwrap_or_default()), "{row:?}");
    }
    let elements = read(picture.svg());
    for text in ["<b>, 1.25", "difference from x = 1", "kind, x", "base"] {
        assert!(texts(&elements).contains(&text), "{:?}", texts(&elements));
    }
}

#[test]
fn a_difference_that_may_be_zero_is_hollow() {
    let of = |parameter: &str, values: [serde_json::Value; 2]| {
        let experiment = experiment().set("spread", 0.0).sweep(parameter, values.clone());
        let results = experiment.compare_to(parameter, &values[0]).run().unwrap();
        read(results.picture_of_difference("value").svg())
    };
    let hollow = |elements: &[Element]| texts(elements).contains(&"may be zero");
    let sure = |elements: &[Element]| texts(elements).contains(&"does not touch zero");
    let same = of("kind", ["a".into(), "b".into()]);
    let other = of("size", [1.0.into(), 2.0.into()]);
    assert!(hollow(&other) != sure(&other) && sure(&other));
    assert!(hollow(&same) && !sure(&same));
    // What is not known is said, and not drawn.
    let results = experiment().sweep("x", [1.0, 3.0]).compare_to("x", 1.0).run().unwrap();
    for measure in ["unknown", "endless", "sometimes"] {
        let elements = read(results.picture_of_difference(measure).svg());
        assert!(texts(&elements).contains(&"not known"), "{measure} {:?}", texts(&elements));
    }
}

#[test]
#[should_panic(
    expected = "nothing is compared in `a < b`: say to which value of a parameter the others are"
)]
fn a_difference_needs_a_comparison() {
    let _ = experiment().sweep("x", [1.0, 2.0]).run().unwrap().picture_of_difference("value");
}

#[test]
#[should_panic(expected = "there is no result `valeu`; did you mean `value`?")]
fn a_measure_that_is_not_there_is_named() {
    let _ = experiment().run().unwrap().picture("valeu");
}

#[test]
fn the_picture_of_a_warm_up_has_its_suggestion() {
    let of = |suggestion, series| WarmUp {
        measure: "stock.mean".to_owned(),
        settings: String::new(),
        replications: 10,
        suggestion,
        series,
    };
    let series: Vec<(f64, f64)> =
        (1..=500_u32).map(f64::from).map(|time| (time, time.min(100.0))).collect();
    let elements = read(of(Some(100.0), series.clone()).picture().svg());
    let [across, up] = scales(&elements);
    let is_grey = |it: &&Element| it.name == "polygon" && it.get("opacity") == "0.12";
    let grey = elements.iter().find(is_grey).unwrap().points();
    assert!((across(grey[1].0) - 100.0).abs() < 0.2, "{}", across(grey[1].0));
    let lines = elements.iter().filter(|it| it.name == "polyline").map(Element::points);
    let longest = lines.max_by_key(Vec::len).unwrap();
    for ((right, down), (time, value)) in longest.iter().zip(&series) {
        assert!((across(*right) - time).abs() < 0.2 && (up(*down) - value).abs() < 0.1);
    }
    assert_eq!(longest.len(), 500);
    assert!(texts(&elements)[1].contains("a warm-up of 100 is suggested"));

    for series in [vec![], vec![(1.0, 5.0)], vec![(1.0, f64::NAN), (2.0, 1e300)]] {
        let text = "too short to say";
        assert!(texts(&read(of(None, series).picture().svg()))[1].contains(text));
    }
}

#[test]
fn a_picture_is_saved_whole_or_not_at_all() {
    let folder = std::env::temp_dir().join(format!("asim-picture-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let picture = experiment().run().unwrap().picture("value");
    picture.save(folder.join("value.svg")).unwrap();
    assert_eq!(std::fs::read_to_string(folder.join("value.svg")).unwrap(), picture.svg());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let refused = picture.save(folder.join("none/value.svg")).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::NotFound);
    assert!(refused.to_string().contains("none/value.svg` could not be written"), "{refused}");
    std::fs::remove_dir_all(&folder).unwrap();
}
