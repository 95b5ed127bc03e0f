//! What an audience is read against, and what that says of its people.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
    pin::pin,
    sync::Arc,
};

use futures::{StreamExt, stream};

use crate::{
    audience::{Bounds, Rules, id_is_enough, rule_out},
    campaign::{Delivery, InDoubt, Install},
    graph::{Graph, Lookup, groups},
    ledger::{Prior, ReadError, Whereabouts},
    message::{Message, RenderFault},
    model::{Cause, Listed, ObjectId, Outcome, OutcomeKind, Person, Row, RowContent, UserKey},
    remote::Trouble,
};

/// Lookups under way at once.
const AT_ONCE: usize = 20;

/// What an audience is read against.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Who is asked about people.
    pub graph: &'a Graph,
    /// Who is left out by what they are.
    pub rules: &'a Rules,
    /// Who is left out by name or address.
    pub bounds: &'a Bounds,
    /// What is to be sent.
    pub message: &'a Message,
    /// How.
    pub delivery: &'a Delivery,
    /// Which outcomes of earlier runs are tried again.
    pub retry: &'a [OutcomeKind],
    /// What earlier runs know, if there were any.
    pub prior: Option<&'a Prior>,
    /// Whether somebody is reached through a team.
    pub is_in_team: &'a (dyn Fn(&ObjectId) -> bool + Sync),
}

/// Who a row's user is, as far as it is one.
pub(super) type Found = Option<Result<Arc<Lookup>, Arc<Trouble>>>;

impl Asked<'_> {
    /// Who stands in each of `rows`.
    pub(super) async fn look_up(&self, rows: &[Row]) -> Result<Vec<Found>, Trouble> {
        let mut keys: Vec<UserKey> = Vec::new();
        let mut wanted: HashSet<&UserKey> = HashSet::new();
        for listed in rows.iter().filter_map(listed) {
            if self.at_hand(listed).is_none() && wanted.insert(&listed.key) {
                keys.push(listed.key.clone());
            }
        }
        let requests = stream::iter(groups(keys)).map(|keys| self.graph.each_user(keys));
        let mut answers = pin!(requests.buffer_unordered(AT_ONCE));
        let mut found = HashMap::new();
        while let Some(answer) = answers.next().await {
            for (key, lookup) in answer? {
                found.insert(key, lookup.map(Arc::new).map_err(Arc::new));
            }
        }
        let who = rows.iter().map(|row| {
            let listed = listed(row)?;
            match self.at_hand(listed) {
                Some(person) => Some(Ok(Arc::new(Lookup::Found(Box::new(person))))),
                None => found.get(&listed.key).cloned(),
            }
        });
        Ok(who.collect())
    }

    /// The person, where nobody has to be asked.
    fn at_hand(&self, listed: &Listed) -> Option<Person> {
        let by_id = || match &listed.key {
            UserKey::ObjectId(id)
                if id_is_enough(self.rules, self.bounds, self.message.fields(), listed) =>
            {
                Some(Person::unknown(id.clone()))
            }
            UserKey::ObjectId(_)
            | UserKey::UserPrincipalName(_)
            | UserKey::Mail(_)
            | UserKey::Either(_) => None,
        };
        listed.person.clone().or_else(by_id)
    }

    /// What earlier runs know of `people`.
    pub(super) async fn recall(
        &self,
        people: &[Found],
    ) -> Result<HashMap<ObjectId, Whereabouts>, ReadError> {
        let Some(prior) = self.prior else {
            return Ok(HashMap::new());
        };
        let ids: BTreeSet<ObjectId> = people.iter().filter_map(person_of).collect();
        prior.of(&ids).await
    }

    /// Why the campaign leaves the person out, or nothing can be sent to them.
    pub(super) fn closed(&self, person: &Person, listed: &Listed) -> Option<(Outcome, String)> {
        if let Some(detail) = self.bounds.leave_out(person) {
            return Some((Outcome::Skipped(Cause::Excluded), detail));
        }
        if let Some(cause) = rule_out(self.rules, person) {
            return Some((Outcome::Skipped(cause), String::new()));
        }
        let mut fields = person.fields();
        fields.extend(listed.fields.clone());
        let fault = self.message.render(&fields).err()?;
        let cause = match fault {
            RenderFault::TooLarge { .. } => Cause::MessageTooLarge,
            RenderFault::Missing { .. } | RenderFault::Broken { .. } => Cause::MessageNotRendered,
        };
        Some((Outcome::Failed(cause), fault.to_string()))
    }

    /// Whether somebody an earlier run settled is taken up again; `open` says
    /// that today's rules let them in.
    pub(super) fn takes_up(&self, outcome: Outcome, id: &ObjectId, open: bool) -> bool {
        let again = self.retry.contains(&outcome.kind())
            || (outcome == Outcome::InDoubt && self.delivery.in_doubt == InDoubt::Resend);
        again
            || match outcome {
                Outcome::Skipped(Cause::NotInstalled) => {
                    self.delivery.install == Install::IfMissing || (self.is_in_team)(id)
                }
                Outcome::Skipped(
                    Cause::Excluded | Cause::Guest | Cause::Disabled | Cause::Unlicensed,
                ) => open,
                Outcome::Skipped(_)
                | Outcome::Failed(_)
                | Outcome::InDoubt
                | Outcome::Delivered => false,
            }
    }
}

impl fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked")
            .field("delivery", self.delivery)
            .finish_non_exhaustive()
    }
}

pub(super) fn listed(row: &Row) -> Option<&Listed> {
    match &row.content {
        RowContent::Listed(listed) => Some(listed),
        RowContent::Malformed { .. } => None,
    }
}

fn person_of(found: &Found) -> Option<ObjectId> {
    match found.as_ref()?.as_deref().ok()? {
        Lookup::Found(person) => Some(person.object_id.clone()),
        Lookup::Unknown | Lookup::Ambiguous { .. } => None,
    }
}
