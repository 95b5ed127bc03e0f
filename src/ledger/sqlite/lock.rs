//! Locks that die with the process that holds them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::place::Place;

/// For whoever looks into the file.
const MARK: &str = "This campaign was run into the ledger beside this file.\n";
/// What stands before the number of the last event.
const LAST_EVENT: &str = "The last event of it has number ";

/// Held while a run of a campaign lives; dropping it lets the next one in.
///
/// The file stays behind: removing it would let two processes hold locks on two
/// files of the same name. It is marked once the ledger knows the campaign, and
/// with how much it knows, so that a ledger which was lost since is not taken
/// for a new one, nor an old copy for the ledger.
#[derive(Debug)]
pub(super) struct CampaignLock {
    file: File,
    place: Place,
}

/// Held while the database is created or brought to a newer format.
#[derive(Debug)]
pub(super) struct OpeningLock {
    _file: File,
}

impl CampaignLock {
    /// Takes the lock, or returns nothing when another run holds it.
    pub(super) fn try_take(ledger: &Path, campaign: &str) -> io::Result<Option<Self>> {
        let path = Self::path_of(ledger, campaign);
        let file = private_file(&path)?;
        match file.try_lock() {
            Ok(()) => {
                let place = Place::of(&path)?;
                Ok(Some(Self { file, place }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether the ledger knew the campaign once.
    pub(super) fn is_marked(&self) -> io::Result<bool> {
        Ok(0 < self.file.metadata()?.len())
    }

    /// The number of the last event the ledger had of the campaign. Zero where
    /// there was none, or where it was not written down.
    pub(super) fn last_event(&mut self) -> io::Result<i64> {
        let mut text = Vec::new();
        self.file.rewind()?;
        self.file.read_to_end(&mut text)?;
        Ok(noted(&text))
    }

    /// Takes note that the ledger knows the campaign, up to that event.
    ///
    /// To be called after the commit. Nothing waits for the disk: after a power
    /// cut the note may say less than the ledger knows, never more.
    pub(super) fn mark(&mut self, last_event: i64) -> io::Result<()> {
        self.file.rewind()?;
        // Of one length, so that each note replaces the one before it.
        let note = format!("{MARK}{LAST_EVENT}{last_event:020}\n");
        self.file.write_all(note.as_bytes())
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.place.path
    }

    /// Whether other runs still see it.
    pub(super) fn is_in_place(&self) -> bool {
        self.place.holds()
    }
}

impl CampaignLock {
    /// Whether a run of the campaign is alive.
    pub(super) fn is_held(ledger: &Path, campaign: &str) -> bool {
        let Ok(ledger) = ledger.canonicalize() else {
            return false;
        };
        // Nothing is created: where there is no file, there was no run.
        let Ok(file) = File::open(Self::path_of(&ledger, campaign)) else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// The file in which a run into `ledger` takes note of `campaign`.
    pub(super) fn path_of(ledger: &Path, campaign: &str) -> PathBuf {
        beside(ledger, &format!(".{campaign}.lock"))
    }

    /// Up to which event the ledger knew the campaign once; nothing where it
    /// never did. Nothing is created or taken.
    pub(super) fn remembered(ledger: &Path, campaign: &str) -> io::Result<Option<i64>> {
        match fs::read(Self::path_of(ledger, campaign)) {
            Ok(note) if note.is_empty() => Ok(None),
            Ok(note) => Ok(Some(noted(&note))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The number of the last event by the note in a lock file.
fn noted(note: &[u8]) -> i64 {
    let text = String::from_utf8_lossy(note);
    let number = text.lines().find_map(|line| line.strip_prefix(LAST_EVENT));
    number.and_then(|n| n.parse().ok()).unwrap_or_default()
}

impl OpeningLock {
    /// Takes the lock, waiting for others who are opening the same ledger.
    pub(super) async fn take(ledger: &Path) -> io::Result<Self> {
        let path = beside(ledger, ".lock");
        let locked = tokio::task::spawn_blocking(move || {
            let file = private_file(&path)?;
            file.lock()?;
            Ok(Self { _file: file })
        });
        locked.await.map_err(io::Error::other)?
    }
}

/// Opens a file for writing, created for its owner's eyes only.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner_only(&mut options);
    options.open(path)
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;

    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &mut OpenOptions) {}

fn beside(ledger: &Path, suffix: &str) -> PathBuf {
    let mut path = ledger.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}
