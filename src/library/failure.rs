//! What a failure of the database means for the teacher.

use crate::error::{Error, ErrorKind};

/// Classifies a database failure by its typed code.
pub(super) fn failure(doing: &'static str, err: rusqlite::Error) -> Error {
    use rusqlite::{ErrorCode, ffi};
    // Beside the database SQLite needs a shared index in a file of its own; that it has no room for it is said as a failure of the device.
    let no_room = err.sqlite_error().is_some_and(|code| [ffi::SQLITE_IOERR_SHMSIZE, ffi::SQLITE_IOERR_WRITE].contains(&code.extended_code));
    let kind = match err.sqlite_error_code() {
        Some(_) if no_room => ErrorKind::DiskFull,
        Some(ErrorCode::DiskFull) => ErrorKind::DiskFull,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => ErrorKind::CannotWrite,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::LibraryInUse,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ErrorKind::LibraryDamaged,
        // A stick that was slow to wake, a network folder that hiccuped: no word about what stands in the file.
        Some(ErrorCode::SystemIoFailure) => ErrorKind::LibraryUnreadable,
        _ if matches!(err, rusqlite::Error::QueryReturnedNoRows) => ErrorKind::NotFound,
        _ => ErrorKind::Bug,
    };
    Error::new(kind, doing, err)
}
