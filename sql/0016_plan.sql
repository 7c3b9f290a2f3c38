-- Plans: how much the keys of a partner may ask. A key names its plan, the numbers stand here, so
-- that they can change without a new key.
CREATE TABLE catalog.plan (
    id        text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9_-]{0,62}$'),
    label_fr  text NOT NULL CHECK (length(label_fr) BETWEEN 1 AND 200),
    label_en  text NOT NULL CHECK (length(label_en) BETWEEN 1 AND 200),
    rate      bigint NOT NULL CHECK (rate BETWEEN 0 AND 60000000), -- units a minute; 0: any
    burst     bigint NOT NULL CHECK (burst BETWEEN 1 AND 10000000),    -- units at once
    day       bigint NOT NULL CHECK (day BETWEEN 0 AND 1000000000000), -- units a day; 0: any
    month     bigint NOT NULL CHECK (month BETWEEN 0 AND 1000000000000),
    exports   bigint NOT NULL CHECK (exports BETWEEN 0 AND 1000),      -- at the same time; 0: any
    push_rows bigint NOT NULL CHECK (push_rows BETWEEN 0 AND 1000000), -- a second
    critical  boolean NOT NULL DEFAULT false -- served first under overload
);

INSERT INTO catalog.plan VALUES
    ('partner', 'Partenaire', 'Partner', 60000, 20000, 0, 0, 4, 50000, false),
    ('developer', 'Développeur', 'Developer', 6000, 2000, 200000, 4000000, 2, 1000, false),
    ('event', 'Événement', 'Event', 1200, 300, 20000, 0, 1, 100, false),
    ('essential', 'Service essentiel', 'Essential service', 60000, 20000, 0, 0, 4, 50000, true),
    ('internal', 'Interne', 'Internal', 0, 1, 0, 0, 0, 0, false);

CREATE TRIGGER access_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON catalog.plan FOR EACH STATEMENT EXECUTE FUNCTION catalog.access_changed();

GRANT SELECT ON catalog.plan TO @writer@, @reader@;
