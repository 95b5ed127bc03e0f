//! Stopping when asked: once in good order, twice at once.

#[cfg(unix)]
use std::io::IsTerminal;

use tokio::signal;
#[cfg(unix)]
use tokio::signal::unix::SignalKind;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::ExitStatus;

/// Cancels `stop` at the first signal and leaves the program at the second;
/// the ledger makes that safe.
pub(super) async fn listen(stop: CancellationToken) {
    asked_to_stop().await;
    warn!("stopping: finishing what is under way; once more stops at once");
    stop.cancel();
    asked_to_stop().await;
    leave();
}

#[expect(
    clippy::exit,
    reason = "the operator asked twice, and nothing waits for an answer"
)]
fn leave() {
    std::process::exit(i32::from(ExitStatus::Stopped as u8));
}

/// Resolves at Ctrl-C, or where there is such a thing at SIGTERM, or when the
/// terminal goes away.
#[cfg(unix)]
pub(super) async fn asked_to_stop() {
    let terminal_gone = async {
        if hangup_is_ignored() {
            std::future::pending::<()>().await;
        }
        at(SignalKind::hangup()).await;
    };
    tokio::select! {
        () = ctrl_c() => {}
        () = at(SignalKind::terminate()) => {}
        () = terminal_gone => {}
    }
}

/// Whether it was started to outlive its terminal, as by `nohup`.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    // The first bit of the mask is signal 1.
    let ignored = |status: String| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.map(|mask| mask & 1 == 1)
    };
    let said = std::fs::read_to_string("/proc/self/status").ok();
    // Where the system does not say: `nohup` leaves no terminal to write to.
    said.and_then(ignored)
        .unwrap_or_else(|| !std::io::stderr().is_terminal())
}

#[cfg(unix)]
async fn at(kind: SignalKind) {
    match signal::unix::signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        // Without a handler the system stops the program itself.
        Err(_) => std::future::pending().await,
    }
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn asked_to_stop() {
    ctrl_c().await;
}

async fn ctrl_c() {
    if signal::ctrl_c().await.is_err() {
        // Without a handler the system stops the program itself.
        std::future::pending::<()>().await;
    }
}
