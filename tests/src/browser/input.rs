//! The mouse and the keys, as a user has them: the page cannot tell them from real ones.

use serde_json::{Value, json};

use crate::browser::tab::Tab;

#[allow(clippy::missing_panics_doc, reason = "it stands at the type")]
impl Tab<'_> {
    fn mouse(&self, kind: &str, at: (f64, f64), button: &str, clicks: u32) {
        let parameters = json!({
            "type": kind, "x": at.0, "y": at.1, "button": button,
            "buttons": u32::from(button == "left" && kind != "mouseReleased"), "clickCount": clicks,
        });
        self.call("Input.dispatchMouseEvent", &parameters);
    }

    /// Moves the pointer to a place of the window, in CSS pixels.
    pub fn point(&self, at: (f64, f64)) {
        self.mouse("mouseMoved", at, "none", 0);
    }

    /// Clicks at a place of the window.
    pub fn click(&self, at: (f64, f64)) {
        self.point(at);
        self.mouse("mousePressed", at, "left", 1);
        self.mouse("mouseReleased", at, "left", 1);
    }

    /// Drags from one place of the window to another.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        self.point(from);
        self.mouse("mousePressed", from, "left", 1);
        for step in 1..=8 {
            let part = f64::from(step) / 8.0;
            let at = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            self.mouse("mouseMoved", at, "left", 0);
        }
        self.mouse("mouseReleased", to, "left", 1);
    }

    /// Returns the middle of the first element that a selector finds, in the window; it is scrolled there.
    #[must_use]
    pub fn middle_of(&self, selector: &str) -> (f64, f64) {
        let selector = Value::from(selector);
        let middle = self.evaluate(&format!(
            "(() => {{ const it = document.querySelector({selector}); if (!it) return null; \
             it.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
             const box = it.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        let number = |place: usize| middle[place].as_f64();
        let both = number(0).zip(number(1));
        both.unwrap_or_else(|| panic!("there is no {selector}"))
    }

    /// Clicks at the middle of the first element that a selector finds.
    pub fn click_on(&self, selector: &str) {
        let middle = self.middle_of(selector);
        self.click(middle);
    }

    /// Presses a key and lets it go: a letter, a digit, `" "`, or its name, as in `ArrowLeft`.
    pub fn key(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "PageUp" => (33, ""),
            "PageDown" => (34, ""),
            "End" => (35, ""),
            "Home" => (36, ""),
            "ArrowLeft" => (37, ""),
            "ArrowUp" => (38, ""),
            "ArrowRight" => (39, ""),
            "ArrowDown" => (40, ""),
            letter => {
                let first = letter.bytes().next().expect("a key");
                assert!(letter.len() == 1, "the key {letter} is not in this table");
                (u32::from(first.to_ascii_uppercase()), letter)
            }
        };
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let mut parameters = json!({"type": kind, "key": key, "windowsVirtualKeyCode": code});
        parameters["code"] = if key == " " { "Space".into() } else { key.into() };
        if !text.is_empty() {
            parameters["text"] = text.into();
        }
        self.call("Input.dispatchKeyEvent", &parameters);
        parameters["type"] = "keyUp".into();
        if let Some(parameters) = parameters.as_object_mut() {
            parameters.remove("text");
        }
        self.call("Input.dispatchKeyEvent", &parameters);
    }
}
