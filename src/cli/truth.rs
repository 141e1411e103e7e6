//! A folder of sound with its truth: who spoke when in `NAME.rttm`, or with the words too in `NAME.json`, as the samples have it; of the clips tells `manifest.json`.

use super::{SAID, notice};
use crate::conference::{Millis, Span};
use crate::error::{Error, ErrorKind, Result};
use crate::work::samples::Truth;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// No reference goes on longer; a larger number is a slip of the pen, and would only cost memory.
const LONGEST_S: f64 = 24.0 * 3600.0;
/// What may stand beside a sound of the same name without being sound.
const NOT_SOUND: [&str; 5] = ["rttm", "json", "txt", "csv", "uem"];

/// What `manifest.json` may tell of a clip. Anything else in it is left alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ClipManifest {
    pub kind: Option<String>,
    pub teacher: Option<String>,
    pub speakers: Option<usize>,
    pub snr: Option<f64>,
    pub prototype: Option<Prototype>,
}

/// Figures of another implementation, printed beside ours.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Prototype {
    pub der0: f64,
    pub der25: f64,
    pub conf: f64,
    pub share_err: f64,
}

/// Says the sentence here, where the file's name is known.
pub(super) fn bad_input(sentence: String) -> Error {
    notice(&sentence);
    Error::new(ErrorKind::BadRequest, SAID, sentence)
}

pub(super) fn manifest(folder: &Path) -> Result<BTreeMap<String, ClipManifest>> {
    let path = folder.join("manifest.json");
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|err| bad_input(format!("{}: not a manifest as expected: {err}.", path.display()))),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(err) => Err(Error::reading("reading the manifest", err)),
    }
}

/// A sound with its truth.
pub(super) struct Clip {
    pub name: String,
    pub sound: PathBuf,
    rttm: Option<PathBuf>,
    json: Option<PathBuf>,
}

/// What is true of a clip.
pub(super) struct KnownTruth {
    /// Who spoke when.
    pub spans: Vec<(Span, String)>,
    /// What each of them said, turn by turn; none where words are not known.
    pub turns: Vec<(String, String)>,
}

impl Clip {
    /// # Errors
    /// When the truth cannot be read, which is said.
    pub fn truth(&self) -> Result<KnownTruth> {
        let read = |path: &Path| std::fs::read(path).map_err(|err| Error::reading("reading what is true of a clip", err));
        let truth: Option<Truth> = match &self.json {
            // Beside an RTTM it may be anything else.
            Some(path) if self.rttm.is_some() => serde_json::from_slice(&read(path)?).ok(),
            Some(path) => {
                Some(serde_json::from_slice(&read(path)?).map_err(|err| bad_input(format!("{}: not turns and words as expected: {err}.", path.display())))?)
            }
            None => None,
        };
        let turns_of = |truth: &Truth| truth.turns.iter().map(|turn| (turn.text.clone(), turn.speaker.clone())).collect();
        let spoken = |truth: &Truth| truth.turns.iter().map(|turn| (Span::from_secs(turn.start_s, turn.end_s), turn.speaker.clone())).collect();
        let spans = match &self.rttm {
            Some(path) => parse_rttm(&String::from_utf8_lossy(&read(path)?), &self.name).map_err(|err| bad_input(format!("{}: {err}", path.display())))?,
            None => truth.as_ref().map(spoken).unwrap_or_default(),
        };
        Ok(KnownTruth { spans, turns: truth.as_ref().map(turns_of).unwrap_or_default() })
    }
}

/// Each sound with a truth beside it, by name. One without the other is said and left out.
///
/// # Errors
/// When there is none, or the folder cannot be opened, which is said.
pub(super) fn clips(folder: &Path) -> Result<Vec<Clip>> {
    let entries = std::fs::read_dir(folder).map_err(|err| bad_input(format!("{}: this folder can’t be opened ({err}).", folder.display())))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    let ending = |path: &Path| path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let beside = |sound: &Path, kind: &str| files.iter().find(|path| path.file_stem() == sound.file_stem() && ending(path) == kind).cloned();
    let is_sound = |path: &&PathBuf| !NOT_SOUND.contains(&ending(path).as_str());
    let mut clips = Vec::new();
    for sound in files.iter().filter(is_sound) {
        let (rttm, json, name) = (beside(sound, "rttm"), beside(sound, "json"), sound.file_stem().unwrap_or_default().to_string_lossy().into_owned());
        if rttm.is_none() && json.is_none() {
            notice(&format!("{}: no truth of the same name (RTTM or JSON); left out.", sound.display()));
        } else if !clips.iter().any(|clip: &Clip| clip.name == name) {
            clips.push(Clip { name, sound: sound.clone(), rttm, json });
        }
    }
    for rttm in files.iter().filter(|path| ending(path) == "rttm" && !files.iter().filter(is_sound).any(|sound| sound.file_stem() == path.file_stem())) {
        notice(&format!("{}: no sound of the same name; left out.", rttm.display()));
    }
    if clips.is_empty() { Err(bad_input(format!("{}: no sound with an RTTM of the same name in this folder.", folder.display()))) } else { Ok(clips) }
}

