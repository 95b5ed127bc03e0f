//! Signed assertions in place of a secret: by a certificate of the app, or by
//! an issuer it trusts.

use super::{issue, refusal::Refusal};
use crate::simulator::{
    crypto::{ClientCertificate, Validity, jwt::Jwt},
    guid::Guid,
    request::Exchange,
    tenant::application::{Assigned, EXCHANGE_AUDIENCE, FederatedCredential, Principal},
    world::World,
};

/// How far the clocks of client and service may be apart, in seconds.
const SKEW: i64 = 300;

/// The tenant that is signed in to, as the path names it and by its id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Realm<'a> {
    pub(super) path: &'a str,
    pub(super) id: Guid,
}

/// Whom an app trusts to vouch for it.
struct Trusted {
    issuer: String,
    subject: String,
    audience: String,
    origin: Origin,
}

/// Whose key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Directory,
    External,
}

/// Checks that `assertion` proves that the client is `app`.
pub(super) fn check(
    world: &World,
    exchange: &Exchange,
    realm: Realm<'_>,
    app: &Principal,
    assertion: &str,
) -> Result<(), Refusal> {
    let jwt = Jwt::read(assertion).ok_or(Refusal::Malformed)?;
    let is_named = jwt.head("x5t#S256").is_some() || jwt.head("x5t").is_some();
    let issuer = jwt.claim("iss").ok_or(Refusal::Malformed)?;
    if app.client.to_string() == issuer || (is_named && jwt.head("kid").is_none()) {
        by_certificate(exchange, realm, app, &jwt)
    } else {
        by_federation(world, exchange, app, &jwt)
    }
}

fn by_certificate(
    exchange: &Exchange,
    realm: Realm<'_>,
    app: &Principal,
    jwt: &Jwt<'_>,
) -> Result<(), Refusal> {
    let thumbprint = jwt.head("x5t#S256").or_else(|| jwt.head("x5t"));
    let thumbprint = thumbprint.ok_or(Refusal::NoThumbprint)?;
    let client = app.client.to_string();
    if jwt.claim("iss") != Some(&client) || jwt.claim("sub") != Some(&client) {
        return Err(Refusal::Applicant);
    }
    let failed = |reason| Refusal::Signature {
        app: app.client,
        thumbprint: thumbprint.to_owned(),
        reason,
    };
    let known: Option<&ClientCertificate> = app
        .credentials
        .certificates
        .iter()
        .find(|certificate| certificate.is_named_by(jwt));
    let certificate = known.ok_or_else(|| failed("The key was not found."))?;
    if certificate.validity == Validity::Expired {
        return Err(failed("The key used is expired."));
    }
    if !certificate.signed(jwt) {
        return Err(failed(
            "The provided signature value did not match the expected signature value.",
        ));
    }
    let origin = exchange.origin();
    let is_meant = [realm.path, &realm.id.to_string()]
        .into_iter()
        .any(|tenant| {
            let endpoint = format!("{origin}/{tenant}/oauth2/v2.0/token");
            jwt.claim("aud")
                .is_some_and(|audience| audience.eq_ignore_ascii_case(&endpoint))
        });
    if !is_meant {
        return Err(Refusal::Audience);
    }
    if jwt.claim("jti").is_none_or(str::is_empty) {
        return Err(Refusal::Malformed);
    }
    check_time(exchange, jwt)
}

fn by_federation(
    world: &World,
    exchange: &Exchange,
    app: &Principal,
    jwt: &Jwt<'_>,
) -> Result<(), Refusal> {
    let trusted = trusted(world, app);
    if trusted.is_empty() {
        return Err(Refusal::NotFederated(app.client));
    }
    let claim = |name| jwt.claim(name).unwrap_or_default();
    let [issuer, subject, audience] = ["iss", "sub", "aud"].map(claim);
    let mut left: Vec<&Trusted> = trusted.iter().filter(|it| it.issuer == issuer).collect();
    if left.is_empty() {
        return Err(Refusal::FederatedIssuer(issuer.to_owned()));
    }
    left.retain(|it| it.subject == subject);
    if left.is_empty() {
        return Err(Refusal::FederatedSubject(subject.to_owned()));
    }
    left.retain(|it| it.audience == audience);
    let Some(found) = left.first() else {
        return Err(Refusal::FederatedAudience(audience.to_owned()));
    };
    let key = match found.origin {
        Origin::Directory => &world.keys.entra,
        Origin::External => &world.keys.external,
    };
    if !key.signed(jwt) {
        return Err(Refusal::Signature {
            app: app.client,
            thumbprint: jwt.head("kid").unwrap_or_default().to_owned(),
            reason: "The provided signature value did not match the expected signature value.",
        });
    }
    check_time(exchange, jwt)
}

fn trusted(world: &World, app: &Principal) -> Vec<Trusted> {
    let machines = world
        .tenant
        .principals
        .iter()
        .filter(|app| app.credentials.assigned != Assigned::No);
    let mut trusted = Vec::new();
    for credential in &app.credentials.federated {
        match credential {
            FederatedCredential::External {
                issuer,
                subject,
                audience,
            } => trusted.push(Trusted {
                issuer: issuer.clone(),
                subject: subject.clone(),
                audience: audience.clone(),
                origin: Origin::External,
            }),
            FederatedCredential::ManagedIdentity => {
                trusted.extend(machines.clone().map(|machine| Trusted {
                    issuer: issue::directory_issuer(world.tenant.id),
                    subject: machine.object.to_string(),
                    audience: EXCHANGE_AUDIENCE.to_owned(),
                    origin: Origin::Directory,
                }));
            }
        }
    }
    trusted
}

fn check_time(exchange: &Exchange, jwt: &Jwt<'_>) -> Result<(), Refusal> {
    let now = exchange.wall.as_second();
    let from = jwt.instant("nbf").unwrap_or_default();
    let until = jwt.instant("exp").ok_or(Refusal::Malformed)?;
    if from.saturating_sub(SKEW) <= now && now < until.saturating_add(SKEW) {
        Ok(())
    } else {
        Err(Refusal::Lifetime { from, until })
    }
}
