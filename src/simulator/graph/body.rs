//! The body of a request to Graph.

use http::StatusCode;
use serde_json::Value;

use super::{Cx, error::GraphError};

/// Reads a JSON object.
pub(super) fn read(cx: &Cx<'_>) -> Result<Value, GraphError> {
    match cx.exchange.media_type().as_deref() {
        Some("application/json") => {}
        Some(other) => {
            return Err(GraphError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "BadRequest",
                format!("A supported MIME type could not be found that matches '{other}'."),
            ));
        }
        None => {
            return Err(GraphError::bad_request(
                "Write requests (excluding DELETE) must contain the Content-Type header declaration.",
            ));
        }
    }
    let body: Option<Value> = serde_json::from_slice(&cx.exchange.body).ok();
    let object = body.filter(Value::is_object);
    object.ok_or_else(|| GraphError::bad_request("Unable to read JSON request payload."))
}
