//! What a campaign file means, and what is said about one that means nothing.

#[path = "tests/clouds.rs"]
mod clouds;

use std::{collections::BTreeMap, path::PathBuf};

use proptest::prelude::{ProptestConfig, any, proptest};

use super::*;
use crate::campaign::{BotType, Credentials, Format, InDoubt, Limits, Source};
use crate::identity::Secret;

const MINIMAL: &str = r#"name = "hello"
[tenant]
id = "Contoso.com"
[app]
catalog_id = "c1"
bot_id = "b1"
[audience]
include = [{ csv = "users.csv" }]
[message]
text = "Hello"
"#;

fn env(name: &str) -> Option<String> {
    let values = BTreeMap::from([
        ("AZURE_CLIENT_ID", "app"),
        ("AZURE_CLIENT_SECRET", "hunter2"),
        ("TEAMCAST_GRAPH_TOKEN", "g"),
        ("TEAMCAST_CONNECTOR_TOKEN", "c"),
    ]);
    values.get(name).map(|value| (*value).to_owned())
}

fn parse(text: &str) -> Result<Campaign, CampaignError> {
    Campaign::parse(Path::new("/c/town.toml"), text, &env)
}

/// The minimal campaign with `from` replaced by `to`.
fn with(from: &str, to: &str) -> String {
    assert!(MINIMAL.contains(from), "{from}");
    MINIMAL.replace(from, to)
}

