//! The plan in one word: what an operator approves, and a run is held against.
//!
//! The first digits stand for the parts one by one, so that a run which differs
//! can say in what; the rest stands for all of it, so that nothing else passes
//! for it.
//!
//! # Why does nobody's progress count?
//!
//! The same command with the same hash has to resume a run that was stopped.
//! So the plan is about whom the campaign means, not about how far it came:
//! whoever has the message already is part of it like everybody else.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Digits of each part.
const OF_PART: usize = 4;
/// All digits, as many as SHA-256 has.
const DIGITS: usize = 64;

/// A part of what is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The campaign, its tenant, app and bot.
    Campaign,
    /// The message.
    Message,
    /// The lists and the rules.
    Audience,
    /// How it is delivered.
    Delivery,
    /// Who is to get it.
    People,
}

impl Part {
    const ALL: [Self; 5] = [
        Self::Campaign,
        Self::Message,
        Self::Audience,
        Self::Delivery,
        Self::People,
    ];

    /// The words shown to the operator.
    pub fn words(self) -> &'static str {
        match self {
            Self::Campaign => "the campaign's name, tenant, app or bot",
            Self::Message => "the message",
            Self::Audience => "the lists or the rules of the audience",
            Self::Delivery => "how it is delivered",
            Self::People => "who is to get it",
        }
    }
}

/// What one part says, in one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print([u8; 32]);

impl Print {
    /// The print of `texts`, in order.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for text in texts {
            // The length keeps `ab`+`c` and `a`+`bc` apart.
            hash.update(text.len().to_le_bytes());
            hash.update(text.as_bytes());
        }
        Self(hash.finalize().into())
    }

    /// The print of many prints, in order.
    pub(super) fn of_many(prints: &[u128]) -> Self {
        let mut hash = Sha256::new();
        for print in prints {
            hash.update(print.to_le_bytes());
        }
        Self(hash.finalize().into())
    }

    /// The first half of the print, for collections of many.
    pub(super) fn short(&self) -> u128 {
        let half = self.0.first_chunk().copied().unwrap_or_default();
        u128::from_be_bytes(half)
    }
}

impl fmt::Display for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Everything that is approved, a print for each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The campaign, its tenant, app and bot.
    pub campaign: Print,
    /// The message.
    pub message: Print,
    /// The lists and the rules.
    pub audience: Print,
    /// How it is delivered.
    pub delivery: Print,
    /// Who is to get it.
    pub people: Print,
}

impl Approved {
    /// The plan's hash, in 64 hexadecimal digits.
    pub fn hash(&self) -> String {
        let prints = Part::ALL.map(|part| self.of(part).to_string());
        let whole = Print::of(prints.iter().map(String::as_str)).to_string();
        let starts = prints.iter().map(|print| start(print));
        let mut hash: String = starts.collect();
        hash.extend(whole.chars().take(DIGITS - hash.len()));
        hash
    }

    /// What is not as in the plan with the hash `confirmed`: nothing where it
    /// is the very plan, no parts where it cannot be told.
    pub fn differs_from(&self, confirmed: &str) -> Option<Vec<Part>> {
        let confirmed = confirmed.trim().to_ascii_lowercase();
        let hash = self.hash();
        if confirmed == hash {
            return None;
        }
        let is_hash = confirmed.len() == DIGITS && confirmed.bytes().all(|b| b.is_ascii_hexdigit());
        let starts = Part::ALL.into_iter().enumerate().filter(|(place, part)| {
            let digits = confirmed.get(place * OF_PART..(place + 1) * OF_PART);
            digits.is_some_and(|digits| digits != start(&self.of(*part).to_string()))
        });
        let mut parts: Vec<Part> = starts.map(|(_, part)| part).collect();
        if !is_hash || parts.len() == Part::ALL.len() {
            return Some(Vec::new());
        }
        // Other lists mean other people, which says nothing new.
        if parts.contains(&Part::Audience) {
            parts.retain(|part| *part != Part::People);
        }
        Some(parts)
    }

    fn of(&self, part: Part) -> &Print {
        match part {
            Part::Campaign => &self.campaign,
            Part::Message => &self.message,
            Part::Audience => &self.audience,
            Part::Delivery => &self.delivery,
            Part::People => &self.people,
        }
    }
}

fn start(print: &str) -> &str {
    print.get(..OF_PART).unwrap_or(print)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approved() -> Approved {
        Approved {
            campaign: Print::of(["townhall"]),
            message: Print::of(["hello"]),
            audience: Print::of(["users.csv"]),
            delivery: Print::of(["auto"]),
            people: Print::of(["ann", "bob"]),
        }
    }

    #[test]
    fn a_plan_agrees_with_itself_however_the_hash_is_written() {
        let plan = approved();
        let hash = plan.hash();

        assert_eq!(hash.len(), DIGITS);
        assert_eq!(plan.differs_from(&hash), None);
        assert_eq!(
            plan.differs_from(&format!(" {}\n", hash.to_uppercase())),
            None
        );
    }

    #[test]
    fn what_differs_is_named() {
        let hash = approved().hash();
        let message = Approved {
            message: Print::of(["bye"]),
            ..approved()
        };
        let joined = Approved {
            people: Print::of(["ann", "bob", "eve"]),
            ..approved()
        };
        let listed = Approved {
            audience: Print::of(["others.csv"]),
            ..joined.clone()
        };

        assert_eq!(message.differs_from(&hash), Some(vec![Part::Message]));
        assert_eq!(joined.differs_from(&hash), Some(vec![Part::People]));
        assert_eq!(listed.differs_from(&hash), Some(vec![Part::Audience]));
    }

    #[test]
    fn what_is_no_hash_or_of_another_plan_differs_in_what_cannot_be_told() {
        let plan = approved();
        let mut last_digit = plan.hash();
        last_digit.replace_range(63.., if last_digit.ends_with('0') { "1" } else { "0" });

        for confirmed in [
            "",
            "0",
            "yes",
            &"0".repeat(64),
            &"é".repeat(32),
            &last_digit,
        ] {
            assert_eq!(
                plan.differs_from(confirmed),
                Some(Vec::new()),
                "{confirmed}"
            );
        }
    }
}
