-- What adapters keep, leases that are recognised by a fingerprint, and how often a lease was used.

-- A lease is found by its fingerprint, newest first; and those of a target that somebody may still have.
CREATE INDEX lease_by_fingerprint ON lease (fingerprint, id) WHERE fingerprint IS NOT NULL;
CREATE INDEX lease_by_target ON lease (target, expires_at) WHERE state IN ('pending', 'live');

-- Uses of a lease by minutes since 1970. period is their day: old days lie together and are dropped without touching
-- what stays.
CREATE TABLE lease_use (
    period  INTEGER NOT NULL,
    lease   TEXT    NOT NULL,
    minute  INTEGER NOT NULL,
    calls   INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    PRIMARY KEY (period, lease, minute)
) STRICT, WITHOUT ROWID;

-- Rows of adapters. value: sealed by its owner, NULL if there is none: then the row is there for its numbers alone,
-- which must not come again, until expires_at. expires_at 0: for ever. claimed_until: milliseconds.
CREATE TABLE adapter_state (
    adapter       TEXT    NOT NULL,
    key           TEXT    NOT NULL CHECK (length(CAST(key AS BLOB)) BETWEEN 1 AND 512),
    value         BLOB    CHECK (length(value) <= 65536),
    version       INTEGER NOT NULL,
    fence         INTEGER NOT NULL,
    claimed_until INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX adapter_state_by_key ON adapter_state (adapter, key);
CREATE INDEX adapter_state_by_expiry ON adapter_state (expires_at) WHERE expires_at > 0;

-- The highest version or fence of a row that was dropped: what begins anew begins behind it.
CREATE TABLE adapter_state_floor (
    only   INTEGER PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO adapter_state_floor (only, number) VALUES (1, 0);
