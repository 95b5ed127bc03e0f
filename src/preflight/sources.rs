//! Whether people can be read from each source.

use crate::{
    audience::CsvRows,
    campaign::{Campaign, Source},
    graph::Graph,
};

use super::{Check, Finding};

/// One finding for each source of the audience.
pub(super) async fn sources(campaign: &Campaign, graph: &Graph, signed_in: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let audience = &campaign.audience;
    for source in audience.include.iter().chain(&audience.exclude) {
        findings.push(match source {
            Source::Csv(path) => list(path),
            Source::Users { filter } if signed_in => directory(graph, filter.as_deref()).await,
            Source::Users { .. } => Finding::not_checked(Check::Audience, "there is no token"),
            Source::NewUsers if signed_in => directory(graph, None).await,
            Source::NewUsers => Finding::not_checked(Check::Audience, "there is no token"),
            Source::StandardInput => Finding::not_checked(Check::Audience, "standard input"),
            Source::Group(id) => Finding::not_checked(Check::Audience, format!("group {id}")),
            Source::Team(id) => Finding::not_checked(Check::Audience, format!("team {id}")),
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

async fn directory(graph: &Graph, filter: Option<&str>) -> Finding {
    let what = match filter {
        Some(filter) => format!("users where {filter}"),
        None => "all users".to_owned(),
    };
    match graph.probe_users(filter).await {
        Ok(()) => Finding::ok(Check::Audience, format!("{what}: the directory answers")),
        Err(trouble) => Finding::failed(
            Check::Audience,
            format!("{what}: {}", trouble.words()),
            "check the filter and the permission to read people",
        ),
    }
}
