//! `POST /$batch`: up to twenty requests in one.
//!
//! Each is served, counted and befallen as if it had come alone. The answers
//! come in no order to rely on: here, backwards.

use std::{collections::HashSet, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Map, Value, json};

use super::{Cx, Outcome, body, error::GraphError};
use crate::simulator::reply::{self, Answer, Reply, Slowness};

/// The most requests in a batch (JSON batching).
const MOST: usize = 20;

/// One of the requests.
#[derive(Debug)]
struct Item {
    id: String,
    request: Request<Bytes>,
    depends_on: Option<usize>,
}

/// Serves every request of the batch.
pub(super) fn run(cx: &Cx<'_>) -> Outcome {
    let items = read(cx, &body::read(cx)?)?;
    let in_sequence = items.iter().any(|item| item.depends_on.is_some());
    let mut statuses: Vec<StatusCode> = Vec::new();
    let mut responses = Vec::new();
    let mut slowness = Duration::ZERO;
    for item in items {
        let failed = item
            .depends_on
            .and_then(|before| statuses.get(before))
            .is_some_and(|status| !status.is_success());
        let (reply, delay) = if failed {
            (failed_dependency(), Duration::ZERO)
        } else {
            serve(cx, item.request)
        };
        slowness = if in_sequence {
            slowness + delay
        } else {
            slowness.max(delay)
        };
        statuses.push(reply.status());
        responses.push(show(&item.id, &reply));
    }
    responses.reverse();
    let mut reply = reply::json(StatusCode::OK, &json!({ "responses": responses }));
    reply.extensions_mut().insert(Slowness(slowness));
    Ok(reply)
}

fn serve(cx: &Cx<'_>, request: Request<Bytes>) -> (Reply, Duration) {
    let lost = || {
        reply::json(
            StatusCode::GATEWAY_TIMEOUT,
            &json!({ "error": { "code": "UnknownError", "message": "" } }),
        )
    };
    let exchange = cx.world.inside(cx.exchange, request);
    match cx.world.befall(exchange) {
        Answer::Respond { response, delay } => (response, delay),
        Answer::Cut { delay, .. } => (lost(), delay),
        Answer::Drop => (lost(), Duration::ZERO),
    }
}

fn failed_dependency() -> Reply {
    let message = "Request depends on other request(s) that failed.";
    reply::json(
        StatusCode::FAILED_DEPENDENCY,
        &json!({ "error": { "code": "FailedDependency", "message": message } }),
    )
}

fn show(id: &str, reply: &Reply) -> Value {
    let headers: Map<String, Value> = reply
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((capitalised(name.as_str()), value.to_str().ok()?.into())))
        .collect();
    let mut shown = json!({ "id": id, "status": reply.status().as_u16(), "headers": headers });
    if let (false, Some(fields)) = (reply.body().is_empty(), shown.as_object_mut()) {
        let text = || Value::from(String::from_utf8_lossy(reply.body()));
        let body = serde_json::from_slice(reply.body()).unwrap_or_else(|_| text());
        fields.insert("body".to_owned(), body);
    }
    shown
}

/// Returns a header's name as Graph writes it: `Retry-After`.
fn capitalised(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<String>>().join("-")
}

fn read(cx: &Cx<'_>, body: &Value) -> Result<Vec<Item>, GraphError> {
    let requests = body.get("requests").and_then(Value::as_array);
    let requests = requests
        .filter(|requests| !requests.is_empty())
        .ok_or_else(malformed)?;
    if MOST < requests.len() {
        return Err(GraphError::bad_request(format!(
            "Number of batch request steps exceeds the maximum value of {MOST}."
        )));
    }
    let mut ids: Vec<String> = Vec::new();
    let mut items = Vec::new();
    for request in requests {
        let item = read_item(cx, request, &ids)?;
        ids.push(item.id.to_lowercase());
        items.push(item);
    }
    check_pattern(&items)?;
    Ok(items)
}

