//! What came on standard input, kept so that it can be read more than once.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

/// What came on standard input: a file without a name, gone with the program.
#[derive(Debug)]
pub struct Spool(File);

impl Spool {
    /// Reads `input` to its end; memory does not grow with it.
    pub fn fill(mut input: impl Read) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        io::copy(&mut input, &mut file)?;
        Ok(Self(file))
    }

    /// The whole of it, from the beginning. Whoever read it before has ended.
    pub fn reader(&self) -> io::Result<File> {
        let mut file = self.0.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_can_be_read_twice() {
        let spool = Spool::fill(&b"upn\nann@contoso.com\n"[..]).unwrap();

        for _ in 0..2 {
            let mut text = String::new();
            spool.reader().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "upn\nann@contoso.com\n");
        }
    }
}
