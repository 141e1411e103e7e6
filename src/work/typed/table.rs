//! Tables as text: what a spreadsheet saves, and what some programs write of speech.

use super::labels::label;

/// Who speaks, or when, and what is said stand in columns with these names.
const WHO: [&str; 4] = ["speaker", "name", "who", "sprecher"];
const WHEN: [&str; 1] = ["start"];
const WHAT: [&str; 8] = ["text", "what was said", "transcript", "words", "utterance", "content", "said", "what"];

/// The cells of a table with tabs between, where the text is one that says what its columns are.
pub(super) fn cells(text: &str) -> Option<String> {
    let head = text.trim_start_matches('\u{feff}').lines().next()?;
    let by = [',', ';', '\t'].into_iter().max_by_key(|sign| head.matches(*sign).count())?;
    let names: Vec<String> = head.split(by).map(|name| name.trim().trim_matches('"').to_lowercase()).collect();
    let column = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
    let (who, what) = (column(&WHO).or_else(|| column(&WHEN))?, column(&WHAT)?);
    // WhisperX: thousandths of a second, without a speaker of their own.
    let millis = (names == ["start", "end", "text"]).then_some(());
    if by == '\t' && millis.is_none() {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(by).ok()?)
        .flexible(true)
        .quoting(by != '\t')
        .has_headers(false)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut lines = String::new();
    for record in reader.records() {
        let record = record.ok()?;
        let mut cells: Vec<String> = record.iter().map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        if let (Some(()), Some(start)) = (millis, cells.first().and_then(|start| start.parse::<f64>().ok())) {
            // Whole numbers are thousandths.
            let secs = if cells[0].contains('.') { start } else { start / 1000.0 };
            let (hours, mins) = ((secs / 3600.0) as u64, (secs / 60.0) as u64 % 60);
            cells = vec![format!("[{hours:02}:{mins:02}:{:06.3}] {}", secs % 60.0, cells.get(what).cloned().unwrap_or_default())];
        }
        // Who stands behind what was said comes first.
        if who > what {
            // A row that ends before is nobody's.
            cells.resize(cells.len().max(who + 1), String::new());
            cells[..=who].rotate_right(1);
        }
        lines += &cells.join("\t");
        lines.push('\n');
    }
    Some(lines)
}

/// A table in which each speaks in a column of their own becomes lines with labels; what stands in columns behind what was said is nobody's words.
pub(super) fn columns(text: &str) -> (String, Vec<String>) {
    let cells = |line: &'_ str| line.trim_end().split('\t').map(|cell| cell.trim().to_owned()).collect::<Vec<String>>();
    let Some(head) = text.lines().find(|line| line.trim().contains('\t')).map(cells) else { return (text.to_owned(), Vec::new()) };
    let what = head.iter().position(|name| WHAT.contains(&name.to_lowercase().as_str())).filter(|what| what + 1 < head.len());
    let rows = || text.lines().filter(|line| line.contains('\t')).skip(1);
    let is_one = |line: &&str| line.trim_end().split('\t').filter(|cell| !cell.trim().is_empty()).count() == 1;
    let speakers: Vec<_> = head.iter().filter_map(|name| label(name)).collect();
    let each = head.len() == 2 && speakers.len() == 2 && speakers.iter().any(|one| one.says_teacher() || one.has_title());
    if !each && what.is_none() || each && (rows().filter(is_one).count() * 2 < rows().count() || rows().count() < 3) {
        return (text.to_owned(), Vec::new());
    }
    let (mut lines, mut beside, mut is_head) = (String::new(), Vec::new(), true);
    for line in text.lines() {
        if !line.contains('\t') || (is_head && !each) {
            is_head &= !line.contains('\t');
            lines += line;
        } else if let (Some(what), false) = (what, each) {
            let cells = cells(line);
            beside.extend(cells.iter().skip(what + 1).filter(|cell| !cell.is_empty()).cloned());
            lines += &cells[..cells.len().min(what + 1)].join("\t");
        } else if !std::mem::take(&mut is_head) {
            beside.extend(cells(line).into_iter().skip(head.len()).filter(|cell| !cell.is_empty()));
            let said = cells(line).into_iter().zip(&head).filter(|(said, _)| !said.is_empty()).map(|(said, name)| format!("{name}: {said}"));
            lines += &said.collect::<Vec<_>>().join("\n");
        }
        lines.push('\n');
    }
    (lines, beside)
}
