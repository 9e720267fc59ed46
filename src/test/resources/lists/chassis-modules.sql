--? operator - /chassis/modules
--? few - /chassis/modules
INSERT INTO chassis_module (name, sha256, versions, made_by, created_at)
SELECT 'm' || i, repeat('0', 64), 1, 'o', timestamptz '2100-01-01' FROM generate_series(1, 10) i;
INSERT INTO chassis_module (name, sha256, versions, made_by) SELECT 'noise' || i, repeat('0', 64), 1, 'o' FROM generate_series(1, :n) i;
INSERT INTO chassis_version (module, sha256, version, size, imports, bytes, uploaded_by)
SELECT name, sha256, 1, 1, '{}', '', 'o' FROM chassis_module;
