-- Quotas: how much each account has taken of its day and its month, and which node holds slices
-- of it. A node (worker/accountant) leases a slice, announces how far it is going to spend of it,
-- spends in its own memory, and returns the rest.
--
--   taken      = everything that was spent or is held by nodes: never above the quota
--   granted    = what a node holds or has spent under this lease
--   announced  = how far it may have spent: never more than granted, and raised before it is spent
--
-- granted - announced comes back by itself when a node is not heard any more; the rest when that
-- node starts again and tells from its own memory what it spent.
--
-- The functions are all that @accountant@ may do. Rows are locked account by account in the order
-- of their names, the quota before the lease, so that no two nodes wait for each other in a circle.

CREATE TABLE catalog.quota_zone (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    zone text NOT NULL  -- whose midnight ends a day and a month, on all nodes alike
);
INSERT INTO catalog.quota_zone VALUES (true, 'Europe/Paris');

CREATE TABLE catalog.quota_used (
    account text NOT NULL,  -- sub of its keys
    period  text NOT NULL CHECK (period IN ('day', 'month')),
    start   timestamptz NOT NULL,
    ends    timestamptz NOT NULL,
    taken   bigint NOT NULL DEFAULT 0 CHECK (taken >= 0),
    hungry  timestamptz,    -- until then somebody could use what others hold unused
    asker   text,           -- the node that could
    PRIMARY KEY (account, period, start)
) WITH (fillfactor = 50);

CREATE TABLE catalog.quota_node (
    node  text PRIMARY KEY,
    until timestamptz NOT NULL  -- its leases end then, unless it is heard again
) WITH (fillfactor = 20);

CREATE TABLE catalog.quota_lease (
    node      text NOT NULL REFERENCES catalog.quota_node ON DELETE CASCADE,
    account   text NOT NULL,
    period    text NOT NULL,
    start     timestamptz NOT NULL,
    granted   bigint NOT NULL,
    announced bigint NOT NULL CHECK (announced BETWEEN 0 AND granted),
    PRIMARY KEY (node, account, period, start)
) WITH (fillfactor = 50);
CREATE INDEX ON catalog.quota_lease (account, period, start);

-- The window that an instant lies in. Days have 23 to 25 hours.
CREATE FUNCTION catalog.quota_window(period text, at timestamptz,
                                     OUT start timestamptz, OUT ends timestamptz)
    LANGUAGE sql STABLE AS $$
    SELECT w AT TIME ZONE zone, (w + ('1 ' || period)::interval) AT TIME ZONE zone
    FROM (SELECT zone, date_trunc(period, at AT TIME ZONE zone) FROM catalog.quota_zone)
        AS z(zone, w)
$$;

