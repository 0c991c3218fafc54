-- What is held and how often something happened, for decisions that look at it; scope_version orders those decisions.
-- Released functions stay as they are: a batch that decided on nothing held goes through commit_records as before, and
-- a program of before goes on beside this schema.

-- A credential that counts against its holder until kept_until. holder: an opaque key, which is also the scope of the
-- version that moves with it. Ids are time-ordered, so what one holds is read newest first from one place.
CREATE TABLE holding (
    holder       text COLLATE "C" NOT NULL CHECK (length(holder) <= 64),
    id           text COLLATE "C" NOT NULL,
    root         text,
    agent        text,
    domain       text,
    target       text,
    scopes       text,
    issued_at_us bigint NOT NULL,
    expires_at   bigint NOT NULL,
    kept_until   bigint NOT NULL,
    PRIMARY KEY (holder, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
CREATE INDEX holding_by_end ON holding (kept_until);

-- Events of a holder by minutes since 1970. There is room in the pages for one more in the same minute.
CREATE TABLE tally (
    holder text COLLATE "C" NOT NULL CHECK (length(holder) <= 64),
    minute bigint NOT NULL,
    count  bigint NOT NULL,
    PRIMARY KEY (holder, minute)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
CREATE INDEX tally_by_minute ON tally (minute);

-- previous: the version that was expected by who wrote this one, so that comparing and bumping is one statement.
ALTER TABLE scope_version ADD COLUMN previous bigint NOT NULL DEFAULT 0;
ALTER TABLE scope_version
    SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

CREATE TYPE bump_row AS (transaction integer, scope text, version bigint, next bigint, expires_at bigint);
CREATE TYPE holding_row AS (
    transaction integer, holder text, id text, root text, agent text, domain text, target text, scopes text,
    issued_at_us bigint, expires_at bigint, kept_until bigint
);
CREATE TYPE tally_row AS (transaction integer, holder text, minute bigint);

-- Gives the versions of refused transactions back: those of their own that are there.
CREATE FUNCTION unbump_versions(bumps bump_row[], refused integer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    b bump_row;
BEGIN
    FOR b IN SELECT * FROM unnest(bumps) u WHERE u.transaction = ANY (refused) LOOP
        IF b.version = 0 THEN
            DELETE FROM scope_version WHERE scope = b.scope AND version = b.next;
        ELSE
            UPDATE scope_version SET version = b.version WHERE scope = b.scope AND version = b.next;
        END IF;
    END LOOP;
END
$$;

-- Compares and bumps; the array names the transactions of which one version was not the one expected, and nothing of
-- those is bumped. Scopes are taken in their order, on every gateway, and each stands here once: who wants one that
-- another transaction has in its hands waits for that one's end and then finds another version, whichever gateway it
-- came from. next is drawn by chance and never 0, so no version ever comes again, and one row bears it alone.
-- A row stays for two hours or more after its last bump by this server's clock, which forget() goes by too, and as long
-- as anything that was added with the bump is held; an hour to spare, so that one who is bumped again and again seldom
-- changes the index. So the absence of a row, which is version 0, cannot hide anything from who saw no row before: what
-- came in between and was forgotten with its version is neither held nor counted any more. And a row that is forgotten
-- in the very moment when somebody who has seen it bumps it may begin anew for them: nothing has come since they looked.
CREATE FUNCTION bump_versions(bumps bump_row[]) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    earliest bigint := extract(epoch FROM now())::bigint + 7200;
    bumped bigint;
    stale integer[];
BEGIN
    INSERT INTO scope_version AS s (scope, version, previous, expires_at)
        SELECT u.scope, u.next, u.version, greatest(u.expires_at, earliest) + 3600 FROM unnest(bumps) u
        WHERE u.version = 0 OR (SELECT true FROM scope_version e WHERE e.scope = u.scope)
        ORDER BY u.scope COLLATE "C"
        ON CONFLICT (scope) DO UPDATE SET version = excluded.version, previous = excluded.previous,
            expires_at = CASE WHEN s.expires_at >= excluded.expires_at - 3600 THEN s.expires_at
                              ELSE excluded.expires_at END
            WHERE s.version = excluded.previous;
    GET DIAGNOSTICS bumped = ROW_COUNT;
    IF bumped = cardinality(bumps) THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(DISTINCT u.transaction) INTO stale FROM unnest(bumps) u
        WHERE (SELECT e.version FROM scope_version e WHERE e.scope = u.scope) IS DISTINCT FROM u.next;
    PERFORM unbump_versions(bumps, stale);
    RETURN stale;
END
$$;

-- What is held and counted from now on, of transactions that are not refused. Tallies are taken in their order, as two
-- batches may have the same ones without sharing a version.
CREATE FUNCTION add_held(holdings holding_row[], tallies tally_row[], refused integer[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF holdings IS NOT NULL THEN
        INSERT INTO holding AS h (holder, id, root, agent, domain, target, scopes, issued_at_us, expires_at, kept_until)
            SELECT u.holder, u.id, u.root, u.agent, u.domain, u.target, u.scopes, u.issued_at_us, u.expires_at,
                   u.kept_until
            FROM unnest(holdings) u WHERE refused IS NULL OR u.transaction <> ALL (refused)
            ON CONFLICT (holder, id) DO UPDATE SET kept_until = greatest(h.kept_until, excluded.kept_until);
    END IF;
    IF tallies IS NOT NULL THEN
        INSERT INTO tally AS t (holder, minute, count)
            SELECT u.holder, u.minute, count(*) FROM unnest(tallies) u
            WHERE refused IS NULL OR u.transaction <> ALL (refused)
            GROUP BY u.holder, u.minute ORDER BY u.holder COLLATE "C", u.minute
            ON CONFLICT (holder, minute) DO UPDATE SET count = t.count + excluded.count;
    END IF;
END
$$;

-- As commit_records, of transactions some of which decided on what was held: stale names those whose versions had
-- moved.
-- Locks are taken in the order counter, versions, values, tallies, by this and by change_decided.
CREATE FUNCTION commit_decided(records record_row[], uses single_use_row[], guards guard_row[], checked_epoch bigint,
                               checked_mark bigint, cutoffs cutoff_row[], bumps bump_row[], holdings holding_row[],
                               tallies tally_row[], OUT has_moved boolean, OUT cut_off integer[],
                               OUT cut_off_by integer[], OUT replayed integer[], OUT stale integer[],
                               OUT counters counter)
LANGUAGE plpgsql AS $$
DECLARE
    answer record;
BEGIN
    IF cutoffs IS NULL THEN
        PERFORM pg_advisory_xact_lock_shared('counter'::regclass::oid::bigint);
    ELSE
        PERFORM pg_advisory_xact_lock('counter'::regclass::oid::bigint);
    END IF;
    SELECT * INTO counters FROM counter;
    has_moved := counters.epoch <> checked_epoch OR counters.epoch_mark <> checked_mark;
    IF has_moved THEN
        RETURN;
    END IF;
    IF bumps IS NOT NULL THEN
        stale := bump_versions(bumps);
    END IF;
    IF stale IS NOT NULL THEN
        records := ARRAY(SELECT u FROM unnest(records) u WHERE u.transaction <> ALL (stale));
        uses := (SELECT array_agg(u) FROM unnest(uses) u WHERE u.transaction <> ALL (stale));
        guards := (SELECT array_agg(u) FROM unnest(guards) u WHERE u.transaction <> ALL (stale));
        cutoffs := (SELECT array_agg(u) FROM unnest(cutoffs) u WHERE u.transaction <> ALL (stale));
    END IF;
    SELECT * INTO answer FROM commit_records(records, uses, guards, checked_epoch, checked_mark, cutoffs);
    cut_off := answer.cut_off;
    cut_off_by := answer.cut_off_by;
    replayed := answer.replayed;
    counters := answer.counters;
    IF bumps IS NOT NULL AND cut_off || replayed IS NOT NULL THEN
        PERFORM unbump_versions(bumps, cut_off || replayed);
    END IF;
    PERFORM add_held(holdings, tallies, stale || cut_off || replayed);
END
$$;

-- As commit_change, of one that decided on what was held. outcome 3 with is_version_stale: a version had moved.
CREATE FUNCTION change_decided(records record_row[], uses single_use_row[], guards guard_row[], checked_epoch bigint,
                               checked_mark bigint, cutoffs cutoff_row[], leases lease_row[], things lease_thing_row[],
                               documents document_row[], keys signing_key_row[], bumps bump_row[],
                               holdings holding_row[], tallies tally_row[], OUT outcome integer,
                               OUT cut_off_by integer, OUT counters counter, OUT is_version_stale boolean)
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
    is_version_stale := bumps IS NOT NULL AND bump_versions(bumps) IS NOT NULL;
    IF is_version_stale THEN
        RETURN;
    END IF;
    SELECT * INTO answer FROM commit_change(records, uses, guards, checked_epoch, checked_mark, cutoffs, NULL, leases,
                                            things, documents, keys);
    outcome := answer.outcome;
    cut_off_by := answer.cut_off_by;
    counters := answer.counters;
    IF outcome = 0 THEN
        PERFORM add_held(holdings, tallies, NULL);
    ELSIF bumps IS NOT NULL THEN
        PERFORM unbump_versions(bumps, ARRAY[0]);
    END IF;
END
$$;

-- The part of forget() for what is held: bites like those, true when nothing is left. Nothing here is ever changed
-- after its time, so what is listed is what is deleted.
CREATE FUNCTION forget_held(moment bigint, bite integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
    is_done boolean := true;
BEGIN
    IF NOT pg_try_advisory_xact_lock('single_use'::regclass::oid::bigint) THEN
        RETURN true;
    END IF;
    moment := least(moment, extract(epoch FROM now())::bigint);
    DELETE FROM holding WHERE (holder, id) IN
        (SELECT h.holder, h.id FROM holding h WHERE h.kept_until < moment ORDER BY h.kept_until LIMIT bite);
    GET DIAGNOSTICS rows = ROW_COUNT;
    is_done := is_done AND rows < bite;
    DELETE FROM tally WHERE (holder, minute) IN
        (SELECT t.holder, t.minute FROM tally t WHERE t.minute < (moment - 7200) / 60 ORDER BY t.minute LIMIT bite);
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN is_done AND rows < bite;
END
$$;
