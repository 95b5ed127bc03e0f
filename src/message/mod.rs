//! What is to be sent: a text from a template, or a card.
//!
//! [`Message::load`] reads and checks it once; [`Message::render`] gives what
//! one person gets, or says why that person can get nothing. Templates see the
//! fields of one person and nothing else: no files, no other templates, no
//! endless loops.

mod card;
mod draft;
mod engine;
mod escape;
mod fingerprint;
mod load;
mod marker;
mod print;
mod render;
mod size;

pub use draft::{Draft, TextFormat};
pub use load::{Message, MessageError};
pub use marker::Marker;
pub use print::Shown;
pub use render::{Content, RenderFault};
