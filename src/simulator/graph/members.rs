//! Who is in a group: `…/members` and `…/transitiveMembers`.

use serde_json::{Value, json};

use super::{
    Cx, Outcome,
    access::{self, Sight},
    call::{Cast, Depth},
    crowd::Crowd,
    error::GraphError,
    group, groups,
    page::{self, Page},
    question::{self, Question},
    user::{self, Selection},
    users,
};
use crate::simulator::{
    odata::schema::Demand,
    tenant::{
        groups::{Group, Members, Thing, Visibility},
        person::Person,
    },
};

/// Properties of devices and service principals that people and groups do not have.
const OF_THINGS: &[&str] = &["accountEnabled", "appId", "deviceId", "operatingSystem"];

/// Lists the members of a group, a page at a time.
///
/// A member of a kind that the token may not read has nothing but its id and its type.
pub(super) fn list(cx: &Cx<'_>, key: &str, depth: Depth, cast: Cast) -> Outcome {
    let group = groups::find(cx, key)?;
    let members = members(cx, group, depth)?;
    let crowd = Crowd::from(&members.people);
    let sight = Sight::of(cx.grant);
    match cast {
        Cast::User => {
            let question = Question::read(cx, &user::ASKABLE, Demand::Advanced)?;
            let selection = people_selection(cx, sight)?;
            users::page_of(cx, "users", &crowd, &question, &selection)
        }
        Cast::None => everything(cx, members, &crowd, sight),
    }
}

/// Counts the members of a group.
pub(super) fn count(cx: &Cx<'_>, key: &str, depth: Depth, cast: Cast) -> Outcome {
    let group = groups::find(cx, key)?;
    let members = members(cx, group, depth)?;
    let crowd = Crowd::from(&members.people);
    let question = match cast {
        Cast::User => Question::read_for_count(cx, &user::ASKABLE)?,
        Cast::None => {
            refuse_questions(cx)?;
            Question::read_for_count(cx, &user::ASKABLE)?
        }
    };
    let people = crowd.people(&cx.world.tenant, &question, 0).count();
    let things = match cast {
        Cast::User => 0,
        Cast::None => members.things.len(),
    };
    Ok(page::number(people + things))
}

/// Shows things and people, each with its type.
fn everything(cx: &Cx<'_>, members: &Members, crowd: &Crowd<'_>, sight: Sight) -> Outcome {
    refuse_questions(cx)?;
    let question = Question::read(cx, &user::ASKABLE, Demand::Basic)?;
    let asked = cx.query.list("$select");
    check_names(asked.as_deref().unwrap_or_default())?;
    let of_people = asked.clone().map(|names| {
        let names = names.into_iter();
        names.filter(|name| user::is_known(name)).collect()
    });
    let selection = Selection::new(of_people).map_err(|unknown| unknown.refusal())?;
    let selection = sight.people(selection);
    let page = Page::read(cx)?;
    let tenant = &cx.world.tenant;
    let things = members.things.iter().enumerate().skip(page.start);
    let things = things.filter_map(|(position, thing)| {
        Some((position, show_thing(cx, *thing, sight, asked.as_deref())?))
    });
    let before = members.things.len();
    let people = crowd.people(tenant, &question, page.start.saturating_sub(before));
    let people =
        people.map(|(position, person)| (before + position, show_person(&person, &selection)));
    Ok(
        page.reply(cx, "directoryObjects", things.chain(people), || {
            before + crowd.people(tenant, &question, 0).count()
        }),
    )
}

/// Returns who is in `group`, if the token may know.
fn members<'a>(cx: &Cx<'a>, group: &'a Group, depth: Depth) -> Result<&'a Members, GraphError> {
    let hidden = if access::sees_hidden_members(cx.grant) {
        Visibility::Hidden
    } else {
        Visibility::Open
    };
    if group.visibility == Visibility::Hidden && hidden == Visibility::Open {
        return Err(access::denied());
    }
    Ok(match depth {
        Depth::Direct => &group.members,
        Depth::Transitive => cx.world.tenant.groups.whole(group, hidden),
    })
}

fn people_selection<'a>(cx: &Cx<'a>, sight: Sight) -> Result<Selection<'a>, GraphError> {
    let selection = Selection::new(cx.query.list("$select"));
    let selection = selection.map_err(|unknown| unknown.refusal())?;
    Ok(sight.people(selection))
}

/// Members of every kind cannot be asked about what only people have.
fn refuse_questions(cx: &Cx<'_>) -> Result<(), GraphError> {
    let options = ["$filter", "$search", "$orderby"];
    match options.iter().find(|name| cx.query.get(name).is_some()) {
        None => Ok(()),
        Some(name) => Err(question::unsupported(format!(
            "The query option '{name}' needs a cast, like /microsoft.graph.user."
        ))),
    }
}

fn check_names(asked: &[&str]) -> Result<(), GraphError> {
    let known = |name: &&str| {
        user::is_known(name) || group::PROPERTIES.contains(name) || OF_THINGS.contains(name)
    };
    match asked.iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(user::UnknownProperty(name).refusal()),
    }
}

fn show_person(person: &Person, selection: &Selection<'_>) -> Value {
    let mut shown = selection.show(person);
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("@odata.type".to_owned(), "#microsoft.graph.user".into());
        fields.insert("id".to_owned(), person.object_id.to_string().into());
    }
    shown
}

fn show_thing(cx: &Cx<'_>, thing: Thing, sight: Sight, asked: Option<&[&str]>) -> Option<Value> {
    let groups = &cx.world.tenant.groups;
    let id = groups.id_of(thing)?;
    let (kind, may_read, mut shown) = match thing {
        Thing::Device(number) => (
            "#microsoft.graph.device",
            sight.devices,
            json!({
                "displayName": format!("DESKTOP-{number:04}"),
                "deviceId": id.to_string(),
                "accountEnabled": true,
                "operatingSystem": "Windows",
            }),
        ),
        Thing::ServicePrincipal(number) => (
            "#microsoft.graph.servicePrincipal",
            sight.service_principals,
            json!({
                "displayName": format!("Robot {number}"),
                "appId": id.to_string(),
                "accountEnabled": true,
            }),
        ),
        Thing::Group(number) => (
            "#microsoft.graph.group",
            true,
            group::show(groups.at(number)?, &cx.world.facts().domain),
        ),
    };
    let fields = shown.as_object_mut()?;
    fields.retain(|name, _| may_read && asked.is_none_or(|asked| asked.contains(&name.as_str())));
    fields.insert("@odata.type".to_owned(), kind.into());
    fields.insert("id".to_owned(), id.to_string().into());
    Some(shown)
}
