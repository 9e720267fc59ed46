package io.infrafabric.command;

import io.infrafabric.command.Idempotency.Verdict;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Runs a batch of commands so that one whose {@code Idempotency-Key} was used before has no second effect. Writes into
 * the audit log what operators did.
 */
@ApplicationScoped
public class Once {

    /**
     * The part of an answer that is kept, and its key. The resource makes it; commands and rules know nothing of it.
     *
     * @param key the key of the call from {@code Identity.key}; {@code null} if nothing is kept
     * @param written turns the command's answer into what is kept; gives {@code null} if the command had no effect. Not
     * called without a key
     */
    public record Keep<A>(Idempotency.Key key, Function<A, Idempotency.Answer> written) {
        /** For commands of the fabric itself: nothing is kept, and nothing goes into the audit log. */
        public static <A> Keep<A> nothing() {
            return new Keep<>(null, answer -> null);
        }
    }

    /** A command on its way to its transaction, with what is kept of its answer. */
    public record Asked<C, A>(C command, Keep<A> keep) {
        /** See {@link Keep#key}. */
        public Idempotency.Key key() {
            return keep.key();
        }
    }

    /** How a call is answered: by the command, by the answer kept under its key, or by a refusal. */
    public sealed interface Reply<A> {
        /** The command's own answer; {@code null} for the other two kinds of reply. */
        default A now() {
            return this instanceof Now<A>(A answer) ? answer : null;
        }

        /** The command ran now; it was done or refused. */
        record Now<A>(A answer) implements Reply<A> {}

        /** The command ran before under this key; this answer was kept. */
        record Before<A>(int status, String body) implements Reply<A> {}

        /** The key was used before with another body; the command did not run. */
        record Reused<A>() implements Reply<A> {}
    }

    /** The answer of a command that had no key ({@code Identity.noted}), so it ran now. */
    public static <A> A now(Reply<A> reply) {
        return switch (reply) {
            case Reply.Now<A>(A answer) -> answer;
            case Reply.Before<A> _, Reply.Reused<A> _ ->
                throw new IllegalStateException("a call without a key was answered before");
        };
    }

    private final Idempotency idempotency;
    private final AuditTrail trail;

    public Once(Idempotency idempotency, AuditTrail trail) {
        this.idempotency = idempotency;
        this.trail = trail;
    }

    /**
     * Runs {@code effects} in the caller's transaction on the commands that have not run before. It answers in the
     * order of its commands. Keeps each answer for which {@link Keep#written} gives something.
     */
    public <C, A> Uni<List<Reply<A>>> run(
            SqlConnection connection, List<Asked<C, A>> commands, Function<List<C>, Uni<List<A>>> effects) {
        List<Idempotency.Key> keys =
                commands.stream().map(Asked::key).filter(Objects::nonNull).toList();
        if (keys.isEmpty()) {
            return effects.apply(commands.stream().map(Asked::command).toList())
                    .map(answers ->
                            answers.stream().<Reply<A>>map(Reply.Now::new).toList());
        }
        List<Idempotency.Key> given =
                keys.stream().filter(Idempotency.Key::isGiven).toList();
        return idempotency.begin(connection, given).chain(verdicts -> {
            List<Asked<C, A>> fresh = commands.stream()
                    .filter(asked -> verdict(asked, verdicts) instanceof Verdict.Fresh)
                    .toList();
            return trail.before(connection, deeds(fresh)).chain(before -> {
                Uni<List<A>> done = fresh.isEmpty()
                        ? Uni.createFrom().item(List.of())
                        : effects.apply(fresh.stream().map(Asked::command).toList());
                return done.chain(answers -> {
                    Map<Idempotency.Key, Idempotency.Answer> effective = effective(fresh, answers);
                    trail.writeAlongside(connection, lines(effective, before));
                    return idempotency
                            .keep(connection, givenAmong(effective))
                            .replaceWith(() -> merge(commands, verdicts, answers));
                });
            });
        });
    }

    /** The same for one command outside a batch. */
    public <A> Uni<Reply<A>> run(SqlConnection connection, Keep<A> keep, Supplier<Uni<A>> effect) {
        return run(
                        connection,
                        List.of(new Asked<>(effect, keep)),
                        fresh -> fresh.getFirst().get().map(Collections::singletonList))
                .map(List::getFirst);
    }

    private static Verdict verdict(Asked<?, ?> asked, Map<Idempotency.Key, Verdict> verdicts) {
        return asked.key() == null || !asked.key().isGiven() ? new Verdict.Fresh() : verdicts.get(asked.key());
    }

    private static <C, A> List<Deed> deeds(List<Asked<C, A>> commands) {
        return commands.stream()
                .map(Asked::key)
                .filter(Objects::nonNull)
                .map(Idempotency.Key::deed)
                .filter(Objects::nonNull)
                .toList();
    }

    private static List<AuditTrail.Line> lines(
            Map<Idempotency.Key, Idempotency.Answer> effective, Map<Deed, String> before) {
        return effective.entrySet().stream()
                .filter(done -> done.getKey().deed() != null)
                .map(done -> {
                    Deed deed = done.getKey().deed();
                    return new AuditTrail.Line(
                            deed, before.get(deed), done.getValue().body());
                })
                .toList();
    }

    private static Map<Idempotency.Key, Idempotency.Answer> givenAmong(
            Map<Idempotency.Key, Idempotency.Answer> effective) {
        Map<Idempotency.Key, Idempotency.Answer> given = new HashMap<>(effective);
        given.keySet().removeIf(key -> !key.isGiven());
        return given;
    }

    /** The answers of commands that had an effect, by key. */
    private static <C, A> Map<Idempotency.Key, Idempotency.Answer> effective(
            List<Asked<C, A>> commands, List<A> answers) {
        Map<Idempotency.Key, Idempotency.Answer> effective = new LinkedHashMap<>();
        for (int i = 0; i < commands.size(); i++) {
            Keep<A> keep = commands.get(i).keep();
            Idempotency.Answer answer =
                    keep.key() == null ? null : keep.written().apply(answers.get(i));
            if (answer != null) {
                effective.put(keep.key(), answer);
            }
        }
        return effective;
    }

    private static <C, A> List<Reply<A>> merge(
            List<Asked<C, A>> commands, Map<Idempotency.Key, Verdict> verdicts, List<A> answers) {
        List<Reply<A>> replies = new ArrayList<>(commands.size());
        Iterator<A> fresh = answers.iterator();
        for (Asked<C, A> asked : commands) {
            replies.add(
                    switch (verdict(asked, verdicts)) {
                        case Verdict.Fresh ignored -> new Reply.Now<>(fresh.next());
                        case Verdict.Replayed before -> new Reply.Before<>(before.status(), before.body());
                        case Verdict.Mismatch ignored -> new Reply.Reused<>();
                    });
        }
        return replies;
    }
}
