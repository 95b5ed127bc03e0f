//! `GET /users/{user}/licenseDetails`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Cx, Outcome, select::Shown, user, users};
use crate::simulator::{guid::Guid, reply};

/// The subscription that everybody has.
const SUBSCRIPTION: Guid = Guid(0x05e9_a617_0261_4cee_bb44_138d_3ef5_d965);

/// Lists what a person is licensed for.
pub(super) fn list(cx: &Cx<'_>, key: &str) -> Outcome {
    let known = ["id", "servicePlans", "skuId", "skuPartNumber"];
    let shown = Shown::read(cx, &known)?;
    let (_, person) = cx.user(key).map_err(|_| users::not_found(key))?;
    let plans: Vec<Value> = user::plans(&person)
        .map(|plan| {
            json!({
                "servicePlanId": Guid(plan.id).to_string(),
                "servicePlanName": plan.service,
                "provisioningStatus": if plan.status == "Enabled" { "Success" } else { "Disabled" },
                "appliesTo": "User",
            })
        })
        .collect();
    let row = json!({
        "id": format!("{:032x}", person.object_id.0 ^ SUBSCRIPTION.0),
        "skuId": SUBSCRIPTION.to_string(),
        "skuPartNumber": "SPE_E3",
        "servicePlans": plans,
    });
    let context = cx.context(&format!("users('{key}')/licenseDetails"));
    let body = json!({ "@odata.context": context, "value": [shown.of(row, &[])] });
    Ok(reply::json(StatusCode::OK, &body))
}
