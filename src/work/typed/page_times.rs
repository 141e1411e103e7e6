//! Ways to write times that mean one only where most lines of a page begin so: `00.06`, `0'06"`, `0min6s`.

use regex::{Captures, Regex};

/// The text with such beginnings of its lines in the one form that is read.
pub(super) fn as_clock(text: &str) -> String {
    let forms = [
        (r"^(?P<a>\d{1,2})\.(?P<b>\d\d)\s", "${a}:${b} "),
        (r#"^(?P<a>\d{1,3})['′](?P<b>\d\d)["″]\s"#, "${a}:${b} "),
        (r"^(?P<a>\d{1,3}) ?min ?(?P<b>\d{1,2}) ?s(?:ec)?\s", ""),
    ];
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    for (form, written) in forms {
        let Ok(form) = Regex::new(form) else { continue };
        let fits = lines.iter().filter(|line| form.is_match(line)).count();
        // In some layouts what is said stands on the next line.
        if fits >= 2 && fits * 5 >= lines.len() * 2 {
            let clock = |found: &Captures<'_>| {
                let mut out = String::new();
                if written.is_empty() {
                    out = format!("{}:{:0>2} ", &found["a"], &found["b"])
                } else {
                    found.expand(written, &mut out)
                }
                out
            };
            return text.split('\n').map(|line| form.replace(line, clock).into_owned()).collect::<Vec<_>>().join("\n");
        }
    }
    text.to_owned()
}
