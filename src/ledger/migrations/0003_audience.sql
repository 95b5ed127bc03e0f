-- From where a campaign reads who is new in the directory, once it has read
-- everybody.
create table changes (
    campaign text not null primary key references campaign (name),
    link     text not null,
    at       text not null
) strict;

-- What else is known of a chat: the id under which the bot knows the person,
-- and the service URL that Teams named for them.
alter table address add column member_id text;
alter table address add column service_url text;
