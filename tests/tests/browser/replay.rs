//! The page of a replay: it goes to any moment, and what it shows there is what the log says.

use std::path::Path;

use asim::prelude::*;
use asim::{Happening, Trace};
use asim_tests::browser::{Browser, Tab};
use asim_tests::drive::log_of;
use asim_tests::folder::Folder;
use asim_tests::generate::from_seed;
use asim_tests::hostile::{self, check};

use crate::fold::{Thing, state_after};
use crate::models::{HOSTILE, broken_desk, clinic, harbour, hostile_bank, write_hostile};

/// So many random programs are replayed. `ASIM_REPLAYS=1000` replays that many, `ASIM_SEED=7` begins with that seed.
const USUALLY: u64 = 40;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|it| it.parse().expect("a number"))
}

/// Returns the things of a page.
fn things_of(tab: &Tab<'_>) -> Vec<Thing> {
    let things =
        tab.evaluate("JSON.parse(document.getElementById('replay-head').textContent).things");
    let text = |it: &serde_json::Value| it.as_str().unwrap().to_owned();
    let thing = |it: &serde_json::Value| Thing {
        name: text(&it[0]),
        is_held: ["Resource", "PreemptiveResource", "Pool"].contains(&text(&it[1]).as_str()),
    };
    things.as_array().unwrap().iter().map(thing).collect()
}

/// Returns the lines of a state that the fold has too.
fn lines_of(state: &str, things: usize) -> Vec<String> {
    let mut lines = state.lines();
    assert!(lines.next().unwrap().starts_with("after "));
    let mut all: Vec<String> = lines.by_ref().take(things).map(str::to_owned).collect();
    for line in lines {
        // `#3: at desk; waits for timeout, preempted since 4; lines: ; holds: 1`
        let (number, rest) = line.split_once(": at ").unwrap();
        let (rest, _) = rest.rsplit_once("; lines: ").unwrap();
        let (_, does) = rest.split_once("; ").unwrap();
        let what = does.split_once(" since ").unwrap().0.split(", ").next().unwrap();
        // Those that have ended stand there as long as they hold something.
        let has_ended = ["ended", "failed", "cancelled", "stopped", "panicked"].contains(&what);
        if number != "#0" && !has_ended {
            all.push(format!("{number}: {does}"));
        }
    }
    all
}

/// Returns the states at all moments, from the first to the last.
fn states_of(tab: &Tab<'_>) -> Vec<String> {
    let states = tab.evaluate(
        "(() => { const all = []; for (let i = 0; i <= replay.length; i++) { replay.goTo(i); all.push(replay.state()); } \
         return all; })()",
    );
    states.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// Checks that the page shows the same at each moment, however one comes there: from before, from behind, by the time.
fn check_seeks(tab: &Tab<'_>, seed: u64) {
    let wrong = tab.text(&format!(
        r"(() => {{
          let seed = {seed};
          const random = (below) => {{ seed = (seed * 1103515245 + 12345) % 2147483648; return seed % below; }};
          const all = [];
          for (let i = 0; i <= replay.length; i++) {{ replay.goTo(i); all.push(replay.state()); }}
          for (let tries = 0; tries < 60; tries++) {{
            const to = random(replay.length + 1);
            replay.goTo(to);
            if (replay.position() !== to || replay.state() !== all[to]) return `at ${{to}}`;
            const now = replay.time();
            replay.goTo(random(replay.length + 1));
            replay.goToTime(now);
            const last = replay.position();
            if (last < to || replay.time() !== now || replay.state() !== all[last]) return `at the time ${{now}}`;
          }}
          return '';
        }})()"
    ));
    assert_eq!(wrong, "", "seed {seed}");
}

