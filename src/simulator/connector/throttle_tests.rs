//! What the connector counts: each row of the table of Teams' "Optimize your
//! bot with rate limiting".

use std::time::Duration;

use serde_json::json;

use crate::simulator::{
    Person, Quotas, Registration, RetryAfter, Shape,
    visitor::{Read, Visitor},
};

/// So many attempts in so many seconds.
type Windows<const COUNT: usize> = [(u32, u32); COUNT];

/// A kind of request, and the windows of one bot and of all bots in a conversation.
struct Row {
    name: &'static str,
    ask: fn(&Visitor, &Person) -> Read,
    of_this_bot: Windows<4>,
    of_all_bots: Windows<2>,
}

const WRITES: (Windows<4>, Windows<2>) =
    ([(7, 1), (8, 2), (60, 30), (1800, 3600)], [(14, 1), (16, 2)]);
const READS: (Windows<4>, Windows<2>) = (
    [(14, 1), (16, 2), (120, 30), (3600, 3600)],
    [(28, 1), (32, 2)],
);

fn table() -> [Row; 4] {
    let row = |name, (of_this_bot, of_all_bots), ask| Row {
        name,
        ask,
        of_this_bot,
        of_all_bots,
    };
    [
        row("send", WRITES, |visitor, person| {
            visitor.say(&visitor.chat(person), "Hello")
        }),
        row("create", WRITES, |visitor, person| {
            visitor.create(person.object_id)
        }),
        row("members", READS, |visitor, person| {
            visitor.get(&format!("{}/members", conversation(visitor, person)))
        }),
        row("conversation", READS, |visitor, person| {
            visitor.get(&conversation(visitor, person))
        }),
    ]
}

fn conversation(visitor: &Visitor, person: &Person) -> String {
    format!("/teams/v3/conversations/{}", visitor.chat(person))
}

fn visitor(people: usize, retry_after: RetryAfter) -> Visitor {
    let registration = Registration {
        retry_after,
        token_lifetime: Duration::from_hours(24),
        ..Registration::default()
    };
    Visitor::of(people, Shape::uniform(), Quotas::Scaled(1.0), registration)
}

#[test]
fn each_window_of_this_bot_holds_what_is_documented() {
    for row in table() {
        for (most, seconds) in row.of_this_bot {
            let mut visitor = visitor(1, RetryAfter::Seconds);
            let person = visitor.first().clone();
            // Evenly, so that one more than allowed fits and no other window is full.
            let step = Duration::from_secs(seconds.into()) / (most + 1);

            let passed = (0..=most).take_while(|number| {
                visitor.now = step * *number;
                (row.ask)(&visitor, &person).status != 429
            });

            let name = row.name;
            assert_eq!(
                u32::try_from(passed.count()).ok(),
                Some(most),
                "{name}: {most} in {seconds} s"
            );
        }
    }
}

#[test]
fn each_window_of_all_bots_holds_what_is_documented() {
    for row in table() {
        for (most, seconds) in row.of_all_bots {
            let mut visitor = visitor(1, RetryAfter::Fractional);
            let person = visitor.first().clone();
            visitor
                .world
                .state()
                .ledger
                .count_others(Duration::ZERO, 0, most - 1);
            visitor.now = Duration::from_millis(1000 * u64::from(seconds) - 500);

            let answers = [(); 2].map(|()| (row.ask)(&visitor, &person));

            let refused = answers.map(|read| read.header("retry-after").map(str::to_owned));
            let name = row.name;
            assert_eq!(
                [None, Some("0.500".to_owned())],
                refused,
                "{name}: {most} in {seconds} s"
            );
        }
    }
}

#[test]
fn other_conversations_have_windows_of_their_own() {
    let visitor = visitor(2, RetryAfter::Seconds);
    let [one, other] = visitor.world.people() else {
        panic!("two people");
    };

    let told = |person: &Person| visitor.say(&visitor.chat(person), "Hello").status;
    let first = [(); 8].map(|()| told(one));

    assert_eq!([201, 201, 201, 201, 201, 201, 201, 429], first);
    assert_eq!(201, told(other));
}

#[test]
fn other_bots_in_a_chat_do_not_count_in_the_team_of_the_same_number() {
    let shape = Shape {
        teams_with_app: 1.0,
        ..Shape::uniform()
    };
    let visitor = Visitor::of(1, shape, Quotas::Scaled(1.0), Registration::default());
    visitor
        .world
        .state()
        .ledger
        .count_others(Duration::ZERO, 0, 32);
    let roster = format!(
        "/teams/v3/conversations/{}/pagedmembers",
        visitor.team_conversation("Sales")
    );

    assert_eq!(200, visitor.get(&roster).status);
    assert_eq!(429, visitor.create(visitor.first().object_id).status);
}

#[test]
fn an_app_has_fifty_requests_a_second_over_all_calls() {
    let visitor = visitor(60, RetryAfter::Seconds);
    let people = visitor.world.people().iter();

    let passed = people.enumerate().take_while(|(number, person)| {
        let read = match number % 3 {
            0 => visitor.create(person.object_id),
            1 => visitor.say(&visitor.chat(person), "Hello"),
            _ => visitor.get(&conversation(&visitor, person)),
        };
        read.status != 429
    });

    assert_eq!(50, passed.count());
}

#[test]
fn a_message_that_is_split_counts_twice() {
    let visitor = visitor(1, RetryAfter::Seconds);
    let card = json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": {} });
    let split = json!({ "type": "message", "text": "Hello", "attachments": [card] });
    let path = format!("{}/activities", conversation(&visitor, visitor.first()));

    let statuses = [(); 5].map(|()| visitor.post(&path, &split).status);

    assert_eq!([201, 201, 201, 201, 429], statuses);
    assert_eq!(9, visitor.world.account().quotas["connector"].seen);
}

#[test]
fn whoever_waits_as_told_is_let_through_in_every_form() {
    // Seven pass in a second; the eighth attempt fills the window of two.
    for (form, wait) in [
        (RetryAfter::Seconds, "2"),
        (RetryAfter::Fractional, "2.000"),
        (RetryAfter::Date, "Mon, 30 Nov 2026 08:00:03 GMT"),
        (RetryAfter::Absent, ""),
    ] {
        let mut visitor = visitor(1, form);
        let person = visitor.first().clone();
        let create = |visitor: &Visitor| visitor.create(person.object_id);
        let refused = [(); 8].map(|()| create(&visitor));

        let told = refused[7].header("retry-after").unwrap_or_default();
        let seconds = told.trim_end_matches(" GMT").rsplit([' ', ':']).next();
        visitor.now += Duration::from_secs_f64(seconds.and_then(|s| s.parse().ok()).unwrap_or(2.0));

        assert_eq!((429, wait), (refused[7].status, told), "{form:?}");
        assert_eq!(201, create(&visitor).status, "{form:?}");
    }
}
