-- What the gateway must not forget, on PostgreSQL. Never edited once released: a later file changes what this one made.
-- It runs inside the gateway's own schema, which is alone on the search path.
--
-- Records are partitioned by period (days since 1970, from the id): an old day is dropped as a table, and nothing that
-- stays is touched. What is committed goes through two functions, so that a batch of many transactions is one round
-- trip, each of them is stored as a whole or not at all, and one that is refused leaves the others alone.

CREATE TABLE record (
    period     integer NOT NULL,
    id         text COLLATE "C" NOT NULL,
    at_us      bigint  NOT NULL,
    kind       text    NOT NULL,
    outcome    text    NOT NULL,
    reason     text,
    root       text COLLATE "C",
    parent     text,
    team       text,
    client     text,
    actor      text,
    subject    text,
    target     text,
    expires_at bigint  NOT NULL,
    hash       bytea   NOT NULL CHECK (length(hash) = 32),
    canonical  bytea   NOT NULL,
    PRIMARY KEY (period, id)
) PARTITION BY LIST (period);
CREATE INDEX record_by_root ON record (root) WHERE root IS NOT NULL;

-- The periods there are; each has its partition record_PERIOD.
CREATE TABLE period (
    period integer PRIMARY KEY
);

-- Values that may be used once, as SHA-256 over (kind, issuer, client, value). They come and go by the minute, so
-- vacuum must not wait for a share of the table.
CREATE TABLE single_use (
    digest     bytea  PRIMARY KEY CHECK (length(digest) = 32),
    expires_at bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
CREATE INDEX single_use_by_expiry ON single_use (expires_at);

-- A kill is one row: whatever of this kind and id was issued at or before at_us is dead. expires_at 0: for ever.
-- stands: a bar, which also refuses what would be issued from now on; a lift takes it off and keeps who killed and why.
-- killed_epoch: of the commit that killed; epoch: of the one that wrote the row last, so that who has read up to one
-- epoch asks only for what is newer; mark: that epoch's, by which it is seen whether this is what they have read.
CREATE TABLE cutoff (
    kind         text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    killed_epoch bigint  NOT NULL,
    at_us        bigint  NOT NULL,
    expires_at   bigint  NOT NULL,
    stands       boolean NOT NULL,
    reason       text,
    record       text,
    lift_reason  text,
    lift_record  text,
    epoch        bigint  NOT NULL,
    mark         bigint  NOT NULL,
    PRIMARY KEY (kind, id, killed_epoch)
);
CREATE INDEX cutoff_by_expiry ON cutoff (expires_at) WHERE expires_at > 0;
CREATE INDEX cutoff_by_epoch ON cutoff (epoch);

-- A credential with a handle, a fingerprint or a session. period is the day after which the row may go. next_attempt_at
-- > 0: somebody has to do something by then (a mint that never ended, a withdrawal).
CREATE TABLE lease (
    id              text COLLATE "C" PRIMARY KEY,
    state           text    NOT NULL,
    adapter         text    NOT NULL,
    target          text    NOT NULL,
    handle          bytea,
    fingerprint     text,
    issued_at_us    bigint  NOT NULL,
    expires_at      bigint  NOT NULL,
    period          integer NOT NULL,
    attempts        bigint  NOT NULL,
    next_attempt_at bigint  NOT NULL,
    revision        bigint  NOT NULL
);
CREATE INDEX lease_by_period ON lease (period);
CREATE INDEX lease_by_attempt ON lease (next_attempt_at) WHERE next_attempt_at > 0;

-- What a pending or live lease stands on, so that the end of a thing finds its leases.
CREATE TABLE lease_stands_on (
    kind         text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    lease        text COLLATE "C" NOT NULL,
    issued_at_us bigint  NOT NULL,
    period       integer NOT NULL,
    PRIMARY KEY (kind, id, lease)
);
CREATE INDEX lease_stands_on_by_lease ON lease_stands_on (lease);
CREATE INDEX lease_stands_on_by_period ON lease_stands_on (period);

-- Compare and bump: whoever decided on what a scope held says which version of it they have seen.
CREATE TABLE scope_version (
    scope      text COLLATE "C" PRIMARY KEY,
    version    bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX scope_version_by_expiry ON scope_version (expires_at);

-- Configuration documents as canonical JSON; generation is the counter's value when the document last changed.
CREATE TABLE document (
    kind       text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    team       text,
    body       text   NOT NULL,
    generation bigint NOT NULL,
    PRIMARY KEY (kind, name)
);

-- Private keys are here sealed only, under a key from outside this database and bound to their row.
CREATE TABLE signing_key (
    id          text COLLATE "C" PRIMARY KEY,
    algorithm   text   NOT NULL,
    state       text   NOT NULL,
    sealed      bytea,
    public_jwk  text,
    created_at  bigint NOT NULL,
    activate_at bigint NOT NULL,
    retire_at   bigint NOT NULL,
    remove_at   bigint NOT NULL
);

-- The one row that tells all: the documents' generation, the epoch of the cutoffs, the revision of the signing keys.
-- The epoch begins at 1, so that 0 is "not looked at". The identity of this table is also the name of the lock that
-- orders changes of what is counted here against everything else that commits: records share it, a change takes it
-- alone.
-- The marks are random, and each is another with every change of its counter. A database that was set back (a standby
-- that had not heard of the last commits, a backup) gives the same numbers again for something else, but not with the
-- same marks.
CREATE TABLE counter (
    is_single       boolean PRIMARY KEY CHECK (is_single),
    generation      bigint NOT NULL,
    epoch           bigint NOT NULL,
    key_revision    bigint NOT NULL,
    generation_mark bigint NOT NULL,
    epoch_mark      bigint NOT NULL,
    key_mark        bigint NOT NULL
);
INSERT INTO counter (is_single, generation, epoch, key_revision, generation_mark, epoch_mark, key_mark)
    VALUES (true, 0, 1, 0, 0, 0, 0);
CREATE FUNCTION make_mark() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT ('x' || substr(encode(sha256(uuid_send(gen_random_uuid())), 'hex'), 1, 16))::bit(64)::bigint
$$;

-- Rows as the gateway sends them, many in one array. transaction says which of a batch a row belongs to, position which
-- of that transaction's guards it is.
CREATE TYPE record_row AS (
    transaction integer, period integer, id text, at_us bigint, kind text, outcome text, reason text, root text,
    parent text, team text, client text, actor text, subject text, target text, expires_at bigint, hash bytea,
    canonical bytea
);
CREATE TYPE single_use_row AS (transaction integer, digest bytea, expires_at bigint);
CREATE TYPE guard_row AS (transaction integer, position integer, kind text, id text, issued_at_us bigint);
CREATE TYPE version_row AS (scope text, version bigint, expires_at bigint);
CREATE TYPE lease_row AS (
    id text, state text, adapter text, target text, handle bytea, fingerprint text, issued_at_us bigint,
    expires_at bigint, period integer, attempts bigint, next_attempt_at bigint, revision bigint
);
CREATE TYPE lease_thing_row AS (lease text, kind text, id text, issued_at_us bigint, period integer);
CREATE TYPE cutoff_row AS (
    transaction integer, kind text, id text, at_us bigint, expires_at bigint, stands integer, is_lift integer, reason text, record text
);
CREATE TYPE document_row AS (kind text, name text, team text, body text, expected bigint);
CREATE TYPE signing_key_row AS (
    id text, algorithm text, state text, sealed bytea, public_jwk text, created_at bigint, activate_at bigint,
    retire_at bigint, remove_at bigint
);

-- A partition for a day. Attaching does not wait for those who write into the others.
CREATE FUNCTION open_period(wanted integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock('period'::regclass::oid::bigint);
    IF EXISTS (SELECT FROM period WHERE period.period = wanted) THEN
        RETURN;
    END IF;
    -- A record with its ladder stays in its page: compressing it would cost more than all the rest of writing it.
    EXECUTE format('CREATE TABLE record_%s (LIKE record INCLUDING DEFAULTS INCLUDING CONSTRAINTS)'
                   ' WITH (toast_tuple_target = 8160)', wanted);
    EXECUTE format('ALTER TABLE record ATTACH PARTITION record_%s FOR VALUES IN (%s)', wanted, wanted);
    INSERT INTO period (period) VALUES (wanted);
END
$$;

-- Uses up values. The array names of the transactions that come too late; what they used up themselves is undone.
-- Values are inserted in their order, so that two batches with the same values cannot wait for each other. One past its
-- time may have been used and forgotten, whatever its gateway's clock said, so it counts as used: forget() goes by the
-- same clock.
CREATE FUNCTION use_once(uses single_use_row[], refused integer[]) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    moment bigint := extract(epoch FROM now());
    fresh bigint;
    replayed integer[];
BEGIN
    INSERT INTO single_use (digest, expires_at)
        SELECT u.digest, u.expires_at FROM unnest(uses) u
        WHERE u.expires_at >= moment AND (refused IS NULL OR u.transaction <> ALL (refused))
        ORDER BY u.digest
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS fresh = ROW_COUNT;
    IF fresh = cardinality(uses) THEN
        RETURN NULL;
    END IF;
    -- Its own rows are those that bear the number of this very transaction.
    SELECT array_agg(DISTINCT u.transaction) INTO replayed FROM unnest(uses) u
        WHERE (refused IS NULL OR u.transaction <> ALL (refused))
          AND NOT EXISTS (SELECT FROM single_use s
                          WHERE s.digest = u.digest AND s.xmin = pg_current_xact_id()::xid);
    DELETE FROM single_use s USING unnest(uses) u
        WHERE u.transaction = ANY (replayed) AND s.digest = u.digest AND s.xmin = pg_current_xact_id()::xid;
    RETURN replayed;
END
$$;


CREATE FUNCTION add_records(records record_row[], refused integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO record (period, id, at_us, kind, outcome, reason, root, parent, team, client, actor, subject, target,
                        expires_at, hash, canonical)
        SELECT r.period, r.id, r.at_us, r.kind, r.outcome, r.reason, r.root, r.parent, r.team, r.client, r.actor,
               r.subject, r.target, r.expires_at, r.hash, r.canonical
        FROM unnest(records) r WHERE refused IS NULL OR r.transaction <> ALL (refused);
END
$$;

-- Of revocations those that are not refused; the counters with them.
CREATE FUNCTION add_cutoffs(cutoffs cutoff_row[], refused integer[], counters counter) RETURNS counter
LANGUAGE plpgsql AS $$
DECLARE
    fresh bigint := make_mark();
    added bigint;
BEGIN
    INSERT INTO cutoff (kind, id, killed_epoch, at_us, expires_at, stands, reason, record, epoch, mark)
        SELECT c.kind, c.id, c.epoch, c.at_us, c.expires_at, false, c.reason, c.record, c.epoch, fresh
        FROM (SELECT u.*, counters.epoch + row_number() OVER (ORDER BY u.transaction) AS epoch
              FROM unnest(cutoffs) u WHERE refused IS NULL OR u.transaction <> ALL (refused)) c;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added <> 0 THEN
        UPDATE counter SET epoch = counter.epoch + added, epoch_mark = fresh RETURNING * INTO counters;
        PERFORM pg_notify(current_schema() || '.change', '');
    END IF;
    RETURN counters;
END
$$;

-- Many transactions of records, guards and single-use values. The arrays name those that are refused, and the guard
-- that refused them. checked_epoch, with its mark: some of them bring no guards, as they looked at the cutoffs of that
-- epoch; when it is not the epoch any more nothing is stored, and who asks learns the new one and comes back with all
-- guards. cutoffs: revocations among them, each of which ends what its one guard asks for. Who stands behind one in the
-- batch is refused for it, as if it had been stored before; and each has an epoch of its own.
CREATE FUNCTION commit_records(records record_row[], uses single_use_row[], guards guard_row[], checked_epoch bigint,
                               checked_mark bigint, cutoffs cutoff_row[], OUT has_moved boolean, OUT cut_off integer[],
                               OUT cut_off_by integer[], OUT replayed integer[], OUT counters counter)
LANGUAGE plpgsql AS $$
BEGIN
    IF cutoffs IS NULL THEN
        PERFORM pg_advisory_xact_lock_shared('counter'::regclass::oid::bigint);
    ELSE
        PERFORM pg_advisory_xact_lock('counter'::regclass::oid::bigint);
    END IF;
    -- A statement of its own, behind the lock: it sees what was committed while this one waited.
    SELECT * INTO counters FROM counter;
    has_moved := counters.epoch <> checked_epoch OR counters.epoch_mark <> checked_mark;
    IF has_moved THEN
        RETURN;
    END IF;
    IF guards IS NOT NULL THEN
        SELECT array_agg(f.transaction), array_agg(f.first) INTO cut_off, cut_off_by FROM
            (SELECT g.transaction, min(g.position) AS first FROM unnest(guards) g JOIN cutoff c
                 ON c.kind = g.kind AND c.id = g.id AND (c.stands OR c.at_us >= g.issued_at_us)
             GROUP BY g.transaction) f;
    END IF;
    IF cutoffs IS NOT NULL THEN
        SELECT cut_off || array_agg(f.transaction), cut_off_by || array_agg(f.first) INTO cut_off, cut_off_by FROM
            (SELECT g.transaction, min(g.position) AS first FROM unnest(guards) g JOIN unnest(cutoffs) c
                 ON c.kind = g.kind AND c.id = g.id AND c.at_us >= g.issued_at_us AND c.transaction < g.transaction
             WHERE cut_off IS NULL OR (g.transaction <> ALL (cut_off) AND c.transaction <> ALL (cut_off))
             GROUP BY g.transaction) f;
    END IF;
    IF uses IS NOT NULL THEN
        replayed := use_once(uses, cut_off);
    END IF;
    PERFORM add_records(records, cut_off || replayed);
    IF cutoffs IS NOT NULL THEN
        counters := add_cutoffs(cutoffs, cut_off, counters);
    END IF;
END
$$;

-- One transaction of any kind. outcome is the gateway's enum store_outcome: 0 stored, 1 replayed, 2 cut off, 3 stale.
-- Where it changes what is counted it is alone with the lock. A refusal is raised and caught around everything that was
-- written, so that nothing of it stays.
CREATE FUNCTION commit_change(records record_row[], uses single_use_row[], guards guard_row[], checked_epoch bigint,
                              checked_mark bigint, cutoffs cutoff_row[], versions version_row[],
                              leases lease_row[], things lease_thing_row[], documents document_row[],
                              keys signing_key_row[],
                              OUT outcome integer, OUT cut_off_by integer, OUT counters counter)
LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
    next counter;
    v version_row;
    l lease_row;
    c cutoff_row;
    d document_row;
    k signing_key_row;
BEGIN
    IF cutoffs IS NULL AND documents IS NULL AND keys IS NULL THEN
        PERFORM pg_advisory_xact_lock_shared('counter'::regclass::oid::bigint);
    ELSE
        PERFORM pg_advisory_xact_lock('counter'::regclass::oid::bigint);
    END IF;
    SELECT * INTO counters FROM counter;
    IF counters.epoch IS DISTINCT FROM checked_epoch OR counters.epoch_mark IS DISTINCT FROM checked_mark THEN
        SELECT min(g.position) INTO cut_off_by FROM unnest(guards) g JOIN cutoff e
            ON e.kind = g.kind AND e.id = g.id AND (e.stands OR e.at_us >= g.issued_at_us);
        IF cut_off_by IS NOT NULL THEN
            outcome := 2;
            RETURN;
        END IF;
    END IF;
    next := counters;
    IF documents IS NOT NULL THEN
        next.generation := counters.generation + 1;
        next.generation_mark := make_mark();
    END IF;
    IF cutoffs IS NOT NULL THEN
        next.epoch := counters.epoch + 1;
        next.epoch_mark := make_mark();
    END IF;
    IF keys IS NOT NULL THEN
        next.key_revision := counters.key_revision + 1;
        next.key_mark := make_mark();
    END IF;
    outcome := 3;
    IF EXISTS (SELECT FROM unnest(documents) u LEFT JOIN document e ON e.kind = u.kind AND e.name = u.name
               WHERE u.expected >= 0 AND u.expected <> coalesce(e.generation, 0)) THEN
        RETURN;
    END IF;
    BEGIN
        -- In their order, so that two that bump the same scopes or change the same leases do not wait for each other.
        FOR v IN SELECT * FROM unnest(versions) u ORDER BY u.scope LOOP
            INSERT INTO scope_version AS s (scope, version, expires_at)
                SELECT v.scope, 1, v.expires_at
                WHERE v.version = 0 OR EXISTS (SELECT FROM scope_version e WHERE e.scope = v.scope)
                ON CONFLICT (scope) DO UPDATE SET version = s.version + 1,
                    expires_at = greatest(s.expires_at, excluded.expires_at) WHERE s.version = v.version;
            GET DIAGNOSTICS rows = ROW_COUNT;
            IF rows = 0 THEN
                RAISE EXCEPTION USING ERRCODE = 'DR001';
            END IF;
        END LOOP;
        FOR l IN SELECT * FROM unnest(leases) u ORDER BY u.id LOOP
            IF l.revision = 0 THEN
                INSERT INTO lease (id, state, adapter, target, handle, fingerprint, issued_at_us, expires_at, period,
                                   attempts, next_attempt_at, revision)
                    VALUES (l.id, l.state, l.adapter, l.target, l.handle, l.fingerprint, l.issued_at_us, l.expires_at,
                            l.period, l.attempts, l.next_attempt_at, 1) ON CONFLICT DO NOTHING;
            ELSE
                UPDATE lease e SET state = l.state, adapter = l.adapter, target = l.target, handle = l.handle,
                    fingerprint = l.fingerprint, issued_at_us = l.issued_at_us, expires_at = l.expires_at,
                    attempts = l.attempts, next_attempt_at = l.next_attempt_at, revision = e.revision + 1
                    WHERE e.id = l.id AND e.revision = l.revision;
            END IF;
            GET DIAGNOSTICS rows = ROW_COUNT;
            IF rows = 0 THEN
                RAISE EXCEPTION USING ERRCODE = 'DR001';
            END IF;
            -- What is neither pending nor live any more is not to be found by what it stood on.
            IF l.state NOT IN ('pending', 'live') THEN
                DELETE FROM lease_stands_on e WHERE e.lease = l.id;
            END IF;
        END LOOP;
        INSERT INTO lease_stands_on (kind, id, lease, issued_at_us, period)
            SELECT u.kind, u.id, u.lease, min(u.issued_at_us), min(u.period) FROM unnest(things) u
            GROUP BY u.kind, u.id, u.lease;
        INSERT INTO single_use (digest, expires_at)
            SELECT u.digest, u.expires_at FROM unnest(uses) u WHERE u.expires_at >= extract(epoch FROM now())::bigint
            ORDER BY u.digest ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS rows = ROW_COUNT;
        IF rows <> coalesce(cardinality(uses), 0) THEN
            outcome := 1;
            RAISE EXCEPTION USING ERRCODE = 'DR001';
        END IF;
        PERFORM add_records(records, NULL);
        FOREACH c IN ARRAY coalesce(cutoffs, '{}') LOOP
            IF c.is_lift = 1 THEN
                UPDATE cutoff e SET stands = false, expires_at = c.expires_at, lift_reason = c.reason,
                    lift_record = c.record, epoch = next.epoch, mark = next.epoch_mark
                    WHERE e.kind = c.kind AND e.id = c.id AND e.stands;
                GET DIAGNOSTICS rows = ROW_COUNT;
                IF rows = 0 THEN
                    RAISE EXCEPTION USING ERRCODE = 'DR001';
                END IF;
            ELSE
                INSERT INTO cutoff (kind, id, killed_epoch, at_us, expires_at, stands, reason, record, epoch, mark)
                    VALUES (c.kind, c.id, next.epoch, c.at_us, CASE WHEN c.stands = 1 THEN 0 ELSE c.expires_at END,
                            c.stands = 1, c.reason, c.record, next.epoch, next.epoch_mark);
            END IF;
        END LOOP;
        FOREACH k IN ARRAY coalesce(keys, '{}') LOOP
            INSERT INTO signing_key AS e VALUES (k.*)
                ON CONFLICT (id) DO UPDATE SET algorithm = excluded.algorithm, state = excluded.state,
                    sealed = excluded.sealed, public_jwk = excluded.public_jwk, created_at = excluded.created_at,
                    activate_at = excluded.activate_at, retire_at = excluded.retire_at, remove_at = excluded.remove_at
                WHERE e.state <> 'revoked'; -- what was revoked never comes back
        END LOOP;
        FOREACH d IN ARRAY coalesce(documents, '{}') LOOP
            IF d.body IS NULL THEN
                DELETE FROM document e WHERE e.kind = d.kind AND e.name = d.name;
            ELSE
                INSERT INTO document (kind, name, team, body, generation)
                    VALUES (d.kind, d.name, d.team, d.body, next.generation)
                    ON CONFLICT (kind, name) DO UPDATE SET team = excluded.team, body = excluded.body,
                        generation = excluded.generation;
            END IF;
        END LOOP;
        IF next IS DISTINCT FROM counters THEN
            UPDATE counter SET generation = next.generation, epoch = next.epoch, key_revision = next.key_revision,
                generation_mark = next.generation_mark, epoch_mark = next.epoch_mark, key_mark = next.key_mark;
            PERFORM pg_notify(current_schema() || '.change', '');
        END IF;
    EXCEPTION WHEN SQLSTATE 'DR001' THEN
        RETURN;
    END;
    outcome := 0;
    counters := next;
END
$$;

-- Forgets what is past its time, a bite at a time; true when nothing is left to forget. moment is the gateway's clock,
-- which may have jumped; the server's must agree that the time has come. Only one gateway at a time, and never in the
-- way: dropping a day needs the table for itself for a moment, and comes again later when it cannot have it at once.
CREATE FUNCTION forget(before integer, moment bigint, bite integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    oldest integer;
    today integer;
    rows bigint;
    is_done boolean := true;
BEGIN
    IF NOT pg_try_advisory_xact_lock('single_use'::regclass::oid::bigint) THEN
        RETURN true;
    END IF;
    moment := least(moment, extract(epoch FROM now())::bigint);
    today := moment / 86400;
    DELETE FROM single_use WHERE digest IN
        (SELECT s.digest FROM single_use s WHERE s.expires_at < moment ORDER BY s.expires_at LIMIT bite);
    GET DIAGNOSTICS rows = ROW_COUNT;
    is_done := is_done AND rows < bite;
    DELETE FROM cutoff WHERE (kind, id, killed_epoch) IN
        (SELECT c.kind, c.id, c.killed_epoch FROM cutoff c WHERE c.expires_at > 0 AND c.expires_at < moment
         ORDER BY c.expires_at LIMIT bite);
    GET DIAGNOSTICS rows = ROW_COUNT;
    is_done := is_done AND rows < bite;
    -- A scope may be bumped while its row is waited for: the list has the old row, and the one to be deleted is looked at
    -- once more. Nothing else that is listed here is ever changed.
    DELETE FROM scope_version WHERE expires_at < moment AND scope IN
        (SELECT s.scope FROM scope_version s WHERE s.expires_at < moment ORDER BY s.expires_at LIMIT bite);
    GET DIAGNOSTICS rows = ROW_COUNT;
    is_done := is_done AND rows < bite;
    DELETE FROM lease WHERE id IN (SELECT l.id FROM lease l WHERE l.period < today ORDER BY l.period LIMIT bite);
    GET DIAGNOSTICS rows = ROW_COUNT;
    is_done := is_done AND rows < bite;
    DELETE FROM lease_stands_on WHERE (kind, id, lease) IN
        (SELECT t.kind, t.id, t.lease FROM lease_stands_on t WHERE t.period < today ORDER BY t.period LIMIT bite);
    GET DIAGNOSTICS rows = ROW_COUNT;
    is_done := is_done AND rows < bite;
    SELECT min(p.period) INTO oldest FROM period p WHERE p.period < before;
    IF oldest IS NOT NULL THEN
        BEGIN
            PERFORM set_config('lock_timeout', '100ms', true);
            EXECUTE format('DROP TABLE IF EXISTS record_%s', oldest);
            DELETE FROM period WHERE period.period = oldest;
            is_done := false;
        EXCEPTION WHEN lock_not_available THEN
            is_done := true;
        END;
    END IF;
    RETURN is_done;
END
$$;
