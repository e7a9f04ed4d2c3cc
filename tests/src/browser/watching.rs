//! What a page did that it should not: complaints, requests, dialogs.

use serde_json::Value;

use crate::browser::tab::Tab;

impl Tab<'_> {
    /// Returns the errors and warnings that the page has written into its console since the last call, and what it
    /// threw and did not catch.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        // What is under way comes before the answer to this.
        self.evaluate("0");
        let mut complaints = Vec::new();
        for it in self.take("Runtime.consoleAPICalled") {
            if ["error", "warning", "assert"].iter().any(|kind| it["type"] == *kind) {
                complaints.push(it["args"].to_string());
            }
        }
        for it in self.take("Runtime.exceptionThrown") {
            let details = &it["exceptionDetails"];
            let text = details["exception"]["description"].as_str();
            complaints.push(text.map_or_else(|| details.to_string(), str::to_owned));
        }
        for it in self.take("Log.entryAdded") {
            let entry = &it["entry"];
            if entry["level"] == "error" || entry["level"] == "warning" {
                complaints.push(format!("{} {}", entry["text"], entry["url"]));
            }
        }
        complaints
    }

    /// Returns the addresses that were asked for since the last call, but for the page itself and what stands in it.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.evaluate("0");
        let is_itself =
            |it: &Value| it["type"] == "Document" && it["documentURL"] == it["request"]["url"];
        let asked = self.take("Network.requestWillBeSent").into_iter().filter(|it| !is_itself(it));
        let urls = asked.map(|it| it["request"]["url"].as_str().unwrap_or_default().to_owned());
        urls.filter(|url| !url.starts_with("data:") && !url.starts_with("blob:")).collect()
    }

    /// Returns the texts of the dialogs (`alert` and its relatives) that the page has opened since the last call. They
    /// were closed at once.
    #[must_use]
    pub fn dialogs(&self) -> Vec<String> {
        self.evaluate("0");
        let opened = self.take("Page.javascriptDialogOpening");
        opened.into_iter().map(|it| it["message"].to_string()).collect()
    }

    /// Checks that the page has done nothing that it should not.
    ///
    /// # Panics
    /// If it has.
    #[track_caller]
    pub fn check_clean(&self) {
        let none: [String; 0] = [];
        assert_eq!(self.complaints(), none, "in the console");
        assert_eq!(self.requests(), none, "asked for");
        assert_eq!(self.dialogs(), none, "opened");
    }
}
