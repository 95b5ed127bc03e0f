//! From a table of the file and the environment to what proves who we are.

use std::path::{Path, PathBuf};

use url::Url;

use crate::{
    identity::{Assigned, Secret, SecretPlace},
    remote::is_loopback,
};

use super::{
    Credentials,
    problem::{Problem, from_env, not_blank},
    typed::{self, IdentityKind},
};

/// A table that names an identity, and where its values come from.
pub(super) struct Table<'a> {
    pub(super) key: &'static str,
    pub(super) typed: &'a typed::Identity,
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    pub(super) dir: &'a Path,
    pub(super) token: &'static str,
}

impl Table<'_> {
    pub(super) fn credentials(&self) -> Result<Credentials, Problem> {
        let typed = self.typed;
        self.only_keys_of(typed.kind)?;
        Ok(match typed.kind {
            IdentityKind::ClientSecret => Credentials::ClientSecret {
                client_id: self.client_id()?,
                secret: self.secret()?,
            },
            IdentityKind::ClientCertificate => Credentials::ClientCertificate {
                client_id: self.client_id()?,
                path: self.file(
                    typed.client_certificate_path.as_deref(),
                    "AZURE_CLIENT_CERTIFICATE_PATH",
                    "set it to the certificate with its private key, as PEM or PFX",
                )?,
                password: self.password(),
            },
            IdentityKind::WorkloadIdentity => Credentials::WorkloadIdentity {
                client_id: self.client_id()?,
                token_file: self.file(
                    typed.federated_token_file.as_deref(),
                    "AZURE_FEDERATED_TOKEN_FILE",
                    "the workload identity webhook of Kubernetes sets it for labelled pods",
                )?,
            },
            IdentityKind::ManagedIdentity => Credentials::ManagedIdentity(self.assigned()?),
            IdentityKind::GithubOidc => self.github()?,
            IdentityKind::AzurePipelines => self.azure_pipelines()?,
            IdentityKind::AzureCli => Credentials::AzureCli,
            IdentityKind::Token => token(self.env, self.token)?,
        })
    }

    /// Refuses keys of another kind: who wrote them meant something else.
    fn only_keys_of(&self, kind: IdentityKind) -> Result<(), Problem> {
        use IdentityKind as Kind;
        let typed = self.typed;
        let named = [
            (
                "client_secret_file",
                typed.client_secret_file.is_some(),
                Kind::ClientSecret,
            ),
            (
                "client_certificate_path",
                typed.client_certificate_path.is_some(),
                Kind::ClientCertificate,
            ),
            (
                "client_certificate_password_file",
                typed.client_certificate_password_file.is_some(),
                Kind::ClientCertificate,
            ),
            (
                "federated_token_file",
                typed.federated_token_file.is_some(),
                Kind::WorkloadIdentity,
            ),
            (
                "service_connection_id",
                typed.service_connection_id.is_some(),
                Kind::AzurePipelines,
            ),
            (
                "object_id",
                typed.object_id.is_some(),
                Kind::ManagedIdentity,
            ),
            (
                "resource_id",
                typed.resource_id.is_some(),
                Kind::ManagedIdentity,
            ),
        ];
        match named
            .into_iter()
            .find(|(_, given, of)| *given && *of != kind)
        {
            None => Ok(()),
            Some((key, _, _)) => {
                let key = format!("{}.{key}", self.key);
                let problem = "it belongs to another kind of identity; remove it or change `kind`";
                Err(Problem::invalid(key, problem))
            }
        }
    }

    fn client_id(&self) -> Result<String, Problem> {
        if let Some(id) = &self.typed.client_id {
            return not_blank(&format!("{}.client_id", self.key), id);
        }
        let advice = "set it to the Entra app id, or add identity.client_id";
        from_env(self.env, "AZURE_CLIENT_ID", advice)
    }

    fn secret(&self) -> Result<SecretPlace, Problem> {
        if let Some(path) = &self.typed.client_secret_file {
            return Ok(self.place(path));
        }
        let advice = "set it to a client secret of the Entra app, or name a file of yours as \
                      identity.client_secret_file";
        let secret = from_env(self.env, "AZURE_CLIENT_SECRET", advice)?;
        Ok(SecretPlace::Known(Secret::new(secret)))
    }

    fn password(&self) -> Option<SecretPlace> {
        match &self.typed.client_certificate_password_file {
            Some(path) => Some(self.place(path)),
            None => (self.env)("AZURE_CLIENT_CERTIFICATE_PASSWORD")
                .map(|password| SecretPlace::Known(Secret::new(password))),
        }
    }

    /// A file, or standard input where it is called `-`.
    fn place(&self, path: &Path) -> SecretPlace {
        if path == Path::new("-") {
            SecretPlace::StandardInput
        } else {
            SecretPlace::File(self.dir.join(path))
        }
    }

    fn file(
        &self,
        typed: Option<&Path>,
        variable: &'static str,
        advice: &'static str,
    ) -> Result<PathBuf, Problem> {
        match typed {
            Some(path) => Ok(self.dir.join(path)),
            None => from_env(self.env, variable, advice).map(PathBuf::from),
        }
    }

    fn assigned(&self) -> Result<Assigned, Problem> {
        let typed = self.typed;
        let given = |key: &str, id: &str| not_blank(&format!("{}.{key}", self.key), id);
        match (&typed.client_id, &typed.object_id, &typed.resource_id) {
            (Some(id), None, None) => Ok(Assigned::Client(given("client_id", id)?)),
            (None, Some(id), None) => Ok(Assigned::Object(given("object_id", id)?)),
            (None, None, Some(id)) => Ok(Assigned::Resource(given("resource_id", id)?)),
            (None, None, None) => Ok((self.env)("AZURE_CLIENT_ID")
                .filter(|id| !id.trim().is_empty())
                .map_or(Assigned::System, |id| {
                    Assigned::Client(id.trim().to_owned())
                })),
            _ => {
                let problem = "give one of client_id, object_id and resource_id";
                Err(Problem::invalid(self.key, problem))
            }
        }
    }

    fn github(&self) -> Result<Credentials, Problem> {
        let advice = "give the job `permissions: id-token: write`";
        let client_id = self.client_id()?;
        let url = from_env(self.env, "ACTIONS_ID_TOKEN_REQUEST_URL", advice)?;
        let token = from_env(self.env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN", advice)?;
        Ok(Credentials::GithubOidc {
            client_id,
            url: safe_url("ACTIONS_ID_TOKEN_REQUEST_URL", &url)?,
            token: Secret::new(token),
        })
    }

    fn azure_pipelines(&self) -> Result<Credentials, Problem> {
        let client_id = match &self.typed.client_id {
            None => (self.env)("AZURESUBSCRIPTION_CLIENT_ID"),
            Some(_) => None,
        };
        let client_id = client_id.map_or_else(|| self.client_id(), Ok)?;
        let connection = match &self.typed.service_connection_id {
            Some(id) => not_blank(&format!("{}.service_connection_id", self.key), id)?,
            None => from_env(
                self.env,
                "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
                "the AzureCLI task sets it; or add identity.service_connection_id",
            )?,
        };
        let url = from_env(
            self.env,
            "SYSTEM_OIDCREQUESTURI",
            "Azure Pipelines sets it; this kind works in a pipeline only",
        )?;
        safe_url("SYSTEM_OIDCREQUESTURI", &url)?;
        let advice = "map it in the step: env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)";
        Ok(Credentials::AzurePipelines {
            client_id,
            connection,
            access_token: Secret::new(from_env(self.env, "SYSTEM_ACCESSTOKEN", advice)?),
        })
    }
}

impl IdentityKind {
    /// Whether Entra itself is asked, and not a machine or a tool.
    pub(super) fn asks_authority(self) -> bool {
        match self {
            Self::ClientSecret
            | Self::ClientCertificate
            | Self::WorkloadIdentity
            | Self::GithubOidc
            | Self::AzurePipelines => true,
            Self::ManagedIdentity | Self::AzureCli | Self::Token => false,
        }
    }
}

/// The URL in `variable`, to which a secret may be sent.
fn safe_url(variable: &'static str, text: &str) -> Result<Url, Problem> {
    let problem = |advice| Problem::MissingCredential { variable, advice };
    let url: Url = text
        .parse()
        .map_err(|_| problem("it is no URL; the pipeline sets it"))?;
    if url.scheme() == "https" || is_loopback(&url) {
        Ok(url)
    } else {
        Err(problem(
            "it is no https address, and a secret would go there; the pipeline sets it",
        ))
    }
}

pub(super) fn token(
    env: &dyn Fn(&str) -> Option<String>,
    variable: &'static str,
) -> Result<Credentials, Problem> {
    let advice = "set it to an app-only access token for the service it is named after";
    Ok(Credentials::Token(Secret::new(from_env(
        env, variable, advice,
    )?)))
}
