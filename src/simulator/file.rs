//! Files that people write for the simulator, and what is wrong with them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Why a file for a simulated tenant cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// It says something that makes no sense.
    #[error("{}{}: {problem}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1, where one is to blame.
        line: Option<usize>,
        /// What is wrong and what to do.
        problem: String,
    },
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct File<'a> {
    path: &'a Path,
    pub(crate) text: String,
}

impl<'a> File<'a> {
    /// Reads the file at `path`, without a byte order mark.
    pub(crate) fn read(path: &'a Path) -> Result<Self, FileError> {
        let text = fs::read_to_string(path).map_err(|source| FileError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let text = match text.strip_prefix('\u{feff}') {
            Some(text) => text.to_owned(),
            None => text,
        };
        Ok(Self { path, text })
    }

    /// Reads it as TOML.
    pub(crate) fn toml<T: serde::de::DeserializeOwned>(&self) -> Result<T, FileError> {
        toml::from_str(&self.text).map_err(|error| {
            let offset = error.span().map(|span| span.start);
            self.wrong(offset.map(|offset| self.line(offset)), error.message())
        })
    }

    /// Returns the error about what stands at byte `offset`.
    pub(crate) fn wrong_at(&self, offset: usize, problem: impl Into<String>) -> FileError {
        self.wrong(Some(self.line(offset)), problem)
    }

    /// Returns the error about a line.
    pub(crate) fn wrong(&self, line: Option<usize>, problem: impl Into<String>) -> FileError {
        FileError::Wrong {
            path: self.path.to_owned(),
            line,
            problem: problem.into(),
        }
    }

    /// Returns the line that holds the byte at `offset`.
    pub(crate) fn line(&self, offset: usize) -> usize {
        let before = self.text.bytes().take(offset);
        1 + before.filter(|byte| *byte == b'\n').count()
    }
}
