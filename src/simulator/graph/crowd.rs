//! The people a list is about.

use std::borrow::Cow;

use super::question::{Order, Question};
use crate::simulator::{
    odata::filter::{Filter, Literal},
    tenant::{Place, Tenant, groups::People, person::Person},
};

/// People, before anything is asked about them.
#[derive(Debug)]
pub(super) enum Crowd<'a> {
    /// Everybody in the tenant.
    Everybody,
    /// Those at these places.
    Listed(Cow<'a, [u32]>),
}

impl<'a> From<&'a People> for Crowd<'a> {
    fn from(people: &'a People) -> Self {
        match people {
            People::Everybody => Self::Everybody,
            People::Listed(places) => Self::Listed(Cow::Borrowed(places)),
        }
    }
}

impl Crowd<'_> {
    /// Returns everybody whom `question` can mean at all: the few it names, if it does.
    pub(super) fn asked_for(tenant: &Tenant, question: &Question) -> Self {
        let named = question.filter.as_ref();
        match named.and_then(|filter| candidates(tenant, filter)) {
            None => Self::Everybody,
            Some(places) => Self::Listed(
                places
                    .into_iter()
                    .filter_map(|p| p.try_into().ok())
                    .collect(),
            ),
        }
    }

    /// Returns those at positions from `start` on whom `question` means.
    pub(super) fn people<'b>(
        &'b self,
        tenant: &'b Tenant,
        question: &'b Question,
        start: usize,
    ) -> impl Iterator<Item = (usize, Cow<'b, Person>)> {
        let count = match self {
            Self::Everybody => tenant.places(),
            Self::Listed(places) => places.len(),
        };
        (start..count)
            .filter_map(move |position| Some((position, tenant.person(self.place(position)?)?)))
            .filter(move |(_, person)| question.means(&**person))
    }

    /// Returns those whom `question` means, in its order.
    pub(super) fn sorted(&self, tenant: &Tenant, question: &Question, order: &Order) -> Self {
        let people = self.people(tenant, question, 0);
        let mut keyed: Vec<(Option<String>, u32)> = people
            .filter_map(|(position, person)| {
                let place = u32::try_from(self.place(position)?).ok()?;
                Some((order.key(&*person), place))
            })
            .collect();
        keyed.sort_unstable();
        order.turn(&mut keyed);
        Self::Listed(keyed.into_iter().map(|(_, place)| place).collect())
    }

    fn place(&self, position: usize) -> Option<Place> {
        match self {
            Self::Everybody => Some(position),
            Self::Listed(places) => Place::try_from(*places.get(position)?).ok(),
        }
    }
}

/// Returns the few people who can fulfil `filter` at all, if it names them.
fn candidates(tenant: &Tenant, filter: &Filter) -> Option<Vec<Place>> {
    let mut places = match filter {
        Filter::Equal(path, value) => named(tenant, path, value)?,
        Filter::In(path, values) => collect(values.iter().map(|value| named(tenant, path, value)))?,
        Filter::Or(parts) => collect(parts.iter().map(|part| candidates(tenant, part)))?,
        Filter::And(parts) => parts.iter().find_map(|part| candidates(tenant, part))?,
        Filter::Not(_)
        | Filter::Unequal(..)
        | Filter::Starts(..)
        | Filter::Ends(..)
        | Filter::Any(..) => return None,
    };
    places.sort_unstable();
    places.dedup();
    Some(places)
}

fn collect(parts: impl Iterator<Item = Option<Vec<Place>>>) -> Option<Vec<Place>> {
    let parts: Option<Vec<Vec<Place>>> = parts.collect();
    parts.map(|parts| parts.concat())
}

fn named(tenant: &Tenant, path: &str, value: &Literal) -> Option<Vec<Place>> {
    match (path, value) {
        ("id", Literal::Text(text)) => {
            let place = text.parse().ok().and_then(|id| tenant.by_object_id(id));
            Some(place.into_iter().collect())
        }
        ("userPrincipalName", Literal::Text(text)) => {
            Some(tenant.by_upn(text).into_iter().collect())
        }
        ("mail", Literal::Text(text)) => Some(tenant.by_mail(text)),
        (_, Literal::Text(_) | Literal::Bool(_) | Literal::Guid(_) | Literal::Null) => None,
    }
}
