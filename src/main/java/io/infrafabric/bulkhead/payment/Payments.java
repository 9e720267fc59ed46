package io.infrafabric.bulkhead.payment;

import io.infrafabric.budget.Reservations;
import io.infrafabric.budget.Reservations.Reserved;
import io.infrafabric.budget.Reservations.Standing;
import io.infrafabric.budget.price.Prices;
import io.infrafabric.bulkhead.payment.CallEnd.Outcome;
import io.infrafabric.bulkhead.payment.PaymentTransaction.Beginning;
import io.infrafabric.bulkhead.payment.PaymentTransaction.Ending;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.usage.Request;
import io.infrafabric.bulkhead.usage.Usage;
import io.infrafabric.bus.CommitUnknown;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Regularly;
import io.infrafabric.command.Caller;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Holds money before calls, and books what they cost. */
@ApplicationScoped
public class Payments {
    private static final Logger LOG = Logger.getLogger(Payments.class);

    /** How long the ends of calls are tried again before anybody hears of it, and at most how far apart. */
    private static final Duration FIRST_WAIT = Duration.ofMillis(100);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    /** After the lease of a call and its time are over, it is surely lost. */
    private static final Duration SLACK = Duration.ofMinutes(5);

    private static final Duration PAYS_FOR = Duration.ofSeconds(10);
    private static final int MOST_PAYING = 10_000;

    /** Last, when all that answers calls has stopped. */
    private static final int AFTER_ALL_OTHERS = 5000;

    private final EventIds ids;
    private final Pool pool;
    private final Prices prices;
    private final Reservations reservations;
    private final PaymentTransaction transaction;
    private final PaymentConfig config;
    private final GroupCommit<Beginning, Reserved> beginning;
    private final GroupCommit<Ending, Boolean> ending;
    private final Gathering gathering;

    /** Calls under way in this process, and those whose end is not written yet. */
    private final Map<UUID, Payment> open = new ConcurrentHashMap<>();

    /** Those of them that have ended. */
    private final Set<UUID> ended = ConcurrentHashMap.newKeySet();

    /** Sessions for which somebody pays, and when that was read. */
    private final Map<String, Long> paying = new ConcurrentHashMap<>();

    /** Calls that looked lost when this process looked last. */
    private volatile Set<UUID> suspects = Set.of();

    private final AtomicBoolean failing = new AtomicBoolean();

    Payments(
            EventIds ids,
            Vertx vertx,
            Pool pool,
            Prices prices,
            Reservations reservations,
            PaymentTransaction transaction,
            PaymentConfig config) {
        this.ids = ids;
        this.pool = pool;
        this.prices = prices;
        this.reservations = reservations;
        this.transaction = transaction;
        this.config = config;
        GroupCommit.Bounds bounds = new GroupCommit.Bounds(config.callBatch(), config.maxCalls(), 1);
        this.beginning = new GroupCommit<>("calls", bounds, _ -> null, transaction::begin);
        this.ending = new GroupCommit<>("ends of calls", bounds, _ -> null, transaction::end);
        this.gathering =
                new Gathering(over -> vertx.setTimer(config.callGather().toMillis(), _ -> over.run()));
    }

    /**
     * What a provider cost today.
     *
     * @param costUnknown the part of it that is estimated, because nobody saw the usage
     */
    @RegisterForReflection
    public record Spent(BigDecimal costToday, BigDecimal costUnknown) {}

    void keepLeases(@Observes StartupEvent started, Regularly regularly) {
        regularly.every(config.callRenew(), "Renewing the leases of calls, and looking for lost ones", this::look);
    }

