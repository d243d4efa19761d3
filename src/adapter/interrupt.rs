//! Ctrl-C: while files are written or a question is open it is noted, and acted upon when everything is in order again.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use tokio::signal::unix::{SignalKind, signal};

/// What signals do and did, once this process asked to be told.
struct Signals {
    /// Whether a signal ends the process at once, as it would by default.
    ends: Arc<AtomicBool>,
    /// Whether one came.
    came: Arc<AtomicBool>,
}

/// Keeps signals from ending the process for as long as it lives.
pub struct Held {
    signals: Option<&'static Signals>,
}

/// Lets Ctrl-C (and a polite request to end) wait. Where the system refuses, signals do what they always do.
pub fn hold() -> Held {
    static SIGNALS: OnceLock<Option<Signals>> = OnceLock::new();
    let signals = SIGNALS.get_or_init(|| register().ok()).as_ref();
    if let Some(signals) = signals {
        signals.ends.store(false, Ordering::SeqCst);
    }
    Held { signals }
}

/// Waits for Ctrl-C, or a polite request to end. From the first time on neither ends the process by itself. Where the system
/// refuses, this waits for good, and signals do what they always do.
pub async fn interrupted() {
    let both = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    );
    let (Ok(mut interrupt), Ok(mut terminate)) = both else {
        return std::future::pending().await;
    };
    let (interrupt, terminate) = (pin!(interrupt.recv()), pin!(terminate.recv()));
    futures::future::select(interrupt, terminate).await;
}

/// Handlers stay for good, so that the first of them stands in for what the system does by default.
fn register() -> std::io::Result<Signals> {
    let signals = Signals {
        ends: Arc::new(AtomicBool::new(false)),
        came: Arc::new(AtomicBool::new(false)),
    };
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 128 + signal, signals.ends.clone())?;
        flag::register(signal, signals.came.clone())?;
    }
    Ok(signals)
}

impl Held {
    /// Tells whether a signal came.
    pub fn came(&self) -> bool {
        self.signals
            .is_some_and(|signals| signals.came.load(Ordering::SeqCst))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(signals) = self.signals {
            signals.ends.store(true, Ordering::SeqCst);
        }
    }
}
