//! How a file gets its name on the disk. Whatever happens in between, either all of it is there or nothing, and what somebody else put there stays.
//!
//! [`write_whole`] replaces: it is for files that are Afterbell's own. A file with a name that a person chose or will look for goes through [`SaveTo`] or
//! [`write_new`], which number the name when it is taken: nothing is ever overwritten without a clear yes.

use crate::error::{Error, ErrorKind, Result};
use crate::settings::Folders;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const DOING: &str = "writing a file";
/// Names tried before giving up; nobody has so many files of one name.
const MOST_NUMBERS: usize = 10_000;

/// A checksum in lower-case hexadecimal digits.
#[must_use]
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where a person wants something saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveTo {
    /// A file, or a folder for files with names of their own.
    pub path: PathBuf,
    /// The user said yes to replacing what is there under exactly this name.
    pub replaces: bool,
}

impl SaveTo {
    /// Nothing there is replaced.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, replaces: false }
    }

    /// As the system's dialog answered, which asks before it names a file that is there. A name without an ending gets this one, and was not asked about.
    #[must_use]
    pub fn answered(path: PathBuf, ending: &str) -> Self {
        match ending_of(&path) {
            Some(_) => Self { replaces: path.is_file(), path },
            None => {
                let mut name = path.into_os_string();
                name.push(".");
                name.push(ending);
                Self::new(name.into())
            }
        }
    }

    /// Whether files can be saved here at all: the folder is there, and is none of those in which Afterbell keeps what it knows by its name.
    ///
    /// # Errors
    /// [`ErrorKind::CannotWrite`].
    pub fn check(&self, folders: &Folders) -> Result<()> {
        let folder = self.folder();
        let is_folder_meant = self.path.to_string_lossy().ends_with(std::path::is_separator);
        // A folder with a slip of the pen in its name is not made; it would be looked for in vain.
        if !folder.is_dir() || (is_folder_meant && !self.is_folder()) {
            return Err(Error::bare(ErrorKind::CannotWrite, "saving to a folder that is not there").at(&self.path));
        }
        match place_in(folders, folder) {
            Some(inside) if !inside.as_os_str().is_empty() => Err(Error::bare(ErrorKind::CannotWrite, "saving among what the library keeps").at(&self.path)),
            _ => Ok(()),
        }
    }

    /// Whether it is a folder, for files with names of their own.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.path.is_dir()
    }

    /// Writes a file: to this name, or into this folder under a `name` of its own. A name that is taken is numbered, unless it may be replaced; what was
    /// `written` just now is not replaced even then, and neither is anything in the library's folder. Returns where it is.
    ///
    /// # Errors
    /// When the folder cannot be written or the disk is full; nothing is left behind then.
    pub fn write(&self, folders: &Folders, name: &str, bytes: &[u8], written: &[PathBuf]) -> Result<PathBuf> {
        let wanted = if self.is_folder() { self.path.join(name) } else { self.path.clone() };
        if self.replaces && place_in(folders, self.folder()).is_none() {
            let replaced = numbered(&wanted).find(|path| !written.contains(path)).unwrap_or(wanted);
            // A device or a pipe is no file that could be replaced.
            if replaced.exists() && !replaced.is_file() {
                return Err(Error::bare(ErrorKind::CannotWrite, "replacing what is no file").at(&replaced));
            }
            return write_whole(&replaced, bytes).map(|()| replaced);
        }
        write_new(&wanted, bytes)
    }

    fn folder(&self) -> &Path {
        if self.is_folder() { &self.path } else { folder_of(&self.path) }
    }
}

/// Where in the library's folder a folder lies; none when it is elsewhere.
fn place_in(folders: &Folders, folder: &Path) -> Option<PathBuf> {
    // By their true names: a link, or "..", leads there as well.
    let (library, folder) = (folders.library().canonicalize().ok()?, folder.canonicalize().ok()?);
    folder.strip_prefix(library).ok().map(Path::to_path_buf)
}

/// The ending of a file's name in small letters, without the dot: a dot and letters or digits behind it, a letter first. "Maya v1.2" has none.
#[must_use]
pub fn ending_of(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let is_ending =
        ending.starts_with(|first: char| first.is_ascii_alphabetic()) && ending.len() <= 12 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_ending.then_some(ending)
}

