//! Ids that the services hand out: chats, conversations, users as a bot sees
//! them, installations.
//!
//! Each can be read back without remembering it, so a million chats cost
//! nothing until somebody writes into one.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use super::dice::Dice;
use crate::simulator::guid::Guid;

/// Makes and reads the ids of one bot in one tenant.
#[derive(Debug)]
pub(crate) struct Ids {
    bot: Guid,
    user_key: u128,
    conversation_key: u128,
    check_key: u64,
}

/// Returns the id of an app's installation for a person.
pub(crate) fn installation(person: Guid, catalog_id: Guid) -> String {
    STANDARD.encode(format!("{person}##{catalog_id}"))
}

/// Reads whose installation of which app an id is.
pub(crate) fn read_installation(text: &str) -> Option<(Guid, Guid)> {
    let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let (person, catalog_id) = text.split_once("##")?;
    Some((person.parse().ok()?, catalog_id.parse().ok()?))
}

/// What a conversation id turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConversationId {
    /// The chat with this person.
    Of(Guid),
    /// The conversation of this team, if there is such a team.
    Team(Guid),
    /// Well-formed, but of another bot.
    Undecipherable,
    /// Nothing that was ever a conversation id.
    Malformed,
}

impl Ids {
    /// Draws the keys of a tenant.
    pub(crate) fn new(dice: &mut Dice, bot: Guid) -> Self {
        let (user_key, conversation_key) = (dice.guid().0, dice.guid().0);
        Self {
            bot,
            user_key,
            conversation_key,
            check_key: dice.roll(),
        }
    }

    /// Returns the chat's id as Graph gives it, with the two ids in either order.
    pub(crate) fn chat(&self, person: Guid) -> String {
        let (first, second) = if person.0 & 1 == 0 {
            (person, self.bot)
        } else {
            (self.bot, person)
        };
        format!("19:{first}_{second}@unq.gbl.spaces")
    }

    /// Returns the chat's id as the connector gives it; `session` is 0 for the lasting one.
    pub(crate) fn conversation(&self, person: Guid, session: u32) -> String {
        let mut bytes = (person.0 ^ self.conversation_key).to_be_bytes().to_vec();
        bytes.extend(session.to_be_bytes());
        bytes.extend(self.check(person.0 ^ u128::from(session)).to_be_bytes());
        format!("a:1{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Returns the id of a team's conversation, which is its general channel's.
    pub(crate) fn team_conversation(&self, team: Guid) -> String {
        format!("19:{:032x}@thread.tacv2", team.0 ^ self.conversation_key)
    }

    /// Returns the person's id as this bot sees it.
    pub(crate) fn pairwise(&self, person: Guid) -> String {
        let mut bytes = (person.0 ^ self.user_key).to_be_bytes().to_vec();
        bytes.extend(self.check(person.0).to_be_bytes());
        format!("29:1{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads a conversation id in either of its forms.
    pub(crate) fn read_conversation(&self, text: &str) -> ConversationId {
        if let Some(coded) = text.strip_prefix("a:1") {
            return self
                .read_own(coded)
                .map_or(ConversationId::Undecipherable, ConversationId::Of);
        }
        if let Some(team) = self.read_team(text) {
            return ConversationId::Team(team);
        }
        match self.read_chat(text) {
            Some(person) => ConversationId::Of(person),
            None if text.starts_with("19:") && text.contains('@') => ConversationId::Undecipherable,
            None => ConversationId::Malformed,
        }
    }

    /// Reads a chat id of Graph; a connector id is none.
    pub(crate) fn read_chat(&self, text: &str) -> Option<Guid> {
        let pair = text.strip_prefix("19:")?.strip_suffix("@unq.gbl.spaces")?;
        let (first, second) = pair.split_once('_')?;
        let (first, second): (Guid, Guid) = (first.parse().ok()?, second.parse().ok()?);
        let person = if first == self.bot { second } else { first };
        (self.chat(person).eq_ignore_ascii_case(text)).then_some(person)
    }

    fn read_team(&self, text: &str) -> Option<Guid> {
        let coded = text.strip_prefix("19:")?.strip_suffix("@thread.tacv2")?;
        let coded = u128::from_str_radix(coded, 16).ok()?;
        Some(Guid(coded ^ self.conversation_key))
    }

    /// Reads a user id made for this bot.
    pub(crate) fn read_pairwise(&self, text: &str) -> Option<Guid> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix("29:1")?).ok()?;
        let (head, check) = bytes.split_at_checked(16)?;
        let person = u128::from_be_bytes(head.try_into().ok()?) ^ self.user_key;
        (check == self.check(person).to_be_bytes()).then_some(Guid(person))
    }

    fn read_own(&self, coded: &str) -> Option<Guid> {
        let bytes = URL_SAFE_NO_PAD.decode(coded).ok()?;
        let (head, tail) = bytes.split_at_checked(16)?;
        let (session, check) = tail.split_at_checked(4)?;
        let person = u128::from_be_bytes(head.try_into().ok()?) ^ self.conversation_key;
        let session = u32::from_be_bytes(session.try_into().ok()?);
        (check == self.check(person ^ u128::from(session)).to_be_bytes()).then_some(Guid(person))
    }

    fn check(&self, number: u128) -> u64 {
        let folded =
            u64::try_from((number >> 64) ^ (number & u128::from(u64::MAX))).unwrap_or_default();
        Dice::new(self.check_key, folded).roll()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(seed: u64) -> Ids {
        let mut dice = Dice::new(seed, 1);
        let bot = dice.guid();
        Ids::new(&mut dice, bot)
    }

    #[test]
    fn every_form_of_an_id_leads_back_to_the_person() {
        let ids = ids(7);
        for number in 0..20 {
            let person = Dice::new(9, number).guid();

            assert_eq!(
                ConversationId::Of(person),
                ids.read_conversation(&ids.chat(person))
            );
            assert_eq!(
                ConversationId::Of(person),
                ids.read_conversation(&ids.conversation(person, 0))
            );
            assert_eq!(
                ConversationId::Of(person),
                ids.read_conversation(&ids.conversation(person, 3))
            );
            assert_eq!(Some(person), ids.read_pairwise(&ids.pairwise(person)));
            assert_eq!(None, ids.read_chat(&ids.conversation(person, 0)));
        }
    }

    #[test]
    fn an_id_of_another_bot_is_undecipherable() {
        let (ours, theirs) = (ids(7), ids(8));
        let person = Dice::new(9, 0).guid();

        assert_eq!(
            ConversationId::Undecipherable,
            ours.read_conversation(&theirs.conversation(person, 0))
        );
        assert_eq!(
            ConversationId::Undecipherable,
            ours.read_conversation(&theirs.chat(person))
        );
        assert_eq!(None, ours.read_pairwise(&theirs.pairwise(person)));
        assert_eq!(
            ConversationId::Malformed,
            ours.read_conversation("nonsense")
        );
    }
}
