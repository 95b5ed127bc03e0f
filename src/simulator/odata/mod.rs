//! The query options that Graph understands: `$filter`, `$search`, `$select`,
//! `$top`, `$expand`, `$skiptoken`, `$count`.

pub(crate) mod filter;
mod lexer;
pub(crate) mod options;
mod parser;
pub(crate) mod schema;
pub(crate) mod search;
