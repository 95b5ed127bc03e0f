//! What the tests of whole runs share.

pub(crate) mod scenario;