    /**
     * In one transaction: the claim still has that epoch, the money is held, the row of the call is there. Fails with a
     * Problem if one of them is not so. Where nobody pays, because no account on the way has a limit or nothing has a
     * price, only the claim is looked at, and the row comes after the call.
     *
     * @param task {@code null} if the call is for none
     * @param epoch {@code null} for that of the claim that the session has
     * @param maxCost what the caller wants to spend at most; {@code null} for anything
     */
    public Uni<Payment> before(
            Provider provider,
            Request request,
            Caller caller,
            String task,
            Long epoch,
            BigDecimal maxCost,
            Instant now) {
        if (open.size() >= config.maxCalls()) {
            return Uni.createFrom().failure(PaymentRefusals.tooMany(config.maxCalls()));
        }
        String kin = Estimate.kin(provider.dialect());
        return prices.of(pool, provider.name(), kin, named(request.model())).chain(price -> {
            if (Estimate.isRefused(provider, request, price)) {
                throw PaymentRefusals.priceUnknown(provider, request.model());
            }
            BigDecimal estimate = Estimate.of(request, price, config.assumedOutputTokens());
            if (maxCost != null && estimate.compareTo(maxCost) > 0) {
                throw PaymentRefusals.aboveMaxCost(estimate, maxCost);
            }
            Payment wanted = new Payment(
                    ids.next(),
                    provider.name(),
                    kin,
                    request.model(),
                    caller.subject(),
                    caller.swarm(),
                    task,
                    epoch,
                    request.inputTokens(),
                    estimate,
                    false,
                    now);
            return begin(
                    wanted, provider.timeouts().total().plus(config.callLease()).plus(SLACK));
        });
    }

    private static List<String> named(String... models) {
        return Arrays.stream(models).filter(Objects::nonNull).toList();
    }

    private Uni<Payment> begin(Payment wanted, Duration atMost) {
        boolean free = wanted.estimate().signum() == 0;
        if (free && wanted.task() == null) {
            return Uni.createFrom().item(opened(wanted));
        }
        if (!free && isPaying(wanted.session())) {
            return held(wanted, atMost);
        }
        return reservations.standing(pool, wanted.session(), wanted.task()).chain(standing -> {
            boolean claimed = wanted.task() == null
                    || (standing.epoch() != null
                            && (wanted.epoch() == null || standing.epoch().equals(wanted.epoch())));
            if (!claimed) {
                throw PaymentRefusals.stale(wanted, standing.epoch());
            }
            if (free || !standing.pays()) {
                return Uni.createFrom().item(opened(wanted.unheld(standing.epoch())));
            }
            pays(wanted.session());
            return held(wanted, atMost);
        });
    }

    /** Whether somebody paid for this session just now: to hold money where no limit is left does no harm. */
    private boolean isPaying(String session) {
        Long since = paying.get(session);
        return since != null && System.nanoTime() - since < PAYS_FOR.toNanos();
    }

    private void pays(String session) {
        if (paying.size() >= MOST_PAYING) {
            paying.clear();
        }
        paying.put(session, System.nanoTime());
    }

    private Uni<Payment> held(Payment wanted, Duration atMost) {
        return begun(new Beginning(wanted, atMost)).chain(answer -> switch (answer) {
            case Reserved.Granted granted -> Uni.createFrom().item(wanted.heldFor(granted.epoch()));
            case Reserved.Refused(var why) -> throw PaymentRefusals.exceeded(why, wanted.estimate());
            case Reserved.Paused(String account, String reason) ->
                throw PaymentRefusals.paused(account, reason, wanted.estimate());
            case Reserved.NoClaim() ->
                reservations
                        .standing(pool, wanted.session(), wanted.task())
                        .map(Standing::epoch)
                        .map(epoch -> {
                            throw PaymentRefusals.stale(wanted, epoch);
                        });
        });
    }

    /** Begins the call, and ends it again if nobody wants to know any more, or if nobody knows whether it has begun. */
    private Uni<Reserved> begun(Beginning call) {
        return Uni.createFrom().emitter(caller -> {
            AtomicBoolean told = new AtomicBoolean();
            caller.onTermination(() -> told.set(true));
            beginning
                    .submit(call)
                    .subscribe()
                    .with(
                            answer -> {
                                Long epoch = answer instanceof Reserved.Granted granted ? granted.epoch() : null;
                                if (answer instanceof Reserved.Granted) {
                                    opened(call.payment().heldFor(epoch));
                                }
                                if (!told.compareAndSet(false, true)) {
                                    notMade(call.payment().heldFor(epoch));
                                }
                                caller.complete(answer);
                            },
                            failure -> {
                                if (failure instanceof CommitUnknown) {
                                    notMade(opened(call.payment()
                                            .heldFor(call.payment().epoch())));
                                }
                                caller.fail(failure);
                            });
        });
    }