/// Checks each moment of the page of a log against the log. Returns how many there are.
fn check_moments(log: &Trace, page: &Path, tab: &Tab<'_>, what: &str, seed: u64) -> usize {
    log.replay(page).unwrap();
    tab.open(page);
    let (things, states) = (things_of(tab), states_of(tab));
    let happenings: Vec<Happening> = log.iter().collect();
    assert_eq!(states.len(), happenings.len() + 1, "{what} {seed}");
    for (count, state) in states.iter().enumerate() {
        let expected = state_after(&happenings[..count], &things);
        let last = count.checked_sub(1).map(|last| happenings[last].to_string());
        let page = lines_of(state, things.len());
        assert_eq!(page, expected, "{what} {seed}, after {count}: {last:?}");
    }
    check_seeks(tab, seed);
    tab.check_clean();
    states.len()
}

#[test]
fn each_moment_of_random_programs_is_what_the_log_says() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("random");
    let (page, tab) = (folder.at("random.html"), browser.tab());
    let first = from_environment("ASIM_SEED").unwrap_or(0);
    let count = from_environment("ASIM_REPLAYS").unwrap_or(USUALLY);
    let mut moments = 0;
    for seed in first..first + count {
        moments += check_moments(&log_of(&from_seed(seed)), &page, &tab, "program", seed);
    }
    println!("{count} programs from seed {first} on, {moments} moments");
}

/// The same for programs whose user code calls back from everywhere, and panics there; and for logs that begin in the
/// middle of them.
#[test]
fn each_moment_of_hostile_programs_is_what_the_log_says() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("hostile");
    let (page, tab) = (folder.at("hostile.html"), browser.tab());
    let first = from_environment("ASIM_SEED").unwrap_or(0);
    let count = from_environment("ASIM_REPLAYS").unwrap_or(USUALLY);
    let mut moments = 0;
    for seed in first..first + count {
        let mut logs = Vec::new();
        let ran = check::run_with_logs(&hostile::generate::from_seed(seed), &mut logs);
        assert!(ran.is_ok(), "{ran:?}");
        for log in &logs {
            moments += check_moments(log, &page, &tab, "hostile program", seed);
        }
    }
    assert!(moments > 0);
    println!("{count} hostile programs from seed {first} on, {moments} moments");
}

#[test]
fn playing_comes_to_what_seeking_shows() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("play");
    let page = folder.at("bank.html");
    hostile_bank().1.replay(&page).unwrap();
    let tab = browser.open(&page);
    for from in [0, 100, 400] {
        tab.evaluate(&format!("(replay.goTo({from}), replay.play())"));
        tab.until(&format!("replay.position() > {from} + 20"));
        tab.evaluate("replay.pause()");
        let same = "(() => { const [at, state] = [replay.position(), replay.state()]; replay.goTo(replay.length); \
                    replay.goTo(at); return state === replay.state(); })()";
        assert!(tab.is(same), "from {from}");
    }
    // Played to its end.
    tab.evaluate("(replay.goTo(replay.length - 3), replay.play())");
    tab.until("replay.position() === replay.length");
    tab.check_clean();
}

#[test]
fn names_are_shown_and_not_executed() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("names");
    let page = folder.at("bank.html");
    hostile_bank().1.replay(&page).unwrap();
    let tab = browser.open(&page);
    tab.evaluate("replay.goTo(replay.length)");
    // What is written is there after a frame.
    tab.until("document.body.innerText.includes('blocked')");
    let text = tab.text("document.body.innerText");
    for name in HOSTILE.iter().chain(&["<b>tank</b>", "boss & <i>"]) {
        assert!(text.contains(name), "{name} is not in {text}");
    }
    let search = "document.querySelector('input[type=search]')";
    tab.evaluate(&format!("{search}.focus()"));
    for letter in ["i", "m", "g"] {
        tab.key(letter);
    }
    tab.key("Enter");
    // The first of this name: its story has what it has logged.
    let story = "[...document.querySelectorAll('#replay ol')].map(it => it.innerText).join()";
    tab.until(&format!("{story}.includes('{}')", HOSTILE[0]));
    assert_eq!(tab.number("document.querySelectorAll('img, b, i, s').length"), 0.0);
    tab.check_clean();
}

