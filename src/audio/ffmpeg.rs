//! Formats nobody may ship a decoder for, or nobody has written one for: read by an ffmpeg that is on this computer already.
//!
//! It is asked whenever what is built in refuses a file or doubts what it read. It looks at one file and at nothing else: no playlist in disguise.

use super::convert::SPEECH_RATE_HZ;
use super::ffmpeg_frames::FfmpegFrames;
use super::mixer::{Decoded, Mixer, RATES_HZ, Sink};
use super::silences::Silences;
use super::tracks::SpeechCount;
use crate::conference::{Millis, Remark, Span};
use crate::error::{Error, ErrorKind, Result, SoundFormat};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// What a file that nothing reads looks like by its first bytes, to say what it is; none when it looks like no sound at all.
pub(super) fn format_of(path: &Path) -> Option<SoundFormat> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(4096).read_to_end(&mut head).ok()?;
    let has = |what: &[u8]| head.windows(what.len()).any(|window| window == what);
    Some(match head.as_slice() {
        [b'#', b'!', b'A', b'M', b'R', ..] => SoundFormat::Amr,
        [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, ..] => SoundFormat::Wma,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if has(b"samr") || has(b"sawb") || has(b"3gp") => SoundFormat::Amr,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => SoundFormat::Other,
        [0x1A, 0x45, 0xDF, 0xA3, ..] | [b'O', b'g', b'g', b'S', ..] | [b'c', b'a', b'f', b'f', ..] | [b'w', b'v', b'p', b'k', ..] => SoundFormat::Other,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A' | b'W', b'V' | b'A', ..] | [b'.', b's', b'n', b'd', ..] | [0x0B, 0x77, ..] => SoundFormat::Other,
        // Packets of a transport stream.
        [0x47, ..] if head.get(188) == Some(&0x47) && head.get(376) == Some(&0x47) => SoundFormat::Other,
        // An AAC stream without a container; HE-AAC looks no different.
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => SoundFormat::HeAac,
        _ => return None,
    })
}

/// A telephone sends nothing in a pause (discontinuous transmission of AMR): silence stands for what was not sent, or all that follows would come too early.
const KEEPS_TIME: &str = "aresample=async=1:first_pts=0:min_hard_comp=0.01";

/// What holds sound. No playlists, no pictures, no text, nothing that opens a second file.
const FORMATS: &str = "aac,aax,ac3,aiff,amr,ape,asf,asf_o,au,avi,caf,dsf,dts,dtshd,dv,eac3,f4v,flac,flv,gsm,ircam,loas,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,mxf,\
                       nistsphere,nsv,nut,ogg,oma,paf,pvf,qcp,rm,rso,sox,tak,truehd,tta,voc,vqf,w64,wav,webm,wsaud,wtv,wv,xwma";

/// Two days: what it fills in for a clock that is wrong must not fill the disk.
const MOST_SAMPLES: u64 = 48 * 3600 * SPEECH_RATE_HZ as u64;

/// Sound tracks that are listened to, to find the one with speech.
const MOST_TRACKS: usize = 8;

/// Decodes with ffmpeg to 16 kHz mono.
///
/// # Errors
/// [`ErrorKind::NeedsHelp`] when there is no ffmpeg, [`ErrorKind::NotASoundFile`] when it finds no sound either; what `check` or `sink` said.
pub(super) fn decode(path: &Path, gain: f32, check: &mut dyn FnMut(f32) -> Result<()>, sink: &mut dyn Sink) -> Result<Decoded> {
    let program = ffmpeg().ok_or_else(|| failed("there is no ffmpeg on this computer"))?;
    let probe = probe(&program, path)?;
    check(0.0)?;
    let mut track = 0;
    if probe.tracks > 1 {
        let mut most = (0, 0);
        for number in 0..probe.tracks.min(MOST_TRACKS) {
            let mut count = SpeechCount::new();
            let mut running = FfmpegProcess::start(&program, path, number, &["-ac", "1", "-t", "900"], None)?;
            running.read(|interleaved, _| {
                count.push(interleaved);
                check(0.1)
            })?;
            if count.weight() > most {
                (track, most) = (number, count.weight());
            }
        }
    }
    let mut mixer = Mixer::new(SPEECH_RATE_HZ, gain);
    if probe.is_float {
        mixer.set_float();
    }
    let mut decoded_frames = 0_u64;
    let mut silences = Silences::new(SPEECH_RATE_HZ);
    let mut frames = FfmpegFrames::of(path);
    let mut running = FfmpegProcess::start(&program, path, track, &[], frames.as_ref())?;
    let mut complaints = running.complaints()?;
    running.read(|interleaved, channels| {
        complaints.look(decoded_frames);
        silences.push(interleaved, channels);
        mixer.set_format(SPEECH_RATE_HZ, channels, sink)?;
        match &mut frames {
            Some(frames) => frames.push(interleaved, channels, &mut mixer, sink)?,
            None => mixer.push(interleaved, sink)?,
        }
        decoded_frames += (interleaved.len() / channels) as u64;
        if decoded_frames > MOST_SAMPLES {
            return Err(Error::new(ErrorKind::NotASoundFile, DOING, "a clock that is wrong by days"));
        }
        // How long it will be is not always known; what matters is that it can be stopped.
        check(probe.secs.map_or(0.5, |secs| (decoded_frames as f64 / f64::from(SPEECH_RATE_HZ) / secs.max(0.001)).clamp(0.0, 1.0) as f32))
    })?;
    let status = running.child.wait().map_err(|err| failed(err.to_string()))?;
    if decoded_frames == 0 {
        return Err(Error::new(ErrorKind::NotASoundFile, DOING, format!("no sound came, {status}")));
    }
    let read = decoded_frames as f64 / f64::from(SPEECH_RATE_HZ);
    let mut decoded = mixer.finish(sink)?;
    // What it fills in is silence to the last bit. Without a complaint of its own that is a pause in which a telephone sends nothing.
    complaints.look(decoded_frames);
    let missing = if complaints.places.is_empty() { Vec::new() } else { silences.finish() };
    if let Some(frames) = frames {
        decoded.remarks.splice(0..0, frames.remarks());
    } else if !probe.is_telephone {
        complaints.say(missing, Millis::from_samples(decoded_frames, SPEECH_RATE_HZ), &mut decoded.remarks);
    }
    if let Some(secs) = probe.secs.filter(|&secs| probe.is_sure_of_length && secs - read > (secs * 0.01).max(1.0)) {
        decoded.remarks.insert(0, Remark::EndMissing(Millis::from_secs(secs - read)));
    }
    if probe.tracks > 1 {
        decoded.remarks.push(Remark::Track { taken: track + 1, of: probe.tracks });
    }
    Ok(decoded)
}

