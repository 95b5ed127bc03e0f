-- People get a number, by which rows and events refer to them: what is written
-- for each event is small then, and lies beside what was written just before.
create table recipient_4 (
    number          integer primary key,
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
    unique (campaign, object_id)
) strict;

insert into recipient_4
select rowid, campaign, object_id, profile, state, cause, chat_id, installation_id, install,
       activity_id, http_status, code, request_id, attempts, wave, sending_since, delivered_at,
       detail, claimed_run, claimed_row
from recipient order by rowid;

-- One line per row of the latest input.
create table row_4 (
    campaign    text    not null references campaign (name),
    number      integer not null,     -- the place in the input, from 1
    label       text    not null,     -- for people: users.csv:17
    user        text    not null,     -- as the input named them
    recipient   integer references recipient_4 (number), -- once it is bound to a person
    outcome     text,                 -- only where it is not the person's
    cause       text,
    http_status integer,
    code        text,
    request_id  text,
    attempts    integer not null,
    detail      text,
    primary key (campaign, number)
) strict, without rowid;

insert into row_4
select campaign, number, label, user,
       (select rowid from recipient
        where recipient.campaign = row.campaign and recipient.object_id = row.object_id),
       outcome, cause, http_status, code, request_id, attempts, detail
from row;

-- Everything that ever happened to a person, oldest first.
create table event_4 (
    number    integer primary key,
    recipient integer not null references recipient_4 (number),
    run       integer not null,
    at        text    not null,
    name      text    not null,
    fact      text    not null        -- JSON
) strict;

insert into event_4
select number, (select rowid from recipient
                where recipient.campaign = event.campaign
                  and recipient.object_id = event.object_id),
       run, at, name, fact
from event;

-- The number of the last event on record of the campaign.
alter table campaign add column last_event integer not null default 0;
update campaign
set last_event = (select coalesce(max(number), 0) from event where event.campaign = campaign.name);

drop table event;
drop table row;
drop table recipient;
alter table recipient_4 rename to recipient;
alter table row_4 rename to row;
alter table event_4 rename to event;

create index event_of_recipient on event (recipient);
