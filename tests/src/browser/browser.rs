//! A browser that runs: from its start to its end.

use std::cell::RefCell;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::find;
use crate::browser::tab::Tab;
use crate::browser::wire::Wire;
use crate::folder::Folder;

/// The browser reads its commands from 3 and writes its answers to 4. A child of ours has but 0 and 1 as pipes.
const SHELL: &str = r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null"#;

/// How long a browser may take for an answer. A machine may be slow; it is not for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// One at a time in a process: two of them on a machine with two processors only make each other slow.
static ONE: Mutex<()> = Mutex::new(());

/// A browser without a window, with an empty profile of its own. It is ended when it is dropped.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    pub(crate) wire: RefCell<Wire>,
    /// Its profile, what it says, and what it loads down.
    folder: Folder,
    _one: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts the browser. `None`, with a word on the standard error, if there is none on this machine.
    ///
    /// # Panics
    /// If there is none and the tests must not be skipped; or if it cannot be started.
    #[must_use]
    pub fn start() -> Option<Self> {
        let Some(program) = find::chromium() else {
            let word = "no Chromium; ASIM_CHROMIUM names one";
            assert!(!find::is_required(), "{word}");
            eprintln!("skipped: {word}");
            return None;
        };
        Some(Self::start_this(&program, PATIENCE))
    }

    /// Starts this browser. All that it is asked it has to answer in this time.
    ///
    /// # Panics
    /// If it cannot be started, or does not answer.
    #[must_use]
    pub fn start_this(program: &Path, patience: Duration) -> Self {
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Folder::new("profile");
        let errors = File::create(folder.at("stderr")).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", SHELL]).arg(program);
        command.arg(format!("--user-data-dir={}", folder.at("user").display()));
        command.args([
            "--headless",
            "--remote-debugging-pipe",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-default-apps",
            "--disable-extensions",
            "--disable-sync",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--window-size=1200,900",
            "about:blank",
        ]);
        if is_root(&folder) || find::is_required() {
            // As root it refuses to run otherwise, and in the containers of continuous integration it cannot. It opens
            // pages of ours only.
            command.arg("--no-sandbox");
        }
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let wire = RefCell::new(Wire::begin(input, output, patience));
        let browser = Browser { child, wire, folder, _one: one };
        let downloads = browser.folder.at("downloads");
        let parameters = json!({
            "behavior": "allow",
            "downloadPath": downloads.display().to_string(),
            "eventsEnabled": true,
        });
        browser.call(None, "Browser.setDownloadBehavior", &parameters);
        browser
    }

    /// Opens a tab with nothing in it.
    ///
    /// # Panics
    /// If the browser does not.
    pub fn tab(&self) -> Tab<'_> {
        let target = self.call(None, "Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.call(None, "Target.attachToTarget", &attach);
        Tab::attached(self, session["sessionId"].as_str().unwrap().to_owned())
    }

    /// Opens a page of this machine in a tab.
    ///
    /// # Panics
    /// If the browser does not.
    pub fn open(&self, page: &Path) -> Tab<'_> {
        let tab = self.tab();
        tab.open(page);
        tab
    }

    /// Calls a method and returns its answer.
    ///
    /// # Panics
    /// If there is no answer, or the answer is an error.
    pub(crate) fn call(&self, session: Option<&str>, method: &str, parameters: &Value) -> Value {
        let answer = self.wire.borrow_mut().call(session, method, parameters);
        answer.unwrap_or_else(|word| panic!("{word}\n{}", self.said()))
    }

    /// Takes the events of a session with this name out of those that have come.
    pub(crate) fn take(&self, session: &str, event: &str) -> Vec<Value> {
        let mut wire = self.wire.borrow_mut();
        let is_it = |it: &Value| it["method"] == event && it["sessionId"] == session;
        wire.events.extract_if(.., |it| is_it(it)).map(|mut it| it["params"].take()).collect()
    }

    /// Waits until something is there.
    ///
    /// # Panics
    /// If it does not come.
    pub(crate) fn wait<T>(&self, what: &str, mut get: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + self.wire.borrow().patience;
        loop {
            if let Some(it) = get() {
                return it;
            }
            assert!(Instant::now() < until, "{what} does not come\n{}", self.said());
            let soon = Instant::now() + Duration::from_millis(20);
            let heard = self.wire.borrow_mut().listen(soon);
            heard.unwrap_or_else(|word| panic!("{what} does not come: {word}\n{}", self.said()));
        }
    }

    /// Waits for a file that a page gives to its user, and returns its text.
    ///
    /// # Panics
    /// If it does not come.
    #[must_use]
    pub fn downloaded(&self, name: &str) -> String {
        let path = self.folder.at("downloads").join(name);
        self.wait(name, || {
            let ended = |it: &Value| {
                it["method"] == "Browser.downloadProgress" && it["params"]["state"] == "completed"
            };
            let is_there = path.is_file() && self.wire.borrow().events.iter().any(ended);
            is_there.then(|| fs::read_to_string(&path).unwrap())
        })
    }

    /// Returns the end of what the browser wrote on its standard error.
    fn said(&self) -> String {
        let said = fs::read(self.folder.at("stderr")).unwrap_or_default();
        let from = said.len().saturating_sub(2_000);
        format!("the browser said: {}", String::from_utf8_lossy(&said[from..]))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.wire.get_mut().send(None, "Browser.close", &json!({}));
        // By itself it ends its own processes too.
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(40));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns whether this process is root's: who made the folder is.
fn is_root(folder: &Folder) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(folder.path()).is_ok_and(|it| it.uid() == 0)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        false
    }
}
