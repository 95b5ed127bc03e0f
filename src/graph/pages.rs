//! Lists of people, page by page: the directory, who changed, groups, teams.

use serde::Deserialize;
use url::Url;

use crate::{
    model::{ObjectId, Person},
    remote::{Answer, Blocker, Budget, Outgoing, Trouble, encode, same_origin},
};

use super::{
    Graph,
    bounded::bounded,
    refusal::{Asked, judge},
    users::{SELECT, WireUser, read},
};

/// The largest page Graph gives.
const PAGE_SIZE: &str = "999";
/// What advanced queries need beside `$count=true`.
const ADVANCED: (&str, &str) = ("ConsistencyLevel", "eventual");

/// A list of people that Graph gives in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List<'a> {
    /// The users of the directory.
    Users {
        /// Graph's `$filter`; everybody without one.
        filter: Option<&'a str>,
    },
    /// Everybody in the directory, then who came or changed.
    Changes,
    /// The users in a group, however deep.
    Group(&'a str),
    /// The members of a team.
    Team(&'a str),
}

/// Somebody on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// With all the directory knows of them.
    Person(Box<Person>),
    /// With no more than their object id.
    Id(ObjectId),
    /// Without one; with the name that is shown.
    Nameless(String),
}

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// Who is on it, in the service's order.
    pub entries: Vec<Entry>,
    /// What comes after it.
    pub next: Next,
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The page at this link, on the configured host.
    Page(Url),
    /// Nothing; who changes from now on is at this link, on the configured host.
    Changes(Url),
    /// Nothing.
    End,
}

#[derive(Deserialize)]
struct WireList {
    #[serde(deserialize_with = "bounded")]
    value: Vec<WireUser>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    changes: Option<String>,
}

impl Graph {
    /// The first page of `list` (pages "List users", "user: delta", "List group
    /// transitive members", "List members of team").
    pub async fn first_page(&self, list: List<'_>) -> Result<Page, Trouble> {
        let url = match list {
            List::Users { filter } => {
                let mut query = vec![("$select", SELECT), ("$top", PAGE_SIZE)];
                if let Some(filter) = filter {
                    query.extend([("$filter", filter), ("$count", "true")]);
                }
                self.url("/users", &query)
            }
            List::Changes => self.url("/users/delta", &[("$select", SELECT)]),
            List::Group(id) => {
                let path = format!("{}/microsoft.graph.user", members_of(id));
                let query = [("$count", "true"), ("$select", SELECT), ("$top", PAGE_SIZE)];
                self.url(&path, &query)
            }
            List::Team(id) => {
                let path = format!("/teams/{}/members", encode(id));
                self.url(&path, &[("$top", PAGE_SIZE)])
            }
        };
        self.page(list, url).await?.ok_or_else(unfit)
    }

    /// The page at `link`, which came with another one; nothing where the
    /// service has forgotten the changes it leads to.
    pub async fn more(&self, list: List<'_>, link: Url) -> Result<Option<Page>, Trouble> {
        self.page(list, link).await
    }

    /// The first page of who changed since the `link` that ended an earlier
    /// reading; nothing where it leads nowhere any more.
    pub async fn changes_since(&self, link: &str) -> Result<Option<Page>, Trouble> {
        match same_origin(self.base(), link) {
            Ok(link) => self.page(List::Changes, link).await,
            // The campaign's endpoints have changed since.
            Err(_) => Ok(None),
        }
    }

    /// How many people are on `list`, where the service counts them.
    pub async fn count(&self, list: List<'_>) -> Result<Option<u64>, Trouble> {
        let filtered: Vec<_> = match list {
            List::Users { filter } => filter
                .map(|filter| ("$filter", filter))
                .into_iter()
                .collect(),
            List::Changes | List::Group(_) => Vec::new(),
            List::Team(_) => return Ok(None),
        };
        let path = match list {
            List::Group(id) => format!("{}/microsoft.graph.user/$count", members_of(id)),
            List::Users { .. } | List::Changes | List::Team(_) => "/users/$count".to_owned(),
        };
        let mut outgoing = Outgoing::get(self.url(&path, &filtered));
        outgoing.headers.push(ADVANCED);
        let budget = &self.budgets().directory;
        let answer = self.call(budget, &outgoing, asked(list)).await?;
        let text = String::from_utf8_lossy(&answer.body);
        // Graph begins this answer with a byte order mark.
        Ok(text.trim_start_matches('\u{feff}').trim().parse().ok())
    }

    async fn page(&self, list: List<'_>, url: Url) -> Result<Option<Page>, Trouble> {
        let mut outgoing = Outgoing::page(url);
        if matches!(list, List::Users { .. } | List::Group(_)) {
            // Sent with every page: a link does not carry its headers.
            outgoing.headers.push(ADVANCED);
        }
        let answer = match self.try_call(self.pays(list).await?, &outgoing).await? {
            Ok(answer) => answer,
            Err(answer) if list == List::Changes && answer.status == 410 => return Ok(None),
            Err(answer) => return Err(judge(&answer, asked(list))),
        };
        self.read_page(list, &answer).map(Some)
    }

    /// The budget a page of `list` is paid from, once a team's own has let it pass.
    async fn pays(&self, list: List<'_>) -> Result<&Budget, Trouble> {
        match list {
            List::Users { .. } | List::Changes | List::Group(_) => Ok(&self.budgets().directory),
            List::Team(id) => {
                self.team_turn(id).await?;
                Ok(&self.budgets().team_members_read)
            }
        }
    }

    fn read_page(&self, list: List<'_>, answer: &Answer) -> Result<Page, Trouble> {
        let page: WireList = read(answer)?;
        let link = |link: String| {
            same_origin(self.base(), &link)
                .map_err(|foreign| Trouble::Blocked(Blocker::ForeignHost(foreign)))
        };
        let next = match (page.next, page.changes) {
            (Some(next), _) => Next::Page(link(next)?),
            (None, Some(changes)) => Next::Changes(link(changes)?),
            (None, None) => Next::End,
        };
        let here = page.value.into_iter().filter(|user| user.removed.is_none());
        Ok(Page {
            entries: here.filter_map(|wire| entry(list, wire)).collect(),
            next,
        })
    }
}

fn entry(list: List<'_>, mut wire: WireUser) -> Option<Entry> {
    if matches!(list, List::Team(_)) {
        return Some(match wire.user_id.take().map(ObjectId::new) {
            Some(Ok(id)) => Entry::Id(id),
            Some(Err(_)) | None => Entry::Nameless(wire.display_name.unwrap_or_default()),
        });
    }
    let person = wire.into_person()?;
    // Without the right to read users, a group shows who is in it by id only.
    Some(if person.user_principal_name.is_none() {
        Entry::Id(person.object_id)
    } else {
        Entry::Person(Box::new(person))
    })
}

fn members_of(group: &str) -> String {
    format!("/groups/{}/transitiveMembers", encode(group))
}

fn asked(list: List<'_>) -> Asked {
    match list {
        List::Users { .. } | List::Changes => Asked::Directory,
        List::Group(_) => Asked::Members,
        List::Team(_) => Asked::TeamMembers,
    }
}

/// A first page has nothing that could be forgotten.
fn unfit() -> Trouble {
    Trouble::Person {
        cause: crate::model::Cause::ServiceError,
        evidence: Box::new(crate::model::Evidence::detail(
            "the directory does not tell who is there (HTTP 410)",
        )),
    }
}
