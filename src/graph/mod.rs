//! Microsoft Graph v1.0: people, the app's installation, the chat.
//!
//! One file an endpoint family; [`Graph`] holds what they share. Errors come
//! back as the program's causes ([`Trouble`](crate::remote::Trouble)), judged
//! in `refusal` from the bodies Graph is known to send.

mod bounded;
mod bulk;
mod catalog;
mod chat;
mod client;
mod install;
mod messages;
mod pages;
mod refusal;
mod team;
mod users;

pub use bulk::{TOGETHER, go_together, groups};
pub use catalog::{AppKey, CatalogApp, CatalogEntry};
pub use chat::Chat;
pub use client::{Graph, GraphBudgets};
pub use install::{Installation, Installed};
pub use messages::{ChatMessage, MessagesPage};
pub use pages::{Entry, List, Next, Page};
pub use users::Lookup;
