-- A lease may be given the credential of another, which is withdrawn with the last that shares it. Those that share are
-- many: what ends them alone is found by their id, by this index, and by the tree of their record, without a row for
-- each. Released functions stay as they are: a program of before goes on beside this schema.

ALTER TABLE lease ADD COLUMN shares text COLLATE "C";
-- Of one that others may share: the name of all that it is for, by which they have to ask for it.
ALTER TABLE lease ADD COLUMN shared_as text COLLATE "C";
CREATE INDEX lease_by_shared ON lease (shares, id) WHERE shares IS NOT NULL;

-- keep_until = 0: a new lease that shares, or that others may share as this. keep_until > 0: one that has to be there, shared
-- as this, and is not looked at before then.
CREATE TYPE share_row AS (transaction integer, lease text, shares text, shared_as text, keep_until bigint);

-- Names the transactions that want to share what has ended. One of them that is refused for something else has still
-- kept it for longer, which costs nobody anything. Rows are taken in the order of their ids, so that two that keep the
-- same ones do not wait for each other; the statements behind see what was committed while this one waited. Who has seen a
-- live one due must not withdraw it any more, so its revision moves; the maker of a pending one goes on.
CREATE FUNCTION keep_shared(sharing share_row[]) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    ended integer[];
    k record;
    is_there boolean;
    due bigint;
BEGIN
    -- One by one, each by its id: a plan for all of them that was made while there were few leases reads every one there
    -- is, once there are many.
    FOR k IN SELECT u.lease, u.shared_as, max(u.keep_until) AS keep_until FROM unnest(sharing) u WHERE u.keep_until > 0
             GROUP BY u.lease, u.shared_as ORDER BY u.lease COLLATE "C" LOOP
        SELECT e.state IN ('pending', 'live') AND e.shared_as = k.shared_as, e.next_attempt_at INTO is_there, due
            FROM lease e WHERE e.id = k.lease FOR UPDATE;
        IF is_there IS NOT TRUE THEN
            ended := ended || ARRAY(SELECT DISTINCT u.transaction FROM unnest(sharing) u
                                    WHERE u.lease = k.lease AND u.shared_as IS NOT DISTINCT FROM k.shared_as
                                      AND u.keep_until > 0);
        ELSIF due < k.keep_until THEN
            UPDATE lease e SET next_attempt_at = k.keep_until,
                revision = e.revision + CASE WHEN e.state = 'live' THEN 1 ELSE 0 END WHERE e.id = k.lease;
        END IF;
    END LOOP;
    RETURN ended;
END
$$;

-- As commit_issued, of transactions some of which share a lease. ended names those that came too late for it, of which
-- nothing is stored.
CREATE FUNCTION commit_shared(records record_row[], uses single_use_row[], guards guard_row[], checked_epoch bigint,
                              checked_mark bigint, cutoffs cutoff_row[], bumps bump_row[], holdings holding_row[],
                              tallies tally_row[], leases issued_row[], things issued_thing_row[], counts use_row[],
                              sharing share_row[],
                              OUT has_moved boolean, OUT cut_off integer[], OUT cut_off_by integer[],
                              OUT replayed integer[], OUT stale integer[], OUT doubled integer[], OUT counters counter,
                              OUT ended integer[])
LANGUAGE plpgsql AS $$
DECLARE
    answer record;
    moved integer[];
    late integer[];
    refused integer[];
