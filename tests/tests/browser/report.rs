//! The page of a report.

use asim_tests::browser::Browser;
use asim_tests::folder::Folder;

use crate::models::{HOSTILE, write_hostile};
use crate::tables::{check_fits, check_sorting, check_value, numbers_of};

/// Opens the report of the hostile bank.
macro_rules! hostile_report {
    ($browser:ident, $folder:ident, $tab:ident, $report:ident) => {
        let Some($browser) = Browser::start() else { return };
        let $folder = Folder::new("report");
        let page = $folder.at("bank.html");
        let $report = write_hostile(&page, &$folder.at("replay.html"));
        let $tab = $browser.open(&page);
    };
}

#[test]
fn all_numbers_are_there_and_nothing_else_happens() {
    hostile_report!(browser, folder, tab, report);
    tab.check_clean();
    // What is folded is opened, to be seen.
    tab.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })");
    let mut numbers = numbers_of(&tab);
    for (name, value) in report.values() {
        let Some((read, shown)) = numbers.remove(&name) else { panic!("{name} is not there") };
        check_value(&name, value, read, &shown);
    }
    assert!(numbers.is_empty(), "they are no results: {numbers:?}");
    tab.check_clean();
}

#[test]
fn names_are_shown_and_not_executed() {
    hostile_report!(browser, folder, tab, report);
    let text = tab.text("document.body.innerText");
    for name in
        HOSTILE.iter().chain(&["<b>tank</b>", "boss & <i>", "lost <s>", "inside <s>", "<u>min</u>"])
    {
        assert!(text.contains(name), "{name} is not in {text}");
    }
    assert_eq!(tab.number("document.querySelectorAll('img, b, i, s, u').length"), 0.0);
    assert!(report.value("lost <s>").is_some());
    tab.check_clean();
}

#[test]
fn a_table_sorts() {
    hostile_report!(browser, folder, tab, _report);
    check_sorting(&tab);
    tab.check_clean();
}

#[test]
fn it_works_without_scripts() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("plain");
    let page = folder.at("bank.html");
    let report = write_hostile(&page, &folder.at("replay.html"));
    let tab = browser.tab();
    tab.without_scripts();
    tab.open(&page);
    tab.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })");
    let numbers = numbers_of(&tab);
    assert_eq!(numbers.len(), report.values().count());
    assert!(numbers.values().all(|(_, shown)| !shown.is_empty()));
    assert!(tab.number("document.querySelectorAll('svg').length") >= 1.0);
    tab.check_clean();
}

#[test]
fn the_keyboard_reads_a_picture() {
    hostile_report!(browser, folder, tab, _report);
    let mut presses = 0;
    while !tab.is("document.activeElement.matches('figure .chart')") {
        tab.key("Tab");
        presses += 1;
        assert!(presses < 300, "no picture can be reached by the key Tab");
    }
    let reading = "document.activeElement.parentElement.querySelector('output').textContent";
    tab.key("ArrowRight");
    let first = tab.text(reading);
    assert_ne!(first, "");
    for _ in 0..3 {
        tab.key("ArrowRight");
    }
    assert_ne!(tab.text(reading), first);
    tab.key("Home");
    assert_eq!(tab.text(reading), first);
    tab.key("Escape");
    assert_eq!(tab.text(reading), "");
    tab.check_clean();
}

/// Under the pointer stands what the picture shows there.
#[test]
fn the_pointer_reads_a_picture() {
    hostile_report!(browser, folder, tab, _report);
    let middle = tab.middle_of("figure .chart");
    tab.point(middle);
    tab.until("document.querySelector('figure output').textContent !== ''");
    tab.check_clean();
}

#[test]
fn it_fits_a_phone_and_a_sheet_of_paper() {
    hostile_report!(browser, folder, tab, _report);
    check_fits(&tab);
    let pdf = tab.pdf();
    assert!(pdf.starts_with(b"%PDF") && pdf.len() > 10_000, "{} bytes", pdf.len());
    tab.check_clean();
}
