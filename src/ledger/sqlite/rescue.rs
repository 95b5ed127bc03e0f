//! Saving what a ledger knows after its file was taken away.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use sqlx::SqliteConnection;

use super::super::CommitError;
use super::lock;

/// Writes a copy of the deleted or replaced ledger beside where it was, and
/// says so in an error.
///
/// The database is still there for as long as it is open. Without the copy,
/// nobody would know who was written to.
pub(super) async fn rescue(connection: &mut SqliteConnection, ledger: &Path) -> CommitError {
    let copy = copy_of(ledger);
    match save(connection, &copy).await {
        Ok(()) => CommitError::Rescued { copy },
        Err(source) => CommitError::Gone { source },
    }
}

/// Where what `ledger` knew is saved.
pub(super) fn copy_of(ledger: &Path) -> PathBuf {
    let mut copy = ledger.as_os_str().to_owned();
    copy.push(".rescued");
    copy.into()
}

async fn save(connection: &mut SqliteConnection, copy: &Path) -> sqlx::Result<()> {
    // Only an empty file of this name is written to, never another rescue.
    lock::private_file(copy)?;
    let unwritable = || io::Error::from(io::ErrorKind::InvalidFilename);
    let name = copy.to_str().ok_or_else(unwritable)?;
    sqlx::query("vacuum into ?")
        .bind(name)
        .execute(connection)
        .await?;
    File::open(copy)?.sync_all()?;
    Ok(())
}
