-- A lease may be given the credential of another, which is withdrawn with the last that shares it. Those that share are
-- many: what ends them alone is found by their id, by this, and by the tree of their record, without a row for each.
ALTER TABLE lease ADD COLUMN shares TEXT;
CREATE INDEX lease_by_shared ON lease (shares, id) WHERE shares IS NOT NULL;
