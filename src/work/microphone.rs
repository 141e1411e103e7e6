//! Opening a microphone without being held up by it: a sound server may hang, and then only the thread that asked it hangs.

use crate::audio::{self, Capture, DeviceInfo, Meters, Mic, MicTrouble};
use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// How often somebody who waits looks whether to go on waiting.
const LOOK: Duration = Duration::from_millis(20);

/// Whoever only looks does not wait longer than this: behind it in the queue may be somebody who wants to keep a recording. Bluetooth microphones have been
/// seen to need 4 s.
const PATIENCE: Duration = Duration::from_secs(12);

/// Asked while something is waited for; an error ends the waiting.
pub type StillWanted<'a> = &'a mut dyn FnMut() -> Result<()>;

/// An open microphone with what it reports.
pub(super) type Opened = (Capture, Receiver<MicTrouble>);

/// Opens a microphone; `wanted` is asked meanwhile, and once it says no, what was begun is let go of: should the microphone open after all, it is closed again.
///
/// # Errors
/// As [`audio::open`], and what `wanted` says.
pub(super) fn open(mic: &Mic, meters: &Arc<Meters>, wanted: StillWanted<'_>) -> Result<Opened> {
    wait_for(&begin_opening(mic.clone(), Arc::clone(meters))?, wanted)?
}

/// Opens a microphone in the background; the answer comes by the channel.
///
/// # Errors
/// When there can be no thread.
pub(super) fn begin_opening(mic: Mic, meters: Arc<Meters>) -> Result<Receiver<Result<Opened>>> {
    in_background("opening a microphone", move || {
        let (trouble, troubles) = sync_channel(8);
        Ok((audio::open(&mic, &meters, trouble)?, troubles))
    })
}

/// As [`open`], for somebody who only wants to look at the level.
///
/// # Errors
/// As there, and [`ErrorKind::NoMicrophone`] when it takes too long.
pub(super) fn open_soon(mic: &Mic, meters: &Arc<Meters>, wanted: StillWanted<'_>) -> Result<Opened> {
    open(mic, meters, &mut within(PATIENCE, wanted))
}

/// The microphones there are.
///
/// # Errors
/// As [`audio::microphones`], [`ErrorKind::NoMicrophone`] when it takes too long, and what `wanted` says.
pub(super) fn list(wanted: StillWanted<'_>) -> Result<Vec<DeviceInfo>> {
    wait_for(&in_background("looking for microphones", audio::microphones)?, &mut within(PATIENCE, wanted))?
}

/// No longer than this, either.
fn within<'a>(patience: Duration, wanted: StillWanted<'a>) -> impl FnMut() -> Result<()> + 'a {
    let until = Instant::now() + patience;
    move || if Instant::now() >= until { Err(Error::new(ErrorKind::NoMicrophone, "asking the sound system", "it does not answer")) } else { wanted() }
}

fn in_background<T: Send + 'static>(name: &'static str, work: impl FnOnce() -> T + Send + 'static) -> Result<Receiver<T>> {
    let (answer, answered) = sync_channel(1);
    std::thread::Builder::new()
        .name(name.into())
        .spawn(move || {
            // Nobody may be waiting any more; then it is let go of.
            answer.send(work()).ok();
        })
        .map_err(|err| Error::new(ErrorKind::Bug, name, err))?;
    Ok(answered)
}

fn wait_for<T>(answered: &Receiver<T>, wanted: StillWanted<'_>) -> Result<T> {
    loop {
        match answered.recv_timeout(LOOK) {
            Ok(answer) => return Ok(answer),
            Err(RecvTimeoutError::Timeout) => wanted()?,
            Err(err @ RecvTimeoutError::Disconnected) => return Err(Error::new(ErrorKind::Bug, "asking the sound system", err)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_system_that_hangs_can_be_waited_for_no_longer() {
        let (answer, hung) = sync_channel::<()>(1);
        let answered = in_background("a sound system that hangs", move || hung.recv().ok()).unwrap();
        let mut asked = 0;
        let ended = wait_for(&answered, &mut || {
            asked += 1;
            if asked == 3 { Err(Error::bare(ErrorKind::Cancelled, "opening")) } else { Ok(()) }
        });
        assert_eq!((ended.unwrap_err().kind, asked), (ErrorKind::Cancelled, 3));
        drop(answer);
    }
}
