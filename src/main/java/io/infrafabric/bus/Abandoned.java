package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Takes over the entries that dead consumers left pending in a stream's group. It looks at the bodies first, and claims
 * only types that this release knows, because a claim counts as a delivery. The others stay, uncounted. Used by one
 * {@link StreamReader}, on its event loop.
 */
final class Abandoned {
    private static final Logger LOG = Logger.getLogger(Abandoned.class);

    /** An entry that nobody has touched for long, and how often it was delivered. */
    private record Idle(String entry, int count) {}

    private final Streams streams;
    private final BusMetrics metrics;
    private final BusConfig.Reader config;
    private final String function;
    private final String stream;
    private final String consumer;

    private String from = "-";
    private long nextLook = System.nanoTime();
    private long nextForgetting = System.nanoTime();
    private long nextWarning = System.nanoTime();
    private long unknown;

    Abandoned(Streams streams, BusMetrics metrics, BusConfig.Reader config, String function, String consumer) {
        this.streams = streams;
        this.metrics = metrics;
        this.config = config;
        this.function = function;
        this.stream = Streams.key(function);
        this.consumer = consumer;
    }

    boolean isDue() {
        return System.nanoTime() - nextLook >= 0;
    }

    /** Takes over at most one batch, or nothing. */
    Future<List<EventBatch.Delivery>> take() {
        return streams.send(Request.cmd(Command.XPENDING)
                        .arg(stream)
                        .arg(function)
                        .arg("IDLE")
                        .arg(config.claimIdle().toMillis())
                        .arg(from)
                        .arg("+")
                        .arg(config.claimPage()))
                .compose(pending -> {
                    List<Idle> idle = new ArrayList<>(pending.size());
                    for (Response entry : pending) {
                        idle.add(new Idle(entry.get(0).toString(), entry.get(3).toInteger()));
                    }
                    return idle.isEmpty()
                            ? Future.succeededFuture(List.of())
                            : look(idle).compose(this::claim);
                })
                .compose(taken -> forgetConsumers().map(taken));
    }

    /** Returns the entries of the page that are known here, and moves on to the next page. */
    private Future<List<Idle>> look(List<Idle> page) {
        List<Request> requests = new ArrayList<>(page.size());
        for (Idle idle : page) {
            requests.add(
                    Request.cmd(Command.XRANGE).arg(stream).arg(idle.entry()).arg(idle.entry()));
        }
        return streams.batch(requests).compose(bodies -> {
            List<Idle> known = new ArrayList<>();
            List<String> gone = new ArrayList<>();
            for (int i = 0; i < page.size(); i++) {
                Response found = bodies.get(i);
                if (found.size() == 0) {
                    gone.add(page.get(i).entry());
                } else if (isKnown(page.get(i), Streams.body(found.get(0).get(1)))) {
                    known.add(page.get(i));
                }
            }
            moveOn(page, known);
            return acknowledge(gone).map(known);
        });
    }

    private boolean isKnown(Idle idle, String body) {
        return switch (Envelopes.read(body)) {
            case Reading.Known known -> true;
            case Reading.Malformed malformed -> true;
            case Reading.Unknown other -> {
                unknown++;
                warnIfOld(idle, other);
                yield false;
            }
        };
    }

    /** Stays on the page while it holds something to take, then goes to the next one; pauses after the last. */
    private void moveOn(List<Idle> page, List<Idle> known) {
        if (!known.isEmpty()) {
            return;
        }
        if (page.size() == config.claimPage()) {
            from = "(" + page.getLast().entry();
        } else {
            endPass();
        }
    }

    private void endPass() {
        metrics.unknown(function, unknown);
        unknown = 0;
        from = "-";
        nextLook = System.nanoTime() + config.claimIdle().toNanos() / 3;
    }

    private void warnIfOld(Idle idle, Reading.Unknown other) {
        long age = System.currentTimeMillis()
                - Long.parseLong(idle.entry().substring(0, idle.entry().indexOf('-')));
        if (age >= config.warnUnknown().toMillis() && System.nanoTime() - nextWarning >= 0) {
            nextWarning = System.nanoTime() + config.warnUnknown().toNanos();
            LOG.warnf(
                    "%s waits for a newer replica of %s since %d s: its type %s is not known here",
                    other.id(), function, age / 1000, other.type());
        }
    }

    /** Claims a batch; an entry that was delivered often goes alone, because it may be what kills consumers. */
    private Future<List<EventBatch.Delivery>> claim(List<Idle> known) {
        if (known.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        List<Idle> batch = known.stream()
                .filter(idle -> idle.count() < config.aloneFrom())
                .limit(config.maxBatch())
                .toList();
        if (batch.isEmpty()) {
            batch = known.subList(0, 1);
        }
        Request claim = Request.cmd(Command.XCLAIM)
                .arg(stream)
                .arg(function)
                .arg(consumer)
                .arg(config.claimIdle().toMillis());
        batch.forEach(idle -> claim.arg(idle.entry()));
        List<Idle> asked = batch;
        return streams.send(claim).map(claimed -> {
            List<EventBatch.Delivery> taken = new ArrayList<>();
            for (Response entry : claimed) {
                if (entry != null && entry.size() == 2) {
                    String name = entry.get(0).toString();
                    int count = 1
                            + asked.stream()
                                    .filter(idle -> idle.entry().equals(name))
                                    .mapToInt(Idle::count)
                                    .sum();
                    EventSource.add(taken, name, Envelopes.read(Streams.body(entry.get(1))), count);
                }
            }
            LOG.infof("Took over %d entries of %s", taken.size(), stream);
            return taken;
        });
    }

    /** Acknowledges entries that are gone from the stream: the event log still has their events. */
    private Future<Void> acknowledge(List<String> gone) {
        if (gone.isEmpty()) {
            return Future.succeededFuture();
        }
        Request acknowledge = Request.cmd(Command.XACK).arg(stream).arg(function);
        gone.forEach(acknowledge::arg);
        return streams.send(acknowledge).mapEmpty();
    }

    private Future<Void> forgetConsumers() {
        if (System.nanoTime() - nextForgetting < 0) {
            return Future.succeededFuture();
        }
        nextForgetting = System.nanoTime() + config.forgetConsumers().toNanos() / 4;
        return streams.send(
                        Request.cmd(Command.XINFO).arg("CONSUMERS").arg(stream).arg(function))
                .compose(consumers -> {
                    List<Request> deletions = new ArrayList<>();
                    for (Response other : consumers) {
                        String name = field(other, "name").toString();
                        if (!name.equals(consumer)
                                && field(other, "pending").toLong() == 0
                                && field(other, "idle").toLong()
                                        > config.forgetConsumers().toMillis()) {
                            deletions.add(Request.cmd(Command.XGROUP)
                                    .arg("DELCONSUMER")
                                    .arg(stream)
                                    .arg(function)
                                    .arg(name));
                        }
                    }
                    return deletions.isEmpty()
                            ? Future.succeededFuture()
                            : streams.batch(deletions).mapEmpty();
                });
    }

    /** A flat list in RESP2, a map in RESP3. */
    private static Response field(Response fields, String name) {
        if (fields.getKeys().contains(name)) {
            return fields.get(name);
        }
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            if (fields.get(i).toString().equals(name)) {
                return fields.get(i + 1);
            }
        }
        throw new IllegalStateException("Redis did not answer with " + name);
    }
}
