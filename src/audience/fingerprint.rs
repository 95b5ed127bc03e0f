//! A fingerprint of the rows read, to tell two audiences apart.

use std::fmt;

use sha2::{Digest, Sha256};

/// Takes in rows one by one, in order.
#[derive(Clone, Default)]
pub struct AudienceFingerprint(Sha256);

impl AudienceFingerprint {
    /// Takes in one row: where it stands and the user as the input names them.
    pub fn update(&mut self, label: &str, user: &str) {
        for text in [label, user] {
            // The length keeps `ab`+`c` and `a`+`bc` apart.
            self.0.update(text.len().to_le_bytes());
            self.0.update(text.as_bytes());
        }
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
}
