//! What a unit of work sees: a consistent view to read, and a transaction to write.

use std::ops::{Deref, DerefMut};

use sqlx::SqliteConnection;

use crate::Result;

/// A consistent view of the database at one moment; its methods read.
#[derive(Debug)]
pub struct Snapshot {
    connection: SqliteConnection,
}

/// A transaction: reads like a [`Snapshot`], and writes. What it wrote becomes visible
/// and durable together when the unit of work returns `Ok`, or not at all.
#[derive(Debug)]
pub struct Transaction {
    snapshot: Snapshot,
}

impl Snapshot {
    pub(crate) fn new(connection: SqliteConnection) -> Self {
        Self { connection }
    }

    pub(crate) fn into_connection(self) -> SqliteConnection {
        self.connection
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub(crate) async fn execute(&mut self, sql: &'static str) -> Result<()> {
        sqlx::query(sql).execute(&mut self.connection).await?;
        Ok(())
    }
}

impl Transaction {
    pub(crate) fn new(connection: SqliteConnection) -> Self {
        Self {
            snapshot: Snapshot::new(connection),
        }
    }

    pub(crate) fn into_connection(self) -> SqliteConnection {
        self.snapshot.into_connection()
    }
}

impl Deref for Transaction {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Snapshot {
        &mut self.snapshot
    }
}
