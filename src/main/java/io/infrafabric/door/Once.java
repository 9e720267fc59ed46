package io.infrafabric.door;

import io.infrafabric.door.Idempotency.Verdict;
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
 * Runs a batch of commands so that one whose {@code Idempotency-Key} was used before has no second effect, and writes into
 * the audit log what operators did by it.
 */
@ApplicationScoped
public class Once {

    /** A command that may carry a key. */
    public interface Keyed {
        /** What {@link Identity#key} said of the call; {@code null} for nothing. */
        Idempotency.Key key();
    }

    /** What a command came to. */
    public sealed interface Reply<A> {
        /** It was done (or refused) now. */
        record Now<A>(A answer) implements Reply<A> {}

        /** It had been done before: the same answer. */
        record Before<A>(int status, String body) implements Reply<A> {}

        /** Its key had been used for another body. */
        record Reused<A>() implements Reply<A> {}
    }

    /** The answer of a command that had no key to be answered by before ({@link Identity#noted}). */
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
     * Runs {@code effects} in the caller's transaction on those commands that have not been done before; its answers are
     * in the order of its commands. Answers for which {@code kept} gives something are kept.
     */
    public <C extends Keyed, A> Uni<List<Reply<A>>> run(
            SqlConnection connection,
            List<C> commands,
            Function<List<C>, Uni<List<A>>> effects,
            Function<A, Idempotency.Answer> kept) {
        List<Idempotency.Key> keys =
                commands.stream().map(Keyed::key).filter(Objects::nonNull).toList();
        if (keys.isEmpty()) {
            return effects.apply(commands)
                    .map(answers ->
                            answers.stream().<Reply<A>>map(Reply.Now::new).toList());
        }
        List<Idempotency.Key> given =
                keys.stream().filter(Idempotency.Key::isGiven).toList();
        return idempotency.begin(connection, given).chain(verdicts -> {
            List<C> fresh = commands.stream()
                    .filter(command -> isFresh(command, verdicts))
                    .toList();
            return trail.before(connection, deeds(fresh)).chain(before -> {
                Uni<List<A>> done = fresh.isEmpty() ? Uni.createFrom().item(List.of()) : effects.apply(fresh);
                return done.chain(answers -> {
                    Map<Idempotency.Key, Idempotency.Answer> effective = effective(fresh, answers, kept);
                    trail.writeAlongside(connection, lines(effective, before));
                    return idempotency
                            .keep(connection, givenAmong(effective))
                            .replaceWith(() -> merge(commands, verdicts, answers));
                });
            });
        });
    }

    /**
     * The same for one command that is not batched.
     *
     * @param key its key, {@code null} for none
     * @param kept what is kept of the effect, {@code null} for nothing
     */
    public <A> Uni<Reply<A>> run(
            SqlConnection connection,
            Idempotency.Key key,
            Supplier<Uni<A>> effect,
            Function<A, Idempotency.Answer> kept) {
        Keyed command = () -> key;
        return run(
                        connection,
                        List.of(command),
                        fresh -> fresh.isEmpty()
                                ? Uni.createFrom().item(List.of())
                                : effect.get().map(Collections::singletonList),
                        kept)
                .map(List::getFirst);
    }

    private static boolean isFresh(Keyed command, Map<Idempotency.Key, Verdict> verdicts) {
        return verdict(command, verdicts) instanceof Verdict.Fresh;
    }

    private static Verdict verdict(Keyed command, Map<Idempotency.Key, Verdict> verdicts) {
        return command.key() == null || !command.key().isGiven() ? new Verdict.Fresh() : verdicts.get(command.key());
    }

    private static List<Deed> deeds(List<? extends Keyed> commands) {
        return commands.stream()
                .map(Keyed::key)
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

    /** The answers of what had an effect, by the keys of those that have one. */
    private static <C extends Keyed, A> Map<Idempotency.Key, Idempotency.Answer> effective(
            List<C> commands, List<A> answers, Function<A, Idempotency.Answer> kept) {
        Map<Idempotency.Key, Idempotency.Answer> keep = new LinkedHashMap<>();
        for (int i = 0; i < commands.size(); i++) {
            Idempotency.Key key = commands.get(i).key();
            Idempotency.Answer answer = key == null ? null : kept.apply(answers.get(i));
            if (answer != null) {
                keep.put(key, answer);
            }
        }
        return keep;
    }

    private static <C extends Keyed, A> List<Reply<A>> merge(
            List<C> commands, Map<Idempotency.Key, Verdict> verdicts, List<A> answers) {
        List<Reply<A>> replies = new ArrayList<>(commands.size());
        Iterator<A> fresh = answers.iterator();
        for (C command : commands) {
            replies.add(
                    switch (verdict(command, verdicts)) {
                        case Verdict.Fresh ignored -> new Reply.Now<>(fresh.next());
                        case Verdict.Replayed before -> new Reply.Before<>(before.status(), before.body());
                        case Verdict.Mismatch ignored -> new Reply.Reused<>();
                    });
        }
        return replies;
    }
}
