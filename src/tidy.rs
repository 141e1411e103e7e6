//! Keeps the arrows of the map in `lib.rs` true: between layers, between the folders of a layer, and between files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who may name whom: a layer and the layers (or crates) its files must not name.
const FORBIDDEN: [(&str, &[&str]); 7] = [
    ("conference", &["audio", "speech", "library", "export", "work", "ui", "cli", "error", "files", "settings", "log"]),
    ("audio", &["speech", "library", "export", "work", "ui", "cli"]),
    ("speech", &["library", "export", "work", "ui", "cli"]),
    ("library", &["audio", "speech", "export", "work", "ui", "cli"]),
    ("export", &["audio", "speech", "library", "work", "ui", "cli"]),
    ("work", &["ui", "cli"]),
    ("ui", &["audio", "speech", "library", "export", "cli"]),
];

/// A thing only some files may name.
const ONLY: [(&str, &[&str]); 8] = [
    ("whisper_rs::", &["speech/whisper.rs"]),
    ("rten::", &["speech/network.rs"]),
    ("rusqlite::", &["library/"]),
    ("cpal::", &["audio/"]),
    ("ureq::", &["work/download_request.rs"]),
    ("std::net", &[]),
    ("std::fs", &["audio/", "library/", "speech/", "work/", "files.rs", "settings", "log.rs", "cli"]),
    ("std::thread", &["audio/", "speech/engine", "work/", "cli/recording.rs"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_layers_and_their_arrows_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 40);
    for path in files.iter().filter(|path| !path.ends_with("lib.rs") && !path.ends_with("tidy.rs") && !TESTS.iter().any(|test| path.ends_with(test))) {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(path).unwrap();
        // Tests may look wherever they need to.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for (layer, forbidden) in FORBIDDEN {
                for other in forbidden.iter().filter(|_| name.starts_with(&format!("{layer}/"))) {
                    assert!(!line.contains(&format!("crate::{other}")), "{name}:{}: {layer} must not name {other}", number + 1);
                }
            }
            for (thing, places) in ONLY {
                let allowed = places.iter().any(|place| name.starts_with(place));
                assert!(allowed || !line.contains(thing), "{name}:{}: {thing} does not belong here", number + 1);
            }
        }
    }
}

/// Folders of a layer, each with those it may not name: what is assembled names what it is assembled of.
const FOLDERS: [(&str, &[&str]); 7] = [
    ("conference/model", &["talk", "evidence", "edit"]),
    ("conference/talk", &["evidence", "edit"]),
    ("conference/evidence", &["edit"]),
    ("ui/kit", &["dialogs", "reflect", "screens", "app"]),
    ("ui/dialogs", &["reflect", "screens", "app"]),
    ("ui/reflect", &["screens", "app"]),
    ("ui/screens", &["app"]),
];

/// Files that are compiled for tests alone: they may look wherever they need to.
const TESTS: [&str; 3] = ["tests.rs", "fixture.rs", "check.rs"];

