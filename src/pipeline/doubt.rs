//! What a chat says of a message that may or may not have been sent.

use jiff::{SignedDuration, Timestamp};

use crate::{
    graph::ChatMessage,
    ledger::Doubtful,
    message::{Marker, Shown},
    model::{Event, Evidence, Fact},
};

/// How far our clock and the service's may be apart.
pub(super) const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(15);
/// What was written later than that after the last attempt is something else:
/// services answer within minutes or never.
const LATEST: SignedDuration = SignedDuration::from_hours(1);

/// What the chat says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// The message is there.
    There {
        /// What becomes of the person.
        fact: Box<Fact>,
        /// How often it is there.
        copies: usize,
    },
    /// It is certainly not there.
    Absent,
    /// Why neither can be said.
    Unclear(String),
}

/// Holds the messages of a chat, newest first, against what was sent.
///
/// A sign of ours decides. A message without any sign is recognised by what it
/// says; and as long as there is a message of the bot that nothing explains,
/// it may be the campaign's, and nobody is called absent.
pub(super) fn judge(messages: &[ChatMessage], sent: &Doubtful, marker: &Marker) -> Finding {
    let by_bot = || messages.iter().filter(|message| message.by_bot);
    let says_it = |message: &ChatMessage| {
        let mut contents = sent.contents.iter();
        // Another campaign may say the same, and has its own sign in it.
        in_time(message.created, sent)
            && !Marker::any_is_in(&shown(message))
            && contents.any(|content| shown(message).says(content))
    };
    let ours = |message: &&ChatMessage| marker.is_in(&shown(message)) || says_it(message);
    let ours: Vec<_> = by_bot().filter(ours).collect();
    if let Some(first) = ours.last() {
        return Finding::There {
            fact: Box::new(delivered(first)),
            copies: ours.len(),
        };
    }
    let unexplained = by_bot()
        .filter(|message| in_time(message.created, sent))
        .find(|message| message.deleted || !Marker::any_is_in(&shown(message)));
    match unexplained {
        None => Finding::Absent,
        Some(message) if message.deleted => Finding::Unclear(format!(
            "a message the bot wrote at {:.0} was deleted, which may be this one",
            message.created
        )),
        Some(message) => Finding::Unclear(format!(
            "the bot wrote something else at {:.0}, or this message was changed beyond recognition",
            message.created
        )),
    }
}

fn in_time(at: Timestamp, sent: &Doubtful) -> bool {
    let since_first = at.duration_since(sent.first_tried);
    let since_last = at.duration_since(sent.last_tried);
    -CLOCK_SKEW <= since_first && since_last <= LATEST
}

fn shown(message: &ChatMessage) -> Shown<'_> {
    Shown {
        html: &message.html,
        cards: &message.cards,
    }
}

fn delivered(message: &ChatMessage) -> Fact {
    Fact {
        event: Event::FoundDelivered {
            activity: message.id.clone(),
            at: format!("{:.3}", message.created),
        },
        evidence: Evidence::detail("found in the chat"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::{Content, TextFormat},
        model::{ActivityId, ChatId, ObjectId, Outcome, State},
    };

    const TEXT: &str = "Hello Ann";

    fn content(text: &str) -> Content {
        Content::Text {
            text: text.to_owned(),
            format: TextFormat::Plain,
        }
    }

    fn marker(campaign: &str) -> Marker {
        Marker::new(campaign, &ObjectId::new("ann").unwrap())
    }

    fn at(time: &str) -> Timestamp {
        format!("2026-11-30T{time}Z").parse().unwrap()
    }

    fn sent() -> Doubtful {
        Doubtful {
            person: ObjectId::new("ann").unwrap(),
            state: State::Settled(Outcome::InDoubt),
            chat: ChatId::new("19:a").unwrap(),
            first_tried: at("09:00:00"),
            last_tried: at("09:30:00"),
            contents: content(TEXT).print().into_iter().collect(),
        }
    }

    fn message(time: &str, content: Content) -> ChatMessage {
        let Content::Text { text: html, .. } = content else {
            panic!("only texts here");
        };
        ChatMessage {
            id: ActivityId::new(time).ok(),
            created: at(time),
            by_bot: true,
            deleted: false,
            html,
            cards: Vec::new(),
        }
    }

    fn found(messages: &[ChatMessage]) -> &'static str {
        match judge(messages, &sent(), &marker("ours")) {
            Finding::There { copies: 1, .. } => "there",
            Finding::There { .. } => "twice",
            Finding::Absent => "absent",
            Finding::Unclear(_) => "unclear",
        }
    }

    #[test]
    fn the_sign_decides_and_then_what_is_said() {
        let ours = |text| marker("ours").put_into(content(text));
        let theirs = |text| marker("theirs").put_into(content(text));

        assert_eq!(found(&[]), "absent");
        assert_eq!(found(&[message("09:00:01", ours(TEXT))]), "there");
        assert_eq!(found(&[message("07:00:00", ours("older"))]), "there");
        assert_eq!(found(&[message("09:00:01", content(TEXT))]), "there");
        assert_eq!(found(&[message("09:00:01", theirs("News"))]), "absent");
        assert_eq!(found(&[message("09:00:01", theirs(TEXT))]), "absent");
        let copies = [
            message("09:30:01", ours(TEXT)),
            message("09:00:01", ours(TEXT)),
        ];
        assert_eq!(found(&copies), "twice");
    }

    #[test]
    fn what_nothing_explains_leaves_the_doubt() {
        let deleted = ChatMessage {
            deleted: true,
            ..message("09:00:01", content(""))
        };
        let by_person = ChatMessage {
            by_bot: false,
            ..message("09:00:01", content(TEXT))
        };

        assert_eq!(found(&[message("09:00:01", content("News"))]), "unclear");
        assert_eq!(found(&[deleted]), "unclear");
        assert_eq!(found(&[by_person]), "absent");
        assert_eq!(found(&[message("07:00:00", content(TEXT))]), "absent");
        assert_eq!(found(&[message("08:46:00", content(TEXT))]), "there");
        assert_eq!(found(&[message("11:00:00", content("News"))]), "absent");
    }

    #[test]
    fn of_several_copies_the_first_is_the_delivery() {
        let ours = marker("ours").put_into(content(TEXT));
        let copies = [message("09:30:01", ours.clone()), message("09:00:01", ours)];

        let Finding::There { fact, .. } = judge(&copies, &sent(), &marker("ours")) else {
            panic!("it is there");
        };

        let expected = Event::FoundDelivered {
            activity: ActivityId::new("09:00:01").ok(),
            at: "2026-11-30T09:00:01.000Z".to_owned(),
        };
        assert_eq!(fact.event, expected);
    }
}
