-- Alive is not progress. See io.infrafabric.coordinator.session.Stalling.

ALTER TABLE coordinator_session
    -- How long it may hold work without progress.
    ADD COLUMN stall_seconds int NOT NULL DEFAULT 1200,
    -- When it last showed progress; null if it never has. Moves with gaps in which nothing ran.
    ADD COLUMN progress_at timestamptz,
    -- Tools that it has begun and not ended, and until when a running one counts as progress.
    ADD COLUMN tools_running int NOT NULL DEFAULT 0,
    ADD COLUMN tool_until timestamptz,
    -- Since when it is marked as stalled; null if it is not.
    ADD COLUMN stalled_since timestamptz,
    -- When it is looked at next; null if nobody looks.
    ADD COLUMN stall_look timestamptz;
