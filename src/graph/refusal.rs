//! What Graph means when it says no.
//!
//! Graph nests errors (`innerError`, also spelled `innererror`), leaves codes
//! or whole bodies empty, and says in prose what the code does not (page
//! "Microsoft Graph error responses and resource types").

use serde_json::Value;

use crate::{
    model::Cause,
    remote::{Answer, Blocker, Trouble, brief},
};

/// What was asked, since the same status means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Who a user is.
    User,
    /// A page of the directory.
    Directory,
    /// Whether the app is installed.
    Installation,
    /// To install the app.
    Install,
    /// The chat of an installation.
    Chat,
    /// What is in a chat.
    Messages,
    /// Who is in a group.
    Members,
    /// Who is in a team.
    TeamMembers,
    /// What a team is.
    Team,
    /// Which apps a team has.
    TeamApps,
    /// To install the app in a team.
    TeamInstall,
}

impl Asked {
    /// The permissions that lists of people, teams and chats need (the
    /// permissions table of each page). The others are named in the answer.
    fn needs(self) -> Option<&'static str> {
        match self {
            Self::Directory => Some("listing users needs User.Read.All"),
            Self::Messages => Some(
                "reading chats needs Chat.Read.All, or ChatMessage.Read.Chat in the app's manifest",
            ),
            Self::Members => Some(
                "reading the members of a group needs GroupMember.Read.All, and Member.Read.Hidden \
                 where its membership is hidden",
            ),
            Self::TeamMembers => Some(
                "reading the members of a team needs TeamMember.Read.All, or TeamMember.Read.Group \
                 in the app's manifest",
            ),
            Self::Team => Some("reaching people through a team needs Team.ReadBasic.All"),
            Self::TeamApps | Self::TeamInstall => Some(
                "installing the app in a team needs TeamsAppInstallation.ReadWriteSelfForTeam.All",
            ),
            Self::User | Self::Installation | Self::Install | Self::Chat => None,
        }
    }
}

/// The parts of an error body that say something.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The deepest code that is not empty.
    pub(super) code: Option<String>,
    /// All messages, outermost first.
    pub(super) text: String,
}

impl Said {
    /// Reads a body of any shape; what cannot be read says nothing.
    pub(super) fn of(body: &[u8]) -> Self {
        let mut said = Self::default();
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return said;
        };
        let mut level = body.get("error");
        while let Some(error) = level {
            let text = |name: &str| {
                error
                    .get(name)
                    .and_then(Value::as_str)
                    .map(str::trim)
                    .filter(|text| !text.is_empty())
            };
            if let Some(code) = text("code") {
                said.code = Some(brief(code));
            }
            if let Some(message) = text("message")
                && !said.text.contains(message)
            {
                let gap = if said.text.is_empty() { "" } else { "; " };
                said.text = brief(&format!("{}{gap}{message}", said.text));
            }
            level = ["innerError", "innererror"]
                .iter()
                .find_map(|name| error.get(*name));
        }
        said
    }

    fn mentions(&self, words: &str) -> bool {
        self.text.to_lowercase().contains(words)
    }

    fn has_code(&self, code: &str) -> bool {
        self.code
            .as_deref()
            .is_some_and(|said| said.eq_ignore_ascii_case(code))
    }
}

/// The passing fault of the service that stores installations: repeating helps.
pub(super) fn is_passing_install_fault(answer: &Answer) -> bool {
    answer.status == 400
        && Said::of(&answer.body).mentions("createorupdateuserappentitlementforteamsasync")
}

/// The meaning of a refusal.
pub(super) fn judge(answer: &Answer, asked: Asked) -> Trouble {
    let said = Said::of(&answer.body);
    let status = answer.status.as_u16();
    if let Some(blocker) = blocker(status, &said, asked) {
        return Trouble::Blocked(blocker);
    }
    let cause = match (status, asked) {
        (403, _) if said.mentions("blocked by app permission policy") => Cause::BlockedByPolicy,
        (403, _) => Cause::Forbidden,
        (404, Asked::User | Asked::Installation) => Cause::UnknownUser,
        (404, Asked::Install) => Cause::AppNotInCatalog,
        (_, Asked::Install) => Cause::InstallFailed,
        (_, Asked::Chat | Asked::Messages) => Cause::ChatUnavailable,
        (
            _,
            Asked::User
            | Asked::Installation
            | Asked::Directory
            | Asked::Members
            | Asked::TeamMembers
            | Asked::Team
            | Asked::TeamApps
            | Asked::TeamInstall,
        ) => Cause::ServiceError,
    };
    let text = said.text;
    Trouble::person(cause, answer, said.code, text)
}

