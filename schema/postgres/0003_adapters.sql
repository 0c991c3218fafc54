-- What adapters keep, leases that are recognised by a fingerprint, and how often a lease was used. Released functions
-- stay as they are: a program of before goes on beside this schema.

-- A lease is found by its fingerprint, newest first; and those of a target that somebody may still have.
CREATE INDEX lease_by_fingerprint ON lease (fingerprint COLLATE "C", id) WHERE fingerprint IS NOT NULL;
CREATE INDEX lease_by_target ON lease (target COLLATE "C", expires_at) WHERE state IN ('pending', 'live');

-- Uses of a lease by minutes since 1970. There is room in the pages for more in the same minute.
CREATE TABLE lease_use (
    lease   text COLLATE "C" NOT NULL,
    minute  bigint NOT NULL,
    calls   bigint NOT NULL,
    refused bigint NOT NULL,
    PRIMARY KEY (lease, minute)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
CREATE INDEX lease_use_by_minute ON lease_use (minute);

-- Rows of adapters. value: sealed by its owner, NULL if there is none: then the row is there for its numbers alone,
-- which must not come again, until expires_at. expires_at 0: for ever. claimed_until: milliseconds.
CREATE TABLE adapter_state (
    adapter       text COLLATE "C" NOT NULL,
    key           text COLLATE "C" NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 512),
    value         bytea CHECK (length(value) <= 65536),
    version       bigint NOT NULL,
    fence         bigint NOT NULL,
    claimed_until bigint NOT NULL,
    expires_at    bigint NOT NULL,
    PRIMARY KEY (adapter, key)
);
CREATE INDEX adapter_state_by_expiry ON adapter_state (expires_at) WHERE expires_at > 0;

-- The highest version or fence of a row that was dropped: what begins anew begins behind it.
CREATE TABLE adapter_state_floor (
    is_single boolean PRIMARY KEY CHECK (is_single),
    number    bigint NOT NULL
);
INSERT INTO adapter_state_floor (is_single, number) VALUES (true, 0);

CREATE TYPE issued_row AS (
    transaction integer, id text, state text, adapter text, target text, handle bytea, fingerprint text,
    issued_at_us bigint, expires_at bigint, period integer, attempts bigint, next_attempt_at bigint
);
CREATE TYPE issued_thing_row AS (
    transaction integer, lease text, kind text, id text, issued_at_us bigint, period integer
);
CREATE TYPE use_row AS (transaction integer, lease text, minute bigint, calls bigint, refused bigint);
-- is_claim: what is asked for is the claim and not the value. position: which of its transaction's.
CREATE TYPE state_row AS (
    position integer, adapter text, key text, is_claim integer, value bytea, expected bigint, fence bigint,
    claimed_until bigint, moment bigint, expires_at bigint
);

