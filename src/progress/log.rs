//! The log, on the same screen as the bars.
//!
//! A line written behind the back of the bars is drawn over by the next frame,
//! so while there are bars a line goes above them.

use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use indicatif::MultiProgress;

/// The bars on the terminal, while there are some. A process has one terminal.
static SCREEN: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Writes to standard error, above the bars where there are some.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match screen() {
            Some(screen) => screen.suspend(|| io::stderr().write(bytes)),
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// From now on lines go above these bars, or nowhere in particular.
pub(super) fn above(screen: Option<MultiProgress>) {
    *SCREEN.lock().unwrap_or_else(PoisonError::into_inner) = screen;
}

fn screen() -> Option<MultiProgress> {
    let screen = SCREEN.lock().unwrap_or_else(PoisonError::into_inner);
    screen.clone()
}
