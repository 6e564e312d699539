-- When the device's messaging certificate expires, so that it is renewed in time and not before.
-- Those that exist were certified for 365 days when the device enrolled.
ALTER TABLE device ADD COLUMN credential_expires_at INTEGER NOT NULL DEFAULT 0;
UPDATE device SET credential_expires_at = created_at + 365 * 24 * 60 * 60 * 1000000;
