-- What every answer tells of its dataset (modules/store/read.c), ready in one column: to put it
-- together took longer than to find the row.
ALTER TABLE catalog.state ADD COLUMN told bytea GENERATED ALWAYS AS (
    int8send(commit) || timestamptz_send(instant)
        || timestamptz_send(coalesce(pushed, '-infinity')) || int8send(records) || int8send(horizon)
) STORED;
