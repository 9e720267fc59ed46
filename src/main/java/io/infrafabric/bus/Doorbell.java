package io.infrafabric.bus;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * The state of the channel, as this process last knew it. The bus reports how each write ended, and knocks now and
 * then. While it is anything but {@link State.Rings} the fabric is slower and loses nothing: functions read the event
 * log instead.
 */
@Singleton
public final class Doorbell {
    private static final Logger LOG = Logger.getLogger(Doorbell.class);

    /** The Redis client reports a lost connection as if the server had said so. */
    private static final Set<String> SAID_BY_THE_CLIENT = Set.of("CONNECTION_CLOSED");

    /** The state of the channel. */
    public sealed interface State {
        /** It accepts writes. */
        record Rings() implements State {}

        /** It answers but refuses writes: its memory or its disk is full, or it is a replica. */
        record Refuses(String why) implements State {}

        /** It does not answer. */
        record Away(String why) implements State {}
    }

    private static final State RINGS = new State.Rings();

    private final AtomicReference<State> state = new AtomicReference<>(RINGS);

    private final String name;

    /**
     * A channel that rings until it is known to be otherwise.
     *
     * @param name of the part that is degraded without it: {@code redis} or {@code amqp}
     */
    @Inject
    public Doorbell(MeterRegistry meters, @ConfigProperty(name = Transports.NAME, defaultValue = "redis") String name) {
        this.name = name;
        Gauge.builder("s2.degraded", this, bell -> bell.rings() ? 0 : 1)
                .tag("part", name)
                .description("1 while a part that the fabric can do without is away or refuses writes")
                .register(meters);
    }

    /** What carries the events: {@code redis} or {@code amqp}. */
    public String name() {
        return name;
    }

    /** The state now. */
    public State state() {
        return state.get();
    }

    /** Whether it accepts writes. */
    public boolean rings() {
        return state.get() instanceof State.Rings;
    }

    /** Notes that a write was accepted. */
    public void taken() {
        if (!(state.getAndSet(RINGS) instanceof State.Rings)) {
            LOG.info("The channel accepts writes again");
        }
    }

    /** Notes that a write failed. */
    public void failed(Throwable failure) {
        State now = of(failure);
        State before = state.getAndSet(now);
        if (!before.getClass().equals(now.getClass())) {
            LOG.warnf("Functions read the event log: the channel %s", describe(now));
        }
    }

    /** What is wrong, in words; "nothing" if all is well. */
    public String trouble() {
        return describe(state.get());
    }

    private static String describe(State state) {
        return switch (state) {
            case State.Rings rings -> "nothing";
            case State.Refuses refuses -> "refuses writes: " + refuses.why();
            case State.Away away -> "is away: " + away.why();
        };
    }

    /** When a batch fails, the client lists each command's error on a line with its number. */
    private static String firstOf(String message) {
        return message.lines().findFirst().orElse("").replaceFirst("^ERR \\[\\d+] ", "");
    }

    /** The rule: an answer of the server itself to a write is a refusal; everything else is silence. */
    static State of(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof ChannelRefusal) {
            return new State.Refuses(message);
        }
        return failure instanceof io.vertx.redis.client.impl.types.ErrorType && !SAID_BY_THE_CLIENT.contains(message)
                ? new State.Refuses(firstOf(message))
                : new State.Away(failure.toString());
    }
}
