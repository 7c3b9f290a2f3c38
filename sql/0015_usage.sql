-- Usage: what each node has counted, the days that are closed, and what of them was published.

-- Numbers of a node's life (of its file of counters) are told whole and only ever grow, so telling
-- them twice, or late, changes nothing. The sum over nodes is what was asked.
CREATE TABLE catalog.usage (
    node      text NOT NULL,
    day       date NOT NULL,     -- in Europe/Paris
    dataset   text NOT NULL,     -- or '': the address is of none
    route     text NOT NULL,
    key       boolean NOT NULL,  -- whether one was shown; never which
    client    text NOT NULL,     -- a word of a closed list
    requests  bigint NOT NULL,
    unchanged bigint NOT NULL,   -- of them 304
    errors    bigint NOT NULL,   -- of them 4xx, 5xx or cut off
    rows      bigint NOT NULL,
    bytes     bigint NOT NULL,
    PRIMARY KEY (day, dataset, route, key, client, node)
) WITH (fillfactor = 50);

-- Until when a node has told everything.
CREATE TABLE catalog.usage_node (
    node text PRIMARY KEY,
    told timestamptz NOT NULL
) WITH (fillfactor = 10);

-- A day is closed once: what is published of it is decided in that statement, and never again from
-- other numbers, whoever dies before it is in the dataset.
CREATE TABLE catalog.usage_day (
    day       date PRIMARY KEY,
    least     bigint NOT NULL,  -- cells with fewer requests were merged or masked
    requests  bigint NOT NULL,  -- all of them, for who compares with what came late
    cells     json NOT NULL,
    closed    timestamptz NOT NULL DEFAULT now(),
    published timestamptz       -- the dataset has it
);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON catalog.usage, catalog.usage_node, catalog.usage_day TO @writer@;
