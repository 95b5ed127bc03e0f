//! Responses of Graph that only a hardship can bring about, ready to be used.

use serde_json::json;

use super::hardship::Canned;

impl Canned {
    /// Returns a refusal in the envelope of Graph.
    pub fn graph(status: u16, code: &str, message: &str) -> Self {
        let inner = json!({
            "date": "2026-11-30T08:00:00",
            "request-id": "5a1e9f1c-0000-4000-8000-000000000000",
            "client-request-id": "5a1e9f1c-0000-4000-8000-000000000000",
        });
        let body = json!({ "error": { "code": code, "message": message, "innerError": inner } });
        Self::status(status).body(&body.to_string())
    }

    /// Returns the spurious failure of installing that has been seen under load: repeating helps.
    pub fn entitlement_failure() -> Self {
        Self::graph(
            400,
            "BadRequest",
            "Exception in CreateOrUpdateUserAppEntitlementForTeamsAsync: failed to store the settings of the user.",
        )
    }

    /// Returns the refusal without a reason that older services give.
    pub fn unexplained_refusal() -> Self {
        Self::graph(403, "UnknownError", "")
    }

    /// Returns the refusal of a caller without the link of app and token.
    pub fn unauthorized_caller() -> Self {
        Self::graph(403, "Forbidden", "Caller is not authorized.")
    }
}
