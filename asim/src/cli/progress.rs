//! Progress on the terminal: how many replications are done, and how long the rest will take.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::signals::Signals;
use crate::experiment::conduct::{Attendant, Progress};

/// Shows the progress on standard error, if that is a terminal, and ends the experiment when a signal comes.
pub(crate) struct Bar<'a> {
    bar: ProgressBar,
    signals: &'a Signals,
}

impl<'a> Bar<'a> {
    pub(crate) fn new(is_quiet: bool, signals: &'a Signals) -> Self {
        let target =
            if is_quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style("{spinner} {human_pos} replications{msg}"));
        Bar { bar, signals }
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

impl Attendant for Bar<'_> {
    fn progress(&mut self, progress: Progress) {
        if self.bar.length() != progress.expected {
            match progress.expected {
                Some(expected) => {
                    self.bar.set_style(style(
                        "[{bar:30}] {human_pos} of {human_len} replications, {eta} left{msg}",
                    ));
                    self.bar.set_length(expected);
                }
                None => self.bar.set_style(style("{spinner} {human_pos} replications{msg}")),
            }
        }
        if progress.failed > 0 {
            self.bar.set_message(format!(", {} failed", progress.failed));
        }
        self.bar.set_position(progress.counted);
    }

    fn warn(&mut self, words: &str) {
        self.bar.suspend(|| eprintln!("{words}"));
    }

    fn ends_it(&mut self) -> bool {
        self.signals.came()
    }
}

/// The bar goes, so that what is printed next begins on a clean line.
impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
