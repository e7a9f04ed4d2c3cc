//! That the browser of the tests sees what it has to see: each check here fails a test elsewhere.

use std::fs;
use std::panic::catch_unwind;
use std::time::Duration;

use asim_tests::browser::Browser;
use asim_tests::folder::Folder;

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>Tëst</title>
<meta name="viewport" content="width=device-width">
<style>
  body { margin: 0; background: white } button { position: absolute; left: 100px; top: 50px; width: 80px; height: 40px }
  @media (prefers-color-scheme: dark) { body { background: black } }
</style>
<button id="b">press</button><p id="said"></p>
<a id="a" download="given.txt" href="data:text/plain,hello">file</a>
<script>
  const said = document.getElementById("said");
  const say = word => { said.textContent += word + ";"; };
  addEventListener("keydown", event => say("key " + event.key + " " + event.isTrusted));
  b.addEventListener("click", event => say("click " + event.clientX + " " + event.isTrusted));
  let from = null;
  addEventListener("pointerdown", event => { from = event.clientX; });
  addEventListener("pointerup", event => { if (event.clientX !== from) say("drag " + from + " " + event.clientX); });
  function later() { return new Promise(kept => setTimeout(() => kept("späť"), 20)); }
</script>
"#;

#[test]
fn a_page_is_asked_and_used() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("driver ü");
    let tab = browser.open(&folder.write("a page.html", PAGE));
    assert_eq!(tab.text("document.title"), "Tëst");
    assert_eq!(tab.text("later()"), "späť");
    assert_eq!(tab.number("1 + 2"), 3.0);
    tab.click_on("#b");
    tab.key("ArrowLeft");
    tab.key("a");
    tab.drag((300.0, 200.0), (350.0, 200.0));
    tab.until("said.textContent.includes('drag')");
    assert_eq!(
        tab.text("said.textContent"),
        "click 140 true;key ArrowLeft true;key a true;drag 300 350;"
    );
    tab.click_on("#a");
    assert_eq!(browser.downloaded("given.txt"), "hello");
    tab.check_clean();
    tab.reload();
    assert_eq!(tab.text("said.textContent"), "");
    tab.check_clean();
}

#[test]
fn what_a_page_looks_like_is_seen() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("look");
    let tab = browser.open(&folder.write("page.html", PAGE));
    let background = || tab.text("getComputedStyle(document.body).backgroundColor");
    assert_eq!(background(), "rgb(255, 255, 255)");
    tab.prefer("screen", &[("prefers-color-scheme", "dark"), ("prefers-reduced-motion", "reduce")]);
    assert_eq!(background(), "rgb(0, 0, 0)");
    assert!(tab.is("matchMedia('(prefers-reduced-motion: reduce)').matches"));
    tab.prefer("print", &[]);
    assert!(tab.is("matchMedia('print').matches"));
    tab.prefer("", &[]);
    tab.resize(375, 700);
    assert_eq!(tab.number("innerWidth"), 375.0);
    let picture = tab.screenshot();
    assert!(picture.starts_with(b"\x89PNG"));
    assert_eq!(picture[16..24], [0, 0, 1, 119, 0, 0, 2, 188], "375 by 700");
    assert!(tab.pdf().starts_with(b"%PDF"));
    tab.without_scripts();
    tab.reload();
    assert_eq!(tab.text("typeof later"), "undefined");
}

#[test]
fn what_a_page_does_wrong_is_noticed() {
    let Some(browser) = Browser::start() else { return };
    let folder = Folder::new("wrong");
    let tab = browser.tab();
    let complaint = |body: &str, word: &str| {
        tab.open(&folder.write("page.html", &format!("<!doctype html><body>{body}</body>")));
        let complaints = tab.complaints().join(" ");
        assert!(complaints.contains(word), "{body}: {complaints}");
        assert_eq!(tab.complaints().len(), 0, "said once");
    };
    complaint("<script>console.error('oh')</script>", "oh");
    complaint("<script>console.warn('hm')</script>", "hm");
    complaint("<script>throw new Error('thrown')</script>", "thrown");
    complaint("<script>Promise.reject(new Error('rejected'))</script>", "rejected");
    complaint("<script>} this is no script</script>", "SyntaxError");
    complaint(
        "<meta http-equiv='Content-Security-Policy' content=\"img-src 'none'\"><img src='x.png'>",
        "Content Security Policy",
    );
    let _ = tab.requests();
    tab.open(&folder.write("page.html", "<!doctype html><img src='beside.png'><img src='data:,'>"));
    let requests = tab.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert!(requests[0].ends_with("beside.png"));
    let _ = tab.complaints();
    tab.open(&folder.write("page.html", "<!doctype html><script>alert('hello')</script>"));
    assert_eq!(tab.dialogs(), ["\"hello\""]);
    tab.check_clean();
}

/// A browser that ends, or that says nothing, fails a test with a word, and does not hold it up.
#[cfg(unix)]
#[test]
fn a_browser_that_does_not_work_is_a_failure_with_a_word() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("broken");
    for (script, words) in [
        (
            "echo no display >&2",
            ["Browser.setDownloadBehavior: the browser has ended", "no display"],
        ),
        ("exec sleep 100", ["Browser.setDownloadBehavior: the browser does not answer", "said"]),
    ] {
        let program = folder.write("browser", &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let broken = catch_unwind(|| Browser::start_this(&program, Duration::from_secs(1)));
        let said = broken.unwrap_err().downcast::<String>().unwrap();
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
}
