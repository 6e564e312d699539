//! What is true of the embedded database alone.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use relais_store::{AuditEvent, Error, Options, Result, Store};
use relais_types::Timestamp;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

async fn raw(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn audited(path: &Path) -> Store {
    let store = Store::open(path, Options::default()).await.unwrap();
    for action in ["one", "two", "three"] {
        store
            .run_tx("audit", async move |tx| {
                tx.audit(&AuditEvent {
                    at: Timestamp::from_micros(1),
                    actor: "operator".into(),
                    action,
                    subject: "x".into(),
                })
                .await
            })
            .await
            .unwrap();
    }
    store
}

async fn verify(store: &Store) -> Result<u64> {
    store
        .read("verify", async |view| view.verify_audit_log().await)
        .await
}

#[tokio::test]
async fn the_file_keeps_a_write_ahead_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("relais.db");
    let store = audited(&path).await;
    let mut raw = raw(&path).await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut raw)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
    drop(store);
}

#[tokio::test]
async fn closing_folds_the_log_into_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("relais.db");
    audited(&path).await.close().await;
    let log = std::fs::metadata(path.with_extension("db-wal"));
    assert_eq!(log.map_or(0, |log| log.len()), 0);
    let copy = directory.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    let copy = Store::open(&copy, Options::default()).await.unwrap();
    assert_eq!(verify(&copy).await.unwrap(), 3);
}

#[tokio::test]
async fn the_audit_trail_refuses_changes_and_shows_those_made_by_force() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("relais.db");
    let store = audited(&path).await;
    let mut raw = raw(&path).await;
    for change in [
        "UPDATE audit_log SET actor = 'nobody' WHERE id = 2",
        "DELETE FROM audit_log WHERE id = 3",
    ] {
        let refused = sqlx::query(change).execute(&mut raw).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(verify(&store).await.unwrap(), 3);
    sqlx::query("DROP TRIGGER audit_log_is_never_changed")
        .execute(&mut raw)
        .await
        .unwrap();
    sqlx::query("UPDATE audit_log SET actor = 'nobody' WHERE id = 2")
        .execute(&mut raw)
        .await
        .unwrap();
    let damaged = verify(&store).await.unwrap_err();
    assert!(matches!(&damaged, Error::Corrupt(what) if what == "audit_log row 2"));
}

#[tokio::test]
async fn a_file_of_a_newer_version_or_of_something_else_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("relais.db");
    audited(&path).await.close().await;
    let mut raw = raw(&path).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (29991231000000, 'future', 1, x'00', 0)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    raw.close().await.unwrap();
    let refused = Store::open(&path, Options::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Incompatible(_)), "{refused}");

    let other = directory.path().join("notes.txt");
    std::fs::write(&other, "not a database ".repeat(1_000)).unwrap();
    let refused = Store::open(&other, Options::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Corrupt(_)), "{refused}");

    let missing = directory.path().join("missing.db");
    let refused = Store::open_read_only(&missing).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
    assert!(!missing.exists());
}
