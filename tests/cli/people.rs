//! People whom a directory may have, however odd, are found and told apart.

use teamcast::simulator::{Effect, Endpoint, Shape, UserType};

use crate::stage::{Stage, counts};

/// User principal names that are hard on paths, filters and files.
const ODD: [&str; 10] = [
    "o'neil@contoso.example",
    "$money@contoso.example",
    "$o'neil@contoso.example",
    "ann+news@contoso.example",
    "ann#1@contoso.example",
    "100%@contoso.example",
    "r&d=1@contoso.example",
    "jürgen.groß@contoso.example",
    "山田太郎@contoso.example",
    "eve_fabrikam.com#EXT#@contoso.example",
];

#[test]
fn user_principal_names_with_signs_of_every_kind_are_found_one_by_one_and_together() {
    let people = ODD.map(|name| {
        format!("[[person]]\nuser_principal_name = \"{name}\"\nuser_type = \"member\"\napp = \"current\"\n")
    });
    for together in [true, false] {
        let stage = Stage::planned(&format!("people = 0\n{}", people.concat()));
        if together {
            stage.list(ODD);
        } else {
            stage.write("users.csv", format!("user\n{}\n", ODD.join("\n")));
            // Whatever is asked for together is refused, so each is asked for alone.
            let refused = teamcast::simulator::Canned::status(400).body("{}");
            stage.trouble(Endpoint::ListUsers, Effect::Respond(refused));
        }

        stage.run().code(0);

        assert_eq!(stage.account(), counts([("delivered", ODD.len() as u64)]));
        let names = stage.report().into_iter().map(|row| row["user"].clone());
        assert_eq!(names.collect::<Vec<_>>(), ODD);
    }
}

#[test]
fn an_account_without_a_type_is_a_guest_by_its_name() {
    let shape = Shape {
        guests: 0.25,
        without_user_type: 1.0,
        ..Shape::uniform()
    };
    let stage = Stage::shaped(40, shape);
    let people = stage.world.people();
    let guests = people
        .iter()
        .filter(|one| one.upn.contains("#EXT#"))
        .count() as u64;
    assert!(people.iter().all(|one| one.user_type.is_none()));

    stage.run().code(0);

    let expected = counts([("delivered", 40 - guests), ("skipped guest", guests)]);
    assert_eq!((stage.account(), guests), (expected, 10));
}

#[test]
fn filters_of_the_advanced_kind_are_answered_page_after_page() {
    let shape = Shape {
        guests: 0.3,
        ..Shape::uniform()
    };
    for filter in [
        "userType ne 'Guest'",
        "not(userType eq 'Guest')",
        "endsWith(userPrincipalName,'@contoso.onmicrosoft.com')",
    ] {
        let stage = Stage::shaped(60, shape.clone());
        stage.trouble(Endpoint::ListUsers, Effect::Page(7));
        let source = format!("{{ users = {{ filter = \"{filter}\" }} }}");
        stage.edit(r#"{ csv = "users.csv" }"#, &source);

        stage.run();

        let people = stage.world.people().iter();
        let meant = people.filter(|one| match filter.split_once('@') {
            Some((_, domain)) => one.upn.ends_with(domain.trim_end_matches("')")),
            None => one.user_type != Some(UserType::Guest),
        });
        assert_eq!(stage.report().len(), meant.count(), "{filter}");
    }
}

#[test]
fn a_filter_that_only_advanced_queries_know_is_told_when_it_is_refused_all_the_same() {
    let stage = Stage::new(3);
    stage.edit(
        r#"{ csv = "users.csv" }"#,
        "{ users = { filter = \"nickname eq 'x'\" } }",
    );

    let ended = stage.run().code(2);

    ended.says(&["users", "nickname"]);
    stage.nobody_was_touched();
}
