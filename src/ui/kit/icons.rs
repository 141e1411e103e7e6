//! The Phosphor icons in use, by name; `Icon::fill` picks the filled face.

/// One icon: a character of one of the two icon fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icon {
    /// The character in the private use area.
    pub glyph: char,
    /// Drawn from the filled face.
    pub filled: bool,
}

const fn regular(glyph: char) -> Icon {
    Icon { glyph, filled: false }
}

impl Icon {
    /// The same icon from the filled face.
    #[must_use]
    pub const fn fill(self) -> Self {
        Self { filled: true, ..self }
    }
}

/// `bell-simple`.
pub const BELL_SIMPLE: Icon = regular('\u{E0D0}');
/// `microphone`.
pub const MICROPHONE: Icon = regular('\u{E326}');
/// `microphone-slash`.
pub const MICROPHONE_SLASH: Icon = regular('\u{E328}');
/// `chat-teardrop-text`.
pub const CHAT_TEARDROP_TEXT: Icon = regular('\u{E178}');
/// `chart-line-up`.
pub const CHART_LINE_UP: Icon = regular('\u{E156}');
/// `gear-six`.
pub const GEAR_SIX: Icon = regular('\u{E272}');
/// `lock-simple`.
pub const LOCK_SIMPLE: Icon = regular('\u{E308}');
/// `lock-key`.
pub const LOCK_KEY: Icon = regular('\u{E2FE}');
/// `magnifying-glass`.
pub const MAGNIFYING_GLASS: Icon = regular('\u{E30C}');
/// `caret-down`.
pub const CARET_DOWN: Icon = regular('\u{E136}');
/// `caret-right`.
pub const CARET_RIGHT: Icon = regular('\u{E13A}');
/// `caret-up`.
pub const CARET_UP: Icon = regular('\u{E13C}');
/// `check`.
pub const CHECK: Icon = regular('\u{E182}');
/// `check-circle`.
pub const CHECK_CIRCLE: Icon = regular('\u{E184}');
/// `clock`.
pub const CLOCK: Icon = regular('\u{E19A}');
/// What is old.
pub const CLOCK_COUNTER_CLOCKWISE: Icon = regular('\u{E1A0}');
/// `x`.
pub const X: Icon = regular('\u{E4F6}');
/// `plus`.
pub const PLUS: Icon = regular('\u{E3D4}');
/// `trash`.
pub const TRASH: Icon = regular('\u{E4A6}');
/// `download-simple`.
pub const DOWNLOAD_SIMPLE: Icon = regular('\u{E20C}');
/// `export`.
pub const EXPORT: Icon = regular('\u{EAF0}');
/// `pencil-simple`.
pub const PENCIL_SIMPLE: Icon = regular('\u{E3B4}');
/// `arrow-left`.
pub const ARROW_LEFT: Icon = regular('\u{E058}');
/// `arrow-right`.
pub const ARROW_RIGHT: Icon = regular('\u{E06C}');
/// `play`.
pub const PLAY: Icon = regular('\u{E3D0}');
/// `pause`.
pub const PAUSE: Icon = regular('\u{E39E}');
/// `stop`.
pub const STOP: Icon = regular('\u{E46C}');
/// `bookmark-simple`.
pub const BOOKMARK_SIMPLE: Icon = regular('\u{E0EA}');
/// `rewind`.
pub const REWIND: Icon = regular('\u{E6A8}');
/// `repeat`.
pub const REPEAT: Icon = regular('\u{E3F6}');
/// `fast-forward`.
pub const FAST_FORWARD: Icon = regular('\u{E6A6}');
/// `student`.
pub const STUDENT: Icon = regular('\u{E73E}');
/// `chalkboard-teacher`.
pub const CHALKBOARD_TEACHER: Icon = regular('\u{E600}');
/// `users-three`.
pub const USERS_THREE: Icon = regular('\u{E68E}');
/// `ear`.
pub const EAR: Icon = regular('\u{E70C}');
/// `hand-heart`.
pub const HAND_HEART: Icon = regular('\u{E810}');
/// `lightbulb`.
pub const LIGHTBULB: Icon = regular('\u{E2DC}');
/// `link-simple`.
pub const LINK_SIMPLE: Icon = regular('\u{E2E6}');
/// `hourglass-medium`.
pub const HOURGLASS_MEDIUM: Icon = regular('\u{E2B8}');
/// `waveform`.
pub const WAVEFORM: Icon = regular('\u{E802}');
/// `folder-open`.
pub const FOLDER_OPEN: Icon = regular('\u{E256}');
/// `shield-check`.
pub const SHIELD_CHECK: Icon = regular('\u{E40C}');
/// `eye-slash`.
pub const EYE_SLASH: Icon = regular('\u{E224}');
/// `moon`.
pub const MOON: Icon = regular('\u{E330}');
/// `sun`.
pub const SUN: Icon = regular('\u{E472}');
/// `text-aa`.
pub const TEXT_AA: Icon = regular('\u{E6EE}');
/// `translate`.
pub const TRANSLATE: Icon = regular('\u{E4A2}');
/// `notebook`.
pub const NOTEBOOK: Icon = regular('\u{E34E}');
/// `speaker-high`.
pub const SPEAKER_HIGH: Icon = regular('\u{E44A}');
/// `calendar-blank`.
pub const CALENDAR_BLANK: Icon = regular('\u{E10A}');
/// `file-text`.
pub const FILE_TEXT: Icon = regular('\u{E23A}');
/// `play-circle`.
pub const PLAY_CIRCLE: Icon = regular('\u{E3D2}');
/// `warning`.
pub const WARNING: Icon = regular('\u{E4E0}');
/// `arrow-counter-clockwise`.
pub const ARROW_COUNTER_CLOCKWISE: Icon = regular('\u{E038}');
/// `arrow-clockwise`.
pub const ARROW_CLOCKWISE: Icon = regular('\u{E036}');
/// `copy`.
pub const COPY: Icon = regular('\u{E1CA}');
/// `info`.
pub const INFO: Icon = regular('\u{E2CE}');
/// `swap`.
pub const SWAP: Icon = regular('\u{E83C}');
/// `user`.
pub const USER: Icon = regular('\u{E4C2}');
/// `hard-drives`.
pub const HARD_DRIVES: Icon = regular('\u{E2A0}');
/// `keyboard`.
pub const KEYBOARD: Icon = regular('\u{E2D8}');
/// `dots-three`.
pub const DOTS_THREE: Icon = regular('\u{E1FE}');
/// `ear-slash`.
pub const EAR_SLASH: Icon = regular('\u{E70E}');
/// `file-doc`.
pub const FILE_DOC: Icon = regular('\u{EB1E}');
/// `file-pdf`.
pub const FILE_PDF: Icon = regular('\u{E702}');
/// `globe-simple`.
pub const GLOBE_SIMPLE: Icon = regular('\u{E28E}');
/// `markdown-logo`.
pub const MARKDOWN_LOGO: Icon = regular('\u{E508}');
/// `closed-captioning`.
pub const CLOSED_CAPTIONING: Icon = regular('\u{E1A4}');
/// `package`.
pub const PACKAGE: Icon = regular('\u{E390}');
/// `table`.
pub const TABLE: Icon = regular('\u{E476}');
