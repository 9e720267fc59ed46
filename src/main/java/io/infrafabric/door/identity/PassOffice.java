package io.infrafabric.door.identity;

import io.infrafabric.command.AuditTrail;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Deed;
import io.infrafabric.command.Role;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.PassResource.Made;
import io.infrafabric.door.identity.Passes.Pass;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Makes and revokes tokens of operators and viewers, for {@link PassResource} and for the command in {@code launch}.
 * Writes what it does into the audit log, in the same transaction.
 */
@ApplicationScoped
public class PassOffice {
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");
    private static final UUID LAST_ID = new UUID(-1, -1);

    private final Tokens tokens;
    private final Passes passes;
    private final AuditTrail trail;
    private final AnswerWriter json;
    private final Pool pool;

    /** The possible holders of these tokens. */
    private enum Holder {
        OPERATOR,
        VIEWER
    }

    /**
     * A request for a token, in bounds.
     *
     * @param swarm {@code null} means all
     * @param ttl {@code null} means the default
     */
    public record Wish(String name, Role role, String swarm, Duration ttl) {

        /** Checks a request from outside; a {@link Problem} that names the field if it is out of bounds. */
        public static Wish of(String name, String role, String swarm, Long ttlSeconds) {
            Holder holder = Check.given("role", Check.oneOf("role", role, Holder.class));
            return new Wish(
                    Check.givenId("name", name),
                    Role.valueOf(holder.name()),
                    Check.id("swarm", swarm),
                    // Bounded here, before it becomes a Duration; Tokens checks the configured bound.
                    ttlSeconds == null
                            ? null
                            : Duration.ofSeconds(Check.between("ttlSeconds", ttlSeconds, 1, Integer.MAX_VALUE)));
        }
    }

    @Inject
    PassOffice(Tokens tokens, Passes passes, AuditTrail trail, AnswerWriter json, Pool pool) {
        this.tokens = tokens;
        this.passes = passes;
        this.trail = trail;
        this.json = json;
        this.pool = pool;
    }

    /**
     * Makes a token, and stores it before handing it out. Callers whose own token is revoked make none, even if this
     * process has not heard of the revocation yet.
     *
     * @param by who makes it
     * @param deed the call, for the audit log
     */
    Uni<Made> make(Wish wish, String by, Deed deed) {
        String id = UUID.randomUUID().toString();
        Caller holder = new Caller(wish.name(), wish.swarm(), wish.role(), 0, id);
        return tokens.issue(holder, wish.ttl()).chain(token -> {
            Made made = new Made(
                    id,
                    wish.name(),
                    wish.role().name().toLowerCase(Locale.ROOT),
                    wish.swarm(),
                    token.token(),
                    token.expiresAt());
            String answered = json.write(201, made).body();
            return pool.withTransaction(connection -> passes.mustHold(connection, deed.by())
                            .chain(() -> passes.add(connection, holder, by, token.expiresAt()))
                            .chain(() -> trail.write(connection, List.of(new AuditTrail.Line(deed, null, answered)))))
                    .replaceWith(made);
        });
    }

    /** The same from a shell, where no token identifies the caller. */
    public Uni<Made> make(Wish wish, String by) {
        return make(wish, by, new Deed(new Caller(by, null, Role.OPERATOR), "COMMAND", "/coordinator/tokens", wish));
    }

    /** The newest tokens, and the cursor of the next page. */
    public Uni<Page<Pass>> list(int limit) {
        return page(null, null, limit);
    }

    /** One page, newest first, of the tokens in reach of a swarm's operator ({@code null}: all). */
    Uni<Page<Pass>> page(String reach, String cursor, int limit) {
        List<String> after = cursor == null ? List.of(LATEST.toString(), LAST_ID.toString()) : Cursor.decode(cursor, 2);
        return passes.page(reach, Cursor.instant(after.get(0)), Cursor.uuid(after.get(1)), limit + 1)
                .map(rows -> Page.of(rows, limit, pass -> List.of(pass.madeAt().toString(), pass.id())));
    }

    /** Revokes a token; false if none in reach has this id. */
    Uni<Boolean> revoke(UUID id, String by, String reach, Deed deed) {
        return pool.withTransaction(connection -> passes.revoke(connection, id, by, reach)
                        .call(pass -> pass == null
                                ? Uni.createFrom().voidItem()
                                : trail.write(
                                        connection,
                                        List.of(new AuditTrail.Line(
                                                deed,
                                                null,
                                                json.write(200, pass).body())))))
                .map(pass -> {
                    if (pass != null) {
                        passes.isRevoked(pass.id());
                    }
                    return pass != null;
                });
    }

    /** The same from a shell. */
    public Uni<Boolean> revoke(UUID id, String by) {
        return revoke(
                id,
                by,
                null,
                new Deed(new Caller(by, null, Role.OPERATOR), "COMMAND", "/coordinator/tokens/" + id, null));
    }
}
