-- When the people of a campaign were forgotten; its counts are kept.
alter table campaign add column forgotten_at text;

-- When a campaign last relied on what the address book knows of a person.
alter table address add column used_at text not null default '';
update address set used_at = learnt_at;
