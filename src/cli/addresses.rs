//! `teamcast addresses`: brings along what another bot program knows, and
//! gives it away again.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, Write},
    path::Path,
};

use jiff::Timestamp;
use tracing::warn;
use url::Url;

use crate::{
    audience::{AudienceError, CsvRows, ParsedRow},
    campaign::Campaign,
    ledger::{AddressBook, KnownAddress, OpenError},
    model::{ChatId, Listed, MemberId, ObjectId, RowContent, UserKey},
};

use super::{
    ExitStatus, RunError,
    args::{AddressesCommand, ExportAddresses, ImportAddresses},
    finish,
    run::load_offline,
};

/// The columns of an export, all of which an import reads.
const COLUMNS: [&str; 6] = [
    "object_id",
    "chat_id",
    "service_url",
    "member_id",
    "learnt_from",
    "learnt_at",
];
/// Addresses taken in with one commit.
const TOGETHER: usize = 5_000;
/// What an address was learnt from that does not say.
const UNSAID: &str = "import";

/// Exports or imports the address book of the campaign's bot.
pub(super) async fn addresses(
    command: &AddressesCommand,
    out: &mut dyn Write,
) -> Result<ExitStatus, RunError> {
    match command {
        AddressesCommand::Export(options) => export(options, out).await,
        AddressesCommand::Import(options) => import(options, out).await,
    }
}

async fn export(options: &ExportAddresses, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    let mut book = open(&options.campaign, options.ledger.as_deref(), Place::Known).await?;
    let Some(path) = &options.to else {
        write(&mut book, out).await?;
        return Ok(ExitStatus::Done);
    };
    let unwritten = |source| RunError::Write {
        path: path.clone(),
        source,
    };
    let mut file = private(path).map_err(unwritten)?;
    let addresses = write(&mut book, &mut file).await?;
    file.sync_all().map_err(unwritten)?;
    writeln!(out, "{addresses} addresses are in {}", path.display())?;
    Ok(ExitStatus::Done)
}

async fn write(book: &mut AddressBook, to: &mut dyn Write) -> Result<u64, RunError> {
    let mut csv = csv::Writer::from_writer(to);
    let written = |result: Result<(), csv::Error>| {
        result.map_err(|error| RunError::Output(io::Error::other(error)))
    };
    written(csv.write_record(COLUMNS))?;
    let mut addresses = 0;
    book.export(|address: KnownAddress| {
        addresses += 1;
        written(csv.write_record([
            address.person.as_str(),
            address.chat.as_str(),
            address.service_url.as_deref().unwrap_or_default(),
            address.member.as_ref().map_or("", MemberId::as_str),
            &address.learnt_from,
            &address.learnt_at,
        ]))
    })
    .await?;
    csv.flush()?;
    Ok(addresses)
}

async fn import(options: &ImportAddresses, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    let disputed = disputed(&options.file).map_err(RunError::Audience)?;
    let rows = CsvRows::open(&options.file).map_err(RunError::Audience)?;
    let mut book = open(&options.campaign, options.ledger.as_deref(), Place::New).await?;
    let now = format!("{:.3}", Timestamp::now());
    let mut done = Imported::default();
    let mut waiting = Vec::with_capacity(TOGETHER);
    for row in rows {
        match known(row, &now).map_err(RunError::Audience)? {
            Ok(KnownAddress { person, chat, .. }) if disputed.contains(&chat) => {
                done.unusable += 1;
                warn!("{chat} is given for {person} and for others; none of them is taken in");
            }
            Ok(address) => waiting.push(address),
            Err(Unusable { label, reason }) => {
                done.unusable += 1;
                warn!("{label}: {reason}");
            }
        }
        if waiting.len() == TOGETHER {
            done.take(&mut book, &mut waiting, &now, &options.file)
                .await?;
        }
    }
    done.take(&mut book, &mut waiting, &now, &options.file)
        .await?;
    let Imported {
        taken,
        older,
        unusable,
    } = done;
    writeln!(
        out,
        "{taken} addresses taken in, {older} left out because the book knows something later, \
         {unusable} rows of no use"
    )?;
    Ok(if unusable == 0 {
        ExitStatus::Done
    } else {
        ExitStatus::SomeFailed
    })
}

