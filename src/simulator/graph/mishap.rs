//! How Graph fails without a reason of the request.

use http::StatusCode;

use super::error::{GraphError, Throttled};
use crate::simulator::mishap::Mishap;

impl From<Mishap> for GraphError {
    fn from(mishap: Mishap) -> Self {
        match mishap {
            Mishap::Throttled(wait) => Self::throttled(Throttled { wait, spent: None }),
            Mishap::Failed(status) => Self::new(status, code(status), text(status)),
            Mishap::Entitlement => Self::bad_request(
                "Exception in CreateOrUpdateUserAppEntitlementForTeamsAsync: \
                 the settings store did not answer in time.",
            ),
        }
    }
}

fn code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "BadRequest",
        401 => "InvalidAuthenticationToken",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        412 => "PreconditionFailed",
        500 => "InternalServerError",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "UnknownError",
    }
}

fn text(status: StatusCode) -> &'static str {
    match status.as_u16() {
        503 => "The service is temporarily unavailable. Please retry later.",
        504 => "The server, while acting as a proxy, did not receive a timely response.",
        _ => "An unexpected error occurred.",
    }
}
