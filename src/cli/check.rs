//! `teamcast check`: what must hold before anybody is touched.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
    process,
};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    campaign::{Campaign, Source},
    ledger::{OpenError, Reader},
    message::Message,
    model::Person,
    pipeline,
    preflight::{self, Check as Asked, Depth, Finding, Verdict},
    report::harmless,
};

use super::{
    ExitStatus, RunError,
    args::Check,
    finish::{self, Paths},
    guard::check_fields,
    run::{draft, load},
    services::Services,
};

/// Asks everything that can be asked and shows the answers.
pub(super) async fn check(options: &Check, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    let campaign = load(&options.place.campaign)?;
    let message = Message::load(&draft(&campaign.message)).map_err(RunError::Message)?;
    // Standard input is for the run, which reads it once.
    let mut lists = campaign.audience.include.clone();
    lists.retain(|source| *source != Source::StandardInput);
    let survey = pipeline::survey(&lists, None).map_err(RunError::Audience)?;
    if lists.len() == campaign.audience.include.len() {
        check_fields(&message, &survey)?;
    }
    let paths = Paths::new(&options.place, &campaign)?;
    let stop = CancellationToken::new();
    let mut services = Services::new(&campaign, &stop)?;

    let mut findings = vec![
        renders(&message),
        ledger(&paths, &campaign).await,
        reports(&paths),
    ];
    findings.extend(services.examine(&campaign, Depth::Everything).await);
    if let Some(user) = &options.canary {
        let may_go = !findings.iter().any(Finding::is_failed);
        findings.extend(if may_go {
            let Services {
                graph, connector, ..
            } = &services;
            preflight::canary(&campaign, graph, connector, &message, user).await
        } else {
            let reason = format!("{user} was not touched, since something else is wrong");
            vec![Finding::not_checked(Asked::Canary, reason)]
        });
        // What the canary told of sessions is the better answer.
        let told = |finding: &Finding| finding.check == Asked::Sessions;
        if findings.iter().filter(|finding| told(finding)).count() == 2 {
            findings.retain(|it| !(told(it) && it.result == Verdict::NotChecked));
        }
    }
    let failed = findings.iter().any(Finding::is_failed);
    if options.json {
        let told = json!({
            "schema": 1,
            "campaign": campaign.name,
            "ok": !failed,
            "checks": findings,
        });
        writeln!(out, "{told:#}")?;
    } else {
        print(&findings, out)?;
    }
    Ok(if failed {
        ExitStatus::Refused
    } else {
        ExitStatus::Done
    })
}

/// One line a finding, and one below it for what to do.
fn print(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    for finding in findings {
        let result = finding.result.name();
        let name = finding.check.name();
        writeln!(out, "{result:<12} {name:<17} {}", harmless(&finding.detail))?;
        if let Some(advice) = &finding.advice {
            writeln!(out, "{:<31}{}", "", harmless(advice))?;
        }
    }
    let failed = findings.iter().filter(|it| it.is_failed()).count();
    match failed {
        0 => writeln!(out, "\nnothing stands in the way; nobody was written to"),
        1 => writeln!(out, "\n1 check failed; nobody was written to"),
        _ => writeln!(out, "\n{failed} checks failed; nobody was written to"),
    }
}

fn renders(message: &Message) -> Finding {
    let fields: Vec<&str> = message.fields().iter().map(String::as_str).collect();
    let of_lists = fields
        .iter()
        .filter(|field| !Person::FIELDS.contains(field));
    let detail = match (fields.len(), of_lists.count()) {
        (0, _) => "it is the same for everybody".to_owned(),
        (_, 0) => format!("it uses {}, from the directory", fields.join(", ")),
        (_, _) => format!("it uses {}, all of them known", fields.join(", ")),
    };
    Finding::ok(Asked::Message, detail)
}

/// Whether the ledger can be written, found without making one.
async fn ledger(paths: &Paths, campaign: &Campaign) -> Finding {
    let path = &paths.ledger;
    let name = path.display();
    let failed = |detail: String| {
        let advice = "free the disk, correct the permissions, or give another --ledger";
        Finding::failed(Asked::Ledger, detail, advice)
    };
    if !path.exists() {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        return match try_write(dir.unwrap_or(Path::new("."))) {
            Ok(()) => Finding::ok(Asked::Ledger, format!("{name} can be made")),
            Err(error) => failed(format!("{name} cannot be made: {error}")),
        };
    }
    match Reader::open(path, &campaign.name).await {
        Ok(_) | Err(OpenError::UnknownCampaign { .. }) => {}
        Err(error) => return failed(format!("{name} cannot be used: {error}")),
    }
    match OpenOptions::new().append(true).open(path) {
        Ok(_) => Finding::ok(Asked::Ledger, format!("{name} can be written")),
        Err(error) => failed(format!("{name} cannot be written: {error}")),
    }
}

fn try_write(dir: &Path) -> io::Result<()> {
    let path = dir.join(format!(".teamcast-check-{}", process::id()));
    let mut file = File::create_new(&path)?;
    let written = file.write_all(b"x");
    fs::remove_file(&path)?;
    written
}

fn reports(paths: &Paths) -> Finding {
    let name = paths.out.display();
    match finish::check_out(paths) {
        Ok(()) => Finding::ok(Asked::Reports, format!("{name} can be written")),
        Err(_) => Finding::failed(
            Asked::Reports,
            format!("{name} cannot be written"),
            "correct the permissions, or give another --out",
        ),
    }
}
