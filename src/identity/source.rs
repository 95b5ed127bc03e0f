//! Where tokens come from.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::TokenCredential,
    http::{ClientOptions, HttpClient, Transport},
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use url::Url;

use super::{Secret, Token};

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct SignInError {
    detail: String,
}

/// A source of tokens for one service.
#[async_trait]
pub trait Tokens: Send + Sync + fmt::Debug {
    /// A token that is good for some minutes.
    async fn token(&self) -> Result<Token, SignInError>;

    /// Forgets `refused`, so that the next token is a new one.
    async fn renew(&self, refused: &Token);
}

/// A token made elsewhere, for pipelines that have one.
#[derive(Debug, Clone)]
pub struct GivenToken(pub Token);

#[async_trait]
impl Tokens for GivenToken {
    async fn token(&self) -> Result<Token, SignInError> {
        Ok(self.0.clone())
    }

    async fn renew(&self, _: &Token) {}
}

/// Tokens for an app registration with a client secret.
#[derive(Debug)]
pub struct ClientSecret {
    make: Recipe,
    current: RwLock<Current>,
}

/// All that is needed to make the credential again.
#[derive(Debug)]
struct Recipe {
    authority: Url,
    tenant: String,
    client_id: String,
    secret: Secret,
    scope: String,
    http: Arc<dyn HttpClient>,
}

#[derive(Debug, Clone)]
struct Current {
    credential: Arc<dyn TokenCredential>,
    last: Option<Token>,
}

impl ClientSecret {
    /// Tokens for `scope` from `authority`, asked for through `http`.
    ///
    /// # Errors
    ///
    /// When `azure_identity` refuses the tenant or an authority that is not
    /// https.
    pub fn new(
        authority: Url,
        tenant: &str,
        client_id: &str,
        secret: Secret,
        scope: &str,
        http: Arc<dyn HttpClient>,
    ) -> Result<Self, SignInError> {
        let make = Recipe {
            authority,
            tenant: tenant.to_owned(),
            client_id: client_id.to_owned(),
            secret,
            scope: scope.to_owned(),
            http,
        };
        let current = RwLock::new(Current {
            credential: make.credential()?,
            last: None,
        });
        Ok(Self { make, current })
    }
}

impl Recipe {
    fn credential(&self) -> Result<Arc<dyn TokenCredential>, SignInError> {
        let mut cloud = CustomConfiguration::default();
        self.authority
            .as_str()
            .trim_end_matches('/')
            .clone_into(&mut cloud.authority_host);
        let client_options = ClientOptions {
            transport: Some(Transport::new(Arc::clone(&self.http))),
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            ..ClientOptions::default()
        };
        let options = ClientSecretCredentialOptions { client_options };
        let credential: Arc<dyn TokenCredential> = ClientSecretCredential::new(
            &self.tenant,
            self.client_id.clone(),
            self.secret.expose().to_owned().into(),
            Some(options),
        )
        .map_err(|fault| sign_in_error(&fault))?;
        Ok(credential)
    }
}

#[async_trait]
impl Tokens for ClientSecret {
    async fn token(&self) -> Result<Token, SignInError> {
        let credential = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(&current.credential)
        };
        // The credential answers from its cache, and fetches once for many.
        let fetched = credential
            .get_token(&[&self.make.scope], None)
            .await
            .map_err(|fault| sign_in_error(&fault))?;
        let token = Token::new(fetched.token.secret().to_owned());
        let known = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            current.last.as_ref() == Some(&token)
        };
        if !known {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            if Arc::ptr_eq(&current.credential, &credential) {
                current.last = Some(token.clone());
            }
        }
        Ok(token)
    }

    async fn renew(&self, refused: &Token) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // A thousand callers may be refused with one token; the first renews.
        if current.last.as_ref() == Some(refused)
            && let Ok(credential) = self.make.credential()
        {
            *current = Current {
                credential,
                last: None,
            };
        }
    }
}

fn sign_in_error(fault: &azure_core::Error) -> SignInError {
    let detail = fault.to_string();
    // Entra's own words end where its trace ids begin.
    let end = detail.find(" Trace ID:").unwrap_or(detail.len());
    SignInError {
        detail: detail.get(..end).unwrap_or_default().trim().to_owned(),
    }
}
