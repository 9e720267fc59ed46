package io.infrafabric.door.answer;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.door.Wire;
import io.netty.channel.Channel;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A lease is given back once if its answer reaches nobody, and never if it does. */
class DeliveryTest {
    private static final int PATIENCE = 30;

    private boolean closed;
    private int givenBack;
    private boolean leftUnread;
    private final Delivery delivery = new Delivery(() -> closed, this::read);

    private void read(Runnable then) {
        closed |= leftUnread;
        then.run();
    }

    private void granted() {
        delivery.granted(() -> Uni.createFrom().voidItem().invoke(() -> givenBack++))
                .await()
                .indefinitely();
    }

    @Test
    void what_was_written_stays() {
        granted();
        delivery.ended(true);
        closed = true;
        delivery.ended(false);
        assertThat(givenBack).isZero();
    }

    @Test
    void a_connection_that_is_closed_when_the_lease_is_committed_gives_it_back() {
        closed = true;
        assertThat(delivery.isGone()).isTrue();
        granted();
        delivery.ended(false);
        assertThat(givenBack).isEqualTo(1);
    }

    @Test
    void a_connection_that_breaks_off_before_the_commit_gives_it_back() {
        delivery.ended(false);
        assertThat(delivery.isGone()).isTrue();
        granted();
        assertThat(givenBack).isEqualTo(1);
    }

    @Test
    void a_client_that_left_before_the_commit_and_was_not_read_yet_gives_it_back() {
        leftUnread = true;
        assertThat(delivery.isGone()).isFalse();
        granted();
        assertThat(givenBack).isEqualTo(1);
        delivery.ended(false);
        assertThat(givenBack).isEqualTo(1);
    }

    @Test
    void a_connection_that_breaks_off_between_commit_and_answer_gives_it_back() {
        granted();
        assertThat(givenBack).isZero();
        delivery.ended(false);
        delivery.ended(false);
        assertThat(givenBack).isEqualTo(1);
    }

    @Test
    void an_answer_to_a_connection_that_is_closed_and_not_yet_known_to_be_was_not_written() throws Exception {
        assertThat(givenBackOf(channel -> {})).isZero();
        assertThat(givenBackOf(DeliveryTest::close)).isEqualTo(1);
    }

    private static void close(Channel channel) {
        var _ = channel.close();
    }

    /** A lease is granted over a real connection, something happens to that, and the answer is written in the same breath. */
    private int givenBackOf(Consumer<Channel> before) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            CompletableFuture<Integer> answered = new CompletableFuture<>();
            Router router = Router.router(vertx);
            router.route().handler(request -> {
                AtomicInteger back = new AtomicInteger();
                Delivery real = Delivery.of(request);
                real.granted(() -> Uni.createFrom().voidItem().invoke(back::incrementAndGet))
                        .subscribe()
                        .with(_ -> {
                            before.accept(((ConnectionBase) request.request().connection()).channel());
                            var _ = request.response().end("granted");
                            answered.complete(back.get());
                        });
            });
            int port = vertx.createHttpServer()
                    .requestHandler(router)
                    .listen(0)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(PATIENCE, TimeUnit.SECONDS)
                    .actualPort();
            try (Wire _ = new Wire(URI.create("http://localhost:" + port)).call("GET", "/", null, null)) {
                return answered.get(PATIENCE, TimeUnit.SECONDS);
            }
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(PATIENCE, TimeUnit.SECONDS);
        }
    }
}
