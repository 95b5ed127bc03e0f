//! The job: drives every recipient from where they stand to settled.

mod observer;

pub use observer::{Observer, Silent, Stage};
