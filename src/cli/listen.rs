//! `teamcast listen`: learns chats from what Teams tells the bot.

use std::{
    convert::Infallible,
    error::Error,
    fs, io,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    task::JoinError,
    time::{Instant, interval_at},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    campaign::Campaign,
    identity::{SecretError, read_private},
    ledger::AddressBook,
    listen::{
        Addressee, Clerk, Door, Expected, KeyRing, ListenError, Listener, Source, Tallied, Tally,
        Tending, Tls, tenant_guid,
    },
    remote::LiveTransport,
};

use super::{ExitStatus, RunError, args::Listen, finish, run::load_offline, services, signals};

/// How long an answer about keys may take.
const KEYS_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the log says what was taken in, and a new certificate is looked
/// for.
const ROUND: Duration = Duration::from_mins(10);

/// Why Teams cannot be listened to in the way that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Deaf {
    /// The address, certificate or key is of no use.
    #[error("nothing can be listened to")]
    Listen(#[source] ListenError),
    /// Nothing would hide what Teams tells.
    #[error(
        "`{address}` can be reached from elsewhere: give --certificate and --key, or listen on \
         loopback behind a proxy that has them"
    )]
    InTheClear {
        /// As given.
        address: SocketAddr,
    },
    /// The certificate cannot be read.
    #[error("the certificate `{}` cannot be read", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// The key cannot be read, or others could have read it.
    #[error("the key of the certificate cannot be used")]
    Key(#[source] SecretError),
}

/// Listens until asked to stop.
pub(super) async fn listen(options: &Listen, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    let campaign = load_offline(&options.campaign)?;
    let tls = tls(options).map_err(RunError::Deaf)?;
    let path = finish::ledger(options.ledger.as_deref(), &campaign.dir)?;
    let known = Known::of(&campaign).await?;
    let bot_id = &campaign.app.bot_id;
    let book = AddressBook::open(&path, &campaign.tenant.id, bot_id).await;
    let book = book.map_err(|source| RunError::Ledger {
        path: path.clone(),
        source,
    })?;
    let (clerk, clerking) = Clerk::new(book, Timestamp::now);
    let (door, tending) = known.door(&campaign, clerk);
    let tally = Arc::clone(&door.tally);
    let opened = Listener::open(door, options.address, tls.clone()).await;
    let listener = opened.map_err(|source| RunError::Deaf(Deaf::Listen(source)))?;
    let stop = CancellationToken::new();
    let tending = tokio::spawn(tending.run(stop.clone()));
    let mut writing = tokio::spawn(clerking.run());
    // In this order: whoever reads that it listens may ask it to stop at once.
    let ended = tokio::select! {
        biased;
        () = signals::asked_to_stop() => Ok(None),
        ended = &mut writing => Ok(Some(ended)),
        unsaid = attend(options, tls.as_ref(), &listener, &tally, out) => unsaid.map(|never| match never {}),
    };
    listener.close().await;
    stop.cancel();
    tending.await.map_err(broken)?;
    let (written, said) = match ended {
        Ok(Some(written)) => (written, Ok(())),
        Ok(None) => (writing.await, Ok(())),
        Err(unsaid) => (writing.await, Err(unsaid)),
    };
    said?;
    tell(&tally.so_far(), out)?;
    written
        .map_err(broken)?
        .map_err(|source| RunError::Unheard { path, source })?;
    Ok(ExitStatus::Done)
}

/// What is asked before anything is listened to.
struct Known {
    keys: KeyRing,
    tending: Tending,
    tenant_id: String,
}

