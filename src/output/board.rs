//! Several lines on stderr that change while something takes its time, and are gone at the end.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How many lines are shown; more would scroll.
const LINES: usize = 12;
/// How fast the marks turn.
const TURN: Duration = Duration::from_millis(100);

/// The lines.
pub struct Board {
    bars: MultiProgress,
    lines: Vec<ProgressBar>,
    visible: bool,
}

impl Board {
    /// Makes one without lines; one that is not visible writes nothing.
    pub fn new(visible: bool) -> Self {
        let target = match visible {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Board {
            bars: MultiProgress::with_draw_target(target),
            lines: Vec::new(),
            visible,
        }
    }

    /// Tells whether anybody sees it.
    pub fn is_visible(&self) -> bool {
        self.visible
    }

    /// Shows these lines in place of those before; of many only the first, and how many more there are.
    pub fn show(&mut self, lines: &[String]) {
        if !self.visible {
            return;
        }
        let more = lines.len().saturating_sub(LINES);
        let mut shown: Vec<String> = lines.iter().take(LINES).cloned().collect();
        shown.extend((more > 0).then(|| format!("and {more} more")));
        while self.lines.len() > shown.len() {
            if let Some(line) = self.lines.pop() {
                line.finish_and_clear();
                self.bars.remove(&line);
            }
        }
        while self.lines.len() < shown.len() {
            self.lines.push(self.bars.add(line()));
        }
        for (bar, text) in self.lines.iter().zip(shown) {
            if bar.message() != text {
                bar.set_message(text);
            }
        }
    }

    /// Takes the lines away while something else is written.
    pub fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        match self.visible {
            true => self.bars.suspend(write),
            false => write(),
        }
    }
}

fn line() -> ProgressBar {
    let bar = ProgressBar::no_length();
    // The template is a constant that reads; the default one serves as well.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TURN);
    bar
}

impl Drop for Board {
    fn drop(&mut self) {
        self.show(&[]);
    }
}
