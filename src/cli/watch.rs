//! Brings to a run what `teamcast listen` learns meanwhile.

use std::{convert::Infallible, error::Error, future::pending, path::Path, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use tracing::debug;

use crate::{
    ledger::{AddressWatch, CampaignKey, ReadError},
    pipeline::Tidings,
};

/// How often the address book is looked into.
const LOOK: Duration = Duration::from_secs(1);

/// Brings `tidings` what is learnt from now on, for as long as it is polled.
pub(super) async fn watch(ledger: &Path, key: &CampaignKey, tidings: &Tidings) -> Infallible {
    match AddressWatch::open(ledger, &key.tenant_id, &key.bot_id).await {
        Ok(watch) => {
            let Err(error) = look(watch, tidings).await;
            blind(&error);
        }
        Err(error) => blind(&error),
    }
    // Nobody depends on it: whose chat is not heard of is looked up.
    pending().await
}

async fn look(mut watch: AddressWatch, tidings: &Tidings) -> Result<Infallible, ReadError> {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        tidings.bring(watch.news().await?);
    }
}

fn blind(error: &(dyn Error + 'static)) {
    debug!(error, "what is learnt meanwhile is not seen");
}