impl Known {
    async fn of(campaign: &Campaign) -> Result<Self, RunError> {
        let ca_pem = services::ca_pem(campaign)?;
        let transport = LiveTransport::within(ca_pem.as_deref(), KEYS_TIMEOUT);
        let transport = Arc::new(transport.map_err(RunError::Client)?);
        let authority = &campaign.endpoints.authority;
        let tenant_id = tenant_guid(&*transport, authority, &campaign.tenant.id).await;
        let tenant_id = tenant_id.map_err(RunError::Keys)?;
        let source = Source {
            transport,
            metadata: campaign.endpoints.bot_metadata.clone(),
        };
        let (keys, tending) = KeyRing::fetch(source).await.map_err(RunError::Keys)?;
        Ok(Self {
            keys,
            tending,
            tenant_id,
        })
    }

    fn door(self, campaign: &Campaign, clerk: Clerk) -> (Door, Tending) {
        let bot_id = &campaign.app.bot_id;
        let expected = Expected {
            issuer: campaign.endpoints.bot_issuer.clone(),
            audience: bot_id.clone(),
        };
        let addressee = Addressee {
            bot_id: bot_id.clone(),
            tenant_id: self.tenant_id,
        };
        let door = Door::new(self.keys, expected, addressee, clerk, Timestamp::now);
        (door, self.tending)
    }
}

/// Certificate and key, unless a proxy on this machine has them.
fn tls(options: &Listen) -> Result<Option<Tls>, Deaf> {
    let (Some(certificate), Some(key)) = (&options.certificate, &options.key) else {
        let address = options.address;
        return if address.ip().is_loopback() {
            Ok(None)
        } else {
            Err(Deaf::InTheClear { address })
        };
    };
    let (certificate, key) = pem(certificate, key)?;
    let tls = Tls::new(&certificate, &key).map_err(Deaf::Listen)?;
    Ok(Some(tls))
}

fn pem(certificate: &Path, key: &Path) -> Result<(Vec<u8>, Vec<u8>), Deaf> {
    let key = read_private(key).map_err(Deaf::Key)?;
    match fs::read(certificate) {
        Ok(certificate) => Ok((certificate, key)),
        Err(source) => Err(Deaf::Certificate {
            path: certificate.to_owned(),
            source,
        }),
    }
}

/// Says that it listens; then, now and then, tells the log what was taken in,
/// and takes up a certificate that was renewed.
async fn attend(
    options: &Listen,
    tls: Option<&Tls>,
    listener: &Listener,
    tally: &Tally,
    out: &mut dyn Write,
) -> Result<Infallible, RunError> {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = listener.address();
    writeln!(
        out,
        "Teams is listened to at {scheme}://{address}/api/messages\n\
         Whether that is well: {scheme}://{address}/health\n\
         Ctrl-C stops it."
    )?;
    out.flush()?;
    let mut told = Tallied::default();
    let mut rounds = interval_at(Instant::now() + ROUND, ROUND);
    loop {
        rounds.tick().await;
        let so_far = tally.so_far();
        if so_far != told {
            info!(
                noted = so_far.noted,
                ignored = so_far.ignored,
                refused = so_far.all_refused(),
                "so far"
            );
            told = so_far;
        }
        if let (Some(tls), Some(certificate), Some(key)) = (tls, &options.certificate, &options.key)
            && let Err(error) = renew(tls, certificate, key)
        {
            let error = &error as &dyn Error;
            warn!(
                error,
                "the certificate cannot be read again; the old one stays"
            );
        }
    }
}

fn renew(tls: &Tls, certificate: &Path, key: &Path) -> Result<(), Deaf> {
    let (certificate, key) = pem(certificate, key)?;
    tls.renew(&certificate, &key).map_err(Deaf::Listen)
}

fn tell(tallied: &Tallied, out: &mut dyn Write) -> Result<(), RunError> {
    writeln!(
        out,
        "{} notices taken in, {} activities without news, {} turned away to come again, {} refused",
        tallied.noted,
        tallied.ignored,
        tallied.unready,
        tallied.all_refused()
    )?;
    for (refusal, times) in &tallied.refused {
        writeln!(out, "  {times} because {refusal}")?;
    }
    Ok(())
}

fn broken(error: JoinError) -> RunError {
    RunError::Runtime(io::Error::other(error))
}
