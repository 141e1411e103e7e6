//! Formats nobody may ship a decoder for, or nobody has written one for: read by an ffmpeg that is on this computer already.

use super::convert::SPEECH_RATE_HZ;
use crate::error::{Error, ErrorKind, Result, SoundFormat};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What a file that the built-in decoders refuse looks like by its first bytes; none when it looks like no sound at all.
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
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A' | b'W', b'V' | b'A', ..] | [b'.', b's', b'n', b'd', ..] => SoundFormat::Other,
        // An AAC stream without a container; HE-AAC looks no different.
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => SoundFormat::HeAac,
        _ => return None,
    })
}

/// A telephone sends nothing in a pause (discontinuous transmission of AMR): silence stands for what was not sent, or all that follows would come too early.
const KEEPS_TIME: &str = "aresample=async=1:first_pts=0:min_hard_comp=0.01";

/// Decodes with ffmpeg to 16 kHz mono.
///
/// # Errors
/// [`ErrorKind::NeedsHelp`] when there is no ffmpeg, [`ErrorKind::NotASoundFile`] when it finds no sound either; what `check` or `take` said.
pub(super) fn decode(path: &Path, format: SoundFormat, check: &mut dyn FnMut(f32) -> Result<()>, take: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
    let doing = "reading a sound file with ffmpeg";
    let failed = |err: String| Error::new(ErrorKind::NeedsHelp(format), doing, err);
    let program = ffmpeg().ok_or_else(|| failed("there is no ffmpeg on this computer".into()))?;
    let mut running = Running::start(&program, path).map_err(|err| failed(err.to_string()))?;
    let mut bytes = vec![0; 32_768];
    let mut kept = 0;
    let mut heard = 0;
    loop {
        let count = running.output.read(&mut bytes[kept..]).map_err(|err| Error::reading(doing, err))?;
        if count == 0 {
            break;
        }
        let whole = (kept + count) / 2 * 2;
        let samples: Vec<f32> = bytes[..whole].chunks_exact(2).map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0).collect();
        heard += samples.len();
        take(&samples)?;
        // How long it will be is not known; what matters is that it can be stopped.
        check(0.5)?;
        bytes.copy_within(whole..kept + count, 0);
        kept = kept + count - whole;
    }
    let status = running.child.wait().map_err(|err| failed(err.to_string()))?;
    if heard == 0 { Err(Error::new(ErrorKind::NotASoundFile, doing, format!("no sound came, {status}"))) } else { Ok(()) }
}

/// Ended when it goes out of use, whatever happened.
struct Running {
    child: Child,
    output: std::process::ChildStdout,
}

impl Running {
    fn start(program: &Path, file: &Path) -> std::io::Result<Self> {
        // Only this one file: a playlist in disguise must fetch nothing, from the disk or from the net.
        let mut input = std::ffi::OsString::from("file:");
        input.push(std::path::absolute(file)?);
        let mut child = Command::new(program)
            .args(["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-i"])
            .arg(input)
            .args(["-vn", "-sn", "-dn", "-af", KEEPS_TIME, "-ac", "1", "-ar", &SPEECH_RATE_HZ.to_string(), "-f", "s16le", "pipe:1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        match child.stdout.take() {
            Some(output) => Ok(Self { child, output }),
            None => Err(std::io::Error::other("no pipe")),
        }
    }
}

impl Drop for Running {
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
