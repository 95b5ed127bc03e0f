//! The list of a scenario: who is on it, and how they are named.

use teamcast::{
    model::ObjectId,
    model::{Fields, Listed, Row, RowContent, RowNumber, UserKey},
    simulator::World,
};

/// One row of the list; numbers are places in the tenant, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Somebody, by user principal name.
    Name(usize),
    /// Somebody, by mail address.
    Mail(usize),
    /// Somebody, by object id.
    Id(usize),
    /// Somebody the directory does not know.
    Nobody,
    /// A row that cannot be read.
    Nonsense,
}

/// The rows of `list`, numbered as a file with a header has them.
pub(crate) fn rows(world: &World, list: &[By]) -> Vec<Row> {
    (1..)
        .zip(list)
        .map(|(number, by)| Row {
            number: RowNumber(number),
            label: format!("users.csv:{}", number + 1),
            content: content(world, *by),
        })
        .collect()
}

fn content(world: &World, by: By) -> RowContent {
    let people = world.people();
    let key = match by {
        By::Name(place) => UserKey::UserPrincipalName(people[place].upn.to_string()),
        By::Mail(place) => UserKey::Mail(people[place].mail.as_ref().unwrap().to_string()),
        By::Id(place) => {
            UserKey::ObjectId(ObjectId::new(people[place].object_id.to_string()).unwrap())
        }
        By::Nobody => UserKey::UserPrincipalName("left@contoso.example".to_owned()),
        By::Nonsense => {
            return RowContent::Malformed {
                user: "one,cell,too many".to_owned(),
                reason: "it has 3 cells instead of 2".to_owned(),
            };
        }
    };
    RowContent::Listed(Box::new(Listed {
        key,
        fields: Fields::new(),
        language: None,
        chat: None,
        person: None,
    }))
}
