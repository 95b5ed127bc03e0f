//! Where a secret is kept: never in the campaign file, never on the command line.

use std::{
    fs,
    io::{self, BufRead},
    path::{Path, PathBuf},
};

use super::Secret;

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// It is known already, from the environment.
    Known(Secret),
    /// In a file that only its owner can read.
    File(PathBuf),
    /// On the next line of standard input.
    StandardInput,
}

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("the secret in `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// Others could have read it.
    #[error(
        "`{path}` holds a secret and can be read by others (mode {mode:03o}); \
         run: chmod 600 {path}", path = path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There is nothing in it.
    #[error("{place} holds no secret")]
    Empty {
        /// The file, or standard input.
        place: String,
    },
    /// Standard input cannot be read.
    #[error("the secret on standard input cannot be read")]
    Input(#[source] io::Error),
}

impl SecretPlace {
    /// The secret: the known one, the first line of the file, or the next line
    /// of `input`.
    pub fn read(&self, input: &mut dyn BufRead) -> Result<Secret, SecretError> {
        match self {
            Self::Known(secret) => Ok(secret.clone()),
            Self::File(path) => {
                let bytes = read_private(path)?;
                let text = String::from_utf8_lossy(&bytes);
                first_line(&text, || format!("`{}`", path.display()))
            }
            Self::StandardInput => {
                let mut line = String::new();
                input.read_line(&mut line).map_err(SecretError::Input)?;
                first_line(&line, || "standard input".to_owned())
            }
        }
    }
}

/// What is in the file at `path`, unless others than its owner may read or
/// change it, on systems that know of such.
pub fn read_private(path: &Path) -> Result<Vec<u8>, SecretError> {
    let unreadable = |source| SecretError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    match open_to_others(&metadata) {
        Some(mode) => Err(SecretError::Open {
            path: path.to_owned(),
            mode,
        }),
        None => fs::read(path).map_err(unreadable),
    }
}

/// The permissions of a file that others than its owner can read or change.
#[cfg(unix)]
fn open_to_others(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o066;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & OTHERS != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &fs::Metadata) -> Option<u32> {
    None
}

fn first_line(text: &str, place: impl Fn() -> String) -> Result<Secret, SecretError> {
    let line = text.trim_start_matches('\u{feff}').lines().next();
    match line.map(str::trim) {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(SecretError::Empty { place: place() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(place: &SecretPlace) -> Result<Secret, SecretError> {
        place.read(&mut "from a pipe\r\nsecond\n".as_bytes())
    }

    #[cfg(unix)]
    fn file(mode: u32, text: &str) -> (tempfile::TempDir, SecretPlace) {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, SecretPlace::File(path))
    }

    #[test]
    fn a_secret_comes_from_a_line_of_standard_input() {
        let secret = read(&SecretPlace::StandardInput).unwrap();

        assert_eq!(secret.expose(), "from a pipe");
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_comes_from_a_file_only_its_owner_reads() {
        let (_dir, place) = file(0o600, "hunter2\n");

        assert_eq!(read(&place).unwrap().expose(), "hunter2");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_cure() {
        for mode in [0o644, 0o640, 0o604, 0o622] {
            let (_dir, place) = file(mode, "hunter2\n");

            let refused = read(&place).unwrap_err().to_string();

            assert!(refused.contains("chmod 600"), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_empty_file_holds_no_secret() {
        let (_dir, place) = file(0o600, "\n");

        assert!(matches!(read(&place), Err(SecretError::Empty { .. })));
    }
}