/// What a file names in the layer it belongs to, as paths from `src/`.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// All paths of a `use` tree.
fn leaves(before: &[&str], tree: &str, found: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap().split("::").map(str::trim);
        found.push(before.iter().copied().chain(path).filter(|part| !part.is_empty()).map(str::to_owned).collect());
        return;
    };
    let before: Vec<&str> = before.iter().copied().chain(head.split("::").map(str::trim).filter(|part| !part.is_empty())).collect();
    let inside = rest.trim_end().strip_suffix('}').unwrap();
    let (mut depth, mut from) = (0, 0);
    for (at, letter) in inside.char_indices().chain([(inside.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[from..at].trim().is_empty() {
                    leaves(&before, &inside[from..at], found);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// The paths that begin with `crate`, `super` or `self` in the code of a file, its tests left out.
fn paths(text: &str) -> Vec<Vec<String>> {
    let code = text.split("#[cfg(test)]").next().unwrap().lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let uses = regex::Regex::new(r"\buse\s+((?:crate|super|self)::[^;]*);").unwrap();
    let inline = regex::Regex::new(r"(in )?\b((?:crate|super)(?:::\w+)+)").unwrap();
    let mut found = Vec::new();
    uses.captures_iter(&code).for_each(|tree| leaves(&[], &tree[1], &mut found));
    let rest = uses.replace_all(&code, "");
    // `pub(in crate::…)` says who may see something; it names nothing.
    inline.captures_iter(&rest).filter(|path| path.get(1).is_none()).for_each(|path| leaves(&[], &path[2], &mut found));
    found
}

/// Who names whom within each layer.
fn arrows(root: &Path) -> Arrows {
    let mut files = Vec::new();
    sources(root, &mut files);
    files.retain(|path| !TESTS.iter().any(|test| path.ends_with(test)));
    let name_of = |path: &Path| path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    let module_of = |name: &str| {
        let mut module: Vec<String> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        module.pop_if(|last| last == "mod");
        module
    };
    let names: Vec<String> = files.iter().map(|path| name_of(path)).collect();
    let by_module: BTreeMap<Vec<String>, &String> = names.iter().map(|name| (module_of(name), name)).collect();
    let mut arrows = Arrows::new();
    for (path, name) in files.iter().zip(&names).filter(|(_, name)| name.contains('/')) {
        let module = module_of(name);
        for path in paths(&std::fs::read_to_string(path).unwrap()) {
            let up = path.iter().take_while(|part| *part == "super").count();
            let base = if path[0] != "crate" { &module[..module.len() - up] } else { &[] };
            let target: Vec<String> = base.iter().cloned().chain(path[up.max(1)..].iter().cloned()).collect();
            if target.first() != module.first() {
                continue;
            }
            let file = (1..=target.len()).rev().find_map(|length| by_module.get(&target[..length]).copied());
            let file = file.unwrap_or_else(|| panic!("{name} names `{}` of its own layer by the map: name the file it is in", target.join("::")));
            if file != name {
                arrows.entry(name.clone()).or_default().insert(file.clone());
            }
        }
    }
    arrows
}

/// A circle of files, if there is one: each names the next, the last names the first.
fn circle(arrows: &Arrows) -> Option<Vec<&str>> {
    fn walk<'a>(at: &'a str, arrows: &'a Arrows, path: &mut Vec<&'a str>, done: &mut BTreeSet<&'a str>) -> Option<Vec<&'a str>> {
        if let Some(first) = path.iter().position(|file| *file == at) {
            return Some(path[first..].to_vec());
        }
        if done.contains(at) {
            return None;
        }
        path.push(at);
        let found = arrows.get(at).into_iter().flatten().find_map(|next| walk(next, arrows, path, done));
        path.pop();
        done.insert(at);
        found
    }
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|file| walk(file, arrows, &mut Vec::new(), &mut done))
}

#[test]
fn no_files_of_a_layer_need_one_another_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let arrows = arrows(&root);
    assert!(arrows.len() > 100);
    if let Some(circle) = circle(&arrows) {
        panic!("a circle: {} -> {}", circle.join(" -> "), circle[0]);
    }
}

#[test]
fn the_folders_of_a_layer_and_their_arrows_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (from, named) in arrows(&root) {
        for (folder, forbidden) in FOLDERS.iter().filter(|(folder, _)| from.starts_with(&format!("{folder}/"))) {
            let layer = folder.split('/').next().unwrap();
            for other in *forbidden {
                let named = named.iter().find(|to| to.starts_with(&format!("{layer}/{other}/")) || **to == format!("{layer}/{other}.rs"));
                assert_eq!(named, None, "{from}: {folder} must not name {layer}/{other}");
            }
        }
    }
}

#[test]
fn a_circle_is_named() {
    let arrows = |pairs: &[(&str, &str)]| {
        let mut all = Arrows::new();
        for (from, to) in pairs {
            all.entry((*from).into()).or_default().insert((*to).into());
        }
        all
    };
    assert_eq!(circle(&arrows(&[("a", "b"), ("b", "c"), ("d", "a"), ("c", "b")])), Some(vec!["b", "c"]));
    assert_eq!(circle(&arrows(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    let found: Vec<String> = paths("use super::{a::{self, B}, c};\nfn f(x: crate::d::E) {}\n").iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["super::a::self", "super::a::B", "super::c", "crate::d::E"]);
}

/// A clone of the repository alone passes: what stands beside it on one computer is nowhere else.
#[test]
fn no_source_or_test_reads_outside_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let up = "..";
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    sources(&root.join("tests"), &mut files);
    assert!(files.len() > 100);
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let place = path.strip_prefix(root).unwrap();
        let depth = place.components().count() - 1;
        for (number, line) in text.lines().enumerate() {
            let at = format!("{}:{}", place.display(), number + 1);
            // From the repository's folder every way up leads out; from a file's folder as many as it lies deep are inside.
            assert!(!(line.contains("MANIFEST_DIR") && line.contains(&format!("{up}/"))), "{at} leads out of the repository");
            let included = line.contains("include_str!") || line.contains("include_bytes!") || line.contains("#[path");
            assert!(!(included && line.contains(&format!("{up}/").repeat(depth + 1))), "{at} includes a file from outside");
            for outside in [format!("{up}/shared"), ["/", "home", "/"].concat(), ["/", "work", "/"].concat()] {
                assert!(!line.contains(&outside), "{at} names {outside}");
            }
        }
    }
}
