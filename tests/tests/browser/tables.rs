//! What holds for the tables of all pages.

use std::collections::BTreeMap;

use asim_tests::browser::Tab;

/// The numbers of a page by their names: what they are, and how they are shown.
pub(crate) fn numbers_of(tab: &Tab<'_>) -> BTreeMap<String, (f64, String)> {
    let all = tab.evaluate(
        "[...document.querySelectorAll('[data-name]')].map(it => [(it.closest('[data-scenario]') ? \
         `${it.closest('[data-scenario]').dataset.scenario} ` : '') + it.dataset.name, it.dataset.value, \
         it.checkVisibility() ? it.innerText.trim() : ''])",
    );
    let mut numbers = BTreeMap::new();
    for it in all.as_array().unwrap() {
        let [name, value, shown] = [0, 1, 2].map(|place| it[place].as_str().unwrap().to_owned());
        let value: f64 = value.parse().unwrap();
        assert!(numbers.insert(name.clone(), (value, shown)).is_none(), "{name} is there twice");
    }
    numbers
}

/// Checks that what a page says and shows of a number is that number.
#[track_caller]
pub(crate) fn check_value(name: &str, value: f64, read: f64, shown: &str) {
    assert!(read == value || read.is_nan() && value.is_nan(), "{name}: {read}, not {value}");
    assert_ne!(shown, "", "{name} is not shown");
    // A page has three digits, or as many as the interval is worth.
    let plain = shown.replace(',', "");
    if let Ok(number) = plain.parse::<f64>() {
        let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let last = 0.51 * 0.1_f64.powi(i32::try_from(decimals).unwrap());
        let is_near = (number - value).abs() <= last.max(0.006 * value.abs());
        assert!(is_near, "{name}: {shown} for {value}");
    }
}

/// Checks that a page is as wide as its window, and no wider.
#[track_caller]
pub(crate) fn check_fits(tab: &Tab<'_>) {
    for width in [320, 375, 600, 1200] {
        tab.resize(width, 800);
        tab.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })");
        let fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        let beyond = "[...document.querySelectorAll('body *')].filter(it => it.getBoundingClientRect().right > \
                      document.documentElement.clientWidth + 1 && !it.closest('div.table, .replay-scroller, svg')) \
                      .slice(0, 9).map(it => it.outerHTML.slice(0, 200)).join('\\n')";
        assert!(tab.is(fits), "at {width}: {}", tab.text(beyond));
    }
}

/// Presses each head of each table that sorts: down, up, and as it was.
#[track_caller]
pub(crate) fn check_sorting(tab: &Tab<'_>) {
    let tables = tab.number("document.querySelectorAll('table.sorts').length");
    assert!(tables >= 1.0, "no table sorts");
    let wrong = tab.text(
        r#"(() => {
          const wrong = [];
          const key = (cell) => "value" in cell.dataset ? Number(cell.dataset.value.replace("inf", "Infinity"))
            : cell.textContent;
          for (const table of document.querySelectorAll("table.sorts")) {
            const rows = () => [...table.tBodies[0].rows];
            const before = rows();
            [...table.tHead.rows[0].cells].forEach((head, column) => {
              const button = head.querySelector("button");
              if (!button) return;
              for (let press = 0; press < 3; press++) {
                button.click();
                const order = head.getAttribute("aria-sort"), now = rows();
                if (new Set(now).size !== before.length) wrong.push("rows are lost");
                if (order === "none") {
                  if (now.some((row, at) => row !== before[at])) wrong.push("not as it was");
                  continue;
                }
                const keys = now.map((row) => key(row.cells[column])).filter((it) => typeof it === "number" && !isNaN(it));
                if (order === "descending") keys.reverse();
                if (keys.some((it, at) => at && it < keys[at - 1])) wrong.push(head.textContent + " " + keys);
              }
            });
          }
          return wrong.join("; ");
        })()"#,
    );
    assert_eq!(wrong, "");
}
