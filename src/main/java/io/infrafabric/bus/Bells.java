package io.infrafabric.bus;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * "Look again": one lossy broadcast that tells every process, this one included, that something changed. A lost bell
 * costs time and never a task, because waiters also look again by themselves.
 *
 * <p>A bell is named {@code <what>:<id>}, for example {@code tasks:swarm-1} or {@code inbox:session-3}. Other processes
 * hear of it by the broadcast {@code s2.wake}; the next message carries all bells that are rung while one is on its way.
 */
@Singleton
public final class Bells {
    private static final Logger LOG = Logger.getLogger(Bells.class);

    private final Broadcast broadcast;
    private final Doorbell doorbell;
    private final BusConfig config;
    private final String process = UUID.randomUUID().toString();
    private final Map<String, List<Consumer<String>>> listeners = new ConcurrentHashMap<>();

    private Set<String> queued = new LinkedHashSet<>();
    private boolean sending;

    @Inject
    Bells(Transport transport, Doorbell doorbell, BusConfig config) {
        this.broadcast = transport.broadcast();
        this.doorbell = doorbell;
        this.config = config;
    }

    void start(@Observes StartupEvent started) {
        broadcast.listen(this::onMessage);
    }

    /** Rings a bell in every process, in this one at once. Never fails, never blocks. */
    public void ring(String bell) {
        hear(bell);
        String message;
        synchronized (this) {
            if (queued.size() < config.maxQueuedBells()) {
                queued.add(bell);
            }
            message = nextMessage();
        }
        send(message);
    }

    /**
     * Calls {@code listener} with the rest of the name of each bell that starts with {@code what} and a colon, for as
     * long as the process runs. It must not block, and may be called on any thread.
     */
    public void listen(String what, Consumer<String> listener) {
        listeners.computeIfAbsent(what, any -> new CopyOnWriteArrayList<>()).add(listener);
    }

    private void hear(String bell) {
        int colon = bell.indexOf(':');
        if (colon < 0) {
            return;
        }
        for (Consumer<String> listener : listeners.getOrDefault(bell.substring(0, colon), List.of())) {
            try {
                listener.accept(bell.substring(colon + 1));
            } catch (RuntimeException broken) {
                LOG.errorf(broken, "A listener to %s failed", bell);
            }
        }
    }

    private String nextMessage() {
        if (sending || queued.isEmpty()) {
            return null;
        }
        sending = true;
        Set<String> bells = queued;
        queued = new LinkedHashSet<>();
        return process + '\n' + String.join("\n", bells);
    }

    private void send(String message) {
        if (message == null) {
            return;
        }
        broadcast.send(message).onComplete(sent -> {
            if (sent.failed()) {
                LOG.debugf("Bells were lost: %s", sent.cause());
                // A message that was sent proves nothing: a full Redis passes on what it does not keep.
                doorbell.failed(sent.cause());
            }
            String next;
            synchronized (this) {
                sending = false;
                next = nextMessage();
            }
            send(next);
        });
    }

    private void onMessage(String message) {
        String[] lines = message.split("\n", -1);
        if (!lines[0].equals(process)) {
            for (int i = 1; i < lines.length; i++) {
                hear(lines[i]);
            }
        }
    }

    /** Stops before the clients are gone: a timer would ask them for a connection. */
    void stop(@Observes ShutdownEvent stopping) {
        close();
    }

    void close() {
        broadcast.close();
    }
}
