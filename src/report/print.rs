//! The summary for the person at the terminal.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use super::Summary;
use crate::model::OutcomeKind;

impl Summary {
    /// Prints the account, what kept the message from people and what to do
    /// about it, what was spent, and where the reports are.
    pub fn print(&self, reports: &[PathBuf], out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.campaign)?;
        writeln!(out, "{}", self.account)?;
        self.print_causes(out)?;
        self.print_open_ends(out)?;
        self.print_spending(out)?;
        if !reports.is_empty() {
            writeln!(out)?;
        }
        for path in reports {
            writeln!(out, "  {}", path.display())?;
        }
        Ok(())
    }

    fn print_causes(&self, out: &mut dyn Write) -> io::Result<()> {
        for (place, (cause, rows)) in self.account.tally.causes().enumerate() {
            if place == 0 {
                writeln!(out)?;
            }
            writeln!(out, "{rows:>9}  {:<20}  {}", cause.name(), cause.advice())?;
        }
        Ok(())
    }

    fn print_open_ends(&self, out: &mut dyn Write) -> io::Result<()> {
        let in_doubt = self.account.tally.of(OutcomeKind::InDoubt);
        let pending = self.account.tally.of(OutcomeKind::Pending);
        if 0 < in_doubt {
            writeln!(
                out,
                "\n{in_doubt} in doubt: the message left and no answer came. `teamcast reconcile` \
                 looks into their chats;\n--retry in-doubt sends again and may send twice."
            )?;
        }
        if 0 < pending {
            writeln!(
                out,
                "\n{pending} pending: `teamcast run` continues with them."
            )?;
        }
        if 0 < self.sent_again {
            writeln!(
                out,
                "\n{} people were in doubt and sent to again: they may see two messages.",
                self.sent_again
            )?;
        }
        if !self.list_read {
            writeln!(
                out,
                "\nThe latest run did not read the whole list; rows it did not reach are not counted."
            )?;
        }
        if 0 < self.stale_chats {
            writeln!(
                out,
                "\n{} times a remembered chat was gone and looked for again.",
                self.stale_chats
            )?;
        }
        Ok(())
    }

    fn print_spending(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(seconds) = self.seconds() else {
            return Ok(());
        };
        writeln!(out, "\ntook {}", length(seconds))?;
        if self.budgets.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "  {:<22}{:>10}{:>10}{:>8}{:>11}",
            "budget", "requests", "a second", "peak", "throttled"
        )?;
        for budget in &self.budgets {
            writeln!(
                out,
                "  {:<22}{:>10}{:>10.1}{:>8}{:>11}",
                budget.name,
                budget.requests,
                per_second(budget.requests, seconds),
                budget.peak_per_second,
                budget.throttled
            )?;
        }
        Ok(())
    }
}

/// An average; a run shorter than a second counts as one.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn per_second(requests: u64, seconds: f64) -> f64 {
    requests as f64 / seconds.max(1.0)
}

fn length(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole seconds, never negative"
    )]
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, _) => format!("{seconds:.1} s"),
        (0, minutes, rest) => format!("{minutes} min {rest} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::summary::tests::summary, *};

    #[test]
    fn the_summary_is_short_and_says_what_to_do() {
        let mut out = Vec::new();

        summary()
            .print(&[PathBuf::from("reports/townhall/report.csv")], &mut out)
            .unwrap();

        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\
townhall
1000 rows = 900 delivered + 60 skipped + 10 failed + 2 in-doubt + 28 pending

       60  guest                 set audience.guests = true if guests should get the message
        1  blocked-by-user       ask the person to unblock the app in Teams, then run with --retry failed
        9  throttled             run again later with --retry failed, or lower the rates under [limits]

2 in doubt: the message left and no answer came. `teamcast reconcile` looks into their chats;
--retry in-doubt sends again and may send twice.

28 pending: `teamcast run` continues with them.

6 people were in doubt and sent to again: they may see two messages.

3 times a remembered chat was gone and looked for again.

took 1 min 17 s
  budget                  requests  a second    peak  throttled
  connector                    912      11.9      50          3

  reports/townhall/report.csv
"
        );
    }

    #[test]
    fn a_length_is_given_in_the_units_people_use() {
        assert_eq!(length(0.42), "0.4 s");
        assert_eq!(length(59.4), "59.4 s");
        assert_eq!(length(314.0), "5 min 14 s");
        assert_eq!(length(7_512.0), "2 h 5 min");
    }
}
