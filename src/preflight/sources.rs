//! Whether people can be read from each source.

use crate::{
    audience::CsvRows,
    campaign::{Campaign, Source},
    graph::{Graph, List},
};

use super::{Check, Finding};

/// One finding for each source of the audience.
pub(super) async fn sources(campaign: &Campaign, graph: &Graph, signed_in: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let audience = &campaign.audience;
    for source in audience.include.iter().chain(&audience.exclude) {
        findings.push(match source {
            Source::Csv(path) => list(path),
            Source::StandardInput => {
                Finding::not_checked(Check::Audience, "standard input is read by the run")
            }
            Source::Users { .. } | Source::NewUsers | Source::Group(_) | Source::Team(_)
                if !signed_in =>
            {
                Finding::not_checked(Check::Audience, "there is no token")
            }
            Source::Users { filter: None } => {
                directory(graph, List::Users { filter: None }, "all users").await
            }
            Source::Users {
                filter: Some(filter),
            } => {
                let list = List::Users {
                    filter: Some(filter),
                };
                directory(graph, list, &format!("users where {filter}")).await
            }
            Source::NewUsers => directory(graph, List::Changes, "new users").await,
            Source::Group(id) => directory(graph, List::Group(id), &format!("group {id}")).await,
            Source::Team(id) => directory(graph, List::Team(id), &format!("team {id}")).await,
        });
    }
    findings
}

fn list(path: &std::path::Path) -> Finding {
    let name = path.display();
    match CsvRows::open(path) {
        Ok(rows) => {
            let (mut good, mut bad) = (0_u64, 0_u64);
            for row in rows {
                match row {
                    Ok(_) => good += 1,
                    Err(_) => bad += 1,
                }
            }
            match bad {
                0 => Finding::ok(Check::Audience, format!("{name}: {good} rows")),
                _ => Finding::failed(
                    Check::Audience,
                    format!("{name} cannot be read to its end"),
                    "correct the file",
                ),
            }
        }
        Err(error) => Finding::failed(Check::Audience, error.to_string(), "correct the file"),
    }
}

/// Asks for a list of the directory, and how long it is where it can be counted.
async fn directory(graph: &Graph, list: List<'_>, what: &str) -> Finding {
    let answered = match graph.count(list).await {
        Ok(Some(people)) => Ok(format!("{what}: {people} people")),
        Ok(None) => {
            let page = graph.first_page(list).await;
            page.map(|_| format!("{what}: the directory answers"))
        }
        Err(trouble) => Err(trouble),
    };
    match answered {
        Ok(words) => Finding::ok(Check::Audience, words),
        Err(trouble) => Finding::failed(
            Check::Audience,
            format!("{what}: {}", trouble.words()),
            "check the filter or id, and the permission to read it",
        ),
    }
}