/// Letters that turn the direction of all that follows are not shown; keys have them, so that a layout finds its thing.
/// A long name is broken.
#[test]
fn names_leave_what_stands_beside_them_alone() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("beside");
    let (page, report) = (folder.at("desk.html"), folder.at("report.html"));
    let name = format!("\u{202e}desk {}", "m".repeat(4_000));
    let sim = Simulation::new();
    let trace = sim.trace();
    let desk = Resource::new(&sim, 1).named(&name);
    let tally = sim.tally(&name);
    let slot = desk.try_acquire();
    tally.add(2.0);
    tally.add(5.0);
    sim.log(format!("{name} is busy"));
    sim.run_until(5.0).unwrap();
    drop(slot);
    sim.report().html(&report).unwrap();
    trace.replay(&page).unwrap();
    let tab = browser.tab();
    for page in [&page, &report] {
        tab.open(page);
        tab.evaluate("replay.goTo(replay.length)");
        tab.until("document.body.innerText.includes('is busy')");
        assert!(!tab.is("/[\\u202a-\\u202e]/.test(document.body.innerText)"));
        assert!(tab.is("replay.layout().includes('thing:\\u202edesk')"));
        let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
        assert!(!tab.is(wide), "{}", page.display());
        tab.check_clean();
    }
}

#[test]
fn the_end_is_told_in_words() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("end");
    let page = folder.at("bank.html");
    hostile_bank().1.replay(&page).unwrap();
    let tab = browser.open(&page);
    tab.key("End");
    tab.until("replay.position() === replay.length");
    tab.until("document.body.innerText.includes('nothing is left to happen')");
    tab.check_clean();
}

/// What a run ended with is told when the replay comes there, and not before.
#[test]
fn an_error_is_told_where_it_happened() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("error");
    let page = folder.at("desk.html");
    broken_desk().replay(&page).unwrap();
    let tab = browser.open(&page);
    let words = "process `Clerk` failed at time 10: the desk of <script>alert(3)</script> breaks";
    let is_told = format!("document.body.innerText.includes({})", serde_json::json!(words));
    tab.evaluate("replay.goToTime(9.9)");
    tab.until("document.body.innerText.includes('time 9.9')");
    assert!(!tab.is(&is_told));
    tab.evaluate("replay.goToTime(10)");
    tab.until(&is_told);
    // The replay ends there.
    tab.evaluate("(replay.goToTime(9), replay.play())");
    tab.until("replay.position() === replay.length");
    tab.until(&is_told);
    assert_eq!(tab.number("replay.time()"), 10.0);
    tab.check_clean();
}

