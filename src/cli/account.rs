//! What really happened in a simulated tenant, on one screen.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use crate::simulator::{Account, Facts, HardshipTruth, QuotaTruth};

/// Prints the account of a tenant.
pub(super) fn print(account: &Account, facts: &Facts, out: &mut dyn Write) -> io::Result<()> {
    let Account {
        requests,
        people,
        with_app,
        with_one_message,
        with_more_messages,
        messages,
        edits,
        deleted,
        quotas,
        hardships,
    } = account;
    let nothing = people - with_one_message - with_more_messages;
    writeln!(
        out,
        "\nTenant {}, app {}",
        facts.tenant_id, facts.catalog_id
    )?;
    writeln!(
        out,
        "{people} people, {with_app} with the app; {requests} requests"
    )?;
    writeln!(
        out,
        "{with_one_message} people have one message, {with_more_messages} more than one, {nothing} none"
    )?;
    writeln!(
        out,
        "{messages} messages in all, {edits} edits, {deleted} deleted"
    )?;
    print_quotas(quotas, out)?;
    print_hardships(hardships, out)
}

/// A line for each quota that was asked for, and one for all the others.
fn print_quotas(quotas: &BTreeMap<String, QuotaTruth>, out: &mut dyn Write) -> io::Result<()> {
    let (used, unused): (Vec<_>, Vec<_>) = quotas.iter().partition(|(_, quota)| 0 < quota.seen);
    if !used.is_empty() {
        let head = ["quota", "seen", "refused", "peak/s"];
        let [name, seen, refused, peak] = head;
        writeln!(out, "\n{name:<26} {seen:>10} {refused:>10} {peak:>10}")?;
    }
    for (name, quota) in used {
        let (seen, refused, peak) = (quota.seen, quota.refused, quota.peak_per_second);
        writeln!(out, "{name:<26} {seen:>10} {refused:>10} {peak:>10}")?;
    }
    let unused: Vec<&str> = unused.into_iter().map(|(name, _)| name.as_str()).collect();
    if unused.is_empty() {
        return Ok(());
    }
    writeln!(out, "not used: {}", unused.join(", "))
}

fn print_hardships(hardships: &[HardshipTruth], out: &mut dyn Write) -> io::Result<()> {
    if hardships.is_empty() {
        return Ok(());
    }
    // Many of one name, as the few people of a mix are, fit on one line.
    let mut struck: BTreeMap<&str, u64> = BTreeMap::new();
    for hardship in hardships {
        *struck.entry(&hardship.name).or_default() += hardship.struck;
    }
    writeln!(out, "\n{:<48} {:>10}", "hardship", "struck")?;
    for (name, count) in struck {
        writeln!(out, "{name:<48} {count:>10}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::{Effect, Endpoint, Hardship, Options, World};

    #[test]
    fn the_account_says_what_was_seen_and_what_struck() {
        let world = World::new(&Options::default());
        let hardship = Hardship::new(Endpoint::Any, Effect::LoseAnswer);
        world.script(hardship.clone().named("tunnel"));
        world.script(hardship.named("tunnel"));

        let mut out = Vec::new();
        print(&world.account(), world.facts(), &mut out).unwrap();

        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("100 people, "), "{text}");
        assert!(text.contains("100 none"), "{text}");
        assert_eq!(1, text.matches("tunnel").count(), "{text}");
        assert!(text.contains("not used: catalog_read, "), "{text}");
    }
}
