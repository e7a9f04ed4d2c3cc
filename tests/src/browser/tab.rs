//! A tab of the browser: it shows a page, and the page can be asked.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::browser::browser::Browser;

/// A tab. All its methods panic if the browser does not do what they say.
#[derive(Debug)]
pub struct Tab<'b> {
    pub(crate) browser: &'b Browser,
    pub(crate) session: String,
}

#[allow(clippy::missing_panics_doc, reason = "it stands at the type")]
impl<'b> Tab<'b> {
    pub(crate) fn attached(browser: &'b Browser, session: String) -> Self {
        let tab = Tab { browser, session };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        tab
    }

    pub(crate) fn call(&self, method: &str, parameters: &Value) -> Value {
        self.browser.call(Some(&self.session), method, parameters)
    }

    pub(crate) fn take(&self, event: &str) -> Vec<Value> {
        self.browser.take(&self.session, event)
    }

    /// Goes to a page of this machine, and waits until it is loaded.
    pub fn open(&self, page: &Path) {
        let page = fs::canonicalize(page).unwrap_or_else(|it| panic!("{}: {it}", page.display()));
        let url = url_of(&page);
        self.take("Page.loadEventFired");
        let answer = self.call("Page.navigate", &json!({"url": url}));
        assert!(answer.get("errorText").is_none(), "{url}: {}", answer["errorText"]);
        self.wait_until_loaded();
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.take("Page.loadEventFired");
        self.call("Page.reload", &json!({}));
        self.wait_until_loaded();
    }

    fn wait_until_loaded(&self) {
        let loaded = || self.take("Page.loadEventFired").pop();
        self.browser.wait("the page", loaded);
    }

    /// Returns what an expression of JavaScript gives; of a promise, what it is kept with.
    pub fn evaluate(&self, expression: &str) -> Value {
        let parameters =
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", &parameters);
        if let Some(thrown) = answer.get("exceptionDetails") {
            let text = thrown["exception"]["description"].as_str();
            panic!("{expression}: {}", text.map_or_else(|| thrown.to_string(), str::to_owned));
        }
        answer["result"]["value"].take()
    }

    /// Returns the text that an expression gives.
    pub fn text(&self, expression: &str) -> String {
        let value = self.evaluate(expression);
        let text = value.as_str().map(str::to_owned);
        text.unwrap_or_else(|| panic!("{expression} is no text: {value}"))
    }

    /// Returns the number that an expression gives.
    #[must_use]
    pub fn number(&self, expression: &str) -> f64 {
        let value = self.evaluate(expression);
        value.as_f64().unwrap_or_else(|| panic!("{expression} is no number: {value}"))
    }

    /// Returns whether an expression is `true`.
    #[must_use]
    pub fn is(&self, expression: &str) -> bool {
        let value = self.evaluate(expression);
        value.as_bool().unwrap_or_else(|| panic!("{expression} is neither: {value}"))
    }

    /// Waits until an expression is `true`.
    pub fn until(&self, expression: &str) {
        self.browser.wait(expression, || self.is(expression).then_some(()));
    }

    /// Waits for this long on the wall's clock: for what has no end that could be asked for.
    pub fn wait(&self, time: Duration) {
        thread::sleep(time);
        // What came meanwhile is noted.
        self.evaluate("0");
    }

    /// Makes the window this large, in CSS pixels. A phone is 375 wide.
    pub fn resize(&self, width: u32, height: u32) {
        let parameters = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.call("Emulation.setDeviceMetricsOverride", &parameters);
    }

    /// Sets what the user likes, such as `[("prefers-color-scheme", "dark")]`, and the medium: `screen` or `print`.
    pub fn prefer(&self, medium: &str, features: &[(&str, &str)]) {
        let features: Vec<Value> =
            features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.call("Emulation.setEmulatedMedia", &json!({"media": medium, "features": features}));
    }

    /// Runs no script of the pages that are opened from now on.
    pub fn without_scripts(&self) {
        self.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    }

    /// Returns a picture of the window, as PNG.
    #[must_use]
    pub fn screenshot(&self) -> Vec<u8> {
        let answer = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    /// Returns the page as it is printed, as PDF.
    #[must_use]
    pub fn pdf(&self) -> Vec<u8> {
        let answer = self.call("Page.printToPDF", &json!({"printBackground": true}));
        STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }
}

/// Returns the address of a file.
fn url_of(path: &Path) -> String {
    let mut url = "file://".to_owned();
    for byte in path.to_str().expect("a path in UTF-8").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}
