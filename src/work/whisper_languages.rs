//! The languages that Whisper knows, by their own and their English names.

/// One language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// As Whisper calls it: `fr`.
    pub code: &'static str,
    /// "Français".
    pub own: &'static str,
    /// "French".
    pub english: &'static str,
}

const fn l(code: &'static str, own: &'static str, english: &'static str) -> Language {
    Language { code, own, english }
}

/// What stands for "guess it each time".
pub const GUESS: &str = "auto";

/// The language of a code; none for `auto` and for codes Whisper does not know.
#[must_use]
pub fn language(code: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.code == code)
}

/// All of them, by their English names. How well a model knows a language differs much: those with many speakers best.
pub const LANGUAGES: [Language; 100] = [
    l("af", "Afrikaans", "Afrikaans"),
    l("sq", "Shqip", "Albanian"),
    l("am", "አማርኛ", "Amharic"),
    l("ar", "العربية", "Arabic"),
    l("hy", "Հայերեն", "Armenian"),
    l("as", "অসমীয়া", "Assamese"),
    l("az", "Azərbaycanca", "Azerbaijani"),
    l("ba", "Башҡортса", "Bashkir"),
    l("eu", "Euskara", "Basque"),
    l("be", "Беларуская", "Belarusian"),
    l("bn", "বাংলা", "Bengali"),
    l("bs", "Bosanski", "Bosnian"),
    l("br", "Brezhoneg", "Breton"),
    l("bg", "Български", "Bulgarian"),
    l("my", "မြန်မာ", "Burmese"),
    l("yue", "粵語", "Cantonese"),
    l("ca", "Català", "Catalan"),
    l("zh", "中文", "Chinese"),
    l("hr", "Hrvatski", "Croatian"),
    l("cs", "Čeština", "Czech"),
    l("da", "Dansk", "Danish"),
    l("nl", "Nederlands", "Dutch"),
    l("en", "English", "English"),
    l("et", "Eesti", "Estonian"),
    l("fo", "Føroyskt", "Faroese"),
    l("fi", "Suomi", "Finnish"),
    l("fr", "Français", "French"),
    l("gl", "Galego", "Galician"),
    l("ka", "ქართული", "Georgian"),
    l("de", "Deutsch", "German"),
    l("el", "Ελληνικά", "Greek"),
    l("gu", "ગુજરાતી", "Gujarati"),
    l("ht", "Kreyòl ayisyen", "Haitian Creole"),
    l("ha", "Hausa", "Hausa"),
    l("haw", "ʻŌlelo Hawaiʻi", "Hawaiian"),
    l("he", "עברית", "Hebrew"),
    l("hi", "हिन्दी", "Hindi"),
    l("hu", "Magyar", "Hungarian"),
    l("is", "Íslenska", "Icelandic"),
    l("id", "Bahasa Indonesia", "Indonesian"),
    l("it", "Italiano", "Italian"),
    l("ja", "日本語", "Japanese"),
    l("jw", "Basa Jawa", "Javanese"),
    l("kn", "ಕನ್ನಡ", "Kannada"),
    l("kk", "Қазақша", "Kazakh"),
    l("km", "ខ្មែរ", "Khmer"),
    l("ko", "한국어", "Korean"),
    l("lo", "ລາວ", "Lao"),
    l("la", "Latina", "Latin"),
    l("lv", "Latviešu", "Latvian"),
    l("ln", "Lingála", "Lingala"),
    l("lt", "Lietuvių", "Lithuanian"),
    l("lb", "Lëtzebuergesch", "Luxembourgish"),
    l("mk", "Македонски", "Macedonian"),
    l("mg", "Malagasy", "Malagasy"),
    l("ms", "Bahasa Melayu", "Malay"),
    l("ml", "മലയാളം", "Malayalam"),
    l("mt", "Malti", "Maltese"),
    l("mi", "Māori", "Maori"),
    l("mr", "मराठी", "Marathi"),
    l("mn", "Монгол", "Mongolian"),
    l("ne", "नेपाली", "Nepali"),
    l("no", "Norsk", "Norwegian"),
    l("nn", "Nynorsk", "Norwegian Nynorsk"),
    l("oc", "Occitan", "Occitan"),
    l("ps", "پښتو", "Pashto"),
    l("fa", "فارسی", "Persian"),
    l("pl", "Polski", "Polish"),
    l("pt", "Português", "Portuguese"),
    l("pa", "ਪੰਜਾਬੀ", "Punjabi"),
    l("ro", "Română", "Romanian"),
    l("ru", "Русский", "Russian"),
    l("sa", "संस्कृतम्", "Sanskrit"),
    l("sr", "Српски", "Serbian"),
    l("sn", "ChiShona", "Shona"),
    l("sd", "سنڌي", "Sindhi"),
    l("si", "සිංහල", "Sinhala"),
    l("sk", "Slovenčina", "Slovak"),
    l("sl", "Slovenščina", "Slovenian"),
    l("so", "Soomaali", "Somali"),
    l("es", "Español", "Spanish"),
    l("su", "Basa Sunda", "Sundanese"),
    l("sw", "Kiswahili", "Swahili"),
    l("sv", "Svenska", "Swedish"),
    l("tl", "Tagalog", "Tagalog"),
    l("tg", "Тоҷикӣ", "Tajik"),
    l("ta", "தமிழ்", "Tamil"),
    l("tt", "Татарча", "Tatar"),
    l("te", "తెలుగు", "Telugu"),
    l("th", "ไทย", "Thai"),
    l("bo", "བོད་སྐད་", "Tibetan"),
    l("tr", "Türkçe", "Turkish"),
    l("tk", "Türkmençe", "Turkmen"),
    l("uk", "Українська", "Ukrainian"),
    l("ur", "اردو", "Urdu"),
    l("uz", "Oʻzbekcha", "Uzbek"),
    l("vi", "Tiếng Việt", "Vietnamese"),
    l("cy", "Cymraeg", "Welsh"),
    l("yi", "ייִדיש", "Yiddish"),
    l("yo", "Yorùbá", "Yoruba"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whisper_knows_every_language_of_the_list_and_the_list_every_one_of_whispers() {
        let known: std::collections::BTreeSet<_> = LANGUAGES.iter().map(|language| whisper_rs::get_lang_id(language.code).unwrap()).collect();
        assert_eq!(known.len(), LANGUAGES.len());
        assert_eq!(usize::try_from(whisper_rs::get_lang_max_id()).unwrap() + 1, LANGUAGES.len());
        assert!(LANGUAGES.is_sorted_by_key(|language| language.english));
        assert_eq!((language("fr").unwrap().own, language(GUESS)), ("Français", None));
    }
}
