-- Whether rate, burst, exports and pushed rows of a plan are those of each key by itself. Quotas
-- are always the partner's.
ALTER TABLE catalog.plan ADD each_key boolean NOT NULL DEFAULT false;
UPDATE catalog.plan SET each_key = true WHERE id = 'event';
-- It was one for each partner; now it is what all devices of an event have together.
UPDATE catalog.plan SET day = 2000000 WHERE id = 'event' AND day = 20000;
