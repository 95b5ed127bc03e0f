//! How much of an answer is read.

/// What kind of answer a request has, which bounds how much of it is read: many
/// requests are on their way at once, and a service may be out of its mind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// About one person, or a few: 1 MiB.
    #[default]
    Short,
    /// A page of a list: 32 MiB. One of 999 users with all the plans of a large
    /// licence has a third of that.
    List,
}

impl Extent {
    /// The most bytes that are read of an answer.
    pub(super) fn most(self) -> usize {
        match self {
            Self::Short => 1024 * 1024,
            Self::List => 32 * 1024 * 1024,
        }
    }
}
