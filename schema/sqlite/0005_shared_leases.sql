-- A lease may be given the credential of another, which is withdrawn with the last that shares it. Those that share are
-- many: what ends them alone is found by their id, by this, and by the tree of their record, without a row for each.
ALTER TABLE lease ADD COLUMN shares TEXT;
-- Of one that others may share: the name of all that it is for, by which they have to ask for it.
ALTER TABLE lease ADD COLUMN shared_as TEXT;
CREATE INDEX lease_by_shared ON lease (shares, id) WHERE shares IS NOT NULL;
