//! What a person sees while something takes its time.

use indicatif::{ProgressBar, ProgressDrawTarget};

use super::text;

/// One line on stderr that is written over, and is gone at the end.
pub struct Spinner {
    bar: ProgressBar,
}

impl Spinner {
    /// Makes one; one that is not visible writes nothing.
    pub fn new(visible: bool) -> Self {
        let target = match visible {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::no_length();
        bar.set_draw_target(target);
        Spinner { bar }
    }

    /// Shows what is being done.
    pub fn show(&self, what: &str) {
        self.bar.set_message(text::one_line(what).into_owned());
        self.bar.tick();
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