#[test]
fn what_was_moved_stays_where_it_is() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("drag");
    let page = folder.at("clinic.html");
    let trace = clinic(20);
    trace.replay(&page).unwrap();
    let tab = browser.open(&page);
    let place = |tab: &Tab<'_>| {
        let place = tab.evaluate("(scrollTo(0, 0), replay.place('thing:doctors'))");
        ["x", "y", "w", "h"].map(|it| place[it].as_f64().unwrap())
    };
    let [x, y, w, _] = place(&tab);
    let grip = (x + w / 2.0, y + 8.0);
    tab.drag(grip, (grip.0 - 60.0, grip.1 + 45.0));
    let moved = place(&tab);
    assert!((moved[0] - x + 60.0).abs() < 3.0 && (moved[1] - y - 45.0).abs() < 3.0, "{moved:?}");
    let layout = tab.text("replay.layout()");
    tab.reload();
    let kept = place(&tab);
    assert!(kept.iter().zip(moved).all(|(now, was)| (now - was).abs() < 2.0), "{kept:?}");
    assert_eq!(tab.text("replay.layout()"), layout);
    // The same by the file, for a browser that knows nothing of it.
    tab.evaluate(
        "(document.querySelector('#replay details').open = true, \
         [...document.querySelectorAll('button')].find(it => it.textContent.includes('Save layout')).id = 'save')",
    );
    tab.click_on("#save");
    assert_eq!(browser.downloaded("clinic.layout"), layout);
    tab.check_clean();
    drop(browser);
    let Some(browser) = Browser::start() else { return };
    let other = browser.open(&page);
    assert_ne!(other.text("replay.layout()"), layout, "another browser has not seen the drag");
    let _ = folder.write("clinic.layout", &layout);
    trace.replay(&page).unwrap();
    other.open(&page);
    assert_eq!(other.text("replay.layout()"), layout);
    // What is written into the file by hand counts, whatever the browser remembers of the page before.
    let [x, y, w, _] = place(&other);
    let grip = (x + w / 2.0, y + 8.0);
    other.drag(grip, (grip.0 + 40.0, grip.1 + 20.0));
    assert_ne!(other.text("replay.layout()"), layout);
    let doctors = layout.lines().find(|line| line.starts_with("\"thing:doctors\"")).unwrap();
    let edited = layout.replace(doctors, "\"thing:doctors\" 77 33 \"Our doctors\"");
    let _ = folder.write("clinic.layout", &edited);
    trace.replay(&page).unwrap();
    other.open(&page);
    assert_eq!(other.text("replay.layout()"), edited);
    other.check_clean();
}

/// Cut anywhere, a page says so, or shows what it has. It never throws.
#[test]
fn a_page_that_was_cut_off_says_so() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("cut");
    let page = folder.at("clinic.html");
    clinic(20).replay(&page).unwrap();
    let whole = std::fs::read_to_string(&page).unwrap();
    let head = whole.find("id=\"replay-head\"").unwrap();
    let body = whole.find("<body>").unwrap();
    let data = whole.find("id=\"replay-happenings\"").unwrap();
    let tab = browser.tab();
    let mut random = 12_345_u64;
    let mut below = |bound: usize| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % bound
    };
    let mut cuts: Vec<usize> = (0..12).map(|_| below(body)).collect();
    cuts.extend((0..25).map(|_| body + below(whole.len() - body)));
    cuts.extend([
        head - 9,
        head,
        head + 20,
        data - 20,
        data,
        data + 24,
        data + 25,
        data + 26,
        whole.len() - 40,
    ]);
    for mut cut in cuts {
        while !whole.is_char_boundary(cut) {
            cut -= 1;
        }
        tab.open(&folder.write("cut.html", &whole[..cut]));
        let text = tab.text("document.body ? document.body.innerText : ''");
        let is_whole = tab.is("!!window.replay");
        assert!(cut < body + 6 || is_whole || text.contains("cut off"), "cut at {cut}: {text}");
        assert_eq!(tab.complaints(), [""; 0], "cut at {cut}");
    }
    for (from, to, word) in [
        ("\"version\":1", "\"version\":2", "version 2"),
        ("\"version\": 1", "\"version\": 2", "version 2"),
        ("asim replay\"", "asim report\"", "not a replay"),
    ] {
        if !whole[head..].contains(from) {
            continue;
        }
        let other = whole[..head].to_owned() + &whole[head..].replacen(from, to, 1);
        tab.open(&folder.write("other.html", &other));
        let text = tab.text("document.body.innerText");
        assert!(text.contains(word), "{text}");
        tab.check_clean();
    }
    // One letter of the data is another.
    let mut changed = whole.clone().into_bytes();
    let place = data + 200;
    changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
    tab.open(&folder.write("changed.html", &String::from_utf8(changed).unwrap()));
    assert!(tab.text("document.body.innerText").contains("was changed"));
    tab.check_clean();
}

