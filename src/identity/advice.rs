//! What to do when signing in fails.

use super::SignInError;

/// Entra's codes (page "Microsoft Entra authentication and authorization error
/// codes") and what cures them.
const CURES: [(&str, &str); 16] = [
    (
        "AADSTS7000215",
        "set AZURE_CLIENT_SECRET to the secret's value, not to its id",
    ),
    (
        "AADSTS7000222",
        "the secret has ended: add a new one under Certificates & secrets",
    ),
    (
        "AADSTS700016",
        "check identity.client_id, and that the app is registered in this tenant",
    ),
    ("AADSTS90002", "check tenant.id and tenant.cloud"),
    ("AADSTS900023", "check tenant.id"),
    (
        "AADSTS700027",
        "upload this certificate to the app registration under Certificates & secrets",
    ),
    (
        "AADSTS700024",
        "check this machine's clock: the assertion is too old or too new",
    ),
    (
        "AADSTS700211",
        "add a federated credential with this issuer to the app registration",
    ),
    (
        "AADSTS700212",
        "the federated credential's audience must be api://AzureADTokenExchange",
    ),
    (
        "AADSTS700213",
        "add a federated credential with this subject to the app registration",
    ),
    (
        "AADSTS70021",
        "add a federated credential that matches issuer, subject and audience",
    ),
    (
        "AADSTS500011",
        "check tenant.cloud: the service is unknown in this tenant",
    ),
    (
        "AADSTS53003",
        "a conditional access policy for workload identities blocks this place",
    ),
    (
        "no managed identity",
        "run where Azure gives the machine an identity, or choose another identity.kind",
    ),
    (
        "not been assigned",
        "assign the managed identity to this machine, or correct its id",
    ),
    (
        "az login",
        "run: az login --service-principal, as the app that sends",
    ),
];

impl SignInError {
    /// What whoever signs in can do about it.
    pub fn advice(&self) -> &'static str {
        let text = self.to_string();
        CURES
            .iter()
            .find(|(words, _)| text.contains(words))
            .map_or("check the credentials of [identity]", |(_, cure)| *cure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_code_has_its_cure_and_any_other_has_one() {
        let expired =
            SignInError::new("AADSTS7000222: The provided client secret keys are expired");

        assert!(expired.advice().contains("add a new one"));
        assert!(!SignInError::new("odd").advice().is_empty());
    }
}