    private void notMade(Payment payment) {
        after(payment, new CallEnd(Outcome.NOT_SENT, 0, Usage.NONE, null, Duration.ZERO, payment.startedAt()));
    }

    private Payment opened(Payment payment) {
        open.put(payment.call(), payment);
        return payment;
    }

    /**
     * Books what the call cost, in the background, until it stands. Only the first end of a call counts. There is room for
     * the end of each call that {@link #before} let begin.
     */
    public void after(Payment payment, CallEnd end) {
        if (!open.containsKey(payment.call()) || !ended.add(payment.call())) {
            return;
        }
        String answered = end.usage() == null ? null : end.usage().model();
        prices.of(pool, payment.provider(), payment.kin(), named(answered, payment.model()))
                .chain(price -> write(new Ending(payment, end, CallCost.of(payment, end, price))))
                .onFailure()
                .invoke(failure -> {
                    if (!failing.getAndSet(true)) {
                        LOG.warnf("The ends of calls cannot be written, and will be tried again: %s", failure);
                    }
                })
                .onFailure()
                .retry()
                .withBackOff(FIRST_WAIT, LONGEST_WAIT)
                .indefinitely()
                .subscribe()
                .with(_ -> written(payment), failure -> {
                    LOG.errorf(failure, "The end of call %s is not written: it will be lost", payment.call());
                    written(payment);
                });
    }

    /** At once where money is held, because others may need it; else together with those that end soon after. */
    private Uni<Boolean> write(Ending over) {
        return over.payment().held() ? ending.submit(over) : gathering.over().chain(() -> ending.submit(over));
    }

    private void written(Payment payment) {
        open.remove(payment.call());
        ended.remove(payment.call());
        if (failing.getAndSet(false)) {
            LOG.info("The ends of calls are written again");
        }
        synchronized (ended) {
            ended.notifyAll();
        }
    }

    /** What this provider cost today. */
    public Uni<Spent> today(String provider) {
        return CallTable.today(pool, provider);
    }

    /** Renews the leases of this process's calls, and books those that others have lost. */
    Uni<Void> look() {
        Set<UUID> mine =
                open.values().stream().filter(Payment::held).map(Payment::call).collect(Collectors.toSet());
        Uni<Void> renewed =
                mine.isEmpty() ? Uni.createFrom().voidItem() : CallTable.renew(pool, mine, config.callLease());
        return renewed.chain(() -> CallTable.lapsed(pool, config.lostBatch()))
                .chain(this::lose)
                .onFailure()
                .invoke(() -> suspects = Set.of());
    }

    /** Calls that looked lost the last time, too: after an outage, others first get the time to renew theirs. */
    private Uni<Void> lose(List<Payment> lapsed) {
        List<Payment> lost = lapsed.stream()
                .filter(call -> suspects.contains(call.call()) && !open.containsKey(call.call()))
                .toList();
        suspects = lapsed.stream().map(Payment::call).collect(Collectors.toCollection(HashSet::new));
        return lost.isEmpty()
                ? Uni.createFrom().voidItem()
                : transaction
                        .lose(lost)
                        .invoke(count -> {
                            // Another process may have been first.
                            if (count > 0) {
                                LOG.warnf("%d calls were lost with their process; their estimates are booked", count);
                            }
                        })
                        .replaceWithVoid();
    }

    /** Waits until the ends of calls are written; what is not written by then is lost, and booked by another process. */
    void stop(@Observes @Priority(AFTER_ALL_OTHERS) ShutdownEvent stopping) {
        gathering.close();
        long until = System.nanoTime() + config.callEndsWait().toNanos();
        try {
            synchronized (ended) {
                long left = config.callEndsWait().toMillis();
                while (!ended.isEmpty() && left > 0) {
                    ended.wait(left);
                    left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!ended.isEmpty()) {
            LOG.warnf("The ends of %d calls are not written after %s", ended.size(), config.callEndsWait());
        }
    }
}