-- Microseconds since 1970, exact.
CREATE FUNCTION catalog.quota_instant(us bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE AS $$
    SELECT to_timestamp(us / 1000000) + (us % 1000000) * interval '1 microsecond'
$$;

-- A sign of life of a node, good for so many milliseconds. Which of its leases somebody else could
-- use. That it may be lost in a crash of the database is no harm: its leases end earlier, then.
CREATE FUNCTION catalog.quota_beat(whose text, life bigint)
    RETURNS TABLE (account text, period text, start timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET synchronous_commit = off AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO catalog.quota_node
        VALUES (whose, clock_timestamp() + life * interval '1 millisecond')
        ON CONFLICT (node) DO UPDATE SET until = excluded.until;
    RETURN QUERY SELECT l.account, l.period, l.start
        FROM catalog.quota_lease AS l JOIN catalog.quota_used AS u USING (account, period, start)
        WHERE l.node = whose AND u.hungry > clock_timestamp() AND u.asker <> whose;
END $$;

-- What nodes that are not heard any more did not announce of this window comes back.
CREATE FUNCTION catalog.quota_reclaim(which text, of text, since timestamptz) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    back  bigint := 0;
    lease record;
BEGIN
    FOR lease IN SELECT l.node, l.granted - l.announced AS rest
        FROM catalog.quota_lease AS l JOIN catalog.quota_node AS n USING (node)
        WHERE l.account = which AND l.period = of AND l.start = since AND l.granted > l.announced
            AND n.until < clock_timestamp()
        ORDER BY l.node FOR UPDATE OF l
    LOOP
        UPDATE catalog.quota_lease AS l SET granted = l.announced
            WHERE l.node = lease.node AND l.account = which AND l.period = of AND l.start = since;
        back := back + lease.rest;
    END LOOP;
    RETURN back;
END $$;

-- Slices for a node. Each wish names account, period and the limit of its quota; `need` units would
-- do for now, `want` would be welcome, and `announce` is how far the node is going to spend of its
-- lease. `fresh`: it knows of none; what one that is there had announced counts as spent. The
-- nearer the end of the quota, the smaller the slices: little is spread over the nodes then.
CREATE FUNCTION catalog.quota_take(whose text, wishes jsonb)
    RETURNS TABLE (n bigint, start timestamptz, ends timestamptz, left_us bigint, given bigint,
                   granted bigint, announced bigint, taken bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    wish  record;
    lost  bigint;
    nodes bigint;
    room  bigint;
BEGIN
    SELECT greatest(1, count(*)) INTO nodes
        FROM catalog.quota_node AS q WHERE q.until > clock_timestamp();
    FOR wish IN SELECT * FROM jsonb_to_recordset(wishes) AS w(n bigint, account text, period text,
            fresh boolean, "limit" bigint, need bigint, want bigint, announce bigint)
        ORDER BY account, period
    LOOP
        SELECT w.start, w.ends INTO start, ends
            FROM catalog.quota_window(wish.period, clock_timestamp()) AS w;
        INSERT INTO catalog.quota_used (account, period, start, ends)
            VALUES (wish.account, wish.period, quota_take.start, quota_take.ends)
            ON CONFLICT DO NOTHING;
        SELECT u.taken INTO taken FROM catalog.quota_used AS u
            WHERE u.account = wish.account AND u.period = wish.period
                AND u.start = quota_take.start FOR UPDATE;
        IF wish.fresh THEN
            DELETE FROM catalog.quota_lease AS l
                WHERE l.node = whose AND l.account = wish.account AND l.period = wish.period
                    AND l.start = quota_take.start
                RETURNING l.granted - l.announced INTO lost;
            taken := taken - coalesce(lost, 0);
        END IF;
        IF wish."limit" - taken < wish.want THEN
            taken := taken - catalog.quota_reclaim(wish.account, wish.period, start);
        END IF;
        room := wish."limit" - taken;
        given := greatest(0, least(wish.want, room, greatest(wish.need, room / (4 * nodes))));
        taken := taken + given;
        UPDATE catalog.quota_used AS u SET taken = quota_take.taken
            WHERE u.account = wish.account AND u.period = wish.period
                AND u.start = quota_take.start;
        IF given < wish.need THEN
            UPDATE catalog.quota_used AS u
                SET hungry = clock_timestamp() + interval '3 s', asker = whose
                WHERE u.account = wish.account AND u.period = wish.period
                    AND u.start = quota_take.start;
        END IF;
        IF given > 0 THEN
            INSERT INTO catalog.quota_lease AS l
                    (node, account, period, start, granted, announced)
                VALUES (whose, wish.account, wish.period, quota_take.start, given,
                        least(given, wish.announce))
                ON CONFLICT (node, account, period, start) DO UPDATE
                    SET granted = l.granted + given,
                        announced = greatest(l.announced, least(l.granted + given, wish.announce))
                RETURNING l.granted, l.announced INTO granted, announced;
        ELSE
            UPDATE catalog.quota_lease AS l
                SET announced = greatest(l.announced, least(l.granted, wish.announce))
                WHERE l.node = whose AND l.account = wish.account AND l.period = wish.period
                    AND l.start = quota_take.start
                RETURNING l.granted, l.announced INTO granted, announced;
            granted := coalesce(granted, 0);
            announced := coalesce(announced, 0);
        END IF;
        n := wish.n;
        left_us := floor(extract(epoch FROM ends - clock_timestamp()) * 1000000);
        RETURN NEXT;
    END LOOP;
END $$;

-- How far a node is going to spend of what it holds. A lease that is not there any more has no row
-- here; one of which something was reclaimed is raised no further than what is left.
CREATE FUNCTION catalog.quota_announce(whose text, wishes jsonb)
    RETURNS TABLE (n bigint, granted bigint, announced bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    wish record;
BEGIN
    FOR wish IN SELECT * FROM jsonb_to_recordset(wishes) AS w(n bigint, account text, period text,
            start bigint, announce bigint) ORDER BY account, period
    LOOP
        UPDATE catalog.quota_lease AS l
            SET announced = greatest(l.announced, least(l.granted, wish.announce))
            WHERE l.node = whose AND l.account = wish.account AND l.period = wish.period
                AND l.start = catalog.quota_instant(wish.start)
            RETURNING wish.n, l.granted, l.announced INTO n, granted, announced;
        IF FOUND THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;

-- The end of leases: so much was spent, the rest goes back. Asked again it changes nothing.
CREATE FUNCTION catalog.quota_return(whose text, rests jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rest record;
    held bigint;
BEGIN
    FOR rest IN SELECT r.account, r.period, catalog.quota_instant(r.start) AS start, r.spent
        FROM jsonb_to_recordset(rests) AS r(account text, period text, start bigint, spent bigint)
        ORDER BY account, period, start
    LOOP
        PERFORM FROM catalog.quota_used AS u
            WHERE u.account = rest.account AND u.period = rest.period AND u.start = rest.start
            FOR UPDATE;
        DELETE FROM catalog.quota_lease AS l
            WHERE l.node = whose AND l.account = rest.account AND l.period = rest.period
                AND l.start = rest.start
            RETURNING l.granted INTO held;
        IF FOUND THEN
            UPDATE catalog.quota_used AS u SET taken = u.taken - (held - rest.spent)
                WHERE u.account = rest.account AND u.period = rest.period AND u.start = rest.start;
        END IF;
    END LOOP;
END $$;

-- What was charged and given back after its lease had ended. Not to be asked again when it is not
-- known whether it was done.
CREATE FUNCTION catalog.quota_credit(rests jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rest record;
BEGIN
    FOR rest IN SELECT r.account, r.period, catalog.quota_instant(r.start) AS start, r.spent
        FROM jsonb_to_recordset(rests) AS r(account text, period text, start bigint, spent bigint)
        ORDER BY account, period, start
    LOOP
        UPDATE catalog.quota_used AS u SET taken = greatest(0, u.taken - rest.spent)
            WHERE u.account = rest.account AND u.period = rest.period AND u.start = rest.start;
    END LOOP;
END $$;

-- Every lease of a node, as a node that starts again has to know.
CREATE FUNCTION catalog.quota_held(whose text)
    RETURNS TABLE (account text, period text, start timestamptz, granted bigint, announced bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.account, l.period, l.start, l.granted, l.announced
        FROM catalog.quota_lease AS l WHERE l.node = whose ORDER BY l.account, l.period, l.start
$$;

-- Forgets windows that ended 400 days ago, what was held of them, and nodes not heard since.
CREATE FUNCTION catalog.quota_prune() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM catalog.quota_used WHERE ends < now() - interval '400 days';
    DELETE FROM catalog.quota_lease AS l WHERE NOT EXISTS (SELECT FROM catalog.quota_used AS u
        WHERE u.account = l.account AND u.period = l.period AND u.start = l.start);
    DELETE FROM catalog.quota_node AS n WHERE n.until < now() - interval '400 days'
        AND NOT EXISTS (SELECT FROM catalog.quota_lease AS l WHERE l.node = n.node)
$$;

GRANT USAGE ON SCHEMA catalog TO @accountant@;
REVOKE ALL ON FUNCTION catalog.quota_beat, catalog.quota_take, catalog.quota_announce,
    catalog.quota_return, catalog.quota_credit, catalog.quota_held, catalog.quota_prune FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalog.quota_beat, catalog.quota_take, catalog.quota_announce,
    catalog.quota_return, catalog.quota_credit, catalog.quota_held, catalog.quota_prune
    TO @accountant@;
