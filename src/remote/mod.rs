//! One request out, one answer in.

mod figures;

pub use figures::BudgetFigures;
