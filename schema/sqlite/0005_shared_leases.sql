-- A lease may be given the credential of another, which is withdrawn with the last that shares it.
ALTER TABLE lease ADD COLUMN shares TEXT;
CREATE INDEX lease_by_shared ON lease (shares, expires_at) WHERE shares IS NOT NULL AND state = 'live';