-- New leases with what they stand on, and uses, of transactions that are not refused. Uses are taken in their order, as
-- two batches may have the same ones.
CREATE FUNCTION add_issued(leases issued_row[], things issued_thing_row[], counts use_row[], refused integer[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF leases IS NOT NULL THEN
        INSERT INTO lease (id, state, adapter, target, handle, fingerprint, issued_at_us, expires_at, period, attempts,
                           next_attempt_at, revision)
            SELECT u.id, u.state, u.adapter, u.target, u.handle, u.fingerprint, u.issued_at_us, u.expires_at, u.period,
                   u.attempts, u.next_attempt_at, 1
            FROM unnest(leases) u WHERE refused IS NULL OR u.transaction <> ALL (refused);
    END IF;
    IF things IS NOT NULL THEN
        INSERT INTO lease_stands_on (kind, id, lease, issued_at_us, period)
            SELECT u.kind, u.id, u.lease, min(u.issued_at_us), min(u.period) FROM unnest(things) u
            WHERE refused IS NULL OR u.transaction <> ALL (refused)
            GROUP BY u.kind, u.id, u.lease;
    END IF;
    IF counts IS NOT NULL THEN
        INSERT INTO lease_use AS e (lease, minute, calls, refused)
            SELECT u.lease, u.minute, sum(u.calls), sum(u.refused) FROM unnest(counts) u
            WHERE add_issued.refused IS NULL OR u.transaction <> ALL (add_issued.refused)
            GROUP BY u.lease, u.minute ORDER BY u.lease COLLATE "C", u.minute
            ON CONFLICT (lease, minute) DO UPDATE SET calls = e.calls + excluded.calls,
                refused = e.refused + excluded.refused;
    END IF;
END
$$;

-- As commit_decided, of transactions some of which have a new lease or uses of leases. doubled names those whose lease
-- there was already: nothing of them is stored, and a version of theirs that has moved is named first. One that another gateway adds in this moment fails the batch, and they
-- come again one by one.
CREATE FUNCTION commit_issued(records record_row[], uses single_use_row[], guards guard_row[], checked_epoch bigint,
                              checked_mark bigint, cutoffs cutoff_row[], bumps bump_row[], holdings holding_row[],
                              tallies tally_row[], leases issued_row[], things issued_thing_row[], counts use_row[],
                              OUT has_moved boolean, OUT cut_off integer[], OUT cut_off_by integer[],
                              OUT replayed integer[], OUT stale integer[], OUT doubled integer[], OUT counters counter)
LANGUAGE plpgsql AS $$
DECLARE
    answer record;
    moved integer[];
BEGIN
    IF leases IS NOT NULL THEN
        SELECT array_agg(DISTINCT u.transaction) INTO doubled FROM unnest(leases) u JOIN lease e ON e.id = u.id;
    END IF;
    IF doubled IS NOT NULL THEN
        SELECT array_agg(DISTINCT u.transaction) INTO moved FROM unnest(bumps) u
            WHERE u.transaction = ANY (doubled)
              AND u.version <> coalesce((SELECT e.version FROM scope_version e WHERE e.scope = u.scope), 0);
        records := ARRAY(SELECT u FROM unnest(records) u WHERE u.transaction <> ALL (doubled));
        uses := (SELECT array_agg(u) FROM unnest(uses) u WHERE u.transaction <> ALL (doubled));
        guards := (SELECT array_agg(u) FROM unnest(guards) u WHERE u.transaction <> ALL (doubled));
        cutoffs := (SELECT array_agg(u) FROM unnest(cutoffs) u WHERE u.transaction <> ALL (doubled));
        bumps := (SELECT array_agg(u) FROM unnest(bumps) u WHERE u.transaction <> ALL (doubled));
        holdings := (SELECT array_agg(u) FROM unnest(holdings) u WHERE u.transaction <> ALL (doubled));
        tallies := (SELECT array_agg(u) FROM unnest(tallies) u WHERE u.transaction <> ALL (doubled));
    END IF;
    SELECT * INTO answer FROM commit_decided(records, uses, guards, checked_epoch, checked_mark, cutoffs, bumps,
                                             holdings, tallies);
    has_moved := answer.has_moved;
    cut_off := answer.cut_off;
    cut_off_by := answer.cut_off_by;
    replayed := answer.replayed;
    stale := answer.stale || moved;
    counters := answer.counters;
    IF has_moved IS NOT TRUE THEN
        PERFORM add_issued(leases, things, counts, doubled || stale || cut_off || replayed);
    END IF;
END
$$;

-- Compares and writes the states of one transaction, in its order. stale: the position of the one that was not as
-- expected, and then the caller undoes what was written before it. Rows are taken in the order of their keys first, so
-- that two that change the same ones do not wait for each other.
-- Each statement sees what was committed while the one before it waited: a row that is not found after that was dropped
-- together with the floor being raised, and the next statement sees the floor. Who names a number of a row that is not
-- there any more comes too late, whatever is there now.
CREATE FUNCTION change_states(states state_row[], OUT stale integer, OUT versions bigint[], OUT fences bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    moment bigint := extract(epoch FROM now());
    s state_row;
    e adapter_state;
    is_there boolean;
    has_fence boolean;
BEGIN
    IF cardinality(states) > 1 THEN
        PERFORM FROM adapter_state a WHERE (a.adapter, a.key) IN (SELECT u.adapter, u.key FROM unnest(states) u)
            ORDER BY a.adapter, a.key FOR UPDATE;
    END IF;
    FOR s IN SELECT * FROM unnest(states) u ORDER BY u.position LOOP
        stale := s.position;
        SELECT * INTO e FROM adapter_state a WHERE a.adapter = s.adapter AND a.key = s.key FOR UPDATE;
        is_there := FOUND;
        IF NOT is_there THEN
            INSERT INTO adapter_state (adapter, key, version, fence, claimed_until, expires_at)
                SELECT s.adapter, s.key, f.number, f.number, 0, moment + 172800 FROM adapter_state_floor f
                ON CONFLICT DO NOTHING;
            is_there := NOT FOUND; -- somebody else was first
            SELECT * INTO e FROM adapter_state a WHERE a.adapter = s.adapter AND a.key = s.key FOR UPDATE;
        END IF;
        has_fence := is_there AND e.fence = s.fence;
        IF s.is_claim = 1 THEN
            IF NOT (CASE WHEN s.fence = 0 THEN e.claimed_until <= s.moment ELSE has_fence END) THEN
                RETURN;
            END IF;
            e.fence := e.fence + CASE WHEN s.fence = 0 THEN 1 ELSE 0 END;
            e.claimed_until := s.claimed_until;
        ELSE
            IF NOT (s.expected < 0 OR (s.expected = 0 AND e.value IS NULL) OR (is_there AND e.version = s.expected))
               OR NOT (s.fence = 0 OR has_fence) THEN
                RETURN;
            END IF;
            IF s.value IS NULL AND NOT is_there THEN
                DELETE FROM adapter_state a WHERE a.adapter = e.adapter AND a.key = e.key;
            ELSIF s.value IS NOT NULL OR e.value IS NOT NULL THEN
                e.version := e.version + 1;
                e.value := s.value;
                e.expires_at := s.expires_at;
            END IF;
        END IF;
        IF e.value IS NULL THEN
            e.expires_at := greatest(moment, e.claimed_until / 1000) + 172800;
        END IF;
        UPDATE adapter_state a SET value = e.value, version = e.version, fence = e.fence,
            claimed_until = e.claimed_until, expires_at = e.expires_at WHERE a.adapter = e.adapter AND a.key = e.key;
        versions := versions || e.version;
        fences := fences || e.fence;
    END LOOP;
    stale := NULL;
END
$$;

-- As change_decided, of one that changes states or leases and may count uses. stale_state: outcome 3, and which of the
-- states was not as expected.
CREATE FUNCTION change_adapters(records record_row[], uses single_use_row[], guards guard_row[], checked_epoch bigint,
                                checked_mark bigint, cutoffs cutoff_row[], leases lease_row[], things lease_thing_row[],
                                documents document_row[], keys signing_key_row[], bumps bump_row[],
                                holdings holding_row[], tallies tally_row[], states state_row[], counts use_row[],
                                OUT outcome integer, OUT cut_off_by integer, OUT counters counter,
                                OUT is_version_stale boolean, OUT stale_state integer, OUT versions bigint[],
                                OUT fences bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    answer record;
BEGIN
    IF cutoffs IS NULL AND documents IS NULL AND keys IS NULL THEN
        PERFORM pg_advisory_xact_lock_shared('counter'::regclass::oid::bigint);
    ELSE
        PERFORM pg_advisory_xact_lock('counter'::regclass::oid::bigint);
    END IF;
    SELECT * INTO counters FROM counter;
    outcome := 3;
    is_version_stale := false;
    BEGIN
        SELECT c.stale, c.versions, c.fences INTO stale_state, versions, fences FROM change_states(states) c;
        IF stale_state IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'DR001';
        END IF;
        SELECT * INTO answer FROM change_decided(records, uses, guards, checked_epoch, checked_mark, cutoffs, leases,
                                                 things, documents, keys, bumps, holdings, tallies);
        outcome := answer.outcome;
        cut_off_by := answer.cut_off_by;
        counters := answer.counters;
        is_version_stale := answer.is_version_stale;
        IF outcome <> 0 THEN
            RAISE EXCEPTION USING ERRCODE = 'DR001';
        END IF;
        PERFORM add_issued(NULL, NULL, counts, NULL);
    EXCEPTION WHEN SQLSTATE 'DR001' THEN
        RETURN;
    END;
END
$$;

-- The part of forget() for what adapters keep and for uses: bites like those, true when nothing is left. A value past
-- its time goes at once, its numbers as late as those of one that was removed. A row may be changed while it is waited
-- for, so it is looked at once more; and the floor is raised in the statement that drops it.
CREATE FUNCTION forget_adapters(moment bigint, bite integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
    is_done boolean := true;
BEGIN
    IF NOT pg_try_advisory_xact_lock('single_use'::regclass::oid::bigint) THEN
        RETURN true;
    END IF;
    moment := least(moment, extract(epoch FROM now())::bigint);
    DELETE FROM lease_use WHERE (lease, minute) IN
        (SELECT u.lease, u.minute FROM lease_use u WHERE u.minute < (moment / 86400 - 30) * 1440
         ORDER BY u.minute LIMIT bite);
    GET DIAGNOSTICS rows = ROW_COUNT;
    is_done := is_done AND rows < bite;
    UPDATE adapter_state SET value = NULL, version = version + 1,
        expires_at = greatest(moment, claimed_until / 1000) + 172800
        WHERE expires_at > 0 AND expires_at < moment AND value IS NOT NULL AND (adapter, key) IN
        (SELECT a.adapter, a.key FROM adapter_state a WHERE a.expires_at > 0 AND a.expires_at < moment
         AND a.value IS NOT NULL ORDER BY a.expires_at LIMIT bite);
    GET DIAGNOSTICS rows = ROW_COUNT;
    is_done := is_done AND rows < bite;
    WITH gone AS (DELETE FROM adapter_state WHERE expires_at > 0 AND expires_at < moment AND value IS NULL
                  AND (adapter, key) IN
                      (SELECT a.adapter, a.key FROM adapter_state a WHERE a.expires_at > 0 AND a.expires_at < moment
                       AND a.value IS NULL ORDER BY a.expires_at LIMIT bite)
                  RETURNING greatest(version, fence) AS number),
         highest AS (SELECT count(*) AS rows, max(number) AS number FROM gone),
         raised AS (UPDATE adapter_state_floor f SET number = h.number FROM highest h WHERE h.number > f.number)
    SELECT h.rows INTO rows FROM highest h;
    RETURN is_done AND rows < bite;
END
$$;
