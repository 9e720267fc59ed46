-- Memos are searched by one index, whatever is asked for. Beside the words of a memo it holds, as further lexemes, its swarm,
-- its outcome, who voted, and where in the chain it stands: in which block of 1,024 positions, in which stretch of 16,384.
-- So a search looks at the newest memos first and then at stretch after stretch, and in each PostgreSQL counts out from the
-- index alone which memos are all that is asked for (SearchStore). No text of a user becomes such a lexeme: they have a space.

CREATE FUNCTION dissent_keys(memo dissent_memo) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT array_to_tsvector(ARRAY['swarm ' || memo.swarm, 'outcome ' || memo.outcome,
        'block ' || (memo.position >> 10), 'stretch ' || (memo.position >> 14)]
        || ARRAY(SELECT 'session ' || s FROM unnest(memo.sessions) s))
$$;

-- By the database, so that a process of the release before writes them too.
CREATE FUNCTION dissent_add_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.words := NEW.words || (SELECT dissent_keys(m) FROM dissent_memo m WHERE m.position = NEW.position);
    RETURN NEW;
END $$;

DROP INDEX dissent_words_search, dissent_memo_swarm, dissent_memo_outcome, dissent_memo_sessions, dissent_memo_at;

ALTER TABLE dissent_words DISABLE TRIGGER dissent_words_append_only;
UPDATE dissent_words w SET words = w.words || dissent_keys(m) FROM dissent_memo m WHERE m.position = w.position;
ALTER TABLE dissent_words ENABLE TRIGGER dissent_words_append_only;
CREATE TRIGGER dissent_words_keys BEFORE INSERT ON dissent_words FOR EACH ROW EXECUTE FUNCTION dissent_add_keys();

-- Dates are looked up as positions: from now on no memo is dated before the one that it follows. Older ones are filed so.
ALTER TABLE dissent_memo DISABLE TRIGGER dissent_memo_append_only;
UPDATE dissent_memo m SET at = so_far.at
    FROM (SELECT position, max(at) OVER (ORDER BY position) AS at FROM dissent_memo) so_far
    WHERE so_far.position = m.position AND so_far.at > m.at;
ALTER TABLE dissent_memo ENABLE TRIGGER dissent_memo_append_only;

-- Without a list of what is not in the index yet: each look would read it.
CREATE INDEX dissent_words_search ON dissent_words USING gin (words) WITH (fastupdate = off);
CREATE INDEX dissent_memo_at ON dissent_memo (at, position);
