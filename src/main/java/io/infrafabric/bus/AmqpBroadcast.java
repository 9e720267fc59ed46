package io.infrafabric.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonReceiver;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.jboss.logging.Logger;

/** A topic of AMQP. It attaches again whenever the broker or the connection has ended it. */
final class AmqpBroadcast implements Broadcast {
    private static final Logger LOG = Logger.getLogger(AmqpBroadcast.class);

    private final Vertx vertx;
    private final Queues queues;
    private final AmqpConnection connection;
    private final BusConfig config;
    private Consumer<String> hear;
    private ProtonReceiver link;
    private boolean attaching;
    private boolean closed;

    AmqpBroadcast(Vertx vertx, Queues queues, AmqpConnection connection, BusConfig config) {
        this.vertx = vertx;
        this.queues = queues;
        this.connection = connection;
        this.config = config;
    }

    @Override
    public Future<Void> send(String message) {
        return queues.ring(message);
    }

    @Override
    public void listen(Consumer<String> each) {
        connection.whenLost(cause -> again());
        onLoop(() -> {
            hear = each;
            attach();
        });
    }

    @Override
    public void close() {
        onLoop(() -> {
            closed = true;
            if (link != null) {
                AmqpConnection.end(link);
            }
        });
    }

    private void onLoop(Runnable work) {
        connection
                .on(() -> {
                    work.run();
                    return Future.<Void>succeededFuture();
                })
                .onFailure(failure -> LOG.debugf("Bells: %s", failure));
    }

    private void attach() {
        if (closed || attaching) {
            return;
        }
        attaching = true;
        connection.open().onComplete(opened -> {
            attaching = false;
            if (opened.succeeded()) {
                attach(opened.result());
            } else {
                again();
            }
        });
    }

    private void attach(ProtonConnection to) {
        ProtonReceiver receiver =
                AmqpConnection.session(to).createReceiver(connection.dialect().topic(Queues.WAKE));
        ((Source) receiver.getSource()).setCapabilities(Symbol.valueOf("topic"));
        receiver.handler((delivery, message) -> hear.accept(QueueSource.body(message)));
        AmqpConnection.whenEnded(receiver, why -> ended(receiver));
        link = receiver;
        receiver.open();
    }

    private void ended(ProtonReceiver which) {
        if (which.equals(link)) {
            again();
        }
    }

    private void again() {
        link = null;
        if (!closed) {
            long pause = config.reader().backoff().toMillis();
            vertx.setTimer(
                    pause + ThreadLocalRandom.current().nextLong(pause + 1),
                    timer -> onLoop(() -> {
                        if (link == null) {
                            attach();
                        }
                    }));
        }
    }
}
