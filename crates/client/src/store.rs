//! The local store: one SQLite file of sealed rows.

use std::{path::Path, str::FromStr as _};

use relais_types::OsEntropy;
use secrecy::SecretString;
use sqlx::{
    Connection as _, Row as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    Error,
    lock::Lock,
    vault::{Header, Vault, damaged},
};

/// Format of the file; raised when an older version could not read it.
const FORMAT: i64 = 1;

/// An open store; nobody else has it open.
pub(crate) struct Store {
    connection: SqliteConnection,
    vault: Vault,
    header: Header,
    _lock: Lock,
}

/// A row's key and value.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

impl Store {
    /// Opens the store at `path`, and makes it if `create` is set and there is none.
    pub(crate) async fn open(
        path: &Path,
        passphrase: &SecretString,
        create: bool,
    ) -> Result<Self, Error> {
        if !create && !path.exists() {
            return Err(Error::NoAccount(path.to_owned()));
        }
        let lock = Lock::take(path)?;
        if create {
            private_file(path).map_err(|source| {
                Error::Store(format!("{} cannot be made: {source}", path.display()))
            })?;
        }
        let options = SqliteConnectOptions::from_str("sqlite://")
            .map_err(sqlite)?
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(sqlite)?;
        sqlx::raw_sql(
            "CREATE TABLE IF NOT EXISTS header (
                 id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, salt BLOB NOT NULL,
                 memory_kib INTEGER NOT NULL, passes INTEGER NOT NULL, lanes INTEGER NOT NULL,
                 wrapped_key BLOB NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS sealed_row (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;",
        )
        .execute(&mut connection)
        .await
        .map_err(sqlite)?;
        let header = read_header(&mut connection).await?;
        // Argon2 takes a tenth of a second on purpose: not on an async worker.
        let passphrase = passphrase.clone();
        let is_new = header.is_none();
        let (header, vault) = tokio::task::spawn_blocking(move || match header {
            Some(header) => Vault::open(&passphrase, &header).map(|vault| (header, vault)),
            None => Vault::create(&passphrase, &mut OsEntropy),
        })
        .await
        .map_err(|_| Error::Store("opening the store was interrupted: try again".to_owned()))??;
        if is_new {
            write_header(&mut connection, &header).await?;
        }
        Ok(Self {
            connection,
            vault,
            header,
            _lock: lock,
        })
    }

    /// What a passphrase is checked against while the store is open.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Every row.
    pub(crate) async fn load(&mut self) -> Result<Vec<Row>, Error> {
        let rows = sqlx::query("SELECT id, sealed FROM sealed_row")
            .fetch_all(&mut self.connection)
            .await
            .map_err(sqlite)?;
        rows.iter()
            .map(|row| {
                let (id, sealed): (&[u8], &[u8]) = (
                    row.try_get(0).map_err(sqlite)?,
                    row.try_get(1).map_err(sqlite)?,
                );
                self.vault.open_row(id, sealed)
            })
            .collect()
    }

    /// Makes all writes durable, or none: the ratchet, the entry and the cursor together.
    pub(crate) async fn write(
        &mut self,
        writes: &[(Vec<u8>, Option<Vec<u8>>)],
    ) -> Result<(), Error> {
        if writes.is_empty() {
            return Ok(());
        }
        let mut transaction = self.connection.begin().await.map_err(sqlite)?;
        for (key, value) in writes {
            let id = self.vault.row_id(key)?;
            let query = match value {
                Some(value) => {
                    let sealed = self.vault.seal_row(&id, key, value, &mut OsEntropy)?;
                    sqlx::query("INSERT INTO sealed_row (id, sealed) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed")
                        .bind(id)
                        .bind(sealed)
                }
                None => sqlx::query("DELETE FROM sealed_row WHERE id = $1").bind(id),
            };
            query.execute(&mut *transaction).await.map_err(sqlite)?;
        }
        transaction.commit().await.map_err(sqlite)
    }

    /// Removes a store that was made in vain, with its side files.
    pub(crate) fn remove(path: &Path) {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            // What is not there need not be removed.
            let _ = std::fs::remove_file(name);
        }
    }

