//! Whether the file a run writes to is still the one its name stands for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file, and the name it was found under.
///
/// A file that was deleted or replaced can be written to for as long as it is
/// open, but nobody will find it again.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    file: FileId,
}

impl Place {
    /// The file that `path` stands for now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: file_id(path)?,
        })
    }

    /// Whether `path` stands for the same file still.
    pub(super) fn holds(&self) -> bool {
        file_id(&self.path).is_ok_and(|file| file == self.file)
    }
}

/// Device and number of a file.
#[cfg(unix)]
type FileId = (u64, u64);

#[cfg(unix)]
fn file_id(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;

    let file = fs::metadata(path)?;
    Ok((file.dev(), file.ino()))
}

/// Elsewhere a file that is open keeps its name.
#[cfg(not(unix))]
type FileId = ();

#[cfg(not(unix))]
fn file_id(path: &Path) -> io::Result<FileId> {
    fs::metadata(path).map(drop)
}

/// How many names the file at `path` has on its disk.
#[cfg(unix)]
pub(super) fn names(path: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;

    Ok(fs::metadata(path)?.nlink())
}

/// Elsewhere that is not known.
#[cfg(not(unix))]
pub(super) fn names(path: &Path) -> io::Result<u64> {
    fs::metadata(path).map(|_| 1)
}
