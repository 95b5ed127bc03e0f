//! Why a ledger could not be opened.

use std::io;
use std::path::PathBuf;

/// Why a ledger could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer version of the program wrote it.
    #[error(
        "it has format {found}, this version reads up to {newest}; use the newer version that wrote it"
    )]
    TooNew {
        /// The format number found.
        found: i64,
        /// The newest format number this version understands.
        newest: i64,
    },
    /// An older version of the program wrote it, and it is opened to be read.
    #[error("it has format {found}; a run of this version brings it to format {newest}")]
    TooOld {
        /// The format number found.
        found: i64,
        /// The format number this version reads.
        newest: i64,
    },
    /// Another run of the campaign is going on.
    #[error("another run of campaign `{campaign}` is using it")]
    InUse {
        /// The campaign.
        campaign: String,
    },
    /// The campaign was run in another tenant.
    #[error("campaign `{campaign}` belongs to tenant {recorded}, not to {current}")]
    OtherTenant {
        /// The campaign.
        campaign: String,
        /// The tenant it was run in.
        recorded: String,
        /// The tenant of this run.
        current: String,
    },
    /// The campaign was run with another bot.
    #[error("campaign `{campaign}` belongs to bot {recorded}, not to {current}")]
    OtherBot {
        /// The campaign.
        campaign: String,
        /// The bot it was run with.
        recorded: String,
        /// The bot of this run.
        current: String,
    },
    /// Some people may have got another message already.
    #[error(
        "the message has changed since people were sent it (its fingerprint was {recorded} and is \
         {current}); give the campaign a new name, or --accept-changed-message to send the new one \
         to those who have none"
    )]
    MessageChanged {
        /// The fingerprint of the message that was sent.
        recorded: String,
        /// The fingerprint of the message now.
        current: String,
    },
    /// There is no such file.
    #[error("there is no ledger at `{}`", .path.display())]
    Missing {
        /// Where it was expected.
        path: PathBuf,
    },
    /// The campaign was never run into this ledger.
    #[error("it knows no campaign `{campaign}`")]
    UnknownCampaign {
        /// The campaign.
        campaign: String,
    },
    /// The file has several names, each with locks of its own.
    #[error(
        "it has {names} names on this disk (hard links), and runs under two of them could not \
         see each other; keep one, and make real copies of it"
    )]
    ManyNames {
        /// How many.
        names: u64,
    },
    /// The file is a database of some other program.
    #[error("it is a database, but no ledger")]
    NotALedger,
    /// The campaign was run into this ledger, which knows nothing of it now.
    #[error(
        "campaign `{campaign}` was run into it before, and it knows nothing of that now, so \
         everybody would be written to again; put back the ledger, or delete `{}` if you mean it",
        .lock.display()
    )]
    Lost {
        /// The campaign.
        campaign: String,
        /// The file that remembers.
        lock: PathBuf,
    },
    /// The ledger knows less of the campaign than it did, as an old copy does.
    #[error(
        "it is older than the last run: it knows campaign `{campaign}` up to event {last_event}, \
         and there were {remembered}, so people would be written to again; put back the ledger, \
         or delete `{}` if you mean it",
        .lock.display()
    )]
    Older {
        /// The campaign.
        campaign: String,
        /// The last event it has.
        last_event: i64,
        /// The last event it had.
        remembered: i64,
        /// The file that remembers.
        lock: PathBuf,
    },
    /// There is no ledger but one that was saved after it was deleted.
    #[error(
        "it was deleted under a run, and what it knew was saved as `{0}`; rename `{0}` to the \
         ledger's name, or move it away if everybody may be written to again",
        .copy.display()
    )]
    OnlyRescued {
        /// The copy.
        copy: PathBuf,
    },
    /// The people of the campaign were forgotten, so nobody knows who got it.
    #[error(
        "the people of campaign `{campaign}` were forgotten at {at}, and with them who has the \
         message; give the campaign a new name"
    )]
    Forgotten {
        /// The campaign.
        campaign: String,
        /// When, RFC 3339 UTC.
        at: String,
    },
    /// There is no way to open or create the file.
    #[error("it cannot be opened or created; check its directory and who may write there")]
    File {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file may be read and not written.
    #[error("it cannot be written; check who may write to the file and its directory")]
    ReadOnly {
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The file is no database, or not a whole one.
    #[error(
        "it is damaged or no database; put back a copy of it, or give another --ledger if it never \
         was one. Without it nobody knows who was written to"
    )]
    Damaged {
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The database cannot be used.
    #[error("the database cannot be used")]
    Unusable {
        /// What went wrong.
        #[source]
        source: sqlx::Error,
    },
}

impl OpenError {
    /// The file itself is out of reach.
    pub(super) fn file(source: io::Error) -> Self {
        Self::File { source }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(source: sqlx::Error) -> Self {
        // The primary result codes of https://www.sqlite.org/rescode.html.
        match result_code(&source) {
            Some(8) => Self::ReadOnly { source },
            Some(11 | 26) => Self::Damaged { source },
            Some(_) | None => Self::Unusable { source },
        }
    }
}

/// The database's primary result code.
fn result_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