/// Writes a file of our own so that after a crash either the old or the new content is there.
///
/// # Errors
/// When the folder cannot be written or the disk is full.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    written(path, bytes)?.persist(path).map_err(|err| Error::writing(DOING, err.error).at(path))?;
    sync_folder(folder_of(path))
}

/// Adds to the end of a file of our own, to stay there; false when there is none. After a crash only a part of it may be there.
///
/// # Errors
/// When the file cannot be written or the disk is full.
pub fn append(path: &Path, bytes: &[u8]) -> Result<bool> {
    let mut file = match OpenOptions::new().append(true).open(path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened.map_err(|err| Error::writing(DOING, err).at(path))?,
    };
    file.write_all(bytes).and_then(|()| file.sync_data()).map_err(|err| Error::writing(DOING, err).at(path))?;
    Ok(true)
}

/// Writes a file that is not there yet. When there is one of that name, it stays as it is and the new one is numbered: `talk (2).txt`. Returns where it is.
///
/// # Errors
/// When the folder cannot be written or the disk is full; nothing is left behind then.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<PathBuf> {
    name_new(written(path, bytes)?, path)
}

/// Gives a file that is written and on the disk its name, or the next one that is free. Returns which.
///
/// # Errors
/// As [`write_new`].
pub fn name_new(file: NamedTempFile, path: &Path) -> Result<PathBuf> {
    let part = file.into_temp_path().keep().map_err(|err| Error::writing(DOING, err.error).at(path))?;
    move_new(&part, path).inspect_err(|_| {
        std::fs::remove_file(&part).ok();
    })
}

/// Moves a file to a name that is not there yet, or to the next one that is free. Returns where it is.
///
/// # Errors
/// When it cannot be moved; it is where it was then.
pub fn move_new(from: &Path, to: &Path) -> Result<PathBuf> {
    for name in numbered(to) {
        match rename_new(from, &name) {
            Ok(()) => return sync_folder(folder_of(&name)).map(|()| name),
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {}
            Err(err) => return Err(Error::writing(DOING, err).at(to)),
        }
    }
    Err(Error::bare(ErrorKind::CannotWrite, "finding a name that is free").at(to))
}

/// Renames, unless something has that name. The system refuses in the same moment: nobody can come in between.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => {}
            renamed => return Ok(renamed?),
        }
    }
    claim_and_rename(from, to)
}

/// Not every file system can refuse to replace, such as the one of some USB sticks; each can refuse to make a file that is there. So the name is taken by an
/// empty file of ours first.
fn claim_and_rename(from: &Path, to: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(to)?;
    std::fs::rename(from, to).inspect_err(|_| {
        std::fs::remove_file(to).ok();
    })
}

/// A file without a name of its own yet, beside where it is to be, with all its content on the disk.
fn written(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).map_err(|err| Error::writing(DOING, err).at(path))?;
    let prefix = temporary_prefix(&path.file_name().unwrap_or_default().to_string_lossy());
    let mut how = tempfile::Builder::new();
    // Named by what it is half of: should a kill leave it there, it goes with what it belongs to.
    how.prefix(&prefix).suffix(".tmp");
    // A temporary file is for its owner alone; what is saved for a colleague is as readable as any other file of that folder.
    #[cfg(unix)]
    how.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = how.tempfile_in(folder).map_err(|err| Error::writing(DOING, err).at(path))?;
    file.write_all(bytes).map_err(|err| Error::writing(DOING, err).at(path))?;
    file.as_file().sync_data().map_err(|err| Error::writing(DOING, err).at(path))?;
    Ok(file)
}

/// How the name of a half-written file begins. A name may not be longer than 255 bytes, so a long one gives only its beginning.
#[must_use]
pub fn temporary_prefix(name: &str) -> String {
    let beginning: String = name.chars().take(48).collect();
    format!(".{beginning}")
}

/// The name itself, then `NAME (2).ending`, `NAME (3).ending` and so on.
fn numbered(path: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ending = match ending_of(path) {
        // The one ending with a dot inside.
        Some(_) if name.to_ascii_lowercase().ends_with(".measures.csv") => ".measures.csv".len(),
        Some(ending) => ending.len() + 1,
        None => 0,
    };
    let (stem, ending) = name.split_at(name.len() - ending.min(name.len()));
    let (stem, ending) = (stem.to_owned(), ending.to_owned());
    let first = path.to_path_buf();
    std::iter::once(first).chain((2..MOST_NUMBERS).map(move |number| folder.join(OsString::from(format!("{stem} ({number}){ending}")))))
}

