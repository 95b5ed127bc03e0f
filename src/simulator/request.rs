//! One request, taken apart once.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Uri, header, uri::Scheme};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use super::{
    odata::options::{Query, QueryError},
    script::Twist,
};

/// The largest body that any of the services reads.
pub(crate) const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// A request with everything that is asked of it more than once.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) method: Method,
    /// The decoded pieces of the path; `users('x')` is two of them.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Result<Query, QueryError>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When it came, since the world began.
    pub(crate) now: Duration,
    /// When it came, by the calendar.
    pub(crate) wall: Timestamp,
    /// Which request of this world it is.
    pub(crate) number: u64,
    /// What is different while it is served.
    pub(crate) twist: Twist,
    /// Scheme and host, as the client sees them.
    origin: String,
    path: String,
}

impl Exchange {
    /// Takes `request` apart.
    pub(crate) fn new(
        request: Request<Bytes>,
        scheme: &Scheme,
        now: Duration,
        wall: Timestamp,
        number: u64,
    ) -> Self {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        Self {
            segments: segments(path),
            query: Query::new(parts.uri.query().unwrap_or_default()),
            origin: origin(scheme, &parts.uri, &parts.headers),
            path: path.to_owned(),
            method: parts.method,
            headers: parts.headers,
            body,
            now,
            wall,
            number,
            twist: Twist::default(),
        }
    }

    /// Sets what is different while it is served.
    pub(crate) fn suffer(&mut self, twist: Twist) {
        self.twist = twist;
        if let (Some(most), Ok(query)) = (twist.page, &mut self.query) {
            query.shorten(most);
        }
    }

    /// Returns the path's pieces as a pattern can match them.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// Returns the whole address of this path with another query.
    pub(crate) fn address(&self, query: &str) -> String {
        format!("{}{}?{query}", self.origin, self.path)
    }

    /// Returns scheme and host, as the client sees them.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns a header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the media type of the body, without parameters.
    pub(crate) fn media_type(&self) -> Option<String> {
        let text = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        Some(
            text.split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase(),
        )
    }

    /// Whether the body is larger than any service reads.
    pub(crate) fn is_oversized(&self) -> bool {
        LARGEST_BODY < self.body.len()
    }
}

/// HTTP/1.1 does not say which scheme it came by, so the socket does.
fn origin(scheme: &Scheme, uri: &Uri, headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = uri
        .authority()
        .map(http::uri::Authority::as_str)
        .or(host)
        .unwrap_or("localhost");
    format!("{}://{host}", uri.scheme().unwrap_or(scheme))
}

fn segments(path: &str) -> Vec<String> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let mut pieces = Vec::new();
    for piece in path.split('/') {
        let piece = percent_decode_str(piece).decode_utf8_lossy().into_owned();
        match piece
            .strip_suffix("')")
            .and_then(|start| start.split_once("('"))
        {
            Some((name, key)) => {
                pieces.push(name.to_owned());
                pieces.push(key.replace("''", "'"));
            }
            None => pieces.push(piece),
        }
    }
    if pieces.last().is_some_and(String::is_empty) {
        pieces.pop();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_piece_by_piece() {
        for (path, expected) in [
            (
                "/v1.0/users/o%27brien%40x",
                vec!["v1.0", "users", "o'brien@x"],
            ),
            (
                "/v1.0/users('$o''brien@x')/chats",
                vec!["v1.0", "users", "$o'brien@x", "chats"],
            ),
            ("/v1.0/users(%27a%2Fb%27)", vec!["v1.0", "users", "a/b"]),
            (
                "/teams/v3/conversations/a%3A1x/",
                vec!["teams", "v3", "conversations", "a:1x"],
            ),
            ("/", vec![]),
        ] {
            assert_eq!(expected, segments(path), "{path}");
        }
    }
}
