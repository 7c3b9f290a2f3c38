-- hook.lua of a dataset as it was applied: a row of the catalogue, so that every node takes it up
-- with the manifest.
ALTER TABLE catalog.dataset
    ADD COLUMN hook text,                                -- or null: none
    ADD COLUMN hook_reads boolean NOT NULL DEFAULT false;  -- it has on_request, on_record or fields
