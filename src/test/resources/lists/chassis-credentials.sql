--? operator - /chassis/credentials
--? operator session /chassis/credentials?session=few-1
--? few - /chassis/credentials
--? session:few-1 - /chassis/credentials
INSERT INTO chassis_credential (token_hash, session, swarm, enrolment, generation, task, epoch, endpoints, issued_by, issued_at, expires_at)
SELECT 'few-' || i, 'few-1', 'few', 1, 1, 't', 1, '{}', 'few-1', timestamptz '2020-01-01', timestamptz '2100-01-01' FROM generate_series(1, 10) i;
INSERT INTO chassis_credential (token_hash, session, swarm, enrolment, generation, task, epoch, endpoints, issued_by, expires_at)
SELECT 'many-' || i, 'many-1', 'many', 1, 1, 't', 1, '{}', 'many-1', timestamptz '2100-01-01' FROM generate_series(1, :n) i;
