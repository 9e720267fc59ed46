-- Webhooks that get events of some types besides cases. See io.infrafabric.escalation.
ALTER TABLE escalation_webhook ADD COLUMN types text[] NOT NULL DEFAULT '{}';
-- The event that a delivery tells of, if it was asked for by its type; case_id is the same then, for releases that know cases only.
ALTER TABLE escalation_delivery ADD COLUMN event uuid;
