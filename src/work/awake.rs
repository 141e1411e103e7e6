//! Keeps the computer from falling asleep while something is recorded, where the system lets a program ask for that.

use std::sync::mpsc::{SyncSender, sync_channel};

/// While it lives the computer stays awake, if it can be asked to.
pub(super) struct Awake {
    /// Its end is what the thread waits for.
    _until: SyncSender<()>,
}

/// Asks the system to stay awake. The asking may take seconds with some, so it happens on a thread that nobody waits for;
/// where it cannot be asked, that stands in the log, and a recording goes on as it would have.
pub(super) fn keep_awake() -> Awake {
    let (until, ended) = sync_channel::<()>(0);
    let ask = move || {
        let asked = keepawake::Builder::default()
            .idle(true)
            .sleep(true)
            .display(false)
            .reason("Recording a conference")
            .app_name("Afterbell")
            .app_reverse_domain("org.afterbell.Afterbell")
            .create();
        match asked {
            // Ends with an error when the recording has let go of its end.
            Ok(_awake) => drop(ended.recv()),
            Err(err) => tracing::info!("the computer cannot be asked to stay awake: {err}"),
        }
    };
    if let Err(err) = std::thread::Builder::new().name("awake".into()).spawn(ask) {
        tracing::warn!("no thread to keep the computer awake: {err}");
    }
    Awake { _until: until }
}