/// A path with more at its end: the log of a database, a file that is set aside.
#[must_use]
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

/// The folder a file lies in; a bare name lies in the one we are in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in a folder durable: a file that was just made, renamed or moved there is still there after a power cut.
///
/// # Errors
/// When the folder cannot be opened or the disk is gone.
pub fn sync_folder(folder: &Path) -> Result<()> {
    // Elsewhere a folder cannot be opened, and the file system keeps names by itself.
    if cfg!(unix) {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|err| Error::writing("keeping a file's name", err))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[cfg(unix)]
    #[test]
    fn what_is_written_is_as_readable_as_any_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder.path().join(name)).unwrap().permissions());
        std::fs::write(folder.path().join("any"), "a").unwrap();
        write_whole(&folder.path().join("ours"), b"a").unwrap();
        write_new(&folder.path().join("new"), b"a").unwrap();
        assert_eq!((mode("ours"), mode("new")), (mode("any"), mode("any")));
    }

    #[test]
    fn a_name_that_is_taken_is_numbered_and_what_has_it_stays() {
        let folder = tempfile::tempdir().unwrap();
        let in_it = |name: &str| folder.path().join(name);
        for name in ["2026-10-13 Maya.txt", "Maya v1.2.docx", "no ending", "v1.2", "Ünï.measures.csv", "a.b.pdf"] {
            for number in 1..4 {
                write_new(&in_it(name), format!("{number}").as_bytes()).unwrap();
            }
        }
        let wanted = [
            "2026-10-13 Maya (2).txt",
            "2026-10-13 Maya (3).txt",
            "2026-10-13 Maya.txt",
            "Maya v1.2 (2).docx",
            "Maya v1.2 (3).docx",
            "Maya v1.2.docx",
            "a.b (2).pdf",
            "a.b (3).pdf",
            "a.b.pdf",
            "no ending",
            "no ending (2)",
            "no ending (3)",
            "v1.2",
            "v1.2 (2)",
            "v1.2 (3)",
            "Ünï (2).measures.csv",
            "Ünï (3).measures.csv",
            "Ünï.measures.csv",
        ];
        assert_eq!(names(folder.path()), wanted);
        for name in wanted {
            let number = name.split(['(', ')']).nth(1).unwrap_or("1");
            assert_eq!(std::fs::read_to_string(in_it(name)).unwrap(), number, "{name}");
        }
    }

    #[test]
    fn a_folder_and_a_link_to_nowhere_have_a_name_too() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("talk.txt")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("nowhere", folder.path().join("talk (2).txt")).unwrap();
        #[cfg(not(unix))]
        std::fs::write(folder.path().join("talk (2).txt"), "").unwrap();
        assert_eq!(write_new(&folder.path().join("talk.txt"), b"a").unwrap(), folder.path().join("talk (3).txt"));
    }

    /// Several at once, as a window and a command line would be: each gets a name of its own.
    #[test]
    fn of_many_at_once_none_overwrites_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.txt");
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let path = &path;
                scope.spawn(move || (0..25).for_each(|number| drop(write_new(path, format!("{thread} {number}").as_bytes()).unwrap())));
            }
        });
        let said: std::collections::BTreeSet<String> =
            names(folder.path()).iter().map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap()).collect();
        assert_eq!(said.len(), 100);
    }

    #[test]
    fn what_is_moved_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let in_it = |name: &str| folder.path().join(name);
        std::fs::write(in_it("aside.toml"), "old").unwrap();
        std::fs::write(in_it("a.toml"), "new").unwrap();
        assert_eq!(move_new(&in_it("a.toml"), &in_it("aside.toml")).unwrap(), in_it("aside (2).toml"));
        assert_eq!(names(folder.path()), ["aside (2).toml", "aside.toml"]);
        // What is not there leaves nothing behind.
        assert!(move_new(&in_it("b.toml"), &in_it("c.toml")).is_err());
        assert_eq!(names(folder.path()), ["aside (2).toml", "aside.toml"]);
    }

    #[test]
    fn where_the_file_system_cannot_refuse_to_replace_nothing_is_replaced_either() {
        let folder = tempfile::tempdir().unwrap();
        let in_it = |name: &str| folder.path().join(name);
        std::fs::write(in_it("a"), "a").unwrap();
        std::fs::write(in_it("b"), "b").unwrap();
        assert_eq!(claim_and_rename(&in_it("a"), &in_it("b")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(claim_and_rename(&in_it("not there"), &in_it("c")).is_err());
        assert_eq!(names(folder.path()), ["a", "b"]);
        claim_and_rename(&in_it("a"), &in_it("c")).unwrap();
        assert_eq!((names(folder.path()), std::fs::read_to_string(in_it("c")).unwrap()), (vec!["b".into(), "c".into()], "a".into()));
    }

    #[test]
    fn a_yes_counts_for_exactly_the_name_it_was_said_to() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().join("library")));
        let in_it = |name: &str| folder.path().join(name);
        std::fs::write(in_it("talk.txt"), "old").unwrap();
        std::fs::write(in_it("talk"), "old").unwrap();
        let save = |to: SaveTo| to.write(&folders, "unused", b"new", &[]).unwrap();
        // The dialog asked about "talk", not about "talk.txt".
        assert_eq!(save(SaveTo::answered(in_it("talk"), "txt")), in_it("talk (2).txt"));
        assert_eq!((std::fs::read(in_it("talk")).unwrap(), std::fs::read(in_it("talk.txt")).unwrap()), (b"old".to_vec(), b"old".to_vec()));
        // It asked about this one.
        assert_eq!(save(SaveTo::answered(in_it("talk.txt"), "txt")), in_it("talk.txt"));
        assert_eq!(std::fs::read(in_it("talk.txt")).unwrap(), b"new");
        // There was nothing to ask about; somebody else was faster.
        let late = SaveTo::answered(in_it("other.txt"), "txt");
        std::fs::write(in_it("other.txt"), "theirs").unwrap();
        assert_eq!(save(late), in_it("other (2).txt"));
        assert_eq!(std::fs::read(in_it("other.txt")).unwrap(), b"theirs");
    }

    #[test]
    fn what_was_just_written_is_not_replaced_by_what_comes_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().join("library")));
        let to = SaveTo { path: folder.path().to_owned(), replaces: true };
        for round in ["first", "second"] {
            let mut written = Vec::new();
            for child in 0..3 {
                let path = to.write(&folders, "day.txt", format!("{round} {child}").as_bytes(), &written).unwrap();
                written.push(path);
            }
        }
        assert_eq!(names(folder.path()), ["day (2).txt", "day (3).txt", "day.txt"]);
        assert_eq!(std::fs::read_to_string(folder.path().join("day (3).txt")).unwrap(), "second 2");
    }

    #[test]
    fn nothing_of_the_library_is_replaced_and_nothing_put_among_it() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().join("library")));
        std::fs::create_dir_all(folders.recordings()).unwrap();
        let wav = folders.recordings().join("a.wav");
        for path in [&wav, &folders.settings()] {
            std::fs::write(path, "sacred").unwrap();
        }
        let yes = |path: PathBuf| SaveTo { path, replaces: true };
        assert_eq!(yes(wav).check(&folders).unwrap_err().kind, ErrorKind::CannotWrite);
        assert_eq!(yes(folders.recordings().join("../recordings/new.json")).check(&folders).unwrap_err().kind, ErrorKind::CannotWrite);
        assert_eq!(yes(folders.recordings()).check(&folders).unwrap_err().kind, ErrorKind::CannotWrite);
        assert!(SaveTo::new(format!("{}/not there/", folder.path().display()).into()).check(&folders).is_err());
        assert_eq!(yes(folder.path().join("not there/a.txt")).check(&folders).unwrap_err().kind, ErrorKind::CannotWrite);
        let beside = yes(folders.settings());
        beside.check(&folders).unwrap();
        assert_eq!(beside.write(&folders, "", b"new", &[]).unwrap(), folders.library().join("settings (2).toml"));
        assert_eq!(std::fs::read(folders.settings()).unwrap(), b"sacred");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folders.recordings(), folder.path().join("link")).unwrap();
            assert!(yes(folder.path().join("link/a.wav")).check(&folders).is_err());
        }
    }

    #[test]
    fn an_ending_is_letters_behind_a_dot() {
        let of = |name: &str| ending_of(Path::new(name));
        assert_eq!(of("talk.DOCX").as_deref(), Some("docx"));
        assert_eq!(of("Maya.m4a").as_deref(), Some("m4a"));
        for none in ["talk", "Maya v1.2", "St. Mary", ".hidden", "", "a.", "a.İ"] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
