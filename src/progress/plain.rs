//! A line now and then, for logs and pipes.

use std::io::Write;

use super::{
    display::Painter,
    line::{View, line},
};

/// Writes one line at a time.
pub(super) struct Plain<W> {
    out: W,
}

impl<W: Write> Plain<W> {
    /// Lines go to `out`.
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write + Send> Painter for Plain<W> {
    fn paint(&mut self, view: &View) {
        // A closed pipe is no reason to stop a run.
        writeln!(self.out, "{}", line(view)).ok();
    }

    fn end(&mut self, view: &View) {
        self.paint(view);
    }
}