/// The speech of the file called `stem`, or, when none is, of all the files in it.
fn parse_rttm(text: &str, stem: &str) -> Result<Vec<(Span, String)>, String> {
    let mut all = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if fields.first() != Some(&"SPEAKER") {
            continue;
        }
        let seconds = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).filter(|value| (0.0..=LONGEST_S).contains(value));
        let (Some(start), Some(length), Some(name)) = (seconds(3), seconds(4), fields.get(7)) else {
            return Err(format!("line {} is not RTTM.", number + 1));
        };
        all.push((fields[1], Span::from_secs(start, start + length), (*name).to_owned()));
    }
    let of_this = |file: &str| file == stem;
    let any = all.iter().any(|(file, ..)| of_this(file));
    Ok(all.into_iter().filter(|(file, span, _)| (!any || of_this(file)) && span.length() > Millis::ZERO).map(|(_, span, name)| (span, name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rttm_is_read_as_tools_write_it() {
        let text =
            "\u{feff};; a comment\nSPKR-INFO clip 1 <NA>\nSPEAKER clip 1 0.50 1.25 <NA> <NA> MÉO069 <NA> <NA>\nSPEAKER other 1 9 1 <NA> <NA> B <NA> <NA>\n";
        assert_eq!(parse_rttm(text, "clip").unwrap(), [(Span::from_secs(0.5, 1.75), "MÉO069".to_owned())]);
        assert_eq!(parse_rttm(text, "renamed").unwrap().len(), 2);
    }

    #[test]
    fn a_line_that_is_not_rttm_is_named() {
        for bad in ["SPEAKER clip 1 zero 1 <NA> <NA> A", "SPEAKER clip 1 0 -1 <NA> <NA> A", "SPEAKER clip 1 0 1", "SPEAKER clip 1 0 1e300 <NA> <NA> A"] {
            assert_eq!(parse_rttm(&format!(";; head\n{bad}\n"), "clip").unwrap_err(), "line 2 is not RTTM.", "{bad}");
        }
    }

    #[test]
    fn the_truth_is_an_rttm_or_turns_with_their_words_and_with_both_each_says_what_it_knows() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let turns = r#"{"title": "", "student_name": "A", "duration_s": 3, "turns": [{"start_s": 0.5, "end_s": 1, "speaker": "student", "text": "Me too."}]}"#;
        write("words.flac", "");
        write("words.json", turns);
        write("both.opus", "");
        write("both.json", turns);
        write("both.rttm", "SPEAKER both 1 2 1 <NA> <NA> student <NA> <NA>\n");
        write("times.wav", "");
        write("times.json", "{}");
        write("times.rttm", "SPEAKER times 1 2 1 <NA> <NA> S <NA> <NA>\n");
        write("alone.wav", "");
        write("lost.rttm", "");
        let found = clips(folder.path()).unwrap();
        let truths: Vec<(&str, KnownTruth)> = found.iter().map(|clip| (clip.name.as_str(), clip.truth().unwrap())).collect();
        let said = || vec![("Me too.".to_owned(), "student".to_owned())];
        let (early, late) = (Span::from_secs(0.5, 1.0), Span::from_secs(2.0, 3.0));
        assert_eq!(truths.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["both", "times", "words"]);
        assert_eq!((truths[0].1.spans.clone(), truths[0].1.turns.clone()), (vec![(late, "student".to_owned())], said()));
        assert_eq!((truths[1].1.spans.clone(), truths[1].1.turns.len()), (vec![(late, "S".to_owned())], 0));
        assert_eq!((truths[2].1.spans.clone(), truths[2].1.turns.clone()), (vec![(early, "student".to_owned())], said()));
        write("words.json", "{}");
        assert!(clips(folder.path()).unwrap()[2].truth().is_err());
    }
}
