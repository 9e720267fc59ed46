package io.infrafabric.bulkhead.slot;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.slot.LiveFigures.BreakerNow;
import io.infrafabric.bulkhead.slot.ProviderBreaker.Result;
import io.infrafabric.bulkhead.slot.ProviderBreaker.Trip;
import io.infrafabric.bulkhead.slot.ProviderBreakerTable.Now;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.event.BulkheadEvent.ProviderClosed;
import io.infrafabric.event.BulkheadEvent.ProviderOpened;
import io.infrafabric.event.BulkheadEvent.ProviderPaused;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Opens and closes breakers for the whole fleet, has models rest, and asks a human when a provider stays away. */
@ApplicationScoped
public class BreakerTransaction {
    /** What comes due when a provider has been away for too long; its name follows. */
    public static final String DOWN = "down:";

    /** What rings when something about a provider's slots, breaker or pauses has changed. */
    static final String BELL = "bulkhead";

    private static final String FUNCTION = "bulkhead";
    private static final String SUBJECT = "provider:";
    private static final String PROVIDER_DOWN = "PROVIDER_DOWN";
    private static final String CLOSE = "CLOSE";
    private static final String KEEP_OPEN = "KEEP_OPEN";

    private final Transactions transactions;
    private final Commands commands;
    private final Due due;
    private final BulkheadConfig config;

    BreakerTransaction(Transactions transactions, Commands commands, Due due, BulkheadConfig config) {
        this.transactions = transactions;
        this.commands = commands;
        this.due = due;
        this.config = config;
    }

    /** Opens the breaker because calls fail, unless somebody was first. */
    Uni<Void> trip(String provider, Trip trip, Duration openFor) {
        return transactions.run(work -> ProviderBreakerTable.trip(
                        work, provider, trip.why(), FUNCTION, openFor, trip.version())
                .chain(opened -> opened.map(now -> due.at(
                                        work.connection(),
                                        FUNCTION,
                                        Map.of(DOWN + provider, now.openedAt().plus(config.downAfter())))
                                .invoke(() -> opened(work, now)))
                        .orElseGet(() -> nothing(work))));
    }

    /** Keeps what a probe came to. */
    Uni<Void> probed(String provider, UUID token, Result result) {
        return transactions.run(work -> switch (result) {
            case CLOSE ->
                ProviderBreakerTable.closeProbed(work, provider, token, "A probe succeeded.", FUNCTION)
                        .chain(closed -> closed.isEmpty() ? nothing(work) : closed(work, closed.get()));
            case REOPEN ->
                ProviderBreakerTable.reopen(work, provider, token, "A probe failed.", FUNCTION)
                        .chain(reopened -> {
                            reopened.ifPresentOrElse(now -> opened(work, now), work::nothingWritten);
                            return Uni.createFrom().voidItem();
                        });
            case RELEASE ->
                ProviderBreakerTable.release(work, provider, token).invoke(() -> work.ring(BELL + ":" + provider));
        });
    }

    /** Has models rest for the whole fleet. */
    Uni<Void> pause(String provider, Map<String, Duration> rests) {
        return transactions.run(work -> ModelPauseTable.pause(work, provider, rests)
                .invoke(longer -> {
                    longer.forEach(pause -> work.emit(
                            new ProviderPaused(
                                    provider,
                                    pause.model(),
                                    pause.until(),
                                    pause.until().toEpochMilli()),
                            Trace.NONE));
                    work.ring(BELL + ":" + provider);
                })
                .replaceWithVoid());
    }

    /**
     * An operator opens it.
     *
     * @param openFor {@code null}: until it is closed
     */
    public Uni<Reply<BreakerNow>> open(
            Provider provider, String why, String by, Duration openFor, Keep<BreakerNow> keep) {
        return commands.alone(
                keep,
                work -> ProviderBreakerTable.open(
                                work,
                                provider.name(),
                                why,
                                by,
                                openFor,
                                provider.breaker().openFor())
                        .invoke(opened -> opened.ifPresent(now -> opened(work, now)))
                        .chain(() -> ProviderBreakerTable.shown(work.connection(), provider.name())));
    }

    /** An operator closes it; nothing happens if it is closed. */
    public Uni<Reply<BreakerNow>> close(String provider, String why, String by, Keep<BreakerNow> keep) {
        return commands.alone(
                keep,
                work -> close(work, provider, why, by)
                        .chain(() -> ProviderBreakerTable.shown(work.connection(), provider)));
    }

    private Uni<Void> close(Work work, String provider, String why, String by) {
        return ProviderBreakerTable.close(work, provider, why, by)
                .chain(closed -> closed.isEmpty() ? Uni.createFrom().voidItem() : closed(work, closed.get()));
    }

    /** A human was asked, and has decided. */
    public Uni<Void> ruled(Work work, CaseResolved ruling) {
        return ruling.function().equals(FUNCTION)
                        && ruling.option().equals(CLOSE)
                        && ruling.subject().startsWith(SUBJECT)
                ? close(
                        work,
                        ruling.subject().substring(SUBJECT.length()),
                        ruling.note() == null ? "A human decided so." : ruling.note(),
                        ruling.by())
                : Uni.createFrom().voidItem();
    }

    /** The time has come to ask a human, if the provider is still away. */
    public Uni<Void> stillDown(Work work, String provider) {
        return ProviderBreakerTable.lock(work, provider).take().chain(found -> {
            Now now = found.orElse(null);
            boolean down = now != null
                    && now.open()
                    && !now.asked()
                    && !now.openedAt().plus(config.downAfter()).isAfter(now.now());
            if (!down) {
                return Uni.createFrom().voidItem();
            }
            work.emit(question(now), Trace.NONE);
            return ProviderBreakerTable.asked(work, provider);
        });
    }

    private static CaseRequested question(Now now) {
        return new CaseRequested(
                FUNCTION,
                SUBJECT + now.provider(),
                null,
                PROVIDER_DOWN,
                Severity.HIGH,
                "Provider " + now.provider() + " has not answered since " + now.openedAt()
                        + ", so calls to it are refused."
                        + " It is tried again now and then by itself. Should calls begin again at once?",
                List.of(CLOSE, KEEP_OPEN),
                List.of(SUBJECT + now.provider(), now.reason()),
                now.openedAt().toString(),
                now.now());
    }

    private void opened(Work work, Now now) {
        work.emit(
                new ProviderOpened(now.provider(), now.reason(), now.by(), now.openUntil(), now.version()), Trace.NONE);
        work.ring(BELL + ":" + now.provider());
    }

    private Uni<Void> closed(Work work, Now now) {
        work.emit(new ProviderClosed(now.provider(), now.reason(), now.by(), now.version()), Trace.NONE);
        if (now.asked()) {
            work.emit(
                    new CauseEnded(FUNCTION, SUBJECT + now.provider(), null, PROVIDER_DOWN, ended(now), now.now()),
                    Trace.NONE);
        }
        work.ring(BELL + ":" + now.provider());
        return due.forget(work.connection(), FUNCTION, Set.of(DOWN + now.provider()));
    }

    private static String ended(Now now) {
        return "The breaker was closed by " + now.by() + ": " + now.reason();
    }

    private static Uni<Void> nothing(Work work) {
        work.nothingWritten();
        return Uni.createFrom().voidItem();
    }
}
