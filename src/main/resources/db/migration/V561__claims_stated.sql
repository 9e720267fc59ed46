-- How many claims were stated in a swarm (session '') and by each of its sessions. See io.infrafabric.relation.
CREATE TABLE relation_usage (
    swarm   text   NOT NULL,
    session text   NOT NULL,
    claims  bigint NOT NULL,
    PRIMARY KEY (swarm, session)
);
INSERT INTO relation_usage (swarm, session, claims)
SELECT swarm, '', count(*) FROM relation_claim WHERE superseded_at IS NULL GROUP BY swarm
UNION ALL
SELECT swarm, session, count(*) FROM relation_claim WHERE superseded_at IS NULL AND session IS NOT NULL GROUP BY swarm, session;
