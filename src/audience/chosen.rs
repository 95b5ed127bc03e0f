//! The users an earlier report names.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use super::{AudienceError, CsvRows};
use crate::model::{Cause, Listed, OutcomeKind, Row, RowContent};

/// The column of a report that says what became of a row.
const OUTCOME: &str = "outcome";
/// The columns of a report that name a user, beside the first of them.
const NAMES: [&str; 3] = ["user", "user_principal_name", "mail"];

/// The users of an earlier report, or those of them with certain outcomes.
#[derive(Debug)]
pub struct Chosen {
    /// Every name of every user, in lower case, with the user's place.
    names: HashMap<String, usize>,
    users: usize,
    found: BTreeSet<usize>,
}

impl Chosen {
    /// Reads the report at `path`, and keeps the users with one of the
    /// outcomes `only`, or all if there is none.
    ///
    /// # Errors
    ///
    /// [`AudienceError`] when it cannot be read, or has no outcomes to choose by.
    pub fn from_report(path: &Path, only: &[OutcomeKind]) -> Result<Self, AudienceError> {
        let not_a_report = || AudienceError::NoReport {
            file: path.display().to_string(),
        };
        if path.extension().is_some_and(|kind| kind == "jsonl") {
            return Err(not_a_report());
        }
        let rows = CsvRows::open(path)?;
        if !only.is_empty() && !rows.columns().iter().any(|column| column == OUTCOME) {
            return Err(not_a_report());
        }
        let mut chosen = Self {
            names: HashMap::new(),
            users: 0,
            found: BTreeSet::new(),
        };
        for row in rows {
            if let RowContent::Listed(listed) = row?.content
                && is_meant(&listed, only)
            {
                chosen.add(&listed);
            }
        }
        Ok(chosen)
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.users
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.users == 0
    }

    /// How many of them were in no row given to [`Self::has`].
    pub fn missing(&self) -> usize {
        self.users - self.found.len()
    }

    /// Whether a row of the audience is one of them, by its own spelling or by
    /// what the directory says.
    pub fn has(&mut self, row: &Row) -> bool {
        let RowContent::Listed(listed) = &row.content else {
            return false;
        };
        let person = listed.person.as_ref();
        let names = [
            Some(listed.key.as_str()),
            person.map(|person| person.object_id.as_str()),
            person.and_then(|person| person.user_principal_name.as_deref()),
        ];
        let place = names
            .into_iter()
            .flatten()
            .find_map(|name| self.names.get(&name.to_lowercase()));
        self.found.extend(place);
        place.is_some()
    }

    fn add(&mut self, listed: &Listed) {
        let fields = NAMES.iter().filter_map(|name| listed.fields.get(*name));
        let names = fields.map(String::as_str).chain([listed.key.as_str()]);
        for name in names {
            self.names.insert(name.to_lowercase(), self.users);
        }
        self.users += 1;
    }
}

/// A row that could not be read names nobody, whatever its cells hold.
fn is_meant(listed: &Listed, only: &[OutcomeKind]) -> bool {
    let field = |name| listed.fields.get(name).map(String::as_str);
    let outcome = field(OUTCOME);
    let is_one_of = |kinds: &[OutcomeKind]| kinds.iter().any(|kind| outcome == Some(kind.name()));
    field("cause") != Some(Cause::MalformedRow.name()) && (only.is_empty() || is_one_of(only))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use tempfile::TempDir;

    use super::*;
    use crate::model::{ObjectId, Person, RowNumber, UserKey};

    const REPORT: &str = "\u{feff}row,user,object_id,user_principal_name,outcome,cause\n\
        u:2,Ann@contoso.com,,ann@contoso.com,failed,unknown-user\n\
        u:3,b,b0000000-0000-4000-8000-000000000000,bob@contoso.com,delivered,\n\
        u:4,x,,,skipped,malformed-row\n";

    fn written(text: &str) -> (TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.csv");
        fs::write(&path, text).unwrap();
        (dir, path)
    }

    fn row(user: &str, person: Option<Person>) -> Row {
        Row {
            number: RowNumber(1),
            label: String::new(),
            content: RowContent::Listed(Box::new(Listed {
                key: UserKey::Either(user.to_owned()),
                fields: crate::model::Fields::new(),
                language: None,
                chat: None,
                person,
            })),
        }
    }

    #[test]
    fn users_are_found_by_any_of_their_names() {
        let (_dir, path) = written(REPORT);
        let mut chosen = Chosen::from_report(&path, &[]).unwrap();
        assert_eq!((chosen.len(), chosen.missing()), (2, 2));

        assert!(chosen.has(&row("ANN@contoso.com", None)));
        assert_eq!(chosen.missing(), 1);
        assert!(!chosen.has(&row("x", None)));
        assert!(!chosen.has(&row("carol@contoso.com", None)));
        assert!(chosen.has(&row("bob@contoso.com", None)));
        let bob = ObjectId::new("b0000000-0000-4000-8000-000000000000").unwrap();
        assert!(chosen.has(&row("other", Some(Person::unknown(bob)))));
        assert_eq!(chosen.missing(), 0);
    }

    #[test]
    fn only_those_with_the_outcomes_asked_for_are_kept() {
        let (_dir, path) = written(REPORT);

        let mut failed = Chosen::from_report(&path, &[OutcomeKind::Failed]).unwrap();

        assert!(failed.has(&row("ann@contoso.com", None)));
        assert!(!failed.has(&row("bob@contoso.com", None)));
    }

    #[test]
    fn a_list_without_outcomes_has_none_to_choose_by() {
        let (_dir, path) = written("upn\nann@contoso.com\n");

        assert!(!Chosen::from_report(&path, &[]).unwrap().is_empty());
        let refused = Chosen::from_report(&path, &[OutcomeKind::Failed]);
        assert!(matches!(refused, Err(AudienceError::NoReport { .. })));
    }
}
