-- What this service keeps of its own: the customers as it knows them, and every change that it was told of.
create table if not exists customer (
  id text primary key,
  number text,
  name text,
  changes integer not null);

create table if not exists customer_change (
  customer text not null,
  sequence bigint not null,
  op text not null,
  at timestamptz not null);
