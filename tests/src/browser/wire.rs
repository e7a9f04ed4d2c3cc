//! The wire to the browser: messages in JSON, each ended by a NUL byte, through two pipes.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The messages from and to a browser.
#[derive(Debug)]
pub struct Wire {
    to: Sender<Vec<u8>>,
    from: Receiver<Value>,
    /// How long an answer may take.
    pub patience: Duration,
    /// The number of the last call.
    last: u64,
    /// What it told us unasked, in its order. Who has read it takes it away.
    pub events: Vec<Value>,
}

impl Wire {
    /// Begins to read and write, on threads of their own: a browser that hangs does not hang the test.
    #[must_use]
    pub fn begin(mut input: ChildStdin, output: ChildStdout, patience: Duration) -> Self {
        let (to, outbox) = channel::<Vec<u8>>();
        thread::spawn(move || {
            while let Ok(message) = outbox.recv() {
                if input.write_all(&message).and_then(|()| input.flush()).is_err() {
                    return;
                }
            }
        });
        let (inbox, from) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let mut message = Vec::new();
                if output.read_until(0, &mut message).unwrap_or(0) == 0 {
                    return;
                }
                if message.last() == Some(&0) {
                    message.pop();
                }
                let Ok(value) = serde_json::from_slice(&message) else { return };
                if inbox.send(value).is_err() {
                    return;
                }
            }
        });
        Wire { to, from, patience, last: 0, events: Vec::new() }
    }

    /// Sends a message and does not wait for its answer. Returns its number.
    pub fn send(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> u64 {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        // If nobody reads it, no answer comes: that is said there.
        let _ = self.to.send(bytes);
        self.last
    }

    /// Calls a method and returns its answer.
    ///
    /// # Errors
    /// In words, if there is no answer, or the answer is an error.
    pub fn call(
        &mut self,
        session: Option<&str>,
        method: &str,
        parameters: &Value,
    ) -> Result<Value, String> {
        let number = self.send(session, method, parameters);
        let until = Instant::now() + self.patience;
        loop {
            let mut message = self.next(until).map_err(|word| format!("{method}: {word}"))?;
            if message["id"] == number {
                return match message.get("error") {
                    Some(error) => Err(format!("{method}: {error}")),
                    None => Ok(message["result"].take()),
                };
            }
            self.note(message);
        }
    }

    /// Notes what comes until this time, or until one event is there.
    ///
    /// # Errors
    /// In words, if the browser has ended.
    pub fn listen(&mut self, until: Instant) -> Result<(), String> {
        match self.next(until) {
            Ok(message) => self.note(message),
            Err(word) if Instant::now() < until => return Err(word),
            Err(_) => {}
        }
        Ok(())
    }

    fn note(&mut self, message: Value) {
        if message.get("method").is_none() {
            // The answer to a message for which nobody waits.
            return;
        }
        if message["method"] == "Page.javascriptDialogOpening" {
            // The page stands still until somebody closes it.
            let session = message["sessionId"].as_str().map(str::to_owned);
            let no = json!({"accept": false});
            self.send(session.as_deref(), "Page.handleJavaScriptDialog", &no);
        }
        self.events.push(message);
    }

    fn next(&mut self, until: Instant) -> Result<Value, String> {
        let left = until.saturating_duration_since(Instant::now());
        self.from.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => "the browser does not answer".to_owned(),
            RecvTimeoutError::Disconnected => "the browser has ended".to_owned(),
        })
    }
}
