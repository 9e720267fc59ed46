package io.infrafabric.bench;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.hamcrest.Matcher;

/** What is in a function's channel, and so left to do: handled entries are removed. */
interface Backlog extends AutoCloseable {
    Duration PATIENCE = Duration.ofMinutes(3);

    /** How many entries there are. */
    int length();

    /** Waits until there are as many as that. */
    default void await(Matcher<Integer> expected) {
        Awaitility.await("entries in the channel")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .pollDelay(Duration.ZERO)
                .until(this::length, expected);
    }

    @Override
    void close();

    /** Of a stream of Redis. */
    static Backlog ofRedis(Redis redis, String function) {
        return new Backlog() {
            @Override
            public int length() {
                return Ground.redis(redis, Command.XLEN, "s2." + function).toInteger();
            }

            @Override
            public void close() {
                redis.close();
            }
        };
    }

    /** Of a queue of the broker of the run, which is emptied first. */
    static Backlog ofBroker(String function) {
        try {
            Socket socket = new Socket(
                    InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(System.getenv("BENCH_AMQP_COMMANDS")));
            PrintStream commands = new PrintStream(socket.getOutputStream(), true, StandardCharsets.UTF_8);
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            commands.println("purge");
            answers.readLine();
            return new Backlog() {
                @Override
                public int length() {
                    commands.println("length s2." + function);
                    try {
                        return Integer.parseInt(answers.readLine().substring(2));
                    } catch (IOException failed) {
                        throw new UncheckedIOException(failed);
                    }
                }

                @Override
                public void close() {
                    try {
                        socket.close();
                    } catch (IOException failed) {
                        throw new UncheckedIOException(failed);
                    }
                }
            };
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