BEGIN
    -- Before any row, as everywhere.
    IF cutoffs IS NULL THEN
        PERFORM pg_advisory_xact_lock_shared('counter'::regclass::oid::bigint);
    ELSE
        PERFORM pg_advisory_xact_lock('counter'::regclass::oid::bigint);
    END IF;
    ended := keep_shared(sharing);
    -- Each by its id, as in keep_shared.
    SELECT array_agg(DISTINCT u.transaction) INTO doubled FROM unnest(leases) u
        WHERE (SELECT true FROM lease e WHERE e.id = u.id);
    late := ended || doubled;
    IF late IS NOT NULL THEN
        SELECT array_agg(DISTINCT u.transaction) INTO moved FROM unnest(bumps) u
            WHERE u.transaction = ANY (late)
              AND u.version <> coalesce((SELECT e.version FROM scope_version e WHERE e.scope = u.scope), 0);
        records := ARRAY(SELECT u FROM unnest(records) u WHERE u.transaction <> ALL (late));
        uses := (SELECT array_agg(u) FROM unnest(uses) u WHERE u.transaction <> ALL (late));
        guards := (SELECT array_agg(u) FROM unnest(guards) u WHERE u.transaction <> ALL (late));
        cutoffs := (SELECT array_agg(u) FROM unnest(cutoffs) u WHERE u.transaction <> ALL (late));
        bumps := (SELECT array_agg(u) FROM unnest(bumps) u WHERE u.transaction <> ALL (late));
        holdings := (SELECT array_agg(u) FROM unnest(holdings) u WHERE u.transaction <> ALL (late));
        tallies := (SELECT array_agg(u) FROM unnest(tallies) u WHERE u.transaction <> ALL (late));
    END IF;
    SELECT * INTO answer FROM commit_decided(records, uses, guards, checked_epoch, checked_mark, cutoffs, bumps,
                                             holdings, tallies);
    has_moved := answer.has_moved;
    cut_off := answer.cut_off;
    cut_off_by := answer.cut_off_by;
    replayed := answer.replayed;
    stale := answer.stale || moved;
    counters := answer.counters;
    IF has_moved IS TRUE THEN
        RETURN;
    END IF;
    refused := late || stale || cut_off || replayed;
    PERFORM add_issued(NULL, things, counts, refused);
    INSERT INTO lease (id, state, adapter, target, handle, fingerprint, issued_at_us, expires_at, period, attempts,
                       next_attempt_at, revision, shares, shared_as)
        SELECT u.id, u.state, u.adapter, u.target, u.handle, u.fingerprint, u.issued_at_us, u.expires_at, u.period,
               u.attempts, u.next_attempt_at, 1, s.shares, s.shared_as
        FROM unnest(leases) u LEFT JOIN unnest(sharing) s ON s.lease = u.id AND s.keep_until = 0
        WHERE refused IS NULL OR u.transaction <> ALL (refused);
END
$$;

-- As change_adapters, of one that shares a lease or becomes one that is shared: which others may have kept already, for
-- longer than it knows.
CREATE FUNCTION change_shared(records record_row[], uses single_use_row[], guards guard_row[], checked_epoch bigint,
                              checked_mark bigint, cutoffs cutoff_row[], leases lease_row[], things lease_thing_row[],
                              documents document_row[], keys signing_key_row[], bumps bump_row[],
                              holdings holding_row[], tallies tally_row[], states state_row[], counts use_row[],
                              sharing share_row[],
                              OUT outcome integer, OUT cut_off_by integer, OUT counters counter,
                              OUT is_version_stale boolean, OUT stale_state integer, OUT versions bigint[],
                              OUT fences bigint[], OUT is_share_stale boolean)
LANGUAGE plpgsql AS $$
DECLARE
    answer record;
    kept share_row[];
    l record;
    due bigint;
    known_as text;
BEGIN
    IF cutoffs IS NULL AND documents IS NULL AND keys IS NULL THEN
        PERFORM pg_advisory_xact_lock_shared('counter'::regclass::oid::bigint);
    ELSE
        PERFORM pg_advisory_xact_lock('counter'::regclass::oid::bigint);
    END IF;
    SELECT * INTO counters FROM counter;
    outcome := 3;
    is_version_stale := false;
    is_share_stale := keep_shared(sharing) IS NOT NULL;
    IF is_share_stale THEN
        RETURN;
    END IF;
    FOR l IN SELECT u.id, u.state = 'live' AND u.next_attempt_at > 0 AS is_kept FROM unnest(leases) u
             ORDER BY u.id COLLATE "C" LOOP
        SELECT e.next_attempt_at, e.shared_as INTO due, known_as FROM lease e WHERE e.id = l.id FOR UPDATE;
        IF l.is_kept AND due > 0 THEN
            kept := kept || ROW(0, l.id, NULL, known_as, due)::share_row;
        END IF;
    END LOOP;
    SELECT * INTO answer FROM change_adapters(records, uses, guards, checked_epoch, checked_mark, cutoffs, leases, things,
                                              documents, keys, bumps, holdings, tallies, states, counts);
    outcome := answer.outcome;
    cut_off_by := answer.cut_off_by;
    counters := answer.counters;
    is_version_stale := answer.is_version_stale;
    stale_state := answer.stale_state;
    versions := answer.versions;
    fences := answer.fences;
    IF outcome <> 0 THEN
        RETURN;
    END IF;
    PERFORM keep_shared(kept);
    FOR l IN SELECT u.lease, u.shares, u.shared_as FROM unnest(sharing) u WHERE u.keep_until = 0 LOOP
        UPDATE lease e SET shares = l.shares, shared_as = l.shared_as WHERE e.id = l.lease;
    END LOOP;
END
$$;
