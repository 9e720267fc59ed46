package io.infrafabric.bulkhead;

import io.infrafabric.bulkhead.ProviderBodies.AuthBody;
import io.infrafabric.bulkhead.ProviderBodies.BreakerBody;
import io.infrafabric.bulkhead.ProviderBodies.ProviderBody;
import io.infrafabric.bulkhead.ProviderBodies.ProviderLive;
import io.infrafabric.bulkhead.ProviderBodies.ProviderView;
import io.infrafabric.bulkhead.ProviderBodies.TimeoutSeconds;
import io.infrafabric.bulkhead.payment.Payments.Spent;
import io.infrafabric.bulkhead.provider.Dialect;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.provider.Provider.UnknownModel;
import io.infrafabric.bulkhead.provider.Provider.WhenClientLeaves;
import io.infrafabric.bulkhead.provider.ProviderChecks;
import io.infrafabric.bulkhead.provider.ProviderKeys;
import io.infrafabric.bulkhead.provider.ProviderTransaction.Put;
import io.infrafabric.bulkhead.provider.ProviderTransaction.Removed;
import io.infrafabric.bulkhead.provider.ProviderWish;
import io.infrafabric.bulkhead.provider.ProviderWish.WantedAuth;
import io.infrafabric.bulkhead.provider.ProviderWish.WantedBreaker;
import io.infrafabric.bulkhead.provider.ProviderWish.WantedTimeouts;
import io.infrafabric.bulkhead.slot.LiveFigures;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.input.Check;
import io.infrafabric.input.Decimals;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Duration;

/** Reads what callers send about providers, and shows them the answers of the rules. */
@ApplicationScoped
public class BulkheadAnswers {
    private static final int DONE = 200;
    private static final int MILLIS = 3;

    private final AnswerWriter json;
    private final ProviderChecks checks;
    private final ProviderKeys keys;

    public BulkheadAnswers(AnswerWriter json, BulkheadConfig config, ProviderKeys keys) {
        this.json = json;
        this.checks = new ProviderChecks(config);
        this.keys = keys;
    }

    /** The wish in bounds; a {@link Problem} that names the field if it is not. */
    ProviderWish wish(ProviderBody body) {
        return new ProviderWish(
                checks.address(body.baseUrl()),
                Check.oneOf("dialect", body.dialect(), Dialect.class),
                ProviderChecks.count("maxConcurrent", body.maxConcurrent(), 1),
                ProviderChecks.count("maxQueued", body.maxQueued(), 0),
                ProviderChecks.seconds("queueSeconds", body.queueSeconds(), BigDecimal.ZERO),
                timeouts(body.timeouts()),
                breaker(body.breaker()),
                auth(body.auth()),
                Check.oneOf("whenClientLeaves", body.whenClientLeaves(), WhenClientLeaves.class),
                Check.oneOf("unknownModel", body.unknownModel(), UnknownModel.class),
                body.injectUsage(),
                ProviderChecks.paths(body.paths()));
    }

    private static WantedTimeouts timeouts(TimeoutSeconds given) {
        return given == null
                ? null
                : new WantedTimeouts(
                        ProviderChecks.time("timeouts.connect", given.connect()),
                        ProviderChecks.time("timeouts.firstByte", given.firstByte()),
                        ProviderChecks.time("timeouts.idle", given.idle()),
                        ProviderChecks.time("timeouts.total", given.total()));
    }

    private static WantedBreaker breaker(BreakerBody given) {
        return given == null
                ? null
                : new WantedBreaker(
                        ProviderChecks.time("breaker.window", given.window()),
                        ProviderChecks.count("breaker.minCalls", given.minCalls(), 1),
                        ProviderChecks.rate("breaker.failureRate", given.failureRate()),
                        ProviderChecks.time("breaker.openSeconds", given.openSeconds()));
    }

    private WantedAuth auth(AuthBody given) {
        return given == null
                ? null
                : new WantedAuth(
                        keys.check("auth.key", given.key()),
                        ProviderChecks.header("auth.header", given.header()),
                        ProviderChecks.scheme("auth.scheme", given.scheme()));
    }

    Idempotency.Answer toKeep(Put put) {
        return put instanceof Put.Done(Provider now) ? json.write(DONE, view(now)) : null;
    }

    Idempotency.Answer toKeep(Removed removed) {
        return removed instanceof Removed.Done ? new Idempotency.Answer(204, null) : null;
    }

    Provider done(Put put) {
        return switch (put) {
            case Put.Done(Provider now) -> now;
            case Put.Missing(String field) -> throw Problem.badInput(field, "a value for a new provider of this name");
            case Put.Full(int most) ->
                throw Problem.of(Code.IF_ERR_TOO_MANY_PROVIDERS, "There are " + most + " providers.")
                        .with("most", most);
        };
    }

    static Problem inUse(String provider, int calls) {
        return Problem.of(Code.IF_ERR_PROVIDER_IN_USE, calls + " calls to " + provider + " are under way.")
                .with("provider", provider)
                .with("running", calls);
    }

    ProviderView view(Provider one, Caller caller) {
        return view(one, caller.isSession() ? null : shown(one.auth()), present(one), null);
    }

    ProviderView view(Provider one, Caller caller, LiveFigures figures, Spent spent) {
        return view(
                one,
                caller.isSession() ? null : shown(one.auth()),
                present(one),
                new ProviderLive(
                        figures.running(),
                        figures.queued(),
                        figures.slots(),
                        figures.breaker(),
                        figures.pauses(),
                        figures.last5min(),
                        spent.costToday(),
                        spent.costUnknown()));
    }

    private static ProviderView view(Provider one) {
        return view(one, shown(one.auth()), null, null);
    }

    /** Whether the key is there; {@code null} if there should be none. */
    private Boolean present(Provider one) {
        return one.auth() == null ? null : keys.find(one.auth().key()).isPresent();
    }

    private static AuthBody shown(Provider.Auth auth) {
        return auth == null ? null : new AuthBody(auth.key(), auth.header(), auth.scheme());
    }

    private static ProviderView view(Provider one, AuthBody auth, Boolean present, ProviderLive live) {
        return new ProviderView(
                one.name(),
                one.baseUrl().toString(),
                one.dialect(),
                one.maxConcurrent(),
                one.maxQueued(),
                seconds(one.queueFor()),
                new TimeoutSeconds(
                        seconds(one.timeouts().connect()),
                        seconds(one.timeouts().firstByte()),
                        seconds(one.timeouts().idle()),
                        seconds(one.timeouts().total())),
                new BreakerBody(
                        seconds(one.breaker().window()),
                        one.breaker().minCalls(),
                        one.breaker().failureRate(),
                        seconds(one.breaker().openFor())),
                auth,
                one.whenClientLeaves(),
                one.unknownModel(),
                one.injectUsage(),
                one.paths(),
                one.version(),
                one.createdAt(),
                one.changedAt(),
                one.changedBy(),
                present,
                live);
    }

    private static BigDecimal seconds(Duration time) {
        return Decimals.plain(BigDecimal.valueOf(time.toMillis(), MILLIS));
    }
}
