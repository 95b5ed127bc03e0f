//! The campaign's rules on whom to leave out.

use std::collections::BTreeSet;

use super::Bounds;
use crate::model::{Cause, Listed, Person};

/// Who gets the message although they would be left out by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// Guests get it.
    pub guests: bool,
    /// Disabled accounts get it.
    pub disabled: bool,
    /// People without a Teams licence get it.
    pub unlicensed: bool,
}

/// The first rule that leaves `person` out. What the directory did not say
/// about them rules nobody out.
pub fn rule_out(rules: &Rules, person: &Person) -> Option<Cause> {
    let reasons = [
        (rules.guests, person.guest == Some(true), Cause::Guest),
        (
            rules.disabled,
            person.enabled == Some(false),
            Cause::Disabled,
        ),
        (
            rules.unlicensed,
            person.licensed == Some(false),
            Cause::Unlicensed,
        ),
    ];
    reasons
        .into_iter()
        .find_map(|(welcome, applies, cause)| (applies && !welcome).then_some(cause))
}

/// Whether somebody of whom only the object id is known will do: no rule asks
/// for more, and the message, which uses `fields`, asks for nothing that only
/// the directory has.
pub fn id_is_enough(
    rules: &Rules,
    bounds: &Bounds,
    fields: &BTreeSet<String>,
    listed: &Listed,
) -> bool {
    let everybody = rules.guests && rules.disabled && rules.unlicensed;
    let of_the_directory = |field: &String| {
        Person::FIELDS.contains(&field.as_str())
            && field != "object_id"
            && !listed.fields.contains_key(field)
    };
    everybody && bounds.go_by_id() && !fields.iter().any(of_the_directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectId;

    fn outcast() -> Person {
        Person {
            guest: Some(true),
            enabled: Some(false),
            licensed: Some(false),
            ..stranger()
        }
    }

    fn stranger() -> Person {
        Person::unknown(ObjectId::new("a").unwrap())
    }

    #[test]
    fn the_first_rule_that_applies_is_the_cause() {
        let mut rules = Rules::default();
        assert_eq!(rule_out(&rules, &outcast()), Some(Cause::Guest));

        rules.guests = true;
        assert_eq!(rule_out(&rules, &outcast()), Some(Cause::Disabled));

        rules.disabled = true;
        assert_eq!(rule_out(&rules, &outcast()), Some(Cause::Unlicensed));

        rules.unlicensed = true;
        assert_eq!(rule_out(&rules, &outcast()), None);
    }

    #[test]
    fn what_is_not_known_rules_nobody_out() {
        assert_eq!(rule_out(&Rules::default(), &stranger()), None);
    }
}