#[test]
fn the_keyboard_goes_through_the_run() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("keys");
    let page = folder.at("clinic.html");
    clinic(100).replay(&page).unwrap();
    let tab = browser.open(&page);
    let position = || tab.number("replay.position()");
    let length = tab.number("replay.length");
    tab.key("Home");
    assert_eq!(position(), 0.0);
    tab.key("ArrowRight");
    tab.key("ArrowRight");
    assert_eq!(position(), 2.0);
    tab.key("ArrowLeft");
    assert_eq!(position(), 1.0);
    tab.key("p");
    let preempted = position();
    assert!(preempted > 1.0 && preempted < length, "a preemption is there");
    tab.until("document.body.innerText.includes('preempted')");
    tab.key("End");
    assert_eq!(position(), length);
    tab.key("Home");
    tab.key(" ");
    tab.until("replay.position() > 5");
    tab.key(" ");
    let paused = position();
    tab.wait(std::time::Duration::from_millis(200));
    assert_eq!(position(), paused, "it stands");
    tab.check_clean();
}

#[test]
fn it_fits_a_phone_and_says_what_it_needs() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("phone");
    let page = folder.at("bank.html");
    hostile_bank().1.replay(&page).unwrap();
    let tab = browser.tab();
    tab.resize(375, 700);
    tab.prefer("screen", &[("prefers-color-scheme", "dark"), ("prefers-reduced-motion", "reduce")]);
    tab.open(&page);
    let fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
    tab.evaluate("replay.goTo(300)");
    assert!(tab.is(fits));
    assert!(tab.pdf().starts_with(b"%PDF"));
    tab.check_clean();
    tab.without_scripts();
    tab.reload();
    assert!(tab.text("document.body.innerText").contains("It needs a browser that runs scripts"));
    tab.check_clean();
}

/// A report has the replay of its run in it.
#[test]
fn the_replay_stands_in_the_report_too() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("inside");
    let (page, alone) = (folder.at("bank.html"), folder.at("alone.html"));
    let _ = write_hostile(&page, &alone);
    let tab = browser.open(&alone);
    let states = states_of(&tab);
    tab.open(&page);
    // The report was made before the simulation was dropped, which adds who has not ended.
    let inside = states_of(&tab);
    assert!(inside.len() > 500 && states.starts_with(&inside), "{} states", inside.len());
    // Its keys are its own only inside of it.
    tab.evaluate("replay.goTo(0)");
    tab.key("End");
    assert_eq!(tab.number("replay.position()"), 0.0);
    tab.evaluate("document.querySelector('#replay input[type=range]').focus()");
    tab.key("End");
    assert_eq!(tab.number("replay.position()"), tab.number("replay.length"));
    tab.check_clean();
}

/// The page opens with what happens at the first time. Then one presses play.
#[test]
fn it_opens_with_the_first_instant() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("first");
    let page = folder.at("harbour.html");
    let trace = harbour();
    trace.replay(&page).unwrap();
    let tab = browser.open(&page);
    let at_once = trace.iter().take_while(|happening| happening.time == 0.0).count();
    assert!(at_once > 0);
    assert_eq!(tab.text("String(replay.position())"), at_once.to_string());
    let begin = "!document.querySelector('.replay-begin').hidden";
    assert!(tab.is(begin));
    // What it says goes on while it plays, and is not read out.
    let spoken = "document.querySelector('.replay-spoken')";
    let first = tab.text(&format!("{spoken}.textContent"));
    tab.click_on(".replay-begin");
    tab.until(&format!("{spoken}.textContent !== {}", serde_json::json!(first)));
    assert!(!tab.is(begin));
    assert_eq!(tab.text(&format!("{spoken}.getAttribute('aria-live')")), "off");
    tab.evaluate("replay.pause()");
    assert_eq!(tab.text(&format!("{spoken}.getAttribute('aria-live')")), "polite");
    tab.check_clean();
}

