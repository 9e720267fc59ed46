package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonDelivery;
import io.vertx.proton.ProtonSender;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.message.Message;

/**
 * Sends to one address of one connection, as fast as the broker gives credit, and completes each message when the broker has
 * said what became of it. On the event loop of its connection only.
 */
final class AmqpSender {
    private record Pending(Message message, Promise<Void> answered) {}

    private final String name;
    private final boolean isTopic;
    private final ProtonSender link;
    private final Promise<AmqpSender> attached = Promise.promise();
    private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
    private final Set<Promise<Void>> unanswered = new HashSet<>();
    private long drySince = System.nanoTime();
    private boolean dry = true;
    private boolean ended;
    private ChannelRefusal refusal;
    private long refusedAt;

    /** Attaches. */
    AmqpSender(ProtonConnection connection, AmqpDialect dialect, String name, boolean isTopic) {
        this.name = name;
        this.isTopic = isTopic;
        this.link =
                AmqpConnection.session(connection).createSender(isTopic ? dialect.topic(name) : dialect.queue(name));
        ((Target) link.getTarget()).setCapabilities(Symbol.valueOf(isTopic ? "topic" : "queue"));
        link.openHandler(opened -> {
            // A broker that refuses answers without a target, and then with the reason.
            if (opened.succeeded() && link.getRemoteTarget() != null) {
                attached.tryComplete(this);
            }
        });
        AmqpConnection.whenEnded(link, why -> end(refused(why)));
        link.sendQueueDrainHandler(credited -> flush());
        link.open();
    }

    /** Whether the broker takes at least one message now. */
    boolean hasCredit() {
        return link.isOpen() && !link.sendQueueFull();
    }

    String name() {
        return name;
    }

    boolean isTopic() {
        return isTopic;
    }

    /** Completes when the broker has attached it. */
    Future<AmqpSender> attached() {
        return attached.future();
    }

    /** Sends these in order; completes when all are accepted. */
    Future<Void> send(List<Message> messages) {
        List<Future<Void>> answers = messages.stream()
                .map(message -> {
                    Promise<Void> answered = Promise.promise();
                    waiting.add(new Pending(message, answered));
                    return answered.future();
                })
                .toList();
        flush();
        return Future.all(answers).mapEmpty();
    }

    /** Forgets what the broker gave no credit for. */
    void giveUp() {
        failWaiting(noCredit());
    }

    /** Those that hear of it may send again. */
    private void failWaiting(Throwable why) {
        List<Pending> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(pending -> pending.answered().tryFail(why));
    }

    /** Whether the broker has given no credit for this long. */
    boolean isDry(long nanos) {
        if (!link.sendQueueFull()) {
            dry = false;
        } else if (!dry) {
            dry = true;
            drySince = System.nanoTime();
        }
        return dry && System.nanoTime() - drySince >= nanos;
    }

    /** Why the broker has refused a message here within this time. */
    Optional<ChannelRefusal> refusal(long nanos) {
        return System.nanoTime() - refusedAt < nanos ? Optional.ofNullable(refusal) : Optional.empty();
    }

    /** Detaches: what was not sent fails. */
    void close() {
        end(noCredit());
        AmqpConnection.end(link);
    }

    ChannelRefusal noCredit() {
        return new ChannelRefusal("the broker takes no more for " + name);
    }

    /** It can send no more. */
    void end(Throwable why) {
        ended = true;
        attached.tryFail(why);
        List<Promise<Void>> all = List.copyOf(unanswered);
        unanswered.clear();
        all.forEach(answered -> answered.tryFail(why));
        failWaiting(why);
    }

    boolean hasEnded() {
        return ended;
    }

    private void flush() {
        while (!waiting.isEmpty() && !link.sendQueueFull()) {
            Pending next = waiting.poll();
            unanswered.add(next.answered());
            link.send(next.message(), delivery -> answered(next.answered(), delivery));
        }
    }

    private void answered(Promise<Void> promise, ProtonDelivery delivery) {
        unanswered.remove(promise);
        DeliveryState state = delivery.getRemoteState();
        // A topic that nobody listens to.
        if (state instanceof Accepted || (isTopic && state instanceof Released)) {
            promise.tryComplete();
        } else {
            refusal = new ChannelRefusal("the broker did not accept a message for " + name + ": "
                    + (state instanceof Rejected rejected ? rejected.getError() : state));
            refusedAt = System.nanoTime();
            promise.tryFail(refusal);
        }
    }

    private ChannelRefusal refused(Throwable why) {
        return new ChannelRefusal(
                "the broker refuses " + name + ": " + (why == null ? "it said nothing" : why.getMessage()));
    }
}
