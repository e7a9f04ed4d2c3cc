//! The page of an experiment.

use std::path::Path;
use std::process::ExitCode;

use asim::prelude::*;
use asim_tests::browser::Browser;
use asim_tests::folder::Folder;
use serde::{Deserialize, Serialize};

use crate::models::HOSTILE;
use crate::tables::{check_fits, check_sorting, check_value, numbers_of};

#[derive(Clone, Serialize, Deserialize)]
struct Shop {
    clerks: usize,
    name: String,
    /// Each replication whose number can be divided by this fails; none if it is 0.
    fails: u64,
}

fn shop(rep: &Replication, shop: &Shop) -> Result<(), String> {
    if shop.fails > 0 && rep.number().is_multiple_of(shop.fails) {
        return Err("<b>the shop burns</b>".to_owned());
    }
    let sim = rep.simulation();
    let clerks = Resource::new(&sim, shop.clerks).named(shop.name.clone());
    let (env, service) = (sim.env(), sim.stream("service"));
    for _ in 0..20 {
        let (env, clerks, service) = (env.clone(), clerks.clone(), service.clone());
        sim.spawn(async move {
            let _clerk = clerks.acquire().await;
            env.timeout(service.exponential(2.0)).await;
        });
    }
    sim.run().map_err(|error| error.to_string())?;
    rep.result(HOSTILE[0], sim.now());
    rep.result(HOSTILE[4], f64::NAN);
    Ok(())
}

fn experiment(fails: u64) -> Experiment<Shop> {
    let name = HOSTILE[1].to_owned();
    Experiment::new(HOSTILE[2], shop, Shop { clerks: 2, name, fails })
        .seed(5)
        .replications(8)
        .jobs(1)
}

#[test]
fn all_numbers_are_there_and_nothing_else_happens() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("results");
    let page = folder.at("shop.html");
    let swept = experiment(4).sweep("clerks", 1..=3).compare_to("clerks", 2);
    for (results, has_failed) in
        [(swept.run().unwrap(), true), (experiment(0).run().unwrap(), false)]
    {
        results.html(&page).unwrap();
        let tab = browser.open(&page);
        tab.check_clean();
        tab.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })");
        let numbers = numbers_of(&tab);
        for scenario in results.scenarios() {
            for measure in results.measures() {
                let check = |of: &str, value: f64| {
                    let name = format!("{} {measure} {of}", scenario.number());
                    let Some((read, shown)) = numbers.get(&name) else {
                        panic!("{name} is not there")
                    };
                    check_value(&name, value, *read, shown);
                };
                let of = scenario.estimate(measure);
                check("mean", of.mean);
                check("low", of.low());
                check("high", of.high());
                check("half_width", of.half_width);
                check("sd", of.sd);
                check("least", of.least);
                check("most", of.most);
                if let Some(difference) = scenario.difference(measure) {
                    check("difference", difference.mean);
                    check("difference_low", difference.low());
                    check("difference_high", difference.high());
                }
            }
        }
        let text = tab.text("document.body.innerText");
        for name in [0, 1, 2, 4] {
            assert!(text.contains(HOSTILE[name]), "{} is not in {text}", HOSTILE[name]);
        }
        assert_eq!(text.contains("<b>the shop burns</b>"), has_failed);
        assert_eq!(tab.number("document.querySelectorAll('img, b, i').length"), 0.0);
        check_sorting(&tab);
        check_fits(&tab);
        assert!(tab.pdf().starts_with(b"%PDF"));
        tab.check_clean();
    }
}

/// The pages that the command line writes are those that the calls write.
#[test]
fn the_command_line_writes_the_pages() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("line");
    let (all, one, replay) =
        (folder.at("all.html"), folder.at("one.html"), folder.at("replay.html"));
    // It prints but one line.
    let line = |options: &[(&str, &Path)]| {
        let mut words = ["./shop", "--show", HOSTILE[4]].map(str::to_owned).to_vec();
        for (option, path) in options {
            words.extend([(*option).to_owned(), path.display().to_string()]);
        }
        words
    };
    let code = experiment(0).main_from(line(&[("--report", &all)]));
    assert_eq!(code, ExitCode::SUCCESS);
    let mut words = line(&[("--report", &one), ("--replay", &replay)]);
    words.extend(["--only", "3"].map(str::to_owned));
    assert_eq!(experiment(0).main_from(words), ExitCode::SUCCESS);
    let tab = browser.open(&all);
    assert!(!numbers_of(&tab).is_empty());
    tab.check_clean();

    tab.open(&one);
    let rep = Replication::new(5, 3);
    shop(&rep, &Shop { clerks: 2, name: HOSTILE[1].to_owned(), fails: 0 }).unwrap();
    tab.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })");
    let numbers = numbers_of(&tab);
    for (name, value) in rep.report().unwrap().values() {
        let (read, shown) = &numbers[&name];
        check_value(&name, value, *read, shown);
    }
    tab.check_clean();

    tab.open(&replay);
    tab.evaluate("replay.goTo(replay.length)");
    assert!(tab.number("replay.length") > 100.0);
    assert_eq!(tab.number("replay.time()"), rep.report().unwrap().until());
    tab.check_clean();
}

/// A replication that fails: its report and its replay have the words, and the exit code stays.
#[test]
fn a_failed_replication_is_shown_with_its_words() {
    #[process]
    async fn clerk(env: Environment, panics: bool) -> Result<(), String> {
        env.timeout(3.0).await;
        assert!(!panics, "<i>the clerk falls</i>");
        Err("<i>the clerk falls</i>".to_owned())
    }
    fn fails(rep: &Replication, (): &()) -> Result<(), SimError> {
        let sim = rep.simulation();
        sim.process(Clerk::new(rep.number() == 2));
        sim.run()
    }
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("failed");
    let (report, replay) = (folder.at("report.html"), folder.at("replay.html"));
    let tab = browser.tab();
    for number in ["1", "2"] {
        let [first, second] = [&report, &replay].map(|path| path.display().to_string());
        let words = ["./fails", "--only", number, "--report", &first, "--replay", &second]
            .map(str::to_owned);
        assert_eq!(Experiment::new("fails", fails, ()).main_from(words), ExitCode::from(1));
        tab.open(&report);
        assert!(tab.text("document.body.innerText").contains("<i>the clerk falls</i>"));
        tab.check_clean();
        tab.open(&replay);
        tab.evaluate("replay.goTo(replay.length)");
        tab.until("document.body.innerText.includes('<i>the clerk falls</i>')");
        assert_eq!(tab.number("replay.time()"), 3.0);
        tab.check_clean();
    }
}
