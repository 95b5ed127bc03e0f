//! People who come, change and leave while the world runs.

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{
    guid::Guid,
    reply::{self, Reply},
    request::Exchange,
    state::Desk,
    tenant::person::Person,
    world::World,
};

/// Why the directory did not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnoverError {
    /// Nobody has this id, or not any more.
    #[error("nobody has the id {0}")]
    Unknown(Guid),
    /// Somebody else has the id or the user principal name already.
    #[error("somebody has the id or the name {0} already")]
    Taken(Box<str>),
}

impl World {
    /// Returns the person with this id, as the directory has them now.
    pub fn person(&self, id: Guid) -> Option<Person> {
        let place = self.tenant.by_object_id(id)?;
        self.tenant.person(place).map(std::borrow::Cow::into_owned)
    }

    /// Returns somebody who might join: a plain member without the app.
    ///
    /// Nobody is added; give it to [`Self::add_person`], changed as needed.
    pub fn newcomer(&self) -> Person {
        self.tenant.newcomer()
    }

    /// Adds a person to the directory.
    pub fn add_person(&self, person: Person) -> Result<(), TurnoverError> {
        let mut state = self.state();
        let known = self.tenant.by_object_id(person.object_id);
        if known.or_else(|| self.tenant.by_upn(&person.upn)).is_some() {
            return Err(TurnoverError::Taken(person.upn));
        }
        state.arrive(Desk::of(&person, self.tenant.registration.upgrade));
        let place = self.tenant.places();
        self.tenant.changes_mut().arrive(place, person);
        Ok(())
    }

    /// Changes what the directory says of a person.
    ///
    /// The id stays; app and obstacle are not of the directory and stay as well.
    pub fn change_person(
        &self,
        id: Guid,
        change: impl FnOnce(&mut Person),
    ) -> Result<(), TurnoverError> {
        let state = self.state();
        let place = self.tenant.by_object_id(id);
        let place = place.ok_or(TurnoverError::Unknown(id))?;
        let before = self
            .tenant
            .person(place)
            .ok_or(TurnoverError::Unknown(id))?;
        let before = before.into_owned();
        let mut after = before.clone();
        change(&mut after);
        after.object_id = id;
        if self
            .tenant
            .by_upn(&after.upn)
            .is_some_and(|other| other != place)
        {
            return Err(TurnoverError::Taken(after.upn));
        }
        self.tenant.changes_mut().replace(place, before, after);
        drop(state);
        Ok(())
    }

    /// Removes a person from the directory; what was sent to them stays in the truth.
    pub fn remove_person(&self, id: Guid) -> Result<(), TurnoverError> {
        let state = self.state();
        let place = self.tenant.by_object_id(id);
        let place = place.ok_or(TurnoverError::Unknown(id))?;
        let person = self
            .tenant
            .person(place)
            .ok_or(TurnoverError::Unknown(id))?;
        let person = person.into_owned();
        self.tenant.changes_mut().leave(place, person);
        drop(state);
        Ok(())
    }

    /// Forgets every delta query under way, so that a full synchronization is due.
    pub fn expire_delta_tokens(&self) {
        self.state().delta_epoch += 1;
    }
}

/// What another process may say of a person, in the directory's words.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Profile {
    display_name: Option<Box<str>>,
    user_principal_name: Option<Box<str>>,
    mail: Option<Box<str>>,
    account_enabled: Option<bool>,
}

impl Profile {
    fn apply(self, person: &mut Person) {
        person.display_name = self
            .display_name
            .unwrap_or_else(|| person.display_name.clone());
        person.upn = self
            .user_principal_name
            .unwrap_or_else(|| person.upn.clone());
        person.mail = self.mail.or_else(|| person.mail.take());
        person.account_enabled = self.account_enabled.unwrap_or(person.account_enabled);
    }
}

/// Lets another process add (`POST`), change (`PATCH`) and remove (`DELETE`) a person.
pub(crate) fn serve(world: &World, exchange: &Exchange, id: Option<&str>) -> Reply {
    let refuse = |status, problem: &dyn ToString| {
        reply::json(status, &json!({ "error": problem.to_string() }))
    };
    let profile = match exchange.body.as_ref() {
        b"" => Ok(Profile::default()),
        body => serde_json::from_slice(body),
    };
    let profile = match profile {
        Ok(profile) => profile,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error),
    };
    let outcome = match (&exchange.method, id.map(str::parse::<Guid>)) {
        (&Method::POST, None) => {
            let mut person = world.newcomer();
            profile.apply(&mut person);
            let shown =
                json!({ "id": person.object_id.to_string(), "userPrincipalName": person.upn });
            world
                .add_person(person)
                .map(|()| reply::json(StatusCode::CREATED, &shown))
        }
        (&Method::PATCH, Some(Ok(id))) => world
            .change_person(id, |person| profile.apply(person))
            .map(|()| reply::empty(StatusCode::NO_CONTENT)),
        (&Method::DELETE, Some(Ok(id))) => world
            .remove_person(id)
            .map(|()| reply::empty(StatusCode::NO_CONTENT)),
        (_, None | Some(Ok(_))) => return reply::empty(StatusCode::METHOD_NOT_ALLOWED),
        (_, Some(Err(error))) => return refuse(StatusCode::NOT_FOUND, &error),
    };
    match outcome {
        Ok(reply) => reply,
        Err(error @ TurnoverError::Unknown(_)) => refuse(StatusCode::NOT_FOUND, &error),
        Err(error @ TurnoverError::Taken(_)) => refuse(StatusCode::CONFLICT, &error),
    }
}
