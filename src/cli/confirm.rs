//! Asks the operator before anything is done.

use std::io::{self, BufRead, IsTerminal, Write};

use super::RunError;

/// Says `what` is about to happen and asks the operator to type `expected`,
/// unless they said yes already.
///
/// # Errors
///
/// [`RunError::NotConfirmed`] for any other word, and without a terminal.
pub(super) fn confirm(yes: bool, what: &str, expected: &str) -> Result<(), RunError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        let advice = "give --yes to go on without being asked";
        return Err(RunError::NotConfirmed { advice });
    }
    let mut prompt = io::stderr().lock();
    writeln!(prompt, "{what}")?;
    write!(prompt, "Type {expected} to go on: ")?;
    prompt.flush()?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    if typed.trim() == expected {
        return Ok(());
    }
    let advice = "what was typed is not what was asked for";
    Err(RunError::NotConfirmed { advice })
}
