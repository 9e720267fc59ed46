-- A decision's "words" are from now on the characters of the votes that stand: who changes their mind often takes nobody
-- else's room. What one elector has said on a decision, changes included, is counted here.
ALTER TABLE consensus_vote ADD COLUMN said bigint NOT NULL DEFAULT 0;