fn read_item(cx: &Cx<'_>, request: &Value, before: &[String]) -> Result<Item, GraphError> {
    let text = |name| {
        request
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let id = text("id").ok_or_else(malformed)?;
    if before.contains(&id.to_lowercase()) {
        return Err(GraphError::bad_request(format!(
            "Request Id '{id}' has to be unique in a batch."
        )));
    }
    let method: Method = text("method")
        .ok_or_else(malformed)?
        .parse()
        .map_err(|_| malformed())?;
    let depends_on = match request.get("dependsOn") {
        None | Some(Value::Null) => None,
        Some(names) => Some(read_dependency(id, names, before)?),
    };
    let headers = read_headers(request.get("headers"))?;
    let body = request.get("body").filter(|body| !body.is_null());
    check_body(id, &method, &headers, body)?;
    let body = match body {
        None => Bytes::new(),
        Some(Value::String(text)) => Bytes::from(text.clone()),
        Some(json) => Bytes::from(json.to_string()),
    };
    let mut made = Request::new(body);
    *made.method_mut() = method;
    *made.uri_mut() = address(cx, text("url").ok_or_else(malformed)?)?;
    *made.headers_mut() = headers;
    for name in [header::AUTHORIZATION, header::HOST] {
        if let Some(value) = cx.exchange.headers.get(&name) {
            made.headers_mut()
                .entry(name)
                .or_insert_with(|| value.clone());
        }
    }
    Ok(Item {
        id: id.to_owned(),
        request: made,
        depends_on,
    })
}

/// Makes a relative address absolute; a batch in a batch is refused.
fn address(cx: &Cx<'_>, url: &str) -> Result<http::Uri, GraphError> {
    let relative = url.strip_prefix('/').unwrap_or(url);
    let path = relative.split('?').next().unwrap_or_default();
    if path.contains("://") || relative.starts_with('/') {
        return Err(GraphError::bad_request(format!(
            "Request url '{url}' has to be relative."
        )));
    }
    if path.trim_end_matches('/').eq_ignore_ascii_case("$batch") {
        return Err(GraphError::bad_request(
            "Nested batch requests are not supported.",
        ));
    }
    let version = cx.exchange.segments.first().map_or("v1.0", String::as_str);
    let address = format!("{}/{version}/{relative}", cx.exchange.origin());
    address.parse().map_err(|_| malformed())
}

fn read_headers(headers: Option<&Value>) -> Result<HeaderMap, GraphError> {
    let mut read = HeaderMap::new();
    let headers = match headers {
        None | Some(Value::Null) => return Ok(read),
        Some(headers) => headers.as_object().ok_or_else(malformed)?,
    };
    for (name, value) in headers {
        let name = HeaderName::try_from(name).map_err(|_| malformed())?;
        let value = value
            .as_str()
            .and_then(|text| HeaderValue::from_str(text).ok());
        read.insert(name, value.ok_or_else(malformed)?);
    }
    Ok(read)
}

/// What writes needs a body, and a body needs its type.
fn check_body(
    id: &str,
    method: &Method,
    headers: &HeaderMap,
    body: Option<&Value>,
) -> Result<(), GraphError> {
    let writes = [Method::POST, Method::PUT, Method::PATCH].contains(method);
    let typed = headers.contains_key(header::CONTENT_TYPE);
    if (writes && body.is_none()) || ((writes || body.is_some()) && !typed) {
        return Err(GraphError::bad_request(format!(
            "Write request id : {id} does not contain Content-Type header or body."
        )));
    }
    Ok(())
}

/// Reads the one request that has to come before.
fn read_dependency(id: &str, names: &Value, before: &[String]) -> Result<usize, GraphError> {
    let names = names.as_array().map(Vec::as_slice);
    let Some([Value::String(name)]) = names else {
        return Err(GraphError::bad_request(format!(
            "Request Id '{id}' can depend on one request only."
        )));
    };
    let place = before
        .iter()
        .position(|known| *known == name.to_lowercase());
    place.ok_or_else(|| {
        GraphError::bad_request(format!(
            "Request Id '{id}' depends on '{name}', which is no request before it."
        ))
    })
}

/// Requests depend on none, each on the one before it, or all on the same.
fn check_pattern(items: &[Item]) -> Result<(), GraphError> {
    let depends: Vec<Option<usize>> = items.iter().map(|item| item.depends_on).collect();
    let serial = (0..)
        .zip(&depends)
        .all(|(place, before): (usize, _)| *before == place.checked_sub(1));
    let named: HashSet<usize> = depends.into_iter().flatten().collect();
    if serial || named.len() <= 1 {
        Ok(())
    } else {
        Err(GraphError::bad_request(
            "The dependencies of a batch have to be parallel, serial or the same.",
        ))
    }
}

fn malformed() -> GraphError {
    GraphError::bad_request("Invalid batch payload format.")
}
