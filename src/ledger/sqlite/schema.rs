//! The format of the database: numbered migrations, built into the program.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqliteConnection};

const MIGRATIONS: [(i64, &str, &str); 4] = [
    (1, "ledger", include_str!("../migrations/0001_ledger.sql")),
    (2, "forget", include_str!("../migrations/0002_forget.sql")),
    (
        3,
        "audience",
        include_str!("../migrations/0003_audience.sql"),
    ),
    (4, "numbers", include_str!("../migrations/0004_numbers.sql")),
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
    migrate_up_to(newest(), connection).await
}

async fn migrate_up_to(last: i64, connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let wanted = MIGRATIONS.into_iter();
    let migrations = wanted
        .filter(|(number, ..)| *number <= last)
        .map(|(number, name, sql)| {
            let kind = MigrationType::Simple;
            Migration::new(number, name.into(), kind, sql.into_sql_str(), false)
        });
    let migrator = Migrator::with_migrations(migrations.collect());
    migrator.run_direct(None, connection, false).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions, Connection};

    use super::*;
    use crate::ledger::fixture::{chat, key, now, person, row, sending};
    use crate::ledger::{
        Answer, Change, Extent, ReadError, Reader, ReportRow, Request, Standing, Store, open_sqlite,
    };
    use crate::model::{Outcome, OutcomeKind, State};

    const BEFORE_NUMBERS: &str = r#"
        insert into campaign values ('one', 'tenant', 'bot', 'message', 'audience', 'then', null);
        insert into run values ('one', 1, 'then', 'then', 7, 2);
        insert into recipient (campaign, object_id, profile, state, chat_id, attempts, claimed_run,
                               claimed_row)
        values ('one', 'bob', '{"object_id": "bob", "display_name": "bob''s name"}', 'addressed',
                '19:bob', 1, 1, 2),
               ('one', 'ann', '{"object_id": "ann"}', 'delivered', '19:ann', 3, 1, 1);
        insert into row (campaign, number, label, user, object_id, attempts)
        values ('one', 1, 'users.csv:1', 'ann', 'ann', 0),
               ('one', 2, 'users.csv:2', 'bob', 'bob', 0);
        insert into event values (1, 'one', 'ann', 1, 'then', 'delivered', '{}'),
                                 (2, 'one', 'bob', 1, 'then', 'chat-resolved', '{}');
    "#;

    #[tokio::test]
    async fn a_ledger_from_before_people_had_numbers_keeps_what_it_knows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("teamcast.db");
        let options = SqliteConnectOptions::new().filename(&path);
        let mut old = options.create_if_missing(true).connect().await.unwrap();
        migrate_up_to(3, &mut old).await.unwrap();
        sqlx::raw_sql(BEFORE_NUMBERS)
            .execute(&mut old)
            .await
            .unwrap();
        old.close().await.unwrap();

        let mut store = open_sqlite(&path, &key("one"), &sending("message"), now)
            .await
            .unwrap();
        let rows = vec![row(1, "ann"), row(2, "bob")];
        let enrol = Request::Change(Change::Enrol(rows));
        let answers = store.apply(vec![enrol]).await.unwrap();
        store.commit(Extent::Everything).await.unwrap();

        let state = State::Addressed {
            chat: chat("19:bob"),
        };
        let bob = Standing::Known {
            person: person("bob"),
            state,
            chat: None,
            service_url: None,
        };
        let settled = Standing::Settled(Outcome::Delivered);
        assert_eq!(answers, [Answer::Standings(vec![settled, bob])]);
        let reader = Reader::open(&path, "one").await.unwrap();
        let mut seen = Vec::new();
        let take = |row: ReportRow| {
            seen.push((row.user, row.outcome, row.attempts));
            Ok::<_, ReadError>(())
        };
        reader.each_row(take).await.unwrap();
        let expected = [
            ("ann".to_owned(), OutcomeKind::Delivered, 3),
            ("bob".to_owned(), OutcomeKind::Pending, 1),
        ];
        assert_eq!(seen, expected);
        assert_eq!(reader.latest_run().await.unwrap().run, 2);
    }
}
