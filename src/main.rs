//! The `teamcast` program.

fn main() {}
