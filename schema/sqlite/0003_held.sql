-- What is held and how often something happened, for decisions that look at it; scope_version orders those decisions.

-- A credential that counts against its holder until kept_until. holder: an opaque key, which is also the scope of the
-- version that moves with it. Ids are time-ordered, so what one holds is read newest first from one place.
CREATE TABLE holding (
    holder       TEXT    NOT NULL CHECK (length(holder) <= 64),
    id           TEXT    NOT NULL,
    root         TEXT,
    agent        TEXT,
    domain       TEXT,
    target       TEXT,
    scopes       TEXT,
    issued_at_us INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    kept_until   INTEGER NOT NULL,
    PRIMARY KEY (holder, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX holding_by_end ON holding (kept_until);

-- Events of a holder by minutes since 1970.
CREATE TABLE tally (
    holder TEXT    NOT NULL CHECK (length(holder) <= 64),
    minute INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (holder, minute)
) STRICT, WITHOUT ROWID;
CREATE INDEX tally_by_minute ON tally (minute);
