//! A fingerprint of the message, to tell two messages apart.

use sha2::{Digest, Sha256};

/// How many hexadecimal digits are kept.
const DIGITS: usize = 16;

/// The fingerprint of `parts`, in order.
pub(super) fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps `ab`+`c` and `a`+`bc` apart.
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut digits = format!("{:x}", hash.finalize());
    digits.truncate(DIGITS);
    digits
}