fn complaint(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn a_minimal_campaign_gets_the_documented_defaults() {
    let campaign = parse(MINIMAL).unwrap();

    assert_eq!(campaign.dir, PathBuf::from("/c"));
    assert_eq!(campaign.tenant.id, "contoso.com");
    assert_eq!(campaign.tenant.cloud, Cloud::Public);
    assert_eq!(
        campaign.endpoints.graph.as_str(),
        "https://graph.microsoft.com/"
    );
    assert_eq!(
        campaign.endpoints.connector.as_str(),
        "https://smba.trafficmanager.net/teams"
    );
    assert_eq!(campaign.identity.bot_type, BotType::SingleTenant);
    assert_eq!(
        campaign.audience.include,
        [Source::Csv(PathBuf::from("/c/users.csv"))]
    );
    assert!(!campaign.audience.guests && campaign.audience.max_recipients.is_none());
    assert_eq!(
        campaign.message,
        Wording::Text {
            text: "Hello".to_owned(),
            format: Format::Markdown
        }
    );
    assert_eq!(campaign.delivery.in_doubt, InDoubt::Hold);
    assert_eq!(campaign.limits, Limits::default());
}

#[test]
fn a_misspelt_key_is_named_with_its_file_its_line_and_the_nearest_known_key() {
    let complaint = complaint(&with("id = \"Contoso.com\"", "id = \"a\"\ncluod = \"gcc\""));

    assert_eq!(
        complaint,
        "/c/town.toml:4: unknown key `cluod`; did you mean `cloud`? \
         (known here: `id`, `cloud`, `endpoints`)"
    );
}

#[test]
fn a_misspelt_key_is_found_in_any_table() {
    for (table, key, nearest) in [
        ("[limits]\nconector = 5", "conector", "connector"),
        ("[tenant.endpoints]\ngrahp = 'x'", "grahp", "graph"),
        ("[delivery]\nindoubt = 'hold'", "indoubt", "in_doubt"),
    ] {
        let complaint = complaint(&format!("{MINIMAL}{table}\n"));

        assert!(complaint.starts_with("/c/town.toml:12: "), "{complaint}");
        assert!(
            complaint.contains(&format!("unknown key `{key}`")),
            "{complaint}"
        );
        assert!(
            complaint.contains(&format!("did you mean `{nearest}`?")),
            "{complaint}"
        );
    }
}

#[test]
fn a_misspelt_word_is_answered_with_the_allowed_ones() {
    let complaint = complaint(&format!("{MINIMAL}[delivery]\ninstall = \"nevr\"\n"));

    assert_eq!(
        complaint,
        "/c/town.toml:12: `delivery.install`: unknown variant `nevr`, \
         expected one of `if-missing`, `never`, `team`"
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_key_and_line() {
    let complaint = complaint(&with("[message]", "guests = \"no\"\n[message]"));

    assert!(
        complaint.starts_with("/c/town.toml:9: `audience.guests`: invalid type"),
        "{complaint}"
    );
    assert!(complaint.contains("expected a boolean"), "{complaint}");
}

#[test]
fn a_missing_key_is_named() {
    let complaint = complaint(&with("bot_id = \"b1\"\n", ""));

    assert!(complaint.contains("missing field `bot_id`"), "{complaint}");
    assert!(complaint.contains(":4: `app`"), "{complaint}");
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let text = format!("{MINIMAL}[identity]\nclient_secret = \"hunter2\"\n");

    let error = parse(&text).unwrap_err();

    assert!(matches!(error, CampaignError::SecretInFile { .. }));
    assert!(error.to_string().contains("AZURE_CLIENT_SECRET"));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn a_missing_secret_is_a_missing_credential_that_names_the_variable() {
    let error = Campaign::parse(Path::new("town.toml"), MINIMAL, &|name| {
        env(name).filter(|_| name != "AZURE_CLIENT_SECRET")
    })
    .unwrap_err();

    assert!(
        matches!(error, CampaignError::MissingCredential { variable, .. } if variable == "AZURE_CLIENT_SECRET")
    );
}

#[test]
fn a_mistake_in_the_file_is_said_before_a_missing_credential() {
    let text = with("name = \"hello\"", "name = \"Hello\"");

    let error = Campaign::parse(Path::new("town.toml"), &text, &|_| None).unwrap_err();

    assert!(matches!(error, CampaignError::Invalid { key, .. } if key == "name"));
}

#[test]
fn tokens_come_from_the_environment_and_are_not_shown() {
    let campaign = parse(&format!("{MINIMAL}[identity]\nkind = \"token\"\n")).unwrap();

    let Identity {
        graph, connector, ..
    } = &campaign.identity;
    let given = |text| Credentials::Token(Secret::new(text));
    assert_eq!((graph, connector), (&given("g"), &given("c")));
    assert!(format!("{campaign:?}").contains("graph: Token(…)"));
}

#[test]
fn http_is_for_loopback_hosts_only() {
    for (url, fits) in [
        ("http://127.0.0.1:8080", true),
        ("http://[::1]:8080", true),
        ("http://localhost", true),
        ("https://example.org/x", true),
        ("http://example.org", false),
        ("http://127.0.0.1.example.org", false),
        ("ftp://127.0.0.1", false),
        ("https://user:pass@example.org", false),
        ("nonsense", false),
    ] {
        let parsed = parse(&format!("{MINIMAL}[tenant.endpoints]\ngraph = \"{url}\"\n"));

        assert_eq!(parsed.is_ok(), fits, "{url}");
        if let Err(error) = parsed {
            let text = error.to_string();
            assert!(text.contains(":12: `tenant.endpoints.graph`"), "{text}");
        }
    }
}

#[test]
fn endpoints_replace_the_clouds_but_scopes_stay_the_clouds() {
    let text = format!(
        "{MINIMAL}[tenant.endpoints]\nconnector = \"https://127.0.0.1:8443/teams/\"\nca_file = \"ca.pem\"\n"
    );

    let endpoints = parse(&text).unwrap().endpoints;

    assert_eq!(endpoints.connector.as_str(), "https://127.0.0.1:8443/teams");
    assert_eq!(
        endpoints.graph_scope,
        "https://graph.microsoft.com/.default"
    );
    assert_eq!(endpoints.ca_file, Some(PathBuf::from("/c/ca.pem")));
}

#[test]
fn what_is_not_built_yet_is_said_with_its_line() {
    for (text, key) in [
        (format!("{MINIMAL}[rollout]\nwaves = [\"10\"]\n"), "rollout"),
        (
            format!("{MINIMAL}[[message.translation]]\nlanguage = \"de\"\n"),
            "message.translation",
        ),
    ] {
        let error = parse(&text).unwrap_err();

        assert!(
            matches!(&error, CampaignError::NotYet { key: found, place, .. }
                if found == key && place.line.is_some()),
            "{error}"
        );
        assert!(
            error
                .to_string()
                .contains("not supported by this version yet")
        );
    }
}

#[test]
fn people_are_named_in_many_ways_and_mixed_freely() {
    let id = "0a1b2c3d-0000-4000-8000-00000000000F";
    let include = format!(
        "{{ csv = \"-\" }}, {{ users = {{ new = true }} }}, {{ users = {{}} }}, {{ team = \"{id}\" }}"
    );
    let text = with("{ csv = \"users.csv\" }", &include).replace(
        "[message]",
        &format!(
            "exclude = [{{ group = \"{id}\" }}]\nonly_domains = [\" Contoso.com\"]\n[message]"
        ),
    );

    let audience = parse(&text).unwrap().audience;

    let id = id.to_lowercase();
    let include = [
        Source::StandardInput,
        Source::NewUsers,
        Source::Users { filter: None },
        Source::Team(id.clone()),
    ];
    assert_eq!(audience.include, include);
    assert_eq!(audience.exclude, [Source::Group(id)]);
    assert_eq!(audience.only_domains, ["contoso.com"]);
}

#[test]
fn a_campaign_is_refused_where_its_values_make_no_sense() {
    for (from, to, key) in [
        ("\"hello\"", "\"Hello World\"", "`name`"),
        ("\"hello\"", "\"\"", "`name`"),
        ("bot_id", "manifest_id = 'm'\nbot_id", "`app`"),
        ("\"b1\"", "\"28:b1\"", "`app.bot_id`"),
        ("[{ csv = \"users.csv\" }]", "[]", "`audience.include`"),
        (
            "{ csv = \"users.csv\" }",
            "{ group = \"Sales\" }",
            "`audience.include[0].group`",
        ),
        (
            "{ csv = \"users.csv\" }",
            "{ csv = \"-\" }, { csv = \"-\" }",
            "`audience`",
        ),
        (
            "{ csv = \"users.csv\" }",
            "{ users = { new = true, filter = \"x\" } }",
            "`audience.include[0].users`",
        ),
        (
            "[message]",
            "exclude = [{ users = { new = true } }]\n[message]",
            "`audience.exclude[0]`",
        ),
        (
            "[message]",
            "only_domains = [\"ann@contoso.com\"]\n[message]",
            "`audience.only_domains`",
        ),
        (
            "[message]",
            "[delivery]\ninstall = \"team\"\n[message]",
            "`delivery.install`",
        ),
        (
            "[message]",
            "max_recipients = 0\n[message]",
            "`audience.max_recipients`",
        ),
        ("text = \"Hello\"", "text = \" \"", "`message.text`"),
        ("text = \"Hello\"", "", "`message`"),
        (
            "text = \"Hello\"",
            "text = \"a\"\ncard = \"c.json\"",
            "`message.card`",
        ),
        ("text = \"Hello\"", "card = \"c.json\"", "`message.card`"),
        (
            "[message]",
            "[limits]\nconnector = 0\n[message]",
            "`limits.connector`",
        ),
        (
            "[message]",
            "[limits]\nconnector = nan\n[message]",
            "`limits.connector`",
        ),
        ("\"Contoso.com\"", "\"a/b\"", "`tenant.id`"),
    ] {
        let complaint = complaint(&with(from, to));

        assert!(complaint.starts_with("/c/town.toml:"), "{complaint}");
        assert!(complaint.contains(key), "{complaint}");
    }
}

#[test]
fn what_is_not_toml_is_refused_with_the_line() {
    let complaint = complaint("name = \"a\"\nname = ");

    assert!(
        complaint.starts_with("/c/town.toml:2: this is not valid TOML"),
        "{complaint}"
    );
}

#[test]
fn a_missing_file_is_named() {
    let error = Campaign::load(Path::new("/nowhere/town.toml"), &env).unwrap_err();

    assert!(
        error
            .to_string()
            .contains("`/nowhere/town.toml` cannot be read")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_text_panics_the_loader(text in any::<String>(), at in 0..MINIMAL.len()) {
        parse(&text).ok();
        let (head, tail) = MINIMAL.split_at(at);
        parse(&format!("{head}{text}{tail}")).ok();
    }
}
