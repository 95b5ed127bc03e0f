//! The campaign file, as typed and as meant.
//!
//! [`Campaign::load`] reads the TOML file once, checks everything that can be
//! checked without asking anybody, and gives a [`Campaign`] that makes sense.
//! What is wrong is said with the file, the line, the key and what to do.
//! Secrets come from the environment, from files of their own or from standard
//! input, never from this file. Nothing is started here, and the files a campaign
//! names are not read here.

mod app;
mod audience;
mod cloud;
mod delivery;
mod error;
mod identity;
mod identity_table;
mod limits;
mod load;
mod place;
mod problem;
mod tenant;
mod typed;
mod wording;

use std::path::PathBuf;

pub use app::{App, AppName};
pub use audience::{Audience, Source};
pub use cloud::{Cloud, CloudFacts};
pub use delivery::{Delivery, InDoubt, Install, Resolve};
pub use error::CampaignError;
pub use identity::{BotType, Credentials, Identity};
pub use limits::Limits;
pub use place::Place;
pub use tenant::{Endpoints, Tenant};
pub use wording::{Format, Wording};

/// A campaign that is known to make sense. Paths in it are resolved against
/// the folder of the file.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// The campaign's identity in the ledger: `[a-z0-9-]{1,64}`.
    pub name: String,
    /// The folder of the campaign file.
    pub dir: PathBuf,
    /// The organisation.
    pub tenant: Tenant,
    /// Where the services of that organisation are.
    pub endpoints: Endpoints,
    /// As whom we sign in.
    pub identity: Identity,
    /// The bot and its app.
    pub app: App,
    /// Who is to get the message.
    pub audience: Audience,
    /// What they are to get.
    pub message: Wording,
    /// How it gets to them.
    pub delivery: Delivery,
    /// How fast.
    pub limits: Limits,
}
