//! What the ledger keeps of a row, of a person and of a chat.

use crate::model::{
    ActivityId, Cause, ChatId, Evidence, Install, InstallationId, MemberId, ObjectId, Outcome,
    OutcomeKind, Person, State,
};

use super::ReportRow;

/// One row of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowEntry {
    pub(super) label: String,
    pub(super) user: String,
    pub(super) object_id: Option<ObjectId>,
    /// Its own end, where that is not its person's.
    pub(super) end: Option<RowEnd>,
    /// How its person ended, where it stands for them and both are as stored:
    /// then the person need not be looked at.
    pub(super) settled: Option<Outcome>,
}

/// How a row ended that is no person of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowEnd {
    pub(super) outcome: Outcome,
    pub(super) evidence: Evidence,
}

impl RowEnd {
    /// The end of a row whose person is the one of `first`.
    pub(super) fn duplicate_of(first: &str) -> Self {
        Self {
            outcome: Outcome::Skipped(Cause::Duplicate),
            evidence: Evidence::detail(format!("the same person as {first}")),
        }
    }

    pub(super) fn is_duplicate(&self) -> bool {
        self.outcome.cause() == Some(Cause::Duplicate)
    }
}

/// One person of the campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recipient {
    pub(super) profile: Person,
    pub(super) state: State,
    pub(super) chat: Option<ChatId>,
    pub(super) installation: Option<InstallationId>,
    pub(super) install: Option<Install>,
    pub(super) activity: Option<ActivityId>,
    pub(super) evidence: Evidence,
    pub(super) wave: Option<String>,
    pub(super) sending_since: Option<String>,
    pub(super) delivered_at: Option<String>,
    pub(super) claim: Option<Claim>,
}

/// Which row stands for a person, in which run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) run: i64,
    pub(super) row: u64,
    pub(super) label: String,
}

/// A line of the address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) chat: ChatId,
    pub(super) installed: Option<Install>,
    /// The campaign.
    pub(super) learnt_from: String,
    pub(super) learnt_at: String,
    /// When a campaign last relied on it.
    pub(super) used_at: String,
    /// As the bot knows the person.
    pub(super) member: Option<MemberId>,
    /// Where Teams said the person's messages are taken.
    pub(super) service_url: Option<String>,
}

impl Recipient {
    /// A person who was just identified.
    pub(super) fn new(profile: Person) -> Self {
        Self {
            profile,
            state: State::Identified,
            chat: None,
            installation: None,
            install: None,
            activity: None,
            evidence: Evidence::default(),
            wave: None,
            sending_since: None,
            delivered_at: None,
            claim: None,
        }
    }

    /// How it ended for them, if it has.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match self.state {
            State::Settled(outcome) => Some(outcome),
            State::Identified
            | State::Missing
            | State::Installed { .. }
            | State::Addressed { .. }
            | State::Sending { .. } => None,
        }
    }
}

/// What becomes of a row: its own end, or else its person's.
pub(super) fn outcome(row: &RowEntry, person: Option<&Recipient>) -> Option<Outcome> {
    match &row.end {
        Some(end) => Some(end.outcome),
        None => person.and_then(Recipient::outcome),
    }
}

/// The line of the report for a row and the person it is bound to.
pub(super) fn report_row(row: RowEntry, person: Option<Recipient>) -> ReportRow {
    let outcome = outcome(&row, person.as_ref());
    // A row with an end of its own says who it is, not what became of them.
    let own = row.end.is_some();
    let fate = person.as_ref().filter(|_| !own);
    let evidence = match &row.end {
        Some(end) => end.evidence.clone(),
        None => fate.map(|fate| fate.evidence.clone()).unwrap_or_default(),
    };
    ReportRow {
        row: row.label,
        user: row.user,
        object_id: row.object_id.map(|id| id.to_string()),
        outcome: outcome.map_or(OutcomeKind::Pending, Outcome::kind),
        cause: outcome.and_then(Outcome::cause),
        install: fate.and_then(|fate| fate.install),
        chat_id: fate.and_then(|fate| Some(fate.chat.as_ref()?.to_string())),
        activity_id: fate.and_then(|fate| Some(fate.activity.as_ref()?.to_string())),
        wave: fate.and_then(|fate| fate.wave.clone()),
        delivered_at: fate.and_then(|fate| fate.delivered_at.clone()),
        http_status: evidence.http_status,
        code: evidence.code,
        request_id: evidence.request_id,
        attempts: evidence.attempts,
        detail: evidence.detail,
        user_principal_name: person
            .as_ref()
            .and_then(|person| person.profile.user_principal_name.clone()),
        display_name: person.and_then(|person| person.profile.display_name),
    }
}
