//! Microphones and loudspeakers by a name a person recognises, and finding the chosen one again.

use crate::error::{Error, ErrorKind, Result};
use crate::settings::ChosenDevice;
use cpal::traits::{DeviceTrait as _, HostTrait as _};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// How often the list is looked at while a microphone is open.
const WATCH: Duration = Duration::from_millis(700);

/// A microphone, loudspeaker or headphones as a person recognises them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The sound system's stable identity.
    pub id: String,
    /// "Laptop microphone".
    pub name: String,
    /// The computer's own choice.
    pub is_default: bool,
}

/// Which way the sound goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
}

/// A device to open.
pub(super) struct FoundDevice {
    pub device: cpal::Device,
    pub name: String,
    /// False when another had to stand in for the chosen one.
    pub is_chosen: bool,
}

/// The microphones there are, the default first. Monitors of outputs are no microphones.
///
/// # Errors
/// When the sound system does not answer.
pub fn microphones() -> Result<Vec<DeviceInfo>> {
    list(Direction::In).map_err(|err| typed("looking for microphones", &err))
}

/// The loudspeakers and headphones there are, the default first.
///
/// # Errors
/// When the sound system does not answer.
pub fn loudspeakers() -> Result<Vec<DeviceInfo>> {
    list(Direction::Out).map_err(|err| Error::new(ErrorKind::NoSpeaker, "looking for loudspeakers", err.to_string()))
}

/// The sound system. ALSA writes its complaints into the terminal, in words that help nobody there; on this thread it no longer does.
pub(super) fn host() -> cpal::Host {
    // Kept in memory until the next time; what goes wrong is told by the calls themselves.
    #[cfg(target_os = "linux")]
    if let Err(err) = alsa::Output::local_error_handler() {
        tracing::debug!("ALSA cannot be quietened: {err}");
    }
    cpal::default_host()
}

fn list(direction: Direction) -> Result<Vec<DeviceInfo>, cpal::Error> {
    let host = host();
    let default = standard(&host, direction).and_then(|device| device.id().ok()).map(|id| id.to_string());
    let mut found: Vec<DeviceInfo> = all(&host, direction)?.filter_map(|device| info(&device, default.as_deref())).filter(is_for_people).collect();
    found.sort_by_key(|device| (!device.is_default, device.name.to_lowercase()));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

fn all(host: &cpal::Host, direction: Direction) -> Result<Box<dyn Iterator<Item = cpal::Device>>, cpal::Error> {
    Ok(match direction {
        Direction::In => Box::new(host.input_devices()?),
        Direction::Out => Box::new(host.output_devices()?),
    })
}

fn standard(host: &cpal::Host, direction: Direction) -> Option<cpal::Device> {
    match direction {
        Direction::In => host.default_input_device(),
        Direction::Out => host.default_output_device(),
    }
}

fn info(device: &cpal::Device, default: Option<&str>) -> Option<DeviceInfo> {
    let id = device.id().ok()?.to_string();
    Some(DeviceInfo { is_default: default == Some(id.as_str()), name: name(device)?, id })
}

fn name(device: &cpal::Device) -> Option<String> {
    device.description().ok().map(|description| description.name().trim().to_owned())
}

/// ALSA lists dozens of routes besides its cards, and PulseAudio the monitor of each output.
fn is_for_people(device: &DeviceInfo) -> bool {
    let routes =
        ["dmix", "dsnoop", "surround", "front:", "rear:", "iec958", "hdmi", "usbstream", "null", "samplerate", "speexrate", "lavrate", "upmix", "vdownmix"];
    let plugins = ["alsa:jack", "alsa:oss", "alsa:speex"];
    let is_route = plugins.contains(&device.id.as_str()) || (device.id.starts_with("alsa:") && routes.iter().any(|route| device.id.contains(route)));
    !device.id.ends_with(".monitor") && (device.is_default || !is_route)
}

/// Tells when a microphone leaves the sound server's list. Such a server moves whoever listens to another source without a word, even to what the
/// loudspeaker plays. Elsewhere the stream itself ends, and there is nothing to watch.
pub(super) fn watch(id: String, gone: impl FnOnce() + Send + 'static) -> Option<SyncSender<()>> {
    let host = host();
    if !host.id().name().eq_ignore_ascii_case("pulseaudio") {
        return None;
    }
    let (until, ended) = sync_channel::<()>(0);
    let look = move || {
        while ended.recv_timeout(WATCH) == Err(RecvTimeoutError::Timeout) {
            let is_there = |mut devices: Box<dyn Iterator<Item = cpal::Device>>| devices.any(|device| device.id().is_ok_and(|one| one.to_string() == id));
            // When the server does not answer at all the stream tells.
            if all(&host, Direction::In).is_ok_and(|devices| !is_there(devices)) {
                return gone();
            }
        }
    };
    std::thread::Builder::new().name("microphone watch".into()).spawn(look).ok().map(|_| until)
}

/// The chosen device by identity, else by name, else the default.
pub(super) fn find(direction: Direction, chosen: Option<&ChosenDevice>) -> Option<FoundDevice> {
    let host = host();
    let called = |device: cpal::Device, is_chosen| {
        let unnamed = if direction == Direction::In { "Microphone" } else { "Loudspeaker" };
        FoundDevice { name: name(&device).unwrap_or_else(|| unnamed.into()), device, is_chosen }
    };
    if let Some(chosen) = chosen {
        let fits = |device: &cpal::Device| if direction == Direction::In { device.supports_input() } else { device.supports_output() };
        let by_id = chosen.id.parse().ok().and_then(|id| host.device_by_id(&id)).filter(fits);
        let same_name = |device: &cpal::Device| name(device).as_ref() == Some(&chosen.name);
        if let Some(device) = by_id.or_else(|| all(&host, direction).ok()?.find(same_name)) {
            return Some(called(device, true));
        }
    }
    // What the loudspeaker plays is no microphone, even where the sound system falls back to it.
    let hears_people = |device: &cpal::Device| direction == Direction::Out || device.id().is_ok_and(|id| !id.to_string().ends_with(".monitor"));
    let any = || all(&host, direction).ok()?.find(|device| info(device, None).as_ref().is_some_and(is_for_people));
    standard(&host, direction).filter(hears_people).or_else(any).map(|device| called(device, chosen.is_none()))
}

pub(super) fn classify(kind: cpal::ErrorKind) -> ErrorKind {
    match kind {
        cpal::ErrorKind::PermissionDenied => ErrorKind::MicrophoneDenied,
        cpal::ErrorKind::HostUnavailable | cpal::ErrorKind::UnsupportedConfig | cpal::ErrorKind::UnsupportedOperation => ErrorKind::NoMicrophone,
        _ => ErrorKind::MicrophoneLost,
    }
}

pub(super) fn typed(doing: &'static str, err: &cpal::Error) -> Error {
    // While nothing is recorded yet, a microphone that is not there was not lost.
    let kind = match classify(err.kind()) {
        ErrorKind::MicrophoneLost => ErrorKind::NoMicrophone,
        kind => kind,
    };
    Error::new(kind, doing, err.to_string())
}