const DOING: &str = "reading a sound file with ffmpeg";

fn failed(err: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::NeedsHelp(SoundFormat::Other), DOING, err)
}

/// What ffmpeg says of a file before it reads it.
struct Probe {
    tracks: usize,
    secs: Option<f64>,
    /// It is counted in the file, not guessed from the rate; and there are no pictures that may last longer.
    is_sure_of_length: bool,
    is_float: bool,
    /// In a pause it sends nothing, or what ffmpeg does not know.
    is_telephone: bool,
}

fn probe(program: &Path, path: &Path) -> Result<Probe> {
    let output = Command::new(program)
        .args(["-hide_banner", "-v", "info", "-nostdin", "-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS, "-i"])
        .arg(input(path)?)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .map_err(|err| failed(err.to_string()))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let no_sound = |why: &str| Error::new(ErrorKind::NotASoundFile, DOING, why.to_owned());
    // Something in another kind of file that looks like sound is no sound.
    if stderr.contains("misdetection possible") {
        return Err(no_sound("ffmpeg is not sure that it is sound"));
    }
    let streams: Vec<&str> = stderr.lines().filter(|line| line.trim_start().starts_with("Stream #0:")).collect();
    let sounds: Vec<&&str> = streams.iter().filter(|line| line.contains(" Audio: ") && !line.contains("Audio: none")).collect();
    if sounds.is_empty() {
        return Err(no_sound("ffmpeg finds no sound track"));
    }
    // A header that speaks of one sample a second would be hours of nothing.
    let rates = sounds.iter().filter_map(|line| line.split(" Hz").next()?.rsplit(' ').next()?.parse::<u32>().ok());
    if rates.into_iter().any(|rate| !RATES_HZ.contains(&rate)) {
        return Err(no_sound("no recording has this rate"));
    }
    let length = stderr.lines().find_map(|line| line.trim_start().strip_prefix("Duration: ")).and_then(|line| line.split(',').next());
    let secs = length.and_then(|clock| {
        let mut parts = clock.trim().split(':');
        let mut part = || parts.next()?.parse::<f64>().ok();
        Some(part()? * 3600.0 + part()? * 60.0 + part()?)
    });
    Ok(Probe {
        tracks: sounds.len(),
        secs,
        is_sure_of_length: !stderr.contains("Estimating duration") && streams.len() == sounds.len(),
        is_float: sounds.iter().any(|line| line.contains("pcm_f")),
        is_telephone: sounds.iter().any(|line| line.contains("Audio: amr")),
    })
}

fn input(file: &Path) -> Result<std::ffi::OsString> {
    // Only this one file: a playlist in disguise must fetch nothing, from the disk or from the net.
    let mut input = std::ffi::OsString::from("file:");
    input.push(std::path::absolute(file).map_err(|err| Error::reading(DOING, err))?);
    Ok(input)
}

/// Where in a sound ffmpeg complained. It is ahead of what was heard of it by no more than its pipe holds.
struct Complaints {
    stderr: File,
    /// Bytes of what it has said so far.
    length: u64,
    places: Vec<Millis>,
}

/// What a pipe holds of it, and what ffmpeg has in hand.
const AHEAD: Millis = Millis(2000);

impl Complaints {
    /// Looks whether it has complained since; before the first sound it only looks for the beginning of one.
    fn look(&mut self, decoded_frames: u64) {
        let length = self.stderr.metadata().map_or(0, |file| file.len());
        let at = Millis::from_samples(decoded_frames, SPEECH_RATE_HZ);
        if length > self.length && decoded_frames > 0 && self.places.last().is_none_or(|&last| at - last > AHEAD) {
            self.places.push(at);
        }
        self.length = length;
    }

    /// What is wrong: a gap where silence was filled in, the end if it was there, else a place where a piece may be gone.
    fn say(mut self, missing: Vec<Span>, length: Millis, remarks: &mut Vec<Remark>) {
        self.places.retain(|&place| !missing.iter().any(|gap| place + AHEAD >= gap.start() && place <= gap.end() + AHEAD));
        let ends = self.places.pop_if(|&mut place| place + AHEAD >= length).is_some();
        let mut found = Vec::new();
        if !missing.is_empty() {
            found.push(Remark::Missing(missing));
        }
        if !self.places.is_empty() {
            found.push(Remark::Cut(self.places));
        }
        if ends {
            found.push(Remark::BreaksOff);
        }
        remarks.splice(0..0, found);
    }
}

/// Ended when it goes out of use, whatever happened.
struct FfmpegProcess {
    child: Child,
    output: ChildStdout,
    /// What it complains of goes here: a pipe that nobody empties would stop it.
    stderr: File,
}

impl FfmpegProcess {
    /// `frames`: they are handed on one by one, instead of the file.
    fn start(program: &Path, file: &Path, track: usize, more: &[&str], frames: Option<&FfmpegFrames>) -> Result<Self> {
        let stderr = tempfile::tempfile().map_err(|err| Error::writing(DOING, err))?;
        let mut child = Command::new(program)
            .args(["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS, "-i"])
            .arg(if frames.is_some() { "pipe:0".into() } else { input(file)? })
            .args(["-map", &format!("0:a:{track}"), "-vn", "-sn", "-dn", "-map_metadata", "-1", "-af", KEEPS_TIME])
            .args(more)
            .args(["-ar", &SPEECH_RATE_HZ.to_string(), "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"])
            .stdin(if frames.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(stderr.try_clone().map_err(|err| failed(err.to_string()))?)
            .spawn()
            .map_err(|err| failed(err.to_string()))?;
        if let (Some(frames), Some(input)) = (frames, child.stdin.take()) {
            frames.feed(input);
        }
        match child.stdout.take() {
            Some(output) => Ok(Self { child, output, stderr }),
            None => Err(failed("no pipe")),
        }
    }

    /// What it finds wrong with the file from here on.
    fn complaints(&self) -> Result<Complaints> {
        Ok(Complaints { stderr: self.stderr.try_clone().map_err(|err| failed(err.to_string()))?, length: 0, places: Vec::new() })
    }

    /// Hands on interleaved samples, with how many channels there are.
    fn read(&mut self, mut take: impl FnMut(&[f32], usize) -> Result<()>) -> Result<()> {
        let Some(channels) = self.head() else { return Ok(()) };
        let size = channels * 4;
        let mut bytes = vec![0; 16_384 * size];
        let mut kept = 0;
        loop {
            let count = self.output.read(&mut bytes[kept..]).map_err(|err| Error::reading(DOING, err))?;
            if count == 0 {
                return Ok(());
            }
            let whole = (kept + count) / size * size;
            let samples: Vec<f32> = bytes[..whole].chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
            if !samples.is_empty() {
                take(&samples, channels)?;
            }
            bytes.copy_within(whole..kept + count, 0);
            kept = kept + count - whole;
        }
    }

    /// Reads the head of the WAV that ffmpeg writes: how many channels; none when nothing comes.
    fn head(&mut self) -> Option<usize> {
        let mut channels = None;
        let mut riff = [0; 12];
        self.output.read_exact(&mut riff).ok()?;
        loop {
            let mut chunk = [0; 8];
            self.output.read_exact(&mut chunk).ok()?;
            if &chunk[..4] == b"data" {
                return channels.filter(|channels| (1..=64).contains(channels));
            }
            let size = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
            let mut body = Vec::new();
            (&mut self.output).take(u64::from(size.min(65_536))).read_to_end(&mut body).ok()?;
            if &chunk[..4] == b"fmt " {
                channels = body.get(2..4).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])));
            }
        }
    }
}

impl Drop for FfmpegProcess {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// In the search path, or where it is usually put.
fn ffmpeg() -> Option<PathBuf> {
    let name = if cfg!(target_os = "windows") { "ffmpeg.exe" } else { "ffmpeg" };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/local/bin", "/opt/homebrew/bin", "C:\\ffmpeg\\bin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(usual).map(|folder| folder.join(name)).find(|path| path.is_file())
}
