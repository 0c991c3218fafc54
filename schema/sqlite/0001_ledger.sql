-- What the gateway must not forget. Never edited once released: a later file changes what this one made.
--
-- Records are a table in commit order with two indexes. Commit order is time order, and both indexes begin with
-- something that grows with it, so the records of old days lie together in all three trees and can be dropped without
-- touching what stays. The period is the days since 1970, from the id. Roots are random: the index by root begins with
-- the stretch of 512 records it is in, so that the rows of one commit change a few pages at its end and not a page each
-- all over it; a root is looked up by one seek per stretch.

PRAGMA application_id = 1146242893;

CREATE TABLE record (
    sequence   INTEGER PRIMARY KEY,
    period     INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    at_us      INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    reason     TEXT,
    root       TEXT,
    parent     TEXT,
    team       TEXT,
    client     TEXT,
    actor      TEXT,
    subject    TEXT,
    target     TEXT,
    expires_at INTEGER NOT NULL,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    canonical  BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX record_by_id ON record (period, id);
CREATE INDEX record_by_root ON record (sequence >> 9, root) WHERE root IS NOT NULL;

-- The periods there are, with how many records each has.
CREATE TABLE period (
    period  INTEGER PRIMARY KEY,
    records INTEGER NOT NULL
) STRICT;

-- Values that may be used once, as SHA-256 over (kind, issuer, client, value).
CREATE TABLE single_use (
    digest     BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX single_use_by_expiry ON single_use (expires_at);

-- A kill is one row: whatever of this kind and id was issued at or before at_us is dead. expires_at 0: for ever.
CREATE TABLE cutoff (
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    at_us      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cutoff_by_expiry ON cutoff (expires_at) WHERE expires_at > 0;

-- Configuration documents as canonical JSON; generation is the counter's value when the document last changed.
CREATE TABLE document (
    kind       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    team       TEXT,
    body       TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT;

CREATE TABLE generation (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    value INTEGER NOT NULL
) STRICT;
INSERT INTO generation (only, value) VALUES (1, 0);

-- Private keys are here sealed only, under a key from outside this database and bound to their row.
CREATE TABLE signing_key (
    id          TEXT    NOT NULL PRIMARY KEY,
    algorithm   TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    sealed      BLOB,
    public_jwk  TEXT,
    created_at  INTEGER NOT NULL,
    activate_at INTEGER NOT NULL,
    retire_at   INTEGER NOT NULL,
    remove_at   INTEGER NOT NULL
) STRICT;
