-- Access: what changes what a key may do, told to every node; the life of keys; who did what.

-- Grows with every change after which somebody may ask less or more than before. It is locked until
-- the change commits, so numbers are given in the order in which changes become visible: who has
-- seen a number has seen every change up to it.
CREATE TABLE catalog.access_change (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO catalog.access_change VALUES (true, 1);

CREATE FUNCTION catalog.access_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.access_change SET number = number + 1;
    PERFORM pg_notify('beffroi_access', '');
    RETURN NULL;
END $$;

ALTER TABLE catalog.signing_key
    ADD signs   timestamptz NOT NULL DEFAULT now(),  -- from then on it signs new keys
    ADD revoked boolean NOT NULL DEFAULT false;      -- it was retired with all the keys it signed

ALTER TABLE catalog.api_key
    ADD plan      text NOT NULL DEFAULT 'partner',
    ADD parent    text REFERENCES catalog.api_key,   -- the key that this one was narrowed from
    ADD narrowing jsonb NOT NULL DEFAULT '{}',       -- datasets, bbox, origins, rate, as claimed
    ADD revoked   timestamptz,                       -- refused since then, whatever a clock says
    ADD ends      timestamptz,                       -- refused from then on, before its token ends
    ADD used      date;                              -- the last day on which it was seen
CREATE INDEX ON catalog.api_key (sub);
CREATE INDEX ON catalog.api_key (parent);
CREATE INDEX ON catalog.api_key (expires) WHERE revoked IS NOT NULL OR ends IS NOT NULL;

-- A new key needs no news: nobody has judged it yet. That it was used changes nothing either.
CREATE TRIGGER access_changed AFTER UPDATE OF revoked, ends OR DELETE OR TRUNCATE
    ON catalog.api_key FOR EACH STATEMENT EXECUTE FUNCTION catalog.access_changed();
CREATE TRIGGER access_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON catalog.signing_key FOR EACH STATEMENT EXECUTE FUNCTION catalog.access_changed();

-- Who did what to which key, when and from where. Only the owner writes here.
CREATE TABLE catalog.audit (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    who    text NOT NULL,   -- sub of the key, or the account that ran the command
    origin text NOT NULL,   -- the address, or the machine that the command ran on
    what   text NOT NULL,   -- key.issue, key.narrow, key.revoke, signing.rotate, …
    about  text,            -- jti, kid or partner
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ON catalog.audit (about, number);

GRANT SELECT ON catalog.access_change TO @writer@, @reader@;
-- What a reader needs to judge a key when its node has heard nothing for too long.
GRANT SELECT (jti, kid, revoked, ends) ON catalog.api_key TO @reader@;
