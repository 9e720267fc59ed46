--? operator - /bulkhead/providers
--? few - /bulkhead/providers
INSERT INTO bulkhead_provider (name, base_url, dialect, max_concurrent, max_queued, queue_millis, connect_millis, first_byte_millis,
  idle_millis, total_millis, breaker_window_millis, breaker_min_calls, breaker_failure_rate, breaker_open_millis, when_client_leaves,
  unknown_model, inject_usage, paths, version, changed_by)
SELECT n, 'http://127.0.0.1:9', 'NONE', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 'ABORT', 'DEAREST', true, '{/}', 1, 'o'
FROM (SELECT 'a' || i AS n FROM generate_series(1, 10) i UNION ALL SELECT 'noise' || i FROM generate_series(1, :n) i) named;
