//! The format of the database: numbered migrations, built into the program.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqliteConnection};

const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "ledger", include_str!("../migrations/0001_ledger.sql")),
    (2, "forget", include_str!("../migrations/0002_forget.sql")),
    (
        3,
        "audience",
        include_str!("../migrations/0003_audience.sql"),
    ),
];

/// What a database file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Nothing yet.
    Empty,
    /// Something that is no ledger.
    Foreign,
    /// A ledger of that format.
    Number(i64),
}

/// The newest format this version understands.
pub(super) fn newest() -> i64 {
    MIGRATIONS
        .iter()
        .map(|(number, ..)| *number)
        .max()
        .unwrap_or(0)
}

/// What the database holds.
pub(super) async fn format(connection: &mut SqliteConnection) -> sqlx::Result<Format> {
    let (tables, versioned): (i64, bool) = sqlx::query_as(
        "select count(*), coalesce(max(name = '_sqlx_migrations'), 0) from sqlite_schema
         where type = 'table' and name not like 'sqlite\\_%' escape '\\'",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !versioned {
        return Ok(if tables == 0 {
            Format::Empty
        } else {
            Format::Foreign
        });
    }
    let number: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations")
        .fetch_one(connection)
        .await?;
    Ok(number.map_or(Format::Empty, Format::Number))
}

/// Brings the database to the newest format.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let migrations = MIGRATIONS.into_iter().map(|(number, name, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(number, name.into(), kind, sql.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    migrator.run_direct(None, connection, false).await?;
    Ok(())
}
