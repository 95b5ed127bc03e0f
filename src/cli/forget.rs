//! `teamcast ledger forget`: the end of personal data.

use std::{io::Write, path::Path};

use jiff::{Span, Timestamp, tz::TimeZone};

use crate::ledger::Forgetting;

use super::{ExitStatus, RunError, args::Forget, confirm::confirm, finish};

/// Removes the people of campaigns that are long over, and keeps the counts.
pub(super) async fn forget(options: &Forget, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    let now = Timestamp::now();
    let before = before(now, options.older_than)?;
    let path = finish::ledger(options.ledger.as_deref(), Path::new(""))?;
    let forgetting = Forgetting::begin(&path, before)
        .await
        .map_err(|source| RunError::Ledger {
            path: path.clone(),
            source,
        })?;
    let nothing = forgetting.campaigns().is_empty() && forgetting.addresses() == 0;
    if nothing {
        writeln!(out, "nothing in it is as old as that")?;
    } else {
        announce(&forgetting, out)?;
    }
    if !nothing {
        let campaigns = forgetting.campaigns().len();
        let what = "This cannot be undone, and the campaigns cannot be run again.";
        confirm(options.yes, what, &campaigns.to_string())?;
    }
    // Also where there is nothing: an earlier attempt may have been cut short.
    forgetting
        .forget(now)
        .await
        .map_err(|source| RunError::Forget { path, source })?;
    if !nothing {
        writeln!(
            out,
            "forgotten; reports in files of their own are still there"
        )?;
    }
    Ok(ExitStatus::Done)
}

fn announce(forgetting: &Forgetting, out: &mut dyn Write) -> Result<(), RunError> {
    for past in forgetting.campaigns() {
        writeln!(
            out,
            "{}: {} people, {} rows, last active at {}",
            past.name, past.people, past.rows, past.active
        )?;
    }
    let addresses = forgetting.addresses();
    writeln!(out, "address book: {addresses} chats not used since")?;
    out.flush()?;
    Ok(())
}

/// The moment `age` ago, by the calendar of UTC.
fn before(now: Timestamp, age: Span) -> Result<Timestamp, RunError> {
    let today = now.to_zoned(TimeZone::UTC);
    let before = today.checked_sub(age).map_err(|_| RunError::Age)?;
    if age.is_negative() {
        return Err(RunError::Age);
    }
    Ok(before.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_goes_back_by_the_calendar() {
        let now: Timestamp = "2026-11-30T08:00:00Z".parse().unwrap();
        let back = |age: &str| before(now, age.parse().unwrap()).map(|then| then.to_string());

        assert_eq!(back("180d").unwrap(), "2026-06-03T08:00:00Z");
        assert_eq!(back("6mo").unwrap(), "2026-05-30T08:00:00Z");
        assert!(matches!(back("-1d"), Err(RunError::Age)));
        assert!(matches!(back("1d ago"), Err(RunError::Age)));
    }
}
