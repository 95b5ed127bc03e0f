//! What each cloud can do.

use super::*;

#[test]
fn clouds_without_installation_refuse_it_with_the_way_that_works() {
    for cloud in ["gcc-high", "dod", "china"] {
        let endpoints = "[tenant.endpoints]\nconnector = \"https://smba.example\"\n";
        let tenant = with("[app]", &format!("cloud = \"{cloud}\"\n{endpoints}[app]"));

        let installing = complaint(&tenant);
        let never = format!("{tenant}[delivery]\ninstall = \"never\"\n");
        let by_graph = complaint(&format!("{never}resolve = \"graph\"\n"));
        let delivery = parse(&never).unwrap().delivery;

        assert!(installing.contains("`delivery.install`"), "{installing}");
        assert!(installing.contains("app setup policy"), "{installing}");
        assert!(by_graph.contains("`delivery.resolve`"), "{by_graph}");
        assert!(by_graph.contains("\"connector\""), "{by_graph}");
        // Left open, the connector is asked: nobody else can tell.
        assert_eq!(delivery.resolve, Resolve::Connector);
    }
}

#[test]
fn clouds_with_installation_leave_the_way_open() {
    for cloud in ["public", "gcc"] {
        let text = with("[app]", &format!("cloud = \"{cloud}\"\n[app]"));

        assert_eq!(parse(&text).unwrap().delivery.resolve, Resolve::Auto);
    }
}

#[test]
fn china_has_no_documented_service_url_and_asks_for_one() {
    let text = with("[app]", "cloud = \"china\"\n[app]");

    let refused = complaint(&format!("{text}[delivery]\ninstall = \"never\"\n"));

    assert!(refused.contains("tenant.endpoints.connector"), "{refused}");
}

#[test]
fn who_signs_notifications_is_said_by_the_cloud_or_beside_its_replacement() {
    let metadata = |endpoints: &str| {
        let text = with("[app]", &format!("[tenant.endpoints]\n{endpoints}\n[app]"));
        parse(&text).unwrap().endpoints.bot_metadata
    };
    let elsewhere = "authority = 'https://127.0.0.1:8443'";

    let of_cloud = metadata("");
    let beside = metadata(elsewhere);
    let given = metadata(&format!(
        "{elsewhere}\nbot_metadata = 'https://keys.example/m'"
    ));

    assert_eq!(
        of_cloud.as_str(),
        "https://login.botframework.com/v1/.well-known/openidconfiguration"
    );
    assert_eq!(
        beside.as_str(),
        "https://127.0.0.1:8443/v1/.well-known/openidconfiguration"
    );
    assert_eq!(given.as_str(), "https://keys.example/m");
}
