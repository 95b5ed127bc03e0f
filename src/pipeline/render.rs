//! The message for one person, or the fact that there is none.

use serde_json::Value;

use crate::{
    connector::Body,
    message::{Content, Marker, RenderFault},
    model::{Cause, ContentPrint, Event, Evidence, Fact, Fields, ObjectId},
};

use super::Cx;

/// A message ready to be sent.
pub(super) struct Rendered {
    /// What is sent.
    pub(super) activity: Value,
    /// By what it is recognised in the chat.
    pub(super) content: Option<ContentPrint>,
}

/// What is sent to `person`, of whom the message says `fields`.
pub(super) fn render(
    cx: Cx<'_>,
    person: &ObjectId,
    fields: &Fields,
) -> Result<Rendered, RenderFault> {
    let plain = cx.message.render(fields)?;
    let print = plain.print();
    let marked = Marker::new(cx.campaign, person).put_into(plain);
    let activity = cx.connector.activity(&match &marked {
        Content::Text { text, format } => Body::Text {
            text,
            format: format.wire(),
        },
        Content::Card { card, notification } => Body::Card { card, notification },
    });
    Ok(Rendered {
        activity,
        content: print,
    })
}

/// The fact that settles a person for whom there is no message.
pub(super) fn unsendable(fault: &RenderFault) -> Fact {
    let cause = match fault {
        RenderFault::TooLarge { .. } => Cause::MessageTooLarge,
        RenderFault::Missing { .. } | RenderFault::Broken { .. } => Cause::MessageNotRendered,
    };
    Fact {
        event: Event::Failed { cause },
        evidence: Evidence::detail(fault.to_string()),
    }
}
