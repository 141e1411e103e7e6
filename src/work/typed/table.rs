//! Tables as text: what a spreadsheet saves, and what some programs write of speech.

use super::labels::label;

/// Who speaks, or when, and what is said stand in columns with these names.
const WHO: [&str; 7] = ["speaker", "name", "who", "sprecher", "speaker name", "speaker_name", "participant"];
const WHEN: [&str; 9] = ["start", "start_time", "start time", "start (s)", "begin", "begin time", "timestamp", "time", "in"];
const UNTIL: [&str; 6] = ["end", "end_time", "end time", "end (s)", "stop", "out"];
const WHAT: [&str; 8] = ["text", "what was said", "transcript", "words", "utterance", "content", "said", "what"];

/// The cells of a table with tabs between, where the text is one that says what its columns are.
pub(super) fn cells(text: &str) -> Option<String> {
    let head = text.trim_start_matches('\u{feff}').lines().next()?;
    let by = [',', ';', '\t'].into_iter().max_by_key(|sign| head.matches(*sign).count())?;
    let names: Vec<String> = head.split(by).map(|name| name.trim().trim_matches('"').to_lowercase()).collect();
    let column = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
    let (who, when, until) = (column(&WHO), column(&WHEN), column(&UNTIL));
    let (first, what) = (who.or(when)?, column(&WHAT)?);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(by).ok()?)
        .flexible(true)
        .quoting(by != '\t')
        .has_headers(false)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let tidy = |cell: &str| cell.split_whitespace().collect::<Vec<_>>().join(" ");
    let records: Option<Vec<Vec<String>>> = reader.records().map(|record| Some(record.ok()?.iter().map(tidy).collect())).collect();
    let records = records?;
    let number = |cells: &[String], at: Option<usize>| at.and_then(|at| cells.get(at)).and_then(|cell| cell.parse::<f64>().ok());
    let times: Vec<f64> = records.iter().filter_map(|cells| number(cells, when)).collect();
    // A table with tabs is read as it is, where its times are written as times.
    if by == '\t' && times.is_empty() {
        return None;
    }
    // Whole numbers throughout are thousandths, where seconds would be hours.
    let is_whole = records.iter().filter_map(|cells| cells.get(when?)).all(|cell| !cell.contains('.'));
    let size = if is_whole && times.last().is_some_and(|last| *last > 100.0 * times.len() as f64 && *last >= 1000.0) { 1000.0 } else { 1.0 };
    let clock = |secs: f64| {
        let secs = secs / size;
        let (hours, mins) = ((secs / 3600.0) as u64, (secs / 60.0) as u64 % 60);
        format!("{hours:02}:{mins:02}:{:06.3}", secs % 60.0)
    };
    let mut lines = String::new();
    for mut cells in records {
        let (start, end) = (number(&cells, when), number(&cells, until));
        if let (Some(when), Some(start)) = (when, start.filter(|start| (0.0..1e9).contains(start))) {
            cells[when] = match end.filter(|end| *end >= start) {
                Some(end) => format!("[{} --> {}]", clock(start), clock(end)),
                None => format!("[{}]", clock(start)),
            };
        }
        // The end stands with the beginning now, over the column too.
        let mut moved = |from: usize, into: usize| {
            if from < cells.len() && into < cells.len() {
                let end = cells.remove(from);
                if number(std::slice::from_ref(&end), Some(0)).is_none() {
                    let into = if from < into { into - 1 } else { into };
                    cells[into] = format!("{} {end}", cells[into]);
                }
            }
        };
        let is_gone = until.zip(when).filter(|_| !times.is_empty());
        if let Some((until, when)) = is_gone {
            moved(until, when);
        }
        let less = |at: usize| at - usize::from(is_gone.is_some_and(|(until, _)| until < at));
        let (first, what) = (less(first), less(what));
        // Who stands behind what was said comes first.
        if first > what {
            // A row that ends before is nobody's.
            cells.resize(cells.len().max(first + 1), String::new());
            cells[..=first].rotate_right(1);
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
