--? operator - /stealing/dead-letters
INSERT INTO bus_dead_letter (function, event, type, subject, envelope, error, attempts, first_at, last_at)
SELECT 'stealing', gen_random_uuid(), 't', 's', '{}', 'e', 1, now(), timestamptz '2020-01-01' FROM generate_series(1, 10);
INSERT INTO bus_dead_letter (function, event, type, subject, envelope, error, attempts, first_at, last_at)
SELECT 'dissent', gen_random_uuid(), 't', 's', '{}', 'e', 1, now(), now() FROM generate_series(1, :n);
