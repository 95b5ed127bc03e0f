//! What `run` and `plan` make sure of before anybody is touched.

use tokio_util::sync::CancellationToken;

use crate::{
    audience::{Bounds, Rules},
    campaign::Campaign,
    ledger::{Fingerprints, Purpose},
    message::Message,
    model::OutcomeKind,
};

use super::{
    RunError,
    args::{Choice, Place},
    finish::{self, Paths},
    guard::{check_audience, check_fields},
    part::Part,
    people::People,
    run::draft,
    services::Services,
};

/// What a campaign asks for, as far as it is known without a network.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) message: Message,
    pub(super) people: People,
    pub(super) part: Part,
    pub(super) paths: Paths,
}

/// The services of a campaign, and whom they say it leaves out.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) services: Services,
    pub(super) bounds: Bounds,
}

impl Prepared {
    /// Reads message and lists, and refuses what is wrong with them.
    pub(super) fn read(
        campaign: &Campaign,
        place: &Place,
        choice: &Choice,
    ) -> Result<Self, RunError> {
        let message = Message::load(&draft(&campaign.message)).map_err(RunError::Message)?;
        let people = People::read(&campaign.audience)?;
        check_audience(campaign, &people.survey)?;
        check_fields(&message, &people.survey)?;
        Ok(Self {
            part: Part::new(choice)?,
            paths: Paths::new(place, campaign)?,
            message,
            people,
        })
    }

    /// Reaches for the services, and refuses what would befall everyone.
    pub(super) async fn reach(
        &mut self,
        campaign: &Campaign,
        choice: &Choice,
        stop: &CancellationToken,
    ) -> Result<Reached, RunError> {
        finish::check_out(&self.paths)?;
        let mut services = Services::new(campaign, stop)?;
        services.must_be_ready(campaign).await?;
        self.people.look_back(campaign, &self.paths, choice).await;
        self.people.check(&campaign.audience, &services).await?;
        let bounds = self.people.bounds(&campaign.audience, &services).await?;
        Ok(Reached { services, bounds })
    }

    /// What the ledger is opened for.
    pub(super) fn purpose(&self, choice: &Choice) -> Purpose {
        Purpose::Send {
            fingerprints: Fingerprints {
                message: self.message.fingerprint(),
                audience: self.people.survey.fingerprint.clone(),
            },
            accept_changed: choice.accept_changed_message,
        }
    }
}

/// Who is left out by what they are.
pub(super) fn rules(campaign: &Campaign) -> Rules {
    Rules {
        guests: campaign.audience.guests,
        disabled: campaign.audience.disabled,
        unlicensed: campaign.audience.unlicensed,
    }
}

/// Which outcomes of earlier runs the operator wants tried again.
pub(super) fn retried(choice: &Choice) -> Vec<OutcomeKind> {
    let kinds = choice.retry.iter().copied();
    kinds.map(OutcomeKind::from).collect()
}
