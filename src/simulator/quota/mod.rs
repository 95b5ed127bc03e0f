//! What the services count, and when they refuse.

pub(crate) mod bucket;
pub(crate) mod ledger;
pub(crate) mod limits;
#[cfg(test)]
mod tests;
pub(crate) mod window;
