-- What is held and how often something happened, for decisions that look at it; scope_version orders those decisions.
--
-- Holders are random, so each tree that begins with one costs a page of its own for nearly every row. There is one for
-- each table and no more: holdings lie in commit order and are found by an index, tallies begin with the hour.

-- A credential that counts against its holder until kept_until. holder: an opaque key, which is also the scope of the
-- version that moves with it. Ids are time-ordered, so what one holds is found newest first.
CREATE TABLE holding (
    sequence     INTEGER PRIMARY KEY,
    holder       TEXT    NOT NULL CHECK (length(holder) <= 64),
    id           TEXT    NOT NULL,
    root         TEXT,
    agent        TEXT,
    domain       TEXT,
    target       TEXT,
    scopes       TEXT,
    issued_at_us INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    kept_until   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX holding_by_holder ON holding (holder, id);
CREATE INDEX holding_by_end ON holding (kept_until);

-- Events of a holder by minutes since 1970. Old hours lie together and are dropped without touching what stays.
CREATE TABLE tally (
    hour   INTEGER NOT NULL,
    holder TEXT    NOT NULL CHECK (length(holder) <= 64),
    minute INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (hour, holder, minute)
) STRICT, WITHOUT ROWID;
