//! A simulated tenant: sign-in, Graph and the Teams Bot Connector in one.
//!
//! The real services cannot be reached from a test, so this is the ground the
//! program stands on. It does what the services are documented to do, not what
//! a particular client needs, and it keeps the truth: what every chat really
//! contains, who really has the app, what every quota really saw.
//!
//! [`World`] is pure: a request and an instant in, an answer out. It has no
//! clock, no socket and no chance but its seed, so the same requests at the
//! same instants get the same answers. [`Server`] puts it on loopback,
//! over HTTPS and plain HTTP.
//!
//! # Where the documentation is silent
//!
//! - Guests and people who never signed in to Teams cannot have the app: `404`.
//!   Neither can people without a licence: `403`. A disabled account is no hindrance.
//! - A signature that a federated credential's issuer did not make is refused like one
//!   that a certificate did not make.
//! - An event that a bot does not take is posted three times.
//! - An app that is not published cannot be installed: `404`.
//! - A quota per second is a bucket of one second's worth; refused attempts count.
//! - An id in the chat is the same for Graph and the connector.
//! - Reading one conversation is documented only where it is counted; it shows
//!   the conversation's id, kind and tenant.
//! - The wait that a refusal names counts the refused attempt as well, so whoever
//!   waits that long and does nothing else is let through.
//! - A hidden membership is refused with `403`; inside another group it is left out.
//! - Members that the token may not read have their id and their type, and nothing else.
//! - A text is shown as HTML, of Markdown only bold and links. Whether characters of no
//!   width and hidden elements of cards come back is a matter of registration.
//! - Installing in a team is answered with `200` by some teams and `201` by others.
//! - The connector knows a team by the internal id that Graph shows; writing to it is refused.
//! - A delta token that is unknown or older than seven days is `410` with `syncStateNotFound`.
//! - Somebody who left the directory is unknown to Graph and to the connector at once.
//! - A person without the app is refused by the connector in one of three ways,
//!   always the same for the same person.
//!
//! # Paths
//!
//! Sign-in and Graph (`/v1.0`, `/beta`) are at the root, the connector under
//! `/teams/v3`. `GET /_simulator/truth` tells the truth and
//! `POST /_simulator/hardships` adds a [`Hardship`], or a list of them;
//! `GET /_simulator/events` shows what the bot was told and how it answered,
//! `GET /_simulator/manifest` what the app's maker uploaded.
//! `POST /_simulator/people` adds a person; `PATCH` and `DELETE` with an object
//! id behind change and remove one.
//!
//! Machines give the tokens of their identities at `/metadata/identity/oauth2/token`
//! and `/msi/token`, GitHub and Azure Pipelines theirs at `/github/idtoken` and
//! `/azure-pipelines/oidctoken`; the keys of Teams are below `/v1/.well-known`.

mod blueprint;
mod canned;
mod certificate;
mod connector;
mod crypto;
mod events;
mod file;
mod graph;
mod guid;
mod hardship;
mod latency;
mod mishap;
mod odata;
mod options;
mod quota;
mod reply;
mod request;
mod route;
mod script;
mod server;
mod signin;
mod state;
mod tenant;
#[cfg(test)]
mod tests;
mod truth;
mod turnover;
#[cfg(test)]
mod visitor;
mod world;

pub use self::{
    blueprint::Blueprint,
    crypto::{ClientCertificate, ClientSignature, Validity},
    events::{BotEvent, EventAnswer, EventKind, EventTruth},
    file::FileError,
    guid::{Guid, NotAGuid},
    hardship::{Canned, Effect, Endpoint, Hardship, When},
    latency::Latency,
    options::{Options, Quotas, Shape},
    quota::ledger::QuotaTruth,
    reply::Answer,
    server::{Server, StartError},
    tenant::{
        Facts, GroupFacts, Surroundings,
        application::{AppFacts, AppRegistration, Assigned, Credentials, FederatedCredential},
        person::{Installed, Licence, Obstacle, Person, SetupPolicy, UserType},
        registration::{
            Channel, Conversation, Publishing, Registration, RetryAfter, Sessions, Transcript,
            Upgrade, WebApplication,
        },
    },
    truth::{Account, HardshipTruth, MessageTruth, PersonTruth, TeamTruth, Truth},
    turnover::TurnoverError,
    world::World,
};
