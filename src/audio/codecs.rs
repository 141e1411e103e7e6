//! The decoders and container readers of the library, opened as they are wanted here, and what is said when they refuse.

use crate::error::{Error, ErrorKind, Result, SoundFormat};
use std::sync::LazyLock;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64BE, CODEC_ID_PCM_F64LE};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia_adapter_libopus::OpusDecoder;

/// What is being done, for errors.
pub(super) const DOING: &str = "reading a sound file";

static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<OpusDecoder>();
    codecs
});

/// A decoder for these packets. It leaves nothing out by itself: what is to be heard is decided by the clock.
///
/// # Errors
/// [`ErrorKind::NeedsHelp`] for a codec that is not known here.
pub(super) fn decoder(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>> {
    let mut params = params.clone();
    if params.codec == CODEC_ID_OPUS {
        // Its head makes the decoder leave out the encoder's delay, wherever it is begun.
        params.extra_data = None;
    }
    CODECS.make_audio_decoder(&params, &AudioDecoderOptions::default().gapless(false)).map_err(|err| {
        let format = if params.codec == CODEC_ID_AAC { SoundFormat::HeAac } else { SoundFormat::Other };
        Error::new(ErrorKind::NeedsHelp(format), DOING, err.to_string())
    })
}

/// Whether samples of this codec are floating-point numbers: what goes beyond full scale in them was never cut off.
pub(super) fn is_float(params: &AudioCodecParameters) -> bool {
    [CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_F64BE].contains(&params.codec)
}

/// A container of the library.
pub(super) fn open_with(
    source: impl MediaSource + 'static,
    open: impl FnOnce(MediaSourceStream<'static>, FormatOptions) -> symphonia::core::errors::Result<Box<dyn FormatReader>>,
) -> Result<Box<dyn FormatReader>> {
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    open(stream, FormatOptions::default()).map_err(|err| refused(err.to_string()))
}

/// It is no sound.
pub(super) fn refused(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::NotASoundFile, DOING, why)
}

/// The disk does not give it.
pub(super) fn unreadable(err: std::io::Error) -> Error {
    Error::reading(DOING, err)
}
