//! Makes the people of a tenant from a seed and a shape.

use super::{
    dice::{Dice, Draw},
    names::{DEPARTMENTS, GIVEN, LANGUAGES, ODD_SURNAMES, SURNAMES},
    person::{Installed, Licence, Obstacle, Person, SetupPolicy, UserType},
};
use crate::simulator::options::{Options, Shape};

/// Who was drawn for which trait.
struct Census {
    seed: u64,
    installed: Draw,
    outdated: Draw,
    guests: Draw,
    without_user_type: Draw,
    disabled: Draw,
    unlicensed: Draw,
    never_signed_in: Draw,
    without_mail: Draw,
    shared_mail: Draw,
    odd_names: Draw,
    blocked_by_policy: Draw,
    blocked_by_user: Draw,
    disabled_by_admin: Draw,
    admin_pinned: Draw,
}

/// Returns the people of the tenant that `options` describe.
pub(crate) fn people(options: &Options, domain: &str, initial_domain: &str) -> Vec<Person> {
    let census = Census::new(options);
    let mut people: Vec<Person> = Vec::with_capacity(options.people);
    for index in 0..options.people {
        let mut person = census.person(index, domain, initial_domain);
        if census.shared_mail.has(index)
            && let Some(mail) = people.last().and_then(|neighbour| neighbour.mail.clone())
        {
            person.mail = Some(mail);
        }
        people.push(person);
    }
    people
}

/// Returns who comes to the tenant as the person number `index`: a plain member without the app.
pub(crate) fn newcomer(seed: u64, index: usize, domain: &str) -> Person {
    let options = Options {
        people: 1,
        seed,
        shape: Shape {
            installed: 0.0,
            ..Shape::uniform()
        },
        ..Options::default()
    };
    Census::new(&options).person(index, domain, domain)
}

impl Census {
    fn new(options: &Options) -> Self {
        let Shape {
            installed,
            outdated,
            guests,
            without_user_type,
            disabled,
            unlicensed,
            never_signed_in,
            without_mail,
            shared_mail,
            odd_names,
            blocked_by_policy,
            blocked_by_user,
            disabled_by_admin,
            admin_pinned,
            teams_with_app: _,
        } = options.shape;
        let mut dice = Dice::new(options.seed, 0);
        let mut draw = |share| Draw::new(&mut dice, options.people, share);
        Self {
            seed: options.seed,
            installed: draw(installed),
            outdated: draw(outdated),
            guests: draw(guests),
            without_user_type: draw(without_user_type),
            disabled: draw(disabled),
            unlicensed: draw(unlicensed),
            never_signed_in: draw(never_signed_in),
            without_mail: draw(without_mail),
            shared_mail: draw(shared_mail),
            odd_names: draw(odd_names),
            blocked_by_policy: draw(blocked_by_policy),
            blocked_by_user: draw(blocked_by_user),
            disabled_by_admin: draw(disabled_by_admin),
            admin_pinned: draw(admin_pinned),
        }
    }

    fn person(&self, index: usize, domain: &str, initial_domain: &str) -> Person {
        let mut dice = Dice::new(self.seed, u64::try_from(index).unwrap_or_default() + 1000);
        let object_id = dice.guid();
        let odd = self.odd_names.has(index);
        let given_name = dice.pick(GIVEN);
        let surname = dice.pick(if odd { ODD_SURNAMES } else { SURNAMES });
        let guest = self.guests.has(index);
        let dollar = if odd && dice.roll().is_multiple_of(3) {
            "$"
        } else {
            ""
        };
        let local = format!(
            "{dollar}{}.{}.{index}",
            given_name.to_lowercase(),
            surname.to_lowercase()
        );
        let (upn, mail) = if guest {
            (
                format!("{local}_fabrikam.com#EXT#@{initial_domain}"),
                format!("{local}@fabrikam.com"),
            )
        } else {
            (
                format!("{local}@{domain}"),
                format!("{given_name}.{surname}.{index}@{domain}"),
            )
        };
        let language = dice.pick(LANGUAGES);
        let licence = self.licence(index, &mut dice);
        let obstacle = self.obstacle(index, &mut dice);
        let app = self.app(index, guest, licence, obstacle);
        let pinned = app != Installed::Absent && self.admin_pinned.has(index);
        Person {
            object_id,
            upn: upn.into(),
            mail: (!self.without_mail.has(index)).then(|| mail.into()),
            display_name: format!("{given_name} {surname}").into(),
            given_name: given_name.into(),
            surname: surname.into(),
            department: dice.pick(DEPARTMENTS).into(),
            preferred_language: (!language.is_empty()).then_some(language.into()),
            user_type: match (self.without_user_type.has(index), guest) {
                (true, _) => None,
                (false, true) => Some(UserType::Guest),
                (false, false) => Some(UserType::Member),
            },
            account_enabled: !self.disabled.has(index),
            licence,
            obstacle,
            app,
            setup: if pinned {
                SetupPolicy::PinsTheApp
            } else {
                SetupPolicy::LeavesTheApp
            },
        }
    }

    fn licence(&self, index: usize, dice: &mut Dice) -> Licence {
        match (self.unlicensed.has(index), dice.roll().is_multiple_of(2)) {
            (false, _) => Licence::Enabled,
            (true, true) => Licence::Suspended,
            (true, false) => Licence::Missing,
        }
    }

    fn obstacle(&self, index: usize, dice: &mut Dice) -> Obstacle {
        if self.never_signed_in.has(index) {
            Obstacle::NeverSignedIn
        } else if self.blocked_by_policy.has(index) {
            Obstacle::PermissionPolicy
        } else if self.disabled_by_admin.has(index) {
            Obstacle::DisabledByAdmin
        } else if self.blocked_by_user.has(index) {
            if dice.roll().is_multiple_of(2) {
                Obstacle::BlockedByUser
            } else {
                Obstacle::WritesBlocked
            }
        } else {
            Obstacle::Clear
        }
    }

    /// Nobody has what nobody could have installed for them.
    fn app(&self, index: usize, guest: bool, licence: Licence, obstacle: Obstacle) -> Installed {
        let possible = !guest
            && licence == Licence::Enabled
            && !matches!(
                obstacle,
                Obstacle::NeverSignedIn | Obstacle::PermissionPolicy
            );
        match (
            possible && self.installed.has(index),
            self.outdated.has(index),
        ) {
            (false, _) => Installed::Absent,
            (true, true) => Installed::Outdated,
            (true, false) => Installed::Current,
        }
    }
}
