//! What takes long and several tests begin with: made once, by whichever test needs it first, and a copy for each. Each test is a process of its own, so
//! what they share lies on the disk.
//!
//! It is known by the SHA-256 of the program, of all that goes into it and of how it was asked: another program, model or sound makes it anew.

use super::samples::sample_files;
use super::{PROGRAM, TestEnv};
use afterbell::audio::{sha256_of, sha256_of_bytes};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Beside what is built, so that whoever clears that away clears this away.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("shared")
}

/// The key of what this program makes of the sample, the models and what `asked` tells.
fn key(sample: &str, asked: &str) -> String {
    let mut inputs = vec![PathBuf::from(PROGRAM)];
    inputs.extend(sample_files(sample));
    let models = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap().map(|file| file.unwrap().path());
    let mut models: Vec<PathBuf> = models.filter(|path| path.is_file()).collect();
    models.sort();
    inputs.extend(models);
    let sums: Vec<String> = inputs.iter().map(|path| sha256_of(path).unwrap()).collect();
    sha256_of_bytes(format!("{asked}\n{}", sums.join("\n")).as_bytes())
}

/// Fills the library of a test with a copy of what `make` leaves in one. `name`: what it is; `sample`: of which sample; `asked`: all that `make` asks for.
pub fn copy_into(env: &TestEnv, name: &str, (sample, asked): (&str, &str), make: impl FnOnce(&TestEnv)) {
    let key = key(sample, asked);
    let all = folder();
    std::fs::create_dir_all(&all).unwrap();
    let kept = all.join(format!("{name}-{}", &key[..32]));
    // One at a time makes it; the others wait, and find it. The lock goes with the process that holds it.
    let lock = File::create(all.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    if !kept.exists() {
        // What another program has made nobody asks for any more.
        for old in std::fs::read_dir(&all).unwrap().map(|entry| entry.unwrap().path()) {
            let is_of_this = old.file_name().unwrap().to_string_lossy().strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
            if is_of_this {
                std::fs::remove_dir_all(old).unwrap();
            }
        }
        let made = TestEnv::new();
        make(&made);
        // Whole, or not there: a test that is ended in the middle leaves nothing under this name.
        let half = all.join(format!("{name}-half"));
        copy(&made.library(), &half);
        std::fs::rename(half, &kept).unwrap();
    }
    copy(&kept, &env.library());
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            std::fs::copy(path, copied).unwrap();
        }
    }
}

/// Of two tests that need the same it is made by one, and what one of them does to its copy the other does not see.
#[test]
fn what_is_shared_is_made_once_and_a_copy_for_each() {
    let name = format!("test{}", std::process::id());
    let mut made = 0;
    let mut get = |asked: &str| {
        let env = TestEnv::new();
        copy_into(&env, &name, ("leo", asked), |env| {
            made += 1;
            std::fs::create_dir_all(env.recordings()).unwrap();
            std::fs::write(env.recordings().join("a"), asked).unwrap();
        });
        let found = std::fs::read_to_string(env.recordings().join("a")).unwrap();
        std::fs::write(env.recordings().join("a"), "altered").unwrap();
        found
    };
    assert_eq!([get("one"), get("one"), get("two"), get("one")], ["one", "one", "two", "one"]);
    assert_eq!(made, 3, "asked otherwise it is another, and the one before is gone");
    for entry in std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap()) {
        if entry.file_name().to_string_lossy().starts_with(&name) {
            let path = entry.path();
            if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
        }
    }
}
