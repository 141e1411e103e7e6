//! The shape of the database, its migrations, and the refusal to touch what a newer version wrote.

use super::failure::failure;
use super::upgrade;
use crate::error::{Error, ErrorKind, Result};
use Step::{Rust, Sql};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Append-only: the schema's version is the number of migrations applied (`PRAGMA user_version`).
const MIGRATIONS: &[Step] = &[
    Sql("CREATE TABLE student (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        removed INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE conference (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        student INTEGER REFERENCES student(id) ON DELETE SET NULL,
        students INTEGER NOT NULL,
        student_names TEXT NOT NULL,          -- JSON list
        started_unix_ms INTEGER NOT NULL,
        length_ms INTEGER NOT NULL,
        audio TEXT NOT NULL UNIQUE,
        audio_sha256 TEXT NOT NULL,
        stage TEXT NOT NULL,
        is_sample INTEGER NOT NULL,
        model TEXT NOT NULL,
        language TEXT NOT NULL,
        teacher_known TEXT NOT NULL,
        hard_to_tell INTEGER NOT NULL,
        dropouts TEXT NOT NULL,               -- JSON list of [start, end] in ms
        envelope BLOB NOT NULL,
        teacher_share REAL,                   -- for lists only; measured again whenever voices or roles change
        deleted_unix_ms INTEGER
    );
    CREATE TABLE word (
        conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        text TEXT NOT NULL,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        confidence REAL NOT NULL,
        PRIMARY KEY (conference, position)
    ) WITHOUT ROWID;
    CREATE TABLE untranscribed (
        conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        reason TEXT NOT NULL
    );
    CREATE INDEX untranscribed_of ON untranscribed(conference);
    CREATE TABLE voice_span (
        conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        voice INTEGER NOT NULL
    );
    CREATE INDEX voice_span_of ON voice_span(conference);
    CREATE TABLE role (
        conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE,
        voice INTEGER NOT NULL,
        speaker TEXT NOT NULL,
        PRIMARY KEY (conference, voice)
    ) WITHOUT ROWID;
    CREATE TABLE mark (
        conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE,
        at_ms INTEGER NOT NULL,
        PRIMARY KEY (conference, at_ms)
    ) WITHOUT ROWID;
    CREATE TABLE answer (
        conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE,
        question INTEGER NOT NULL,            -- 1 to 5
        rating TEXT,
        note TEXT NOT NULL,
        PRIMARY KEY (conference, question)
    ) WITHOUT ROWID;
    CREATE TABLE voice_profile (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        embedding BLOB NOT NULL,              -- f32, little endian
        seconds REAL NOT NULL
    );
    -- One row for each turn and each note: what search looks in. start_ms is null for a note or a title.
    CREATE VIRTUAL TABLE line USING fts5(
        text, conference UNINDEXED, start_ms UNINDEXED, speaker UNINDEXED,
        tokenize = \"unicode61 remove_diacritics 2\"
    );
    INSERT INTO line(line, rank) VALUES ('secure-delete', 1);"),
    Sql("ALTER TABLE conference ADD COLUMN corrections TEXT NOT NULL DEFAULT '{}'; -- JSON: what the teacher corrected, apart from what was found
    ALTER TABLE conference ADD COLUMN heard BLOB;                             -- what the voices were told apart by, to do it again after a correction
    ALTER TABLE answer ADD COLUMN extra TEXT NOT NULL DEFAULT '';"),
    Sql("CREATE TABLE shared (                    -- conferences of others, opened to comment on; never among one's own
        id INTEGER PRIMARY KEY,
        token TEXT NOT NULL UNIQUE,           -- what the bundle names it
        received_unix_ms INTEGER NOT NULL,
        question TEXT NOT NULL,
        facts TEXT NOT NULL,                  -- JSON: the conference as it was shared
        reply TEXT NOT NULL                   -- JSON: comments and answers
    );
    CREATE TABLE reply (                      -- what colleagues sent back to one's own
        id INTEGER PRIMARY KEY,
        conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE,
        received_unix_ms INTEGER NOT NULL,
        reply TEXT NOT NULL,                  -- JSON
        UNIQUE (conference, reply)
    );
    CREATE TABLE channel_span (               -- who speaks when, where a recording came with a voice on each channel
        conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        voice INTEGER NOT NULL
    );
    CREATE INDEX channel_span_of ON channel_span(conference);"),
    Rust(upgrade::give_ids),
    Rust(upgrade::give_participants),
    Sql("ALTER TABLE shared ADD COLUMN deleted_unix_ms INTEGER;
    ALTER TABLE student ADD COLUMN deleted_unix_ms INTEGER;  -- taken off the class list; can be put back for a while, and then is in no class
    CREATE TABLE removed_comment (            -- comments that were taken away and can be brought back
        id INTEGER PRIMARY KEY,
        shared INTEGER NOT NULL REFERENCES shared(id) ON DELETE CASCADE,
        at_ms INTEGER NOT NULL,
        text TEXT NOT NULL,
        deleted_unix_ms INTEGER NOT NULL
    );
    CREATE INDEX removed_comment_of ON removed_comment(shared);"),
    Sql("ALTER TABLE conference ADD COLUMN doubt TEXT;     -- JSON: what was unsure when the voices were told apart; null where that was not kept
    ALTER TABLE conference ADD COLUMN teacher_share_low REAL;    -- as teacher_share, where it is unsure: at least, at most
    ALTER TABLE conference ADD COLUMN teacher_share_high REAL;"),
    Rust(upgrade::fold_lines),
];

/// One step from a schema to the next.
enum Step {
    Sql(&'static str),
    /// Where SQL alone does not suffice.
    Rust(fn(&Connection) -> Result<()>),
}

/// Opens the database, makes or migrates it, and sets what must be true of every connection.
pub(super) fn open(path: &Path) -> Result<Connection> {
    let doing = "opening the library";
    let fresh = !path.exists();
    if !fresh {
        refuse_newer(path)?;
    }
    let mut connection = Connection::open(path).map_err(|err| failure(doing, err))?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(|err| failure(doing, err))?;
    // FULL: what the teacher typed survives a power cut; with NORMAL the last commits could be lost.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;")
        .map_err(|err| failure(doing, err))?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Looks at the version without changing a byte of the file or its folder.
pub(super) fn refuse_newer(path: &Path) -> Result<()> {
    let doing = "looking at the library's version";
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|err| failure(doing, err))?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(|err| failure(doing, err))?;
    let version = version(&connection)?;
    if version > MIGRATIONS.len() {
        return Err(Error::new(ErrorKind::LibraryFromNewerVersion, doing, format!("version {version}, known {}", MIGRATIONS.len())));
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<usize> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|err| failure("reading the library's version", err))?;
    usize::try_from(version).map_err(|err| Error::new(ErrorKind::LibraryDamaged, "reading the library's version", err))
}

pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let doing = "bringing the library up to date";
    loop {
        // Immediate: of two connections that open a fresh library at once, one waits and then finds nothing to do.
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(|err| failure(doing, err))?;
        let version = version(&transaction)?;
        let Some(migration) = MIGRATIONS.get(version) else { return transaction.commit().map_err(|err| failure(doing, err)) };
        match migration {
            Sql(sql) => transaction.execute_batch(sql).map_err(|err| failure(doing, err))?,
            Rust(step) => step(&transaction)?,
        }
        transaction.pragma_update(None, "user_version", version as i64 + 1).map_err(|err| failure(doing, err))?;
        transaction.commit().map_err(|err| failure(doing, err))?;
    }
}

/// Reads a database through; `full` also checks every index against its table.
pub(super) fn check(connection: &Connection, full: bool) -> Result<()> {
    let doing = "checking the library";
    let pragma = if full { "PRAGMA integrity_check(1)" } else { "PRAGMA quick_check(1)" };
    let answer: String = connection.query_row(pragma, [], |row| row.get(0)).map_err(|err| failure(doing, err))?;
    if answer == "ok" { Ok(()) } else { Err(Error::new(ErrorKind::LibraryDamaged, doing, answer)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &Path) -> ErrorKind {
        open(path).unwrap_err().kind
    }

    #[test]
    fn a_newer_library_is_refused_and_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        drop(open(&path).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let before = std::fs::read(&path).unwrap();
        assert_eq!(kind(&path), ErrorKind::LibraryFromNewerVersion);
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_disk_that_does_not_answer_is_no_damaged_library() {
        let kind = |code| failure("reading", rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)).kind;
        assert_eq!(kind(rusqlite::ffi::SQLITE_IOERR_READ), ErrorKind::LibraryUnreadable);
        assert_eq!(kind(rusqlite::ffi::SQLITE_IOERR_WRITE), ErrorKind::DiskFull);
        assert_eq!(kind(rusqlite::ffi::SQLITE_CORRUPT), ErrorKind::LibraryDamaged);
    }

    #[test]
    fn garbage_is_said_to_be_damaged_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        std::fs::write(&path, vec![b'x'; 5000]).unwrap();
        assert_eq!(kind(&path), ErrorKind::LibraryDamaged);
        assert_eq!(std::fs::read(&path).unwrap(), vec![b'x'; 5000]);
    }

    #[test]
    fn a_database_of_each_released_schema_opens() {
        for version in 1..=MIGRATIONS.len() {
            let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/library-{version}.sqlite"));
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("library.sqlite");
            std::fs::copy(&kept, &path).unwrap_or_else(|err| panic!("tests/data keeps a database of schema {version}: {err}"));
            let connection = open(&path).unwrap();
            let conferences: i64 = connection.query_row("SELECT count(*) FROM conference", [], |row| row.get(0)).unwrap();
            assert_eq!(conferences, 1, "schema {version}");
        }
    }
}
