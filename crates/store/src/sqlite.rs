//! Opening the embedded database, and reading its columns.

use std::{path::Path, time::Duration};

use bytes::Bytes;
use relais_types::{OrgDomain, Timestamp};
use sqlx::{
    Row as _, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous},
};

use crate::{Error, Result};

/// Forward-only: a released migration is never edited, only followed.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Before this version a WAL reset could corrupt the database
/// (<https://www.sqlite.org/releaselog/3_51_3.html>).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// Bytes of a database page.
const PAGE: u32 = 4096;

/// Options of the one writing connection.
pub(crate) fn writer_options(path: &Path, max_bytes: Option<u64>) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: the log is synced before a commit returns, so an acknowledged write
        // survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Nobody else writes, so a lock is somebody else's mistake. It is waited for less long
        // than any call, so that the caller hears what is wrong and not that it took too long.
        .busy_timeout(Duration::from_secs(2))
        .page_size(PAGE)
        .pragma("trusted_schema", "OFF")
        .thread_name(|id| format!("relais-sqlite-{id}"));
    match max_bytes {
        Some(bytes) => options.pragma(
            "max_page_count",
            (bytes / u64::from(PAGE)).max(1).to_string(),
        ),
        None => options,
    }
}

/// Options of the reading connections.
pub(crate) fn reader_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        .thread_name(|id| format!("relais-sqlite-{id}"))
}

/// Refuses a SQLite that is known to lose data.
pub(crate) async fn check_version(connection: &mut SqliteConnection) -> Result<()> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await?;
    if parse_version(&version).is_none_or(|version| version < OLDEST_SQLITE) {
        let (major, minor, patch) = OLDEST_SQLITE;
        return Err(Error::Incompatible(format!(
            "SQLite {version} can corrupt its log: build with {major}.{minor}.{patch} or later"
        )));
    }
    Ok(())
}

/// Brings the schema up to date.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<()> {
    MIGRATIONS
        .run_direct(None, connection, false)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(version) => Error::Incompatible(format!(
                "it was last used by a newer version (migration {version}): install that version"
            )),
            MigrateError::Execute(error) => error.into(),
            error => Error::Incompatible(error.to_string()),
        })
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

/// A count or sequence number as the database holds it; none reaches 2⁶³.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Typed access to a row, with an error that names the column.
pub(crate) trait Columns {
    /// An identifier or key of fixed length.
    fn id<T: for<'b> TryFrom<&'b [u8]>>(&self, column: &str) -> Result<T>;
    fn optional_id<T: for<'b> TryFrom<&'b [u8]>>(&self, column: &str) -> Result<Option<T>>;
    fn text(&self, column: &str) -> Result<String>;
    fn optional_text(&self, column: &str) -> Result<Option<String>>;
    fn domain(&self, column: &str) -> Result<OrgDomain>;
    fn time(&self, column: &str) -> Result<Timestamp>;
    fn optional_time(&self, column: &str) -> Result<Option<Timestamp>>;
    fn number(&self, column: &str) -> Result<u64>;
    fn optional_number(&self, column: &str) -> Result<Option<u64>>;
    fn blob(&self, column: &str) -> Result<Bytes>;
}

impl Columns for SqliteRow {
    fn id<T: for<'b> TryFrom<&'b [u8]>>(&self, column: &str) -> Result<T> {
        T::try_from(self.try_get::<&[u8], _>(column)?).map_err(|_| corrupt(column))
    }

    fn optional_id<T: for<'b> TryFrom<&'b [u8]>>(&self, column: &str) -> Result<Option<T>> {
        self.try_get::<Option<&[u8]>, _>(column)?
            .map(|bytes| T::try_from(bytes).map_err(|_| corrupt(column)))
            .transpose()
    }

    fn text(&self, column: &str) -> Result<String> {
        Ok(self.try_get(column)?)
    }

    fn optional_text(&self, column: &str) -> Result<Option<String>> {
        Ok(self.try_get(column)?)
    }

    fn domain(&self, column: &str) -> Result<OrgDomain> {
        self.try_get::<&str, _>(column)?
            .parse()
            .map_err(|_| corrupt(column))
    }

    fn time(&self, column: &str) -> Result<Timestamp> {
        Ok(Timestamp::from_micros(self.try_get(column)?))
    }

    fn optional_time(&self, column: &str) -> Result<Option<Timestamp>> {
        let micros: Option<i64> = self.try_get(column)?;
        Ok(micros.map(Timestamp::from_micros))
    }

    fn number(&self, column: &str) -> Result<u64> {
        u64::try_from(self.try_get::<i64, _>(column)?).map_err(|_| corrupt(column))
    }

    fn optional_number(&self, column: &str) -> Result<Option<u64>> {
        self.try_get::<Option<i64>, _>(column)?
            .map(|number| u64::try_from(number).map_err(|_| corrupt(column)))
            .transpose()
    }

    fn blob(&self, column: &str) -> Result<Bytes> {
        Ok(self.try_get::<Vec<u8>, _>(column)?.into())
    }
}

pub(crate) fn corrupt(column: &str) -> Error {
    Error::Corrupt(format!("column {column}"))
}

#[cfg(test)]
mod tests {
    use sqlx::Connection as _;

    use super::*;

    #[tokio::test]
    async fn what_is_committed_is_on_disk_and_refers_to_something() {
        let directory = tempfile::tempdir().unwrap();
        let options = writer_options(&directory.path().join("relais.db"), None);
        let mut writer = SqliteConnection::connect_with(&options).await.unwrap();
        for (pragma, value) in [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1)] {
            let found: i64 = sqlx::query_scalar(pragma)
                .fetch_one(&mut writer)
                .await
                .unwrap();
            assert_eq!(found, value, "{pragma}");
        }
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&mut writer)
            .await
            .unwrap();
        assert_eq!(mode, "wal");
        check_version(&mut writer).await.unwrap();
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(parse_version("3.51.3").is_some_and(|v| v >= OLDEST_SQLITE));
        assert!(parse_version("3.100.0").is_some_and(|v| v >= OLDEST_SQLITE));
        assert!(parse_version("3.51.2").is_some_and(|v| v < OLDEST_SQLITE));
        assert_eq!(parse_version("3.x"), None);
    }
}