/// A gate is open or closed; who works says so; a story is of its own process alone.
#[test]
fn words_are_those_of_the_thing() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("words");
    let page = folder.at("harbour.html");
    harbour().replay(&page).unwrap();
    let tab = browser.open(&page);
    let says = |time: f64, words: &str| {
        tab.evaluate(&format!("replay.goToTime({time})"));
        tab.until(&format!("document.getElementById('replay').innerText.includes('{words}')"));
    };
    let level = "document.querySelector('#replay tbody td').innerText";
    tab.until(&format!("{level} === 'open'"));
    tab.evaluate("replay.goToTime(3)");
    tab.until(&format!("{level} === 'closed'"));
    // The first ship is followed.
    tab.evaluate("document.querySelector('#replay input[type=search]').focus()");
    tab.key("1");
    tab.key("Enter");
    says(1.0, "Ship #1: works since 0");
    says(0.0, "waits for pausable timeout (");
    says(4.0, "Ship #1: works since 3");
    says(100.0, "gives back berths");
    let story =
        tab.text("document.querySelector('#replay ol[aria-label=\"Its story\"]').innerText");
    assert!(story.contains("works (") && !story.contains("berths is now"), "{story}");
    tab.check_clean();
}

/// In the list, arrows choose, and with Alt they move what is chosen.
#[test]
fn a_box_is_moved_with_keys() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("moved");
    let page = folder.at("harbour.html");
    harbour().replay(&page).unwrap();
    let tab = browser.open(&page);
    tab.evaluate(
        "(document.querySelector('#replay details').open = true, \
         document.querySelector('#replay select').focus())",
    );
    let press = |alt: bool| {
        // The driver has no Alt: the page hears the same event.
        tab.evaluate(&format!(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', \
             {{ key: 'ArrowRight', altKey: {alt}, bubbles: true, cancelable: true }}))"
        ))
    };
    let list = "document.querySelector('#replay select')";
    tab.evaluate(&format!("({list}.value = 0, {list}.dispatchEvent(new Event('change')))"));
    let before = tab.text("replay.layout()");
    assert_eq!(press(false), true, "the browser chooses the next one");
    assert_eq!(tab.text("replay.layout()"), before);
    assert_eq!(press(true), false);
    assert_ne!(tab.text("replay.layout()"), before);
    tab.check_clean();
}

/// A long run stays fluid: the page of about a million happenings is opened, played, and taken to any moment.
#[test]
fn a_million_happenings_stay_fluid() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("million");
    let page = folder.at("clinic.html");
    let trace = clinic(60_000);
    trace.replay(&page).unwrap();
    let size = std::fs::metadata(&page).unwrap().len();
    let begin = std::time::Instant::now();
    let tab = browser.open(&page);
    let opened = begin.elapsed();
    let seeks = tab.evaluate(
        r"(async () => {
          let seed = 7, longest = 0, sum = 0;
          for (let tries = 0; tries < 50; tries++) {
            seed = (seed * 1103515245 + 12345) % 2147483648;
            const begin = performance.now();
            replay.goTo(seed % (replay.length + 1));
            const took = performance.now() - begin;
            longest = Math.max(longest, took);
            sum += took;
            await new Promise(requestAnimationFrame);
          }
          return [longest, sum / 50];
        })()",
    );
    let (longest, mean) = (seeks[0].as_f64().unwrap(), seeks[1].as_f64().unwrap());
    // It plays until so many frames are drawn, however long that takes.
    let took = tab.number(
        "(async () => {
          replay.goTo(Math.floor(replay.length / 2));
          const first = replay.frames();
          const begin = performance.now();
          replay.play();
          while (replay.frames() < first + 60) await new Promise(requestAnimationFrame);
          replay.pause();
          return performance.now() - begin;
        })()",
    );
    println!(
        "{} happenings, {size} bytes, opened in {opened:?}, 50 seeks: longest {longest:.1} ms, mean {mean:.1} ms, \
         {:.0} frames a second",
        trace.len(),
        60_000.0 / took
    );
    assert!(trace.len() > 1_000_000, "{}", trace.len());
    assert!(tab.number("replay.position()") > tab.number("replay.length") / 2.0);
    tab.check_clean();
}
