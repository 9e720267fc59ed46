package io.infrafabric.bulkhead.payment;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.Reservations;
import io.infrafabric.budget.Reservations.End;
import io.infrafabric.budget.Reservations.Reserved;
import io.infrafabric.budget.Reservations.Wish;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BulkheadEvent.CallFinished;
import io.infrafabric.event.BulkheadEvent.CallLost;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Begins and ends calls: the row of a call and its money stand together, or neither does. */
@ApplicationScoped
public class PaymentTransaction {
    private final Transactions transactions;
    private final Reservations reservations;
    private final ClaimHolds holds;
    private final PaymentConfig config;

    PaymentTransaction(Transactions transactions, Reservations reservations, ClaimHolds holds, PaymentConfig config) {
        this.transactions = transactions;
        this.reservations = reservations;
        this.holds = holds;
        this.config = config;
    }

    /** A call that wants to begin, and how long it lasts at most. */
    record Beginning(Payment payment, Duration atMost) {
        private Wish wish() {
            return new Wish(
                    payment.call().toString(),
                    payment.session(),
                    payment.task(),
                    payment.epoch(),
                    payment.estimate(),
                    atMost,
                    payment.session());
        }
    }

    /** A call that has ended, and what it has cost. */
    record Ending(Payment payment, CallEnd end, CallCost cost) {
        Integer status() {
            return end.status() == 0 ? null : end.status();
        }

        Long firstByteMillis() {
            return end.firstByte() == null ? null : end.firstByte().toMillis();
        }

        Long totalMillis() {
            return end.total() == null ? null : end.total().toMillis();
        }

        /** As the answer names it, else as the request did. */
        String model() {
            return cost.usage().model() == null ? payment.model() : cost.usage().model();
        }

        private boolean touchesMoney() {
            return payment.held() || cost.dollars().signum() > 0;
        }

        private End booked() {
            return ended(
                    payment,
                    cost.dollars(),
                    model(),
                    cost.usage().input()
                            + cost.usage().cacheRead()
                            + cost.usage().cacheWrite()
                            + cost.usage().cacheWrite1h(),
                    cost.usage().output(),
                    end.at());
        }

        private CallFinished event() {
            return new CallFinished(
                    payment.call().toString(),
                    payment.provider(),
                    model(),
                    payment.session(),
                    payment.swarm(),
                    payment.task(),
                    payment.epoch(),
                    end.outcome().name(),
                    status(),
                    cost.usage().input(),
                    cost.usage().output(),
                    cost.dollars(),
                    cost.from().name(),
                    firstByteMillis(),
                    totalMillis());
        }
    }

    private static End ended(
            Payment payment, BigDecimal cost, String model, Long tokensIn, Long tokensOut, Instant at) {
        return new End(
                payment.call().toString(),
                payment.session(),
                payment.task(),
                payment.epoch(),
                cost,
                model,
                tokensIn,
                tokensOut,
                "call to " + payment.provider(),
                at,
                payment.session());
    }

    /** Holds money for calls and adds their rows; answers in order. */
    Uni<List<Reserved>> begin(List<Beginning> calls) {
        return transactions.run(work -> reservations
                .reserve(work, calls.stream().map(Beginning::wish).toList())
                .invoke(answers -> begin(work, calls, answers)));
    }

    private void begin(Work work, List<Beginning> calls, List<Reserved> answers) {
        List<Payment> begun = new ArrayList<>(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            if (answers.get(i) instanceof Reserved.Granted granted) {
                begun.add(calls.get(i).payment().heldFor(granted.epoch()));
            }
        }
        if (begun.isEmpty()) {
            work.nothingWritten();
        } else {
            CallTable.begin(work, begun, config.callLease());
        }
    }

    /** Books what calls have cost, gives back what was held for them, and writes their ends; answers nothing, in order. */
    Uni<List<Boolean>> end(List<Ending> calls) {
        return transactions.run(work -> book(work, calls)
                .chain(() -> rows(work, calls))
                .replaceWith(() -> calls.stream().map(_ -> true).toList()));
    }

    private Uni<Void> book(Work work, List<Ending> calls) {
        List<End> ends =
                calls.stream().filter(Ending::touchesMoney).map(Ending::booked).toList();
        return ends.isEmpty()
                ? Uni.createFrom().voidItem()
                : reservations.end(work, ends).replaceWithVoid();
    }

    private static Uni<Void> rows(Work work, List<Ending> calls) {
        List<Ending> held = calls.stream().filter(call -> call.payment().held()).toList();
        List<Ending> late =
                calls.stream().filter(call -> !call.payment().held()).toList();
        if (!late.isEmpty()) {
            CallTable.add(work, late);
            late.forEach(call -> work.emit(call.event(), Trace.NONE));
        }
        if (held.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return CallTable.end(work, held)
                .invoke(ended -> held.stream()
                        .filter(call -> ended.contains(call.payment().call()))
                        .forEach(call -> work.emit(call.event(), Trace.NONE)))
                .replaceWithVoid();
    }

    /** Ends calls whose process has died, unless somebody renewed or ended them: their whole estimate is booked, once. */
    Uni<Integer> lose(List<Payment> calls) {
        // The accounts first, and then the leases: in the order of those who end calls.
        return transactions.run(work -> holds.lock(
                        work, calls.stream().map(Payment::session).distinct().toList())
                .take()
                .chain(() -> CallTable.take(work, calls))
                .chain(taken -> lose(work, calls, taken)));
    }

    private Uni<Integer> lose(Work work, List<Payment> calls, Set<UUID> taken) {
        List<Payment> lost =
                calls.stream().filter(call -> taken.contains(call.call())).toList();
        if (lost.isEmpty()) {
            work.nothingWritten();
            return Uni.createFrom().item(0);
        }
        List<End> ends = lost.stream()
                .map(call -> ended(call, call.estimate(), call.model(), null, null, null))
                .toList();
        return reservations.end(work, ends).map(_ -> {
            CallTable.lose(work, lost);
            lost.forEach(call -> work.emit(lostEvent(call), Trace.NONE));
            return lost.size();
        });
    }

    private static CallLost lostEvent(Payment call) {
        return new CallLost(
                call.call().toString(),
                call.provider(),
                call.model(),
                call.session(),
                call.swarm(),
                call.task(),
                call.epoch(),
                call.estimate());
    }
}
