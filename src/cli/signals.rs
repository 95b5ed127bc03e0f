//! Stopping when asked: once in good order, twice at once.

use tokio::signal;
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

/// Resolves at Ctrl-C, or where there is such a thing at SIGTERM.
#[cfg(unix)]
pub(super) async fn asked_to_stop() {
    let Ok(mut terminate) = signal::unix::signal(signal::unix::SignalKind::terminate()) else {
        return ctrl_c().await;
    };
    tokio::select! {
        () = ctrl_c() => {}
        _ = terminate.recv() => {}
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
