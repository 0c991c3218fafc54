-- What can be taken back: cutoffs that stand until they are lifted, counters that tell when anything moved, the
-- leases of credentials that are more than their record, and versions of scopes that only one may change at a time.

-- One row tells all: the documents' generation (value), the epoch of the cutoffs, the revision of the signing keys.
-- The epoch begins at 1, so that 0 is "not looked at". The marks are random, and each is another with every change of its
-- counter: a database that was set back gives the same numbers again for something else, but not with the same marks.
ALTER TABLE generation ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1;
ALTER TABLE generation ADD COLUMN key_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generation ADD COLUMN generation_mark INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generation ADD COLUMN epoch_mark INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generation ADD COLUMN key_mark INTEGER NOT NULL DEFAULT 0;

-- A row for every kill, so that it can be said which of them ended what. stands 1: a bar, which also refuses what
-- would be issued from now on; a lift takes it off and keeps who killed and why. killed_epoch: of the commit that
-- killed; epoch: of the one that wrote the row last, so that who has read up to one epoch asks only for what is newer;
-- mark: that epoch's, by which it is seen whether this is what they have read.
CREATE TABLE cutoff_of_kill (
    kind         TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    killed_epoch INTEGER NOT NULL,
    at_us        INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    stands       INTEGER NOT NULL,
    reason       TEXT,
    record       TEXT,
    lift_reason  TEXT,
    lift_record  TEXT,
    epoch        INTEGER NOT NULL,
    mark         INTEGER NOT NULL,
    PRIMARY KEY (kind, id, killed_epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO cutoff_of_kill SELECT kind, id, 1, at_us, expires_at, 0, NULL, NULL, NULL, NULL, 1, 0 FROM cutoff;
DROP TABLE cutoff;
ALTER TABLE cutoff_of_kill RENAME TO cutoff;
CREATE INDEX cutoff_by_expiry ON cutoff (expires_at) WHERE expires_at > 0;
CREATE INDEX cutoff_by_epoch ON cutoff (epoch);

-- A credential with a handle, a fingerprint or a session. period is the day after which the row may go, so that
-- old days lie together and are dropped without touching what stays. next_attempt_at > 0: somebody has to do
-- something by then (a mint that never ended, a withdrawal).
CREATE TABLE lease (
    period          INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    adapter         TEXT    NOT NULL,
    target          TEXT    NOT NULL,
    handle          BLOB,
    fingerprint     TEXT,
    issued_at_us    INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    PRIMARY KEY (period, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX lease_by_id ON lease (id);
CREATE INDEX lease_by_attempt ON lease (next_attempt_at) WHERE next_attempt_at > 0;

-- What a pending or live lease stands on, so that the end of a thing finds its leases.
CREATE TABLE lease_stands_on (
    period       INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    lease        TEXT    NOT NULL,
    issued_at_us INTEGER NOT NULL,
    PRIMARY KEY (period, kind, id, lease)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_stands_on_by_lease ON lease_stands_on (period, lease);

-- Compare and bump: whoever decided on what a scope held says which version of it they have seen.
CREATE TABLE scope_version (
    scope      TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX scope_version_by_expiry ON scope_version (expires_at);