/// The chats that rows of `file` give to more than one person.
fn disputed(file: &Path) -> Result<HashSet<ChatId>, AudienceError> {
    let mut people: HashMap<ChatId, ObjectId> = HashMap::new();
    let mut disputed = HashSet::new();
    for row in CsvRows::open(file)? {
        let RowContent::Listed(listed) = row?.content else {
            continue;
        };
        let (Some(chat), UserKey::ObjectId(person)) = (listed.chat, listed.key) else {
            continue;
        };
        if *people.entry(chat.clone()).or_insert_with(|| person.clone()) != person {
            disputed.insert(chat);
        }
    }
    Ok(disputed)
}

/// What became of the rows of an import.
#[derive(Default)]
struct Imported {
    taken: u64,
    older: u64,
    unusable: u64,
}

impl Imported {
    async fn take(
        &mut self,
        book: &mut AddressBook,
        waiting: &mut Vec<KnownAddress>,
        now: &str,
        file: &Path,
    ) -> Result<(), RunError> {
        let taken = book.import(waiting, now).await;
        let taken = taken.map_err(|source| RunError::Commit {
            path: file.to_owned(),
            source,
        })?;
        self.taken += taken;
        self.older += (waiting.len() as u64).saturating_sub(taken);
        waiting.clear();
        Ok(())
    }
}

/// A row that is no address, and why.
struct Unusable {
    label: String,
    reason: String,
}

fn known(
    row: Result<ParsedRow, AudienceError>,
    now: &str,
) -> Result<Result<KnownAddress, Unusable>, AudienceError> {
    let ParsedRow { label, content } = row?;
    let address = match content {
        RowContent::Listed(listed) => read(*listed, now).map_err(ToOwned::to_owned),
        RowContent::Malformed { reason, .. } => Err(reason),
    };
    Ok(address.map_err(|reason| Unusable { label, reason }))
}

fn read(listed: Listed, now: &str) -> Result<KnownAddress, &'static str> {
    let UserKey::ObjectId(person) = listed.key else {
        return Err("it does not name the person by object_id");
    };
    let chat = listed.chat.ok_or("it has no chat_id")?;
    if !chat.may_be_of(&person) {
        return Err("its chat_id is no chat of this person with a bot");
    }
    let mut fields = listed.fields;
    let member = match fields.remove("member_id") {
        Some(id) if !id.starts_with("29:") => return Err("its member_id does not begin with 29:"),
        id => id.and_then(|id| MemberId::new(id).ok()),
    };
    let service_url = fields.remove("service_url");
    if let Some(url) = &service_url
        && !Url::parse(url).is_ok_and(|url| url.scheme() == "https")
    {
        return Err("its service_url is no https address");
    }
    let learnt_at = match fields.remove("learnt_at") {
        Some(time) => match time.parse::<Timestamp>() {
            // Nobody has learnt anything later than now.
            Ok(time) => format!("{time:.3}").min(now.to_owned()),
            Err(_) => return Err("its learnt_at is no time like 2026-11-30T08:00:00Z"),
        },
        None => now.to_owned(),
    };
    let learnt_from = fields.remove("learnt_from");
    Ok(KnownAddress {
        person,
        chat,
        member,
        service_url,
        learnt_from: learnt_from.unwrap_or_else(|| UNSAID.to_owned()),
        learnt_at,
    })
}

/// Creates a file for its owner's eyes only, where the system knows of such.
fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether there is a ledger already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Known,
    New,
}

async fn open(
    campaign: &Path,
    ledger: Option<&str>,
    place: Place,
) -> Result<AddressBook, RunError> {
    let campaign: Campaign = load_offline(campaign)?;
    let path = finish::ledger(ledger, &campaign.dir)?;
    if place == Place::Known && !path.exists() {
        let source = OpenError::Missing { path: path.clone() };
        return Err(RunError::Ledger { path, source });
    }
    let opened = AddressBook::open(&path, &campaign.tenant.id, &campaign.app.bot_id).await;
    opened.map_err(|source| RunError::Ledger { path, source })
}
