//! Signals: the first one ends an experiment in good order, the second one at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether a signal has asked for the end.
pub(crate) struct Signals {
    /// The signal that came; zero if none did.
    came: Arc<AtomicUsize>,
    /// Set by the first signal. If it is set, a signal ends the process.
    asked: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        let signals = Signals { came: Arc::default(), asked: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            // What is registered first is done first: only the second signal finds the flag set.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&signals.asked))?;
            let number = usize::try_from(signal).unwrap_or(0);
            flag::register_usize(signal, Arc::clone(&signals.came), number)?;
            flag::register(signal, Arc::clone(&signals.asked))?;
        }
        Ok(signals)
    }

    /// Returns `true` if a signal came.
    pub(crate) fn came(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Returns the exit code of a process that the signal ended: 130 or 143; `None` if there was none.
    pub(crate) fn exit_code(&self) -> Option<u8> {
        match self.came.load(Ordering::Relaxed) {
            0 => None,
            number => u8::try_from(128 + number).ok(),
        }
    }
}

/// From now on, signals end the process again.
impl Drop for Signals {
    fn drop(&mut self) {
        self.asked.store(true, Ordering::Relaxed);
    }
}
