//! How large a simulated tenant is and what its people are like.

use serde::{Deserialize, Deserializer, de::Error as _};

/// What a simulated tenant is made from.
///
/// The same options give the same tenant, ids included.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many people it has.
    pub people: usize,
    /// What every id, name and trait is drawn from.
    pub seed: u64,
    /// Whether and how strictly requests are counted.
    pub quotas: Quotas,
    /// Which share of the people has which trait.
    pub shape: Shape,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            people: 100,
            seed: 1,
            quotas: Quotas::Scaled(1.0),
            shape: Shape::default(),
        }
    }
}

/// Whether requests are refused when there are too many of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quotas {
    /// Everything is let through; requests are still counted.
    Off,
    /// The documented quotas times this factor.
    Scaled(f64),
}

/// Which share of the people, from 0 to 1, has which trait.
///
/// Shares are exact: of 1,000 people a share of 0.3 makes 300.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shape {
    /// Has the app before anybody installs it.
    #[serde(deserialize_with = "share")]
    pub installed: f64,
    /// Of those who have the app: has an older version of it.
    #[serde(deserialize_with = "share")]
    pub outdated: f64,
    /// Is a guest from another organisation.
    #[serde(deserialize_with = "share")]
    pub guests: f64,
    /// Has no `userType`, as old accounts do.
    #[serde(deserialize_with = "share")]
    pub without_user_type: f64,
    /// Has a disabled account.
    #[serde(deserialize_with = "share")]
    pub disabled: f64,
    /// Has no enabled Teams service plan.
    #[serde(deserialize_with = "share")]
    pub unlicensed: f64,
    /// Has never signed in to Teams.
    #[serde(deserialize_with = "share")]
    pub never_signed_in: f64,
    /// Has no mail address.
    #[serde(deserialize_with = "share")]
    pub without_mail: f64,
    /// Has the mail address of somebody else.
    #[serde(deserialize_with = "share")]
    pub shared_mail: f64,
    /// Has a user principal name with `'`, a leading `$` or letters beyond ASCII.
    #[serde(deserialize_with = "share")]
    pub odd_names: f64,
    /// May not have the app, by an app permission policy.
    #[serde(deserialize_with = "share")]
    pub blocked_by_policy: f64,
    /// Has blocked the bot.
    #[serde(deserialize_with = "share")]
    pub blocked_by_user: f64,
    /// Has the bot disabled by an administrator.
    #[serde(deserialize_with = "share")]
    pub disabled_by_admin: f64,
    /// Of those who have the app: has it pinned by an app setup policy, so that it cannot be
    /// uninstalled.
    #[serde(deserialize_with = "share")]
    pub admin_pinned: f64,
    /// The share of the teams that have the app when the world starts.
    #[serde(deserialize_with = "share")]
    pub teams_with_app: f64,
}

impl Shape {
    /// Returns a shape in which everybody is a plain member who has the app.
    pub fn uniform() -> Self {
        Self {
            installed: 1.0,
            outdated: 0.0,
            guests: 0.0,
            without_user_type: 0.0,
            disabled: 0.0,
            unlicensed: 0.0,
            never_signed_in: 0.0,
            without_mail: 0.0,
            shared_mail: 0.0,
            odd_names: 0.0,
            blocked_by_policy: 0.0,
            blocked_by_user: 0.0,
            disabled_by_admin: 0.0,
            admin_pinned: 0.0,
            teams_with_app: 0.0,
        }
    }
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            installed: 0.4,
            outdated: 0.1,
            guests: 0.04,
            without_user_type: 0.02,
            disabled: 0.03,
            unlicensed: 0.04,
            never_signed_in: 0.02,
            without_mail: 0.02,
            shared_mail: 0.01,
            odd_names: 0.03,
            blocked_by_policy: 0.01,
            blocked_by_user: 0.01,
            disabled_by_admin: 0.005,
            admin_pinned: 0.02,
            teams_with_app: 0.25,
        }
    }
}

fn share<'de, D: Deserializer<'de>>(input: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(input)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        let problem = format!("{share} is no share of the people; use a number from 0.0 to 1.0");
        Err(D::Error::custom(problem))
    }
}
