//! What went wrong with one request, and what may be done about it.

use std::time::Duration;

use super::service::ServiceKind;

/// Whether doing a request twice does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// A second time changes nothing: reads, installs, deletions.
    Harmless,
    /// A second time may show a second message.
    Duplicates,
}

/// What went wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It was never written.
    NotSent,
    /// It may have been written; no whole answer came.
    NoAnswer,
    /// The service asked to slow down; the request had no effect.
    Throttled {
        /// How long it asked to wait.
        retry_after: Option<Duration>,
    },
    /// Somebody else was writing to the same conversation; no effect.
    Conflict,
    /// The service failed, before or after the effect.
    Server {
        /// How long it asked to wait.
        retry_after: Option<Duration>,
    },
    /// The token was not accepted; no effect.
    Unauthorised,
    /// The service said no; no effect.
    Rejected,
}

/// What to do about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Wait that long, then try again.
    RetryAfter(Duration),
    /// Try once more with a new token.
    RenewToken,
    /// It may or may not have happened, and must not be repeated.
    Unknown,
    /// It did not happen, and trying again would not help.
    GiveUp,
}

impl Fault {
    /// The fault an answer with `status` is, or `None` for success.
    ///
    /// 412 is a passing conflict on the Bot Connector (Teams page "Rate
    /// limiting for bots") and a refusal on Graph (consent missing).
    pub fn of_status(
        service: ServiceKind,
        status: u16,
        retry_after: Option<Duration>,
    ) -> Option<Self> {
        match (status, service) {
            (200..=299, _) => None,
            (401, _) => Some(Self::Unauthorised),
            (408, _) => Some(Self::Server { retry_after }),
            (412, ServiceKind::Connector) => Some(Self::Conflict),
            (429, _) => Some(Self::Throttled { retry_after }),
            (500.., _) => Some(Self::Server { retry_after }),
            (0..=499, _) => Some(Self::Rejected),
        }
    }

    /// Whether the request may have had its effect all the same.
    pub fn is_ambiguous(self) -> bool {
        match self {
            Self::NoAnswer | Self::Server { .. } => true,
            Self::NotSent
            | Self::Throttled { .. }
            | Self::Conflict
            | Self::Unauthorised
            | Self::Rejected => false,
        }
    }

    /// Judges the fault, given the computed backoff for this attempt.
    ///
    /// `Retry-After` is a floor: never shortened, whatever the backoff says.
    pub fn verdict(self, repeat: Repeat, backoff: Duration) -> Verdict {
        match (self, repeat) {
            (Self::NotSent | Self::Conflict, _) => Verdict::RetryAfter(backoff),
            (Self::Throttled { retry_after }, _) => {
                Verdict::RetryAfter(backoff.max(retry_after.unwrap_or_default()))
            }
            (Self::NoAnswer, Repeat::Harmless) => Verdict::RetryAfter(backoff),
            (Self::Server { retry_after }, Repeat::Harmless) => {
                Verdict::RetryAfter(backoff.max(retry_after.unwrap_or_default()))
            }
            (Self::NoAnswer | Self::Server { .. }, Repeat::Duplicates) => Verdict::Unknown,
            (Self::Unauthorised, _) => Verdict::RenewToken,
            (Self::Rejected, _) => Verdict::GiveUp,
        }
    }

    /// How long everyone who spends the same budget must wait.
    ///
    /// 503 with `Retry-After` asks for it just as 429 does.
    pub fn closes_gate_for(self, backoff: Duration) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after } => Some(retry_after.unwrap_or(backoff)),
            Self::Server { retry_after } => retry_after,
            Self::NotSent
            | Self::NoAnswer
            | Self::Conflict
            | Self::Unauthorised
            | Self::Rejected => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Duration = Duration::from_secs(2);

    fn judged(service: ServiceKind, status: u16, repeat: Repeat) -> &'static str {
        match Fault::of_status(service, status, None) {
            None => "ok",
            Some(fault) => match fault.verdict(repeat, BACKOFF) {
                Verdict::RetryAfter(_) => "retry",
                Verdict::RenewToken => "renew",
                Verdict::Unknown => "unknown",
                Verdict::GiveUp => "give up",
            },
        }
    }

    #[test]
    fn every_status_code_has_the_verdict_the_table_says() {
        for status in 100..=599 {
            let (graph, connector, send) = match status {
                200..=299 => ("ok", "ok", "ok"),
                401 => ("renew", "renew", "renew"),
                408 | 500..=599 => ("retry", "retry", "unknown"),
                412 => ("give up", "retry", "retry"),
                429 => ("retry", "retry", "retry"),
                _ => ("give up", "give up", "give up"),
            };

            let found = (
                judged(ServiceKind::Graph, status, Repeat::Harmless),
                judged(ServiceKind::Connector, status, Repeat::Harmless),
                judged(ServiceKind::Connector, status, Repeat::Duplicates),
            );

            assert_eq!(found, (graph, connector, send), "{status}");
        }
    }

    #[test]
    fn retry_after_is_a_floor_and_never_shortened() {
        let hour = Duration::from_hours(1);
        let throttled = Fault::Throttled {
            retry_after: Some(hour),
        };

        assert_eq!(
            throttled.verdict(Repeat::Duplicates, BACKOFF),
            Verdict::RetryAfter(hour)
        );
        assert_eq!(
            Fault::Throttled {
                retry_after: Some(Duration::ZERO)
            }
            .verdict(Repeat::Harmless, BACKOFF),
            Verdict::RetryAfter(BACKOFF)
        );
    }

    #[test]
    fn a_send_without_an_answer_is_unknown_and_one_that_was_not_written_is_repeated() {
        assert_eq!(
            Fault::NoAnswer.verdict(Repeat::Duplicates, BACKOFF),
            Verdict::Unknown
        );
        assert_eq!(
            Fault::NotSent.verdict(Repeat::Duplicates, BACKOFF),
            Verdict::RetryAfter(BACKOFF)
        );
    }

    #[test]
    fn a_busy_service_that_names_a_time_closes_the_gate_like_a_throttled_one() {
        let wait = Some(Duration::from_secs(7));

        let busy = Fault::of_status(ServiceKind::Graph, 503, wait).unwrap();
        let broken = Fault::of_status(ServiceKind::Graph, 503, None).unwrap();

        assert_eq!(busy.closes_gate_for(BACKOFF), wait);
        assert_eq!(broken.closes_gate_for(BACKOFF), None);
    }
}
