//! What `teamcast plan` is asked.

use std::{num::NonZeroUsize, str::FromStr};

use clap::Args as ClapArgs;

use super::{Choice, Place};
use crate::simulator::Latency;

#[derive(Debug, Clone, ClapArgs)]
pub(in crate::cli) struct Plan {
    #[command(flatten)]
    pub(in crate::cli) place: Place,
    #[command(flatten)]
    pub(in crate::cli) choice: Choice,
    /// How many of those of whom nothing is known are taken to lack the app.
    #[arg(long, value_name = "SHARE")]
    pub(in crate::cli) missing: Option<Share>,
    /// Play the whole campaign on a simulated tenant, in memory: nothing is asked of the network.
    #[arg(long)]
    pub(in crate::cli) rehearse: bool,
    #[command(flatten)]
    pub(in crate::cli) rehearsal: Rehearsal,
    /// Print data as JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What a rehearsal plays.
#[derive(Debug, Clone, ClapArgs)]
pub(in crate::cli) struct Rehearsal {
    /// So many people [default: the rows of the lists].
    #[arg(long, value_name = "N", requires = "rehearse")]
    pub(in crate::cli) people: Option<NonZeroUsize>,
    /// The share of them whose chat is known already.
    #[arg(long, value_name = "SHARE", requires = "rehearse")]
    pub(in crate::cli) known: Option<Share>,
    /// How long answers take: a time such as 80ms, or a median and a 99th
    /// percentile such as 60ms..900ms.
    #[arg(
        long,
        value_name = "TIME",
        default_value = "80ms",
        requires = "rehearse"
    )]
    pub(in crate::cli) latency: Latency,
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
