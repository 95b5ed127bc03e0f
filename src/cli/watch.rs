//! Brings to a run what `teamcast listen` learns meanwhile.

use std::{error::Error, path::Path, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    ledger::{AddressWatch, CampaignKey, ReadError},
    pipeline::Tidings,
};

/// How often the address book is looked into.
const LOOK: Duration = Duration::from_secs(1);

/// Brings `tidings` what is learnt from now on, until it is `over`.
///
/// Then the ledger is let go of in good order: whoever closes it last folds the
/// journal away, and that must be the run.
pub(super) async fn watch(
    ledger: &Path,
    key: &CampaignKey,
    tidings: &Tidings,
    over: &CancellationToken,
) {
    let mut watch = match AddressWatch::open(ledger, &key.tenant_id, &key.bot_id).await {
        Ok(watch) => watch,
        Err(error) => return blind(&error),
    };
    // Nobody depends on it: whose chat is not heard of is looked up.
    if let Err(error) = look(&mut watch, tidings, over).await {
        blind(&error);
    }
    watch.close().await;
}

async fn look(
    watch: &mut AddressWatch,
    tidings: &Tidings,
    over: &CancellationToken,
) -> Result<(), ReadError> {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while over.run_until_cancelled(looks.tick()).await.is_some() {
        tidings.bring(watch.news().await?);
    }
    Ok(())
}

fn blind(error: &(dyn Error + 'static)) {
    debug!(error, "what is learnt meanwhile is not seen");
}
