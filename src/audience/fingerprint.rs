//! A fingerprint of the rows read, to tell two audiences apart.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::model::RowContent;

/// Takes in rows one by one, in order.
#[derive(Clone, Default)]
pub struct AudienceFingerprint(Sha256);

impl AudienceFingerprint {
    /// Takes in one row: where it stands and the user as the input names them.
    pub fn update(&mut self, label: &str, user: &str) {
        self.add(label);
        self.add(user);
    }

    /// Takes in one row of a list with all it says of the user.
    pub fn update_row(&mut self, label: &str, content: &RowContent) {
        match content {
            RowContent::Malformed { user, .. } => self.update(label, user),
            RowContent::Listed(listed) => {
                self.update(label, listed.key.as_str());
                self.add(&listed.fields.len().to_string());
                for (name, value) in &listed.fields {
                    self.update(name, value);
                }
                self.add(listed.language.as_deref().unwrap_or_default());
                self.add(listed.chat.as_ref().map_or("", |chat| chat.as_str()));
            }
        }
    }

    fn add(&mut self, text: &str) {
        // The length keeps `ab`+`c` and `a`+`bc` apart.
        self.0.update(text.len().to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// The fingerprint of all rows taken in, in hexadecimal.
    pub fn finish(self) -> String {
        format!("{:x}", self.0.finalize())
    }
}

impl fmt::Debug for AudienceFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AudienceFingerprint")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fields, Listed, UserKey};

    fn of(rows: &[(&str, &str)]) -> String {
        let mut fingerprint = AudienceFingerprint::default();
        for (label, user) in rows {
            fingerprint.update(label, user);
        }
        fingerprint.finish()
    }

    #[test]
    fn a_fingerprint_changes_with_any_row_and_with_nothing_else() {
        let rows = [("a.csv:2", "ann"), ("a.csv:3", "bob")];

        assert_eq!(of(&rows), of(&rows));
        assert_ne!(of(&rows), of(&[("a.csv:2", "ann"), ("a.csv:3", "bo")]));
        assert_ne!(of(&[("ab", "c")]), of(&[("a", "bc")]));
        assert_eq!(of(&rows).len(), 64);
    }

    #[test]
    fn a_fingerprint_changes_with_any_cell_of_a_list() {
        let row = |building: &str, language: Option<&str>| {
            let mut fingerprint = AudienceFingerprint::default();
            let listed = Listed {
                key: UserKey::Either("ann".to_owned()),
                fields: Fields::from([("building".to_owned(), building.to_owned())]),
                language: language.map(ToOwned::to_owned),
                chat: None,
                person: None,
            };
            fingerprint.update_row("a.csv:2", &RowContent::Listed(Box::new(listed)));
            fingerprint.finish()
        };

        assert_eq!(row("1", None), row("1", None));
        assert_ne!(row("1", None), row("2", None));
        assert_ne!(row("1", None), row("1", Some("de")));
    }
}
