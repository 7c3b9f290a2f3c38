-- The day on which a key was used last: told by the clock process of each node, which may write
-- this column and nothing else of a key.
GRANT UPDATE (used) ON catalog.api_key TO @writer@;
