//! Files that appear whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The directory could not be made.
    #[error("the report directory `{}` cannot be created", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("the report `{}` cannot be written", path.display())]
    File {
        /// The file, by its final name.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// A file being written under another name.
///
/// Dropped before it is published, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Draft {
    file: BufWriter<File>,
    temporary: Temporary,
    path: PathBuf,
}

impl Draft {
    /// Starts the file `name` in `dir`, which is created where it is missing.
    pub(super) fn create(dir: &Path, name: &str) -> Result<Self, ReportError> {
        if let Err(source) = fs::create_dir_all(dir) {
            let path = dir.to_owned();
            return Err(ReportError::Directory { path, source });
        }
        let path = dir.join(name);
        // The process id keeps `report` and `run` apart, should both write at once.
        let temporary = Temporary(dir.join(format!(".{name}.{}.part", process::id())));
        match create_private(&temporary.0) {
            Ok(file) => Ok(Self {
                file: BufWriter::new(file),
                temporary,
                path,
            }),
            Err(source) => Err(ReportError::File { path, source }),
        }
    }

    /// An error of this file.
    pub(super) fn error(&self, source: impl Into<io::Error>) -> ReportError {
        ReportError::File {
            path: self.path.clone(),
            source: source.into(),
        }
    }

    /// Puts everything on stable storage, still under the temporary name.
    pub(super) fn seal(self) -> Result<Sealed, ReportError> {
        let Self {
            file,
            temporary,
            path,
        } = self;
        let synced = file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all());
        match synced {
            Ok(()) => Ok(Sealed { temporary, path }),
            Err(source) => Err(ReportError::File { path, source }),
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A complete file that only lacks its name.
#[derive(Debug)]
pub(super) struct Sealed {
    temporary: Temporary,
    path: PathBuf,
}

impl Sealed {
    /// Gives the file its name, replacing an earlier one.
    pub(super) fn publish(self) -> Result<PathBuf, ReportError> {
        let renamed = fs::rename(&self.temporary.0, &self.path);
        match renamed.and_then(|()| sync_directory(&self.path)) {
            Ok(()) => Ok(self.path),
            Err(source) => {
                let path = self.path;
                Err(ReportError::File { path, source })
            }
        }
    }
}

/// A file that is removed when its owner is dropped; renamed, it is gone already.
#[derive(Debug)]
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

/// Creates a file only its owner may read, where the system knows of such.
fn create_private(path: &Path) -> io::Result<File> {
    // A killed process with our id may have left one.
    fs::remove_file(path).ok();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the renaming durable, where the system lets directories be synced.
#[cfg(unix)]
fn sync_directory(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => File::open(dir)?.sync_all(),
        Some(_) | None => File::open(".")?.sync_all(),
    }
}

/// Makes the renaming durable, where the system lets directories be synced.
#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the signature of the other systems"
)]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_leaves_the_earlier_file_alone_until_it_is_published() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        fs::write(&path, "old").unwrap();

        let mut abandoned = Draft::create(dir.path(), "a.txt").unwrap();
        abandoned.write_all(b"half").unwrap();
        drop(abandoned);
        let untouched = fs::read_to_string(&path).unwrap();
        let mut draft = Draft::create(dir.path(), "a.txt").unwrap();
        draft.write_all(b"new").unwrap();
        draft.seal().unwrap().publish().unwrap();

        assert_eq!(untouched, "old");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_error_names_the_path_and_keeps_the_source() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("taken");
        fs::write(&file, "").unwrap();

        let error = Draft::create(&file, "a.txt").unwrap_err();

        assert!(error.to_string().contains("taken"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_report() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();

        let draft = Draft::create(&dir.path().join("new/dir"), "a.txt").unwrap();
        let path = draft.seal().unwrap().publish().unwrap();

        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
