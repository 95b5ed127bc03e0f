//! A group as the directory shows and filters it.

use serde_json::{Value, json};

use super::question::Askable;
use crate::simulator::{
    odata::{
        filter::{Cell, Filter, Row},
        schema::{Kind, Schema},
    },
    tenant::groups::{Group, GroupKind, Visibility},
};

/// Every property of a group that this directory has.
pub(super) const PROPERTIES: &[&str] = &[
    "id",
    "createdDateTime",
    "description",
    "displayName",
    "groupTypes",
    "mail",
    "mailEnabled",
    "mailNickname",
    "resourceProvisioningOptions",
    "securityEnabled",
    "visibility",
];

/// What may be asked about groups.
pub(super) const ASKABLE: Askable = Askable {
    schema: &Schema {
        properties: &[
            ("id", Kind::Text),
            ("displayName", Kind::Text),
            ("mailEnabled", Kind::Bool),
            ("securityEnabled", Kind::Bool),
        ],
        collections: &[],
    },
    searchable: &["displayName"],
    sortable: &["displayName"],
};

/// Shows a group of the tenant with this domain.
pub(super) fn show(group: &Group, domain: &str) -> Value {
    let unified = group.kind != GroupKind::Security;
    let types: &[&str] = if unified { &["Unified"] } else { &[] };
    let provisioned: &[&str] = match group.kind {
        GroupKind::Team => &["Team"],
        GroupKind::Security | GroupKind::Unified => &[],
    };
    let nickname: String = group
        .name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let nickname = nickname.to_ascii_lowercase();
    json!({
        "id": group.id.to_string(),
        "createdDateTime": "2024-01-15T08:00:00Z",
        "description": group.name,
        "displayName": group.name,
        "groupTypes": types,
        "mail": unified.then(|| format!("{nickname}@{domain}")),
        "mailEnabled": unified,
        "mailNickname": nickname,
        "resourceProvisioningOptions": provisioned,
        "securityEnabled": !unified,
        "visibility": match (group.visibility, group.kind) {
            (Visibility::Hidden, _) => Some("HiddenMembership"),
            (Visibility::Open, GroupKind::Security) => None,
            (Visibility::Open, GroupKind::Unified | GroupKind::Team) => Some("Private"),
        },
    })
}

impl Row for Group {
    fn cell(&self, path: &str) -> Cell<'_> {
        match path {
            "id" => Cell::Guid(self.id),
            "displayName" => Cell::Text(&self.name),
            "mailEnabled" => Cell::Bool(self.kind != GroupKind::Security),
            "securityEnabled" => Cell::Bool(self.kind == GroupKind::Security),
            _ => Cell::Null,
        }
    }

    fn any(&self, _: &str, _: &Filter) -> bool {
        false
    }
}
