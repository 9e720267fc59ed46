package io.infrafabric.dissent;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.consensus.Minutes;
import io.infrafabric.consensus.Minutes.Conditions;
import io.infrafabric.consensus.Minutes.Motion;
import io.infrafabric.consensus.Minutes.Result;
import io.infrafabric.consensus.Minutes.Said;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.dissent.SearchTransaction.Query;
import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import io.infrafabric.event.ConsensusEvent.Outcome;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Dissent as its function and its REST resources see it, for the bench. */
public final class Direct {
    /** The memo that has what no other one has. */
    public static final int ODD_ONE = 500;

    private static final int INDEXED = 100_000;
    private static final String SWARM = "bench";
    private static final int VOTES = 7;
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final List<String> VOCABULARY =
            List.of("cache", "queue", "latency", "rollback", "schema", "tokens", "release", "proof", "budget", "claims");

    private static final String LINKS = "INSERT INTO dissent_link (position, kind, decision, swarm, body, size, previous,"
            + " hash, at) SELECT p, 'MEMO', d, $2, b, octet_length(b), r, h, $7 FROM unnest($1::bigint[], $3::text[],"
            + " $4::text[], $5::text[], $6::text[]) AS l (p, d, b, r, h)";

    private static final String MEMOS = "INSERT INTO dissent_memo (position, decision, swarm, summary, outcome, sessions,"
            + " objected, at) SELECT p, d, $2, s, 'APPROVED', string_to_array(v, ' '),"
            + " (string_to_array(v, ' '))[:1], t FROM unnest($1::bigint[], $3::text[], $4::text[], $5::text[],"
            + " $6::timestamptz[]) AS l (p, d, s, v, t)";

    private static final String WORDS = "INSERT INTO dissent_words (position, part, words)"
            + " SELECT p, 0, to_tsvector('simple', t) FROM unnest($1::bigint[], $2::text[]) AS l (p, t)";

    private Direct() {}

    /** Minutes of seven votes, one against it; their words depend on the number. */
    public static Minutes minutes(int number) {
        List<Said> votes = IntStream.range(0, VOTES)
                .mapToObj(voter -> new Said(
                        number == ODD_ONE && voter == 0 ? "once" : "s" + (number + voter) % 100,
                        voter == 0 ? "reject" : "approve",
                        words(number + voter),
                        new BigDecimal("0.8"),
                        null,
                        List.of("task:t" + number),
                        null,
                        null,
                        1,
                        AT))
                .toList();
        return new Minutes(
                "bench-" + number,
                SWARM,
                new Motion(
                        "Decide number" + number + " on " + VOCABULARY.get(number % VOCABULARY.size()),
                        words(number),
                        List.of(),
                        "bench",
                        AT,
                        null,
                        null),
                new Conditions(
                        VOTES,
                        VOTES,
                        new BigDecimal("0.5"),
                        new BigDecimal("0.8"),
                        AT,
                        false,
                        new BigDecimal("0.5"),
                        null),
                new Result(
                        Outcome.APPROVED, null, ClosedBecause.ALL_VOTED, null, AT, new BigDecimal("1.75")),
                votes,
                List.of());
    }

    private static String words(int number) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            text.append(VOCABULARY.get((number * 7 + i * i) % VOCABULARY.size()))
                    .append(' ')
                    .append(Integer.toString(number % 997 + i, 36))
                    .append(' ');
        }
        text.append(number == ODD_ONE ? "half rest" : number % 2 == 0 ? "half" : "rest");
        return text.append(" memo").append(number).toString();
    }

    /** Appends memos with these numbers in bulk, as the store would one by one; the chain is intact afterwards. */
    public static Future<?> fill(Pool pool, int from, int to) {
        return pool.query("SELECT position, hash FROM dissent_head").execute().compose(rows -> {
            var row = rows.iterator().next();
            List<Link> links = new ArrayList<>();
            Head head = new Head(row.getLong(0), row.getString(1));
            for (int number = from; number < to; number++) {
                Link link = Chain.append(
                        head, Kind.MEMO, "bench-" + number, SWARM, Memo.of(minutes(number), AT), AT);
                links.add(link);
                head = link.head();
            }
            return write(pool, links, IntStream.range(from, to).boxed().toList(), head);
        });
    }

    private static Future<?> write(Pool pool, List<Link> links, List<Integer> numbers, Head head) {
        OffsetDateTime at = AT.atOffset(ZoneOffset.UTC);
        Long[] positions = links.stream().map(Link::position).toArray(Long[]::new);
        String[] decisions = texts(links, Link::decision);
        Tuple all = Tuple.of(positions, SWARM, decisions)
                .addValue(texts(links, Link::body))
                .addValue(texts(links, Link::previous))
                .addValue(texts(links, Link::hash))
                .addValue(at);
        return pool.withTransaction(c -> c.preparedQuery(LINKS)
                .execute(all)
                .compose(done -> c.preparedQuery(MEMOS)
                        .execute(Tuple.of(positions, SWARM, decisions)
                                .addValue(texts(numbers, number -> minutes(number).motion().summary()))
                                .addValue(texts(numbers, Direct::voters))
                                .addValue(numbers.stream()
                                        .map(number -> dated(number).atOffset(ZoneOffset.UTC))
                                        .toArray(OffsetDateTime[]::new))))
                .compose(done -> c.preparedQuery(WORDS)
                        .execute(Tuple.of(
                                positions,
                                (Object) texts(numbers, number -> Searched.parts(Memo.of(minutes(number), AT), INDEXED)
                                        .getFirst()))))
                .compose(done -> c.preparedQuery("UPDATE dissent_head SET position = $1, hash = $2")
                        .execute(Tuple.of(head.position(), head.hash()))));
    }

    private static String voters(int number) {
        return minutes(number).votes().stream().map(Said::session).collect(Collectors.joining(" "));
    }

    /** When the memo with this number is dated, if it was written in bulk. */
    public static Instant dated(int number) {
        return AT.plus(Duration.ofMinutes(number));
    }

    private static <T> String[] texts(List<T> rows, Function<T, String> cell) {
        return rows.stream().map(cell).toArray(String[]::new);
    }

    /** Writes a memo as the reaction to a closed decision does, in a transaction of its own. */
    public static Uni<Void> append(EntitySessions sessions, MemoTransaction memos, Minutes minutes) {
        return sessions.run((session, work) -> ChainTable.lock(session)
                .take()
                .chain(head -> MemoTable.time(work)
                        .chain(now -> memos.write(session, work, head, minutes, now, Trace.NONE))));
    }

    /** How many of the first page are found; {@code null} is any. */
    public static Uni<Integer> search(SearchTransaction memos, String words, String session, Instant to, int limit) {
        return memos.search(new Query(words, session, SWARM, null, null, to, null), limit)
                .map(page -> page.items().size());
    }

    /** How many links were verified; fails if one is broken. */
    public static Uni<Long> verify(ChainTransaction chain) {
        return chain.verify(null).map(verified -> {
            if (!verified.intact()) {
                throw new IllegalStateException("The chain is broken: " + verified);
            }
            return verified.links();
        });
    }

    /** Bytes of a memo, about. */
    public static int size() {
        return Chain.append(Head.START, Kind.MEMO, "d", SWARM, Memo.of(minutes(1), AT), AT)
                .body()
                .getBytes(StandardCharsets.UTF_8)
                .length;
    }
}
