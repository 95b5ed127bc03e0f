//! Tokens with which GitHub vouches for a workflow (GitHub page
//! "`OpenID` Connect reference").

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::{
    Error,
    error::ErrorKind,
    http::{ClientMethodOptions, HttpClient, Method, Request, headers::AUTHORIZATION},
};
use azure_identity::ClientAssertion;
use serde::Deserialize;
use url::Url;

use super::Secret;

/// Whom the token is for: Entra, in exchange for one of its own.
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// Asks GitHub for a token each time Entra is asked for one: it is short-lived.
#[derive(Debug)]
pub(super) struct Workflow {
    pub(super) url: Url,
    pub(super) token: Secret,
    pub(super) http: Arc<dyn HttpClient>,
}

#[derive(Deserialize)]
struct WireToken {
    value: String,
}

#[async_trait]
impl ClientAssertion for Workflow {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let failed = |detail: String| {
            let text = format!("GitHub gave the workflow no token: {detail}");
            Error::with_message(ErrorKind::Credential, text)
        };
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("audience", AUDIENCE);
        let mut request = Request::new(url, Method::Get);
        request.insert_header(AUTHORIZATION, format!("bearer {}", self.token.expose()));
        let answer = self.http.execute_request(&request).await?;
        let status = answer.status();
        let answer = answer.try_into_raw_response().await?;
        if !status.is_success() {
            return Err(failed(format!("it answered {status}")));
        }
        let token: WireToken = serde_json::from_slice(answer.body())
            .map_err(|_| failed("its answer has none".to_owned()))?;
        Ok(token.value)
    }
}
