//! Bars on a terminal, one a stage, and the line below them.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle, style::TemplateError};

use super::{
    display::Painter,
    line::{View, grouped, line},
    log,
    rate::Rate,
};
use crate::pipeline::Stage;

/// Draws on standard error; without colour, so nothing depends on it.
pub(super) struct Bars {
    screen: MultiProgress,
    stages: [(ProgressBar, Rate); Stage::ALL.len()],
    foot: ProgressBar,
}

impl Bars {
    /// Bars at nothing yet.
    pub(super) fn new() -> Result<Self, TemplateError> {
        let screen = MultiProgress::new();
        let style = ProgressStyle::with_template("{prefix:>10} {bar:32} {msg}")?;
        let stages = Stage::ALL.map(|stage| {
            let bar = screen.add(ProgressBar::new(0).with_style(style.clone()));
            (bar.with_prefix(stage.name()), Rate::default())
        });
        let foot = ProgressStyle::with_template("{wide_msg}")?;
        let foot = screen.add(ProgressBar::new(0).with_style(foot));
        log::above(Some(screen.clone()));
        Ok(Self {
            screen,
            stages,
            foot,
        })
    }
}

impl Painter for Bars {
    fn paint(&mut self, view: &View) {
        // Skipped rows never pass a stage; a bar that waits for them never ends.
        let expected = view.counts.listed.saturating_sub(view.counts.skipped);
        for ((bar, rate), passed) in self.stages.iter_mut().zip(view.counts.passed) {
            let rate = rate.read(view.elapsed, passed);
            let rate = rate.map_or_else(String::new, |rate| format!("{rate:>7.1}/s"));
            bar.set_length(expected.max(passed));
            bar.set_position(passed);
            bar.set_message(format!("{:>11}{rate}", grouped(passed)));
        }
        self.foot.set_message(line(view));
    }

    /// The summary that follows says the same and more.
    fn end(&mut self, _: &View) {
        for (bar, _) in &self.stages {
            bar.finish_and_clear();
        }
        self.foot.finish_and_clear();
        self.screen.clear().ok();
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        log::above(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        assert!(Bars::new().is_ok());
    }
}
