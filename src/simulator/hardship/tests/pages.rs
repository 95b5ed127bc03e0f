//! Pages of odd sizes.

use super::*;

/// Follows the links of a list and returns the sizes of its pages and the ids on them.
fn follow(visitor: &Visitor, path: &str) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut ids, mut next) = (Vec::new(), Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = visitor.get(&path);
        assert!(sizes.len() < 100, "the list never ends");
        sizes.push(page.rows().len());
        ids.extend(page.rows().iter().map(|row| row["id"].to_string()));
        next = page.link("@odata.nextLink");
    }
    (sizes, ids)
}

#[test]
fn pages_are_shorter_than_asked_for_and_everybody_is_on_one_of_them() {
    let visitor = visitor(7);
    befall(&visitor, Endpoint::ListUsers, Effect::Page(3));

    for path in ["/v1.0/users?$top=5", "/v1.0/users"] {
        let (sizes, mut ids) = follow(&visitor, path);

        ids.sort();
        ids.dedup();
        assert_eq!((vec![3, 3, 1], 7), (sizes, ids.len()), "{path}");
    }
}

#[test]
fn an_empty_page_may_have_a_next_link_and_the_list_ends_all_the_same() {
    let visitor = visitor(7);
    befall(&visitor, Endpoint::ListUsers, Effect::Page(0));

    let (sizes, ids) = follow(&visitor, "/v1.0/users?$top=5");

    assert_eq!((vec![0, 5, 0, 2], 7), (sizes, ids.len()));
}

#[test]
fn every_list_of_the_directory_and_of_teams_comes_in_odd_pages() {
    let visitor = visitor(40);
    let group = visitor.group("Sales");
    for (endpoint, path) in [
        (Endpoint::DeltaUsers, "users/delta".to_owned()),
        (Endpoint::ListGroups, "groups".to_owned()),
        (
            Endpoint::ListGroupMembers,
            format!("groups/{group}/members"),
        ),
        (
            Endpoint::ListTransitiveMembers,
            format!("groups/{group}/transitiveMembers/microsoft.graph.user"),
        ),
    ] {
        let path = format!("/v1.0/{path}");
        let (whole, all) = follow(&visitor, &path);
        visitor.world.relent();
        befall(&visitor, endpoint, Effect::Page(3));
        let (short, paged) = follow(&visitor, &path);
        visitor.world.relent();
        befall(&visitor, endpoint, Effect::Page(0));
        let (empty, with_empty) = follow(&visitor, &path);
        visitor.world.relent();

        assert_eq!(1, whole.len(), "{path}");
        assert!(short.iter().all(|&size| size <= 3), "{path}: {short:?}");
        assert_eq!(0, empty[0], "{path}");
        assert_eq!((&all, &all), (&paged, &with_empty), "{path}");
    }
}
