//! The query options that Graph understands: `$filter`, `$select`, `$top`,
//! `$expand`, `$skiptoken`, `$count`.

pub(crate) mod filter;
mod lexer;
pub(crate) mod options;
mod parser;
pub(crate) mod schema;