    /// Closes the file in order.
    pub(crate) async fn close(self) -> Result<(), Error> {
        self.connection.close().await.map_err(sqlite)
    }
}

/// Makes the file readable for its owner alone, before anything is in it; SQLite gives its
/// side files the same mode.
fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

async fn read_header(connection: &mut SqliteConnection) -> Result<Option<Header>, Error> {
    let row =
        sqlx::query("SELECT format, salt, memory_kib, passes, lanes, wrapped_key FROM header")
            .fetch_optional(connection)
            .await
            .map_err(sqlite)?;
    let Some(row) = row else { return Ok(None) };
    let number = |column: usize| -> Result<u32, Error> {
        u32::try_from(row.try_get::<i64, _>(column).map_err(sqlite)?)
            .map_err(|_| damaged("its header is out of range"))
    };
    if row.try_get::<i64, _>(0).map_err(sqlite)? > FORMAT {
        return Err(Error::Store(
            "the store was written by a newer version: update this program".to_owned(),
        ));
    }
    Ok(Some(Header {
        salt: row.try_get(1).map_err(sqlite)?,
        memory_kib: number(2)?,
        passes: number(3)?,
        lanes: number(4)?,
        wrapped_key: row.try_get(5).map_err(sqlite)?,
    }))
}

async fn write_header(connection: &mut SqliteConnection, header: &Header) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO header (id, format, salt, memory_kib, passes, lanes, wrapped_key) VALUES (1, $1, $2, $3, $4, $5, $6)",
    )
    .bind(FORMAT)
    .bind(&header.salt)
    .bind(header.memory_kib)
    .bind(header.passes)
    .bind(header.lanes)
    .bind(&header.wrapped_key)
    .execute(connection)
    .await
    .map_err(sqlite)?;
    Ok(())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
fn sqlite(error: sqlx::Error) -> Error {
    if let sqlx::Error::Database(database) = &error
        && database.message().contains("not a database")
    {
        return damaged("it is not a database");
    }
    Error::Store(format!("the store could not be read or written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn opened(path: &Path) -> Result<Store, Error> {
        Store::open(path, &"passphrase".into(), true).await
    }

    #[tokio::test]
    async fn what_was_written_is_there_after_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("account.relais");
        let mut store = opened(&path).await.unwrap();
        let put = |key: &[u8], value: &[u8]| (key.to_vec(), Some(value.to_vec()));
        store
            .write(&[put(b"a", b"1"), put(b"b", b"2")])
            .await
            .unwrap();
        store
            .write(&[put(b"a", b"3"), (b"b".to_vec(), None)])
            .await
            .unwrap();
        // Dropped without being closed, as a killed process leaves it.
        drop(store);
        let mut store = opened(&path).await.unwrap();
        assert_eq!(
            store.load().await.unwrap(),
            [(b"a".to_vec(), b"3".to_vec())]
        );
        store.close().await.unwrap();
        let file = std::fs::read(&path).unwrap();
        assert!(!file.windows(10).any(|window| window == b"passphrase"));
    }

    #[tokio::test]
    async fn one_owner_the_right_passphrase_and_a_known_format() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("account.relais");
        let missing = Store::open(&path, &"passphrase".into(), false).await;
        assert!(matches!(missing, Err(Error::NoAccount(_))));
        let mut store = opened(&path).await.unwrap();
        assert!(matches!(opened(&path).await, Err(Error::InUse(_))));
        sqlx::query("UPDATE header SET format = $1")
            .bind(FORMAT + 1)
            .execute(&mut store.connection)
            .await
            .unwrap();
        store.close().await.unwrap();
        assert!(matches!(opened(&path).await, Err(Error::Store(_))));
        std::fs::write(
            &path,
            "this is no database, however long it may be".repeat(200),
        )
        .unwrap();
        assert!(matches!(opened(&path).await, Err(Error::Store(_))));
    }
}
