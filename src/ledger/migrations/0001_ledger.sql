-- Times are RFC 3339 in UTC; states, outcomes and causes are words.

-- One line per campaign that was ever run into this ledger.
create table campaign (
    name                 text not null primary key,
    tenant_id            text not null,
    bot_id               text not null,
    message_fingerprint  text not null,
    audience_fingerprint text not null,
    created_at           text not null
) strict;

-- One line per start of the program; the highest number is the latest.
create table run (
    campaign      text    not null references campaign (name),
    number        integer not null,
    started_at    text    not null,
    ended_at      text,               -- empty while it runs, and after a crash
    exit_code     integer,
    audience_rows integer,            -- once the audience was read to its end
    primary key (campaign, number)
) strict;

-- One line per person of a campaign. It has a rowid because people are written
-- in the order of the input, while their ids come in none.
create table recipient (
    campaign        text    not null references campaign (name),
    object_id       text    not null,
    profile         text    not null, -- JSON: what the directory knows
    state           text    not null,
    cause           text,
    chat_id         text,
    installation_id text,
    install         text,             -- present, installed, absent
    activity_id     text,
    http_status     integer,
    code            text,
    request_id      text,
    attempts        integer not null,
    wave            text,
    sending_since   text,
    delivered_at    text,
    detail          text,
    claimed_run     integer,          -- the run and row that stand for the person
    claimed_row     integer,
    primary key (campaign, object_id)
) strict;

-- One line per row of the latest input.
create table row (
    campaign    text    not null references campaign (name),
    number      integer not null,     -- the place in the input, from 1
    label       text    not null,     -- for people: users.csv:17
    user        text    not null,     -- as the input named them
    object_id   text,                 -- once the row is bound to a person
    outcome     text,                 -- only where it is not the person's
    cause       text,
    http_status integer,
    code        text,
    request_id  text,
    attempts    integer not null,
    detail      text,
    primary key (campaign, number),
    foreign key (campaign, object_id) references recipient (campaign, object_id)
) strict, without rowid;

-- Everything that ever happened to a person, oldest first.
create table event (
    number    integer primary key,
    campaign  text    not null,
    object_id text    not null,
    run       integer not null,
    at        text    not null,
    name      text    not null,
    fact      text    not null,       -- JSON
    foreign key (campaign, object_id) references recipient (campaign, object_id)
) strict;

create index event_of_recipient on event (campaign, object_id);

-- The address book: what any campaign has learnt about reaching a person.
create table address (
    tenant_id   text not null,
    bot_id      text not null,
    object_id   text not null,
    chat_id     text not null,
    installed   text,                 -- as recipient.install when it was learnt
    learnt_from text not null,        -- the campaign
    learnt_at   text not null,
    primary key (tenant_id, bot_id, object_id)
) strict;
