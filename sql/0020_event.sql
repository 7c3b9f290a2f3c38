-- Event keys: a pool of places, each for one device that nobody registered, had with a short code.

CREATE TABLE catalog.event (
    id        text PRIMARY KEY CHECK (id ~ '^[0-9a-z]{12}$'), -- partner of its keys: event:<id>
    code      bytea NOT NULL UNIQUE CHECK (length(code) = 32), -- SHA-256; the code is kept nowhere
    title_fr  text NOT NULL CHECK (length(title_fr) BETWEEN 1 AND 200),
    title_en  text NOT NULL CHECK (length(title_en) BETWEEN 1 AND 200),
    plan      text NOT NULL,
    scope     text NOT NULL,
    narrowing jsonb NOT NULL,
    places    bigint NOT NULL CHECK (places BETWEEN 1 AND 10000),
    taken     bigint NOT NULL DEFAULT 0 CHECK (taken BETWEEN 0 AND places),
    refused   bigint NOT NULL DEFAULT 0, -- claims for which there was no place
    ends      timestamptz NOT NULL,
    created   timestamptz NOT NULL DEFAULT now(),
    creator   text NOT NULL,             -- as in the audit
    closed    timestamptz                -- before its end, by somebody
) WITH (fillfactor = 50);

-- The row of the event is locked by whoever takes a place, so places are given one after the other.
CREATE TABLE catalog.event_place (
    event   text NOT NULL REFERENCES catalog.event,
    number  bigint NOT NULL CHECK (number >= 1),
    retry   bytea CHECK (length(retry) = 32), -- SHA-256 of the Idempotency-Key of the claim
    device  text,                             -- as it calls itself
    jti     text NOT NULL REFERENCES catalog.api_key, -- the key that it has now
    again   bigint NOT NULL DEFAULT 0 CHECK (again BETWEEN 0 AND 9), -- how often it got another one
    claimed timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event, number),
    UNIQUE (event, retry)
);

-- What was asked with all keys of an event, in units of its plan's quota; null without a quota.
-- What nodes hold and have not announced is not counted.
CREATE FUNCTION catalog.event_units(which text, OUT today bigint, OUT total bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH used AS (
        SELECT u.period, u.ends, u.taken - coalesce((SELECT sum(l.granted - l.announced)
            FROM catalog.quota_lease AS l WHERE l.account = u.account AND l.period = u.period
            AND l.start = u.start), 0) AS units
        FROM catalog.quota_used AS u WHERE u.account = 'event:' || which
    ), sums AS (
        SELECT sum(units) FILTER (WHERE period = 'day' AND ends > now()) AS today,
            sum(units) FILTER (WHERE period = 'day') AS days,
            sum(units) FILTER (WHERE period = 'month') AS months
        FROM used
    )
    SELECT today::bigint, coalesce(days, months)::bigint FROM sums
$$;
REVOKE ALL ON FUNCTION catalog.event_units FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalog.event_units TO @reader@;

-- What the page of an event shows: neither its code nor who made it, no key and no device.
GRANT SELECT (id, title_fr, title_en, plan, scope, narrowing, places, taken, refused, ends, created,
    closed) ON catalog.event TO @reader@;
GRANT SELECT (event, claimed) ON catalog.event_place TO @reader@;