fn blocker(status: u16, said: &Said, asked: Asked) -> Option<Blocker> {
    let detail = || said.text.clone();
    let permission = || {
        let detail = match asked.needs() {
            Some(needs) => format!("{needs}: {}", said.text),
            None => detail(),
        };
        Some(Blocker::PermissionMissing { detail })
    };
    match status {
        403 if said.mentions("is not allowed to manage the teams app") => {
            Some(Blocker::AppMismatch { detail: detail() })
        }
        403 if said.mentions("missing scope permissions")
            || said.mentions("missing role permissions")
            || said.mentions("insufficient privileges")
            || said.has_code("Authorization_RequestDenied") =>
        {
            permission()
        }
        // An app with resource-specific permissions needs a consenting permission.
        412 if matches!(asked, Asked::Install | Asked::TeamInstall) => {
            Some(Blocker::PermissionMissing { detail: detail() })
        }
        403 if asked.needs().is_some() => permission(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Value) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
            attempts: 1,
        }
    }

    fn error(code: &str, message: &str) -> Value {
        json!({"error": {"code": code, "message": message}})
    }

    fn cause(status: u16, body: &Value, asked: Asked) -> Option<Cause> {
        match judge(&answer(status, body), asked) {
            Trouble::Person { cause, .. } => Some(cause),
            Trouble::Blocked(_) | Trouble::Stopped => None,
        }
    }

    #[test]
    fn the_deepest_code_and_every_message_are_read_in_both_spellings() {
        let body = json!({"error": {"code": "Forbidden", "message": "outer", "innererror": {
            "code": "AccessDenied", "message": "inner", "innerError": {"code": "", "date": "x"}}}});

        let said = Said::of(body.to_string().as_bytes());

        assert_eq!(said.code.as_deref(), Some("AccessDenied"));
        assert_eq!(said.text, "outer; inner");
    }

    #[test]
    fn a_body_of_no_known_shape_says_nothing() {
        for body in [
            "",
            "null",
            "[]",
            "<html>",
            r#"{"error":"text"}"#,
            r#"{"error":{"code":7}}"#,
        ] {
            assert_eq!(Said::of(body.as_bytes()), Said::default(), "{body}");
        }
    }

    #[test]
    fn faults_of_the_set_up_stop_the_run() {
        let everyone = [
            (
                403,
                error(
                    "Forbidden",
                    "Missing scope permissions on the request. API requires one of 'X'",
                ),
                Asked::Installation,
            ),
            (
                403,
                error(
                    "Forbidden",
                    "AAD App Id 'a' is not allowed to manage the Teams App 'b'",
                ),
                Asked::Install,
            ),
            (
                403,
                error(
                    "Authorization_RequestDenied",
                    "Insufficient privileges to complete the operation.",
                ),
                Asked::User,
            ),
            (
                412,
                error(
                    "PreconditionFailed",
                    "IsUserAuthorizedToGrantGroupResourceSpecificPermissions",
                ),
                Asked::Install,
            ),
        ];
        for (status, body, asked) in everyone {
            assert_eq!(cause(status, &body, asked), None, "{body}");
        }
    }

    #[test]
    fn faults_of_one_person_keep_their_cause() {
        let policy = json!({"error": {"code": "Forbidden", "message": "x", "innerError": {"code": "AccessDenied",
            "message": "App is blocked by app permission policy. TenantId: t, UserObjectId: u, AppId: a, AppType: Private"}}});
        let table = [
            (403, policy, Asked::Install, Cause::BlockedByPolicy),
            (
                403,
                error("UnknownError", ""),
                Asked::Install,
                Cause::Forbidden,
            ),
            (
                404,
                error("NotFound", "Not Found"),
                Asked::Install,
                Cause::AppNotInCatalog,
            ),
            (
                404,
                error("Request_ResourceNotFound", "x"),
                Asked::User,
                Cause::UnknownUser,
            ),
            (
                404,
                error("NotFound", "Not Found"),
                Asked::Chat,
                Cause::ChatUnavailable,
            ),
            (
                400,
                error("BadRequest", "x"),
                Asked::Install,
                Cause::InstallFailed,
            ),
            (418, json!(null), Asked::User, Cause::ServiceError),
        ];
        for (status, body, asked, expected) in table {
            assert_eq!(cause(status, &body, asked), Some(expected), "{body}");
        }
    }
}
