//! What a run would do, before anybody is touched.
//!
//! [`read`](read()) goes through the audience as a run does and counts who would get
//! the message; [`forecast`](forecast()) says how long that takes, by the least time the
//! budgets allow ([`bound`](bound())); [`Approved`] puts into one hash what an
//! operator approves. Nobody is written to here and nothing is installed.

mod asked;
mod bound;
mod forecast;
mod hash;
mod reading;
mod simplex;
mod ways;

pub use asked::Asked;
pub use bound::{Bound, People, bound, rates};
pub use forecast::{Calls, Forecast, forecast};
pub use hash::{Approved, Part, Print};
pub use reading::{Example, Reading, Unread, read};
pub use ways::BUDGETS;
