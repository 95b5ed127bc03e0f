//! What `teamcast plan` is asked.

use std::str::FromStr;

use clap::Args as ClapArgs;

use super::{Choice, Place};

#[derive(Debug, Clone, ClapArgs)]
pub(in crate::cli) struct Plan {
    #[command(flatten)]
    pub(in crate::cli) place: Place,
    #[command(flatten)]
    pub(in crate::cli) choice: Choice,
    /// How many of those of whom nothing is known are taken to lack the app.
    #[arg(long, value_name = "SHARE")]
    pub(in crate::cli) missing: Option<Share>,
    /// Print data as JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// A share, as `30%` or `0.3`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::cli) struct Share(pub(in crate::cli) f64);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse().map(|percent: f64| percent / 100.0),
            None => text.parse(),
        };
        match number {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(Self(share)),
            Ok(_) | Err(_) => Err(format!("`{text}` is no share; write 30%, or 0.3")),
        }
    }
}
