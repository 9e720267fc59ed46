-- Whether the times of a task allow that it is claimed now: it need not wait any more, and its end has not come. Short, because
-- statements that ask for it must stay short; the planner puts the condition in its place.
CREATE FUNCTION coordinator_in_time(coordinator_task) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT $1.not_before <= now() AND ($1.expires_at IS NULL OR $1.expires_at > now())
$$;
