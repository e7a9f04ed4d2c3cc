//! Pages of experiments.

use serde::{Deserialize, Serialize};

use crate::prelude::*;
use crate::report::page::tests::{HOSTILE, assert_numbers, assert_sound};
use crate::test_folder::Folder;
use crate::{Estimate, Results};

#[derive(Clone, Serialize, Deserialize)]
struct Shop {
    clerks: u32,
    kind: String,
    price: f64,
}

fn shop(rep: &Replication, shop: &Shop) -> Result<(), String> {
    if rep.number() == 3 {
        return Err(format!("{} fell", HOSTILE[1]));
    }
    let eyes = rep.simulation().stream("dice").uniform(0.0, f64::from(shop.clerks));
    rep.result("eyes", eyes);
    rep.result(HOSTILE[0], eyes * shop.price);
    rep.result("unknown.median", f64::NAN);
    Ok(())
}

fn experiment() -> Experiment<Shop> {
    let first = Shop { clerks: 2, kind: HOSTILE[2].to_owned(), price: 2.5 };
    Experiment::new("<shop>", shop, first).seed(9).replications(6).quantile("eyes", 0.5)
}

fn html(results: &Results) -> String {
    results.page(&|failure| results.again(failure)).html()
}

/// Returns all numbers that a page has to have.
fn expected(results: &Results) -> Vec<(String, f64)> {
    let mut all = Vec::new();
    let mut add = |measure: &str, it: Estimate, names: [&str; 4]| {
        let values = [it.mean, it.half_width, it.low(), it.high()];
        all.extend(names.iter().zip(values).map(|(of, value)| (format!("{measure} {of}"), value)));
    };
    for scenario in results.scenarios() {
        for measure in results.measures() {
            add(measure, scenario.estimate(measure), ["mean", "half_width", "low", "high"]);
            if let Some(it) = scenario.difference(measure) {
                let names =
                    ["difference", "difference_half_width", "difference_low", "difference_high"];
                add(measure, it, names);
            }
        }
    }
    #[allow(clippy::cast_precision_loss)]
    for scenario in results.scenarios() {
        for measure in results.measures() {
            let it = scenario.estimate(measure);
            let others =
                [("sd", it.sd), ("least", it.least), ("most", it.most), ("n", it.count as f64)];
            all.extend(others.map(|(of, value)| (format!("{measure} {of}"), value)));
        }
        if let Some(it) = scenario.quantile("eyes", 0.5) {
            let others = [("", it.value), ("_low", it.low), ("_high", it.high)];
            all.extend(others.map(|(end, value)| (format!("eyes quantile_0.5{end}"), value)));
        }
        if results.scenarios().len() > 1 {
            all.push(("replications".to_owned(), scenario.replications() as f64));
            all.push(("failed".to_owned(), scenario.failed() as f64));
        }
    }
    all
}

#[test]
fn each_number_of_the_results_is_in_their_page_once() {
    let one = experiment().replications(20).run().unwrap();
    let swept = experiment().sweep("clerks", [2, 4]).sweep("kind", ["<a>", "b"]);
    let swept = swept.compare_to("clerks", 2).show("eyes").run().unwrap();
    for results in [one, swept] {
        let page = html(&results);
        assert_numbers(&page, expected(&results).into_iter());
        assert_sound(&page);
    }
}

#[test]
fn what_was_done_stands_in_the_page() {
    let results = experiment().sweep("clerks", [2, 4]).warm_up(1.5).run().unwrap();
    let page = html(&results);
    for words in [
        "<title>&lt;shop&gt;</title>",
        "<dt>seed</dt><dd><bdi>9</bdi></dd>",
        "<dt>warm-up</dt><dd><bdi>until 1.5</bdi></dd>",
        "<dt>price</dt><dd><bdi>2.5</bdi></dd>",
        "2 of 12 replications failed",
        "&lt;/script&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; fell",
        "clerks = 4: replication 3: &lt;",
        ".set(&quot;clerks&quot;, 4).seed(9).warm_up(1.5).only(3).run()",
    ] {
        assert!(page.contains(words), "{words}");
    }
    // A parameter that was swept is none of all scenarios.
    assert!(!page.contains("<dt>clerks</dt>"));
    let precise = experiment().until_half_width("eyes", 0.5).run().unwrap();
    let page = html(&precise);
    let after = precise.scenarios()[0].precise_after().unwrap();
    assert!(page.contains(&format!("after {after} replications")));
    assert!(page.contains("eyes is known ± 0.5"));
}

#[test]
fn results_are_written_whole_or_not_at_all() {
    let folder = Folder::new("page");
    let path = folder.0.join("shop.html");
    let results = experiment().run().unwrap();
    results.html(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), html(&results));
    let refused = results.html(folder.0.join("none/shop.html")).unwrap_err();
    assert!(refused.is_of_writing());
    assert!(refused.to_string().contains("none/shop.html` could not be written"), "{refused}");
}
