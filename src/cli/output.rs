//! Standard output that may be closed early, as by `head`.

use std::io::{self, ErrorKind, Write};

/// Standard output; what nobody reads any more is dropped, so that a closed
/// pipe does not change what the program did or says by its exit code.
#[derive(Debug)]
pub(super) struct Output<W>(pub(super) W);

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}
