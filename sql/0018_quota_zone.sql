-- Where a day ends is told in answers as well: workers read the zone, and follow when it changes.
GRANT SELECT ON catalog.quota_zone TO @writer@, @reader@;
CREATE TRIGGER access_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON catalog.quota_zone FOR EACH STATEMENT EXECUTE FUNCTION catalog.access_changed();

-- With a zone that PostgreSQL does not know no quota could be counted any more.
CREATE FUNCTION catalog.quota_zone_known() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM now() AT TIME ZONE NEW.zone;
    RETURN NEW;
END $$;
CREATE TRIGGER known BEFORE INSERT OR UPDATE
    ON catalog.quota_zone FOR EACH ROW EXECUTE FUNCTION catalog.quota_zone_known();
