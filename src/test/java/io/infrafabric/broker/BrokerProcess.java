package io.infrafabric.broker;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.filter.impl.FilterImpl;
import org.apache.activemq.artemis.core.message.impl.CoreMessage;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.Queue;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressFullMessagePolicy;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.reader.TextMessageUtil;

/**
 * Artemis, with AMQP on the port of its first argument and nothing on disk. It takes commands on its input, and on connections to
 * the port of its third argument if there is one, a line each, and answers
 * with a line: {@code length <queue>}, {@code delivered <queue>}, {@code consumers <queue>}, {@code send <queue> <text>}, {@code purge}, {@code full <queue>} (it refuses), {@code
 * blocked <queue>} (it gives no credit) and {@code room <queue>}. It ends with its input.
 */
final class BrokerProcess {
    private static final String FUNCTIONS = "s2.#";
    private static final int MOST_WORDS = 3;
    private static final int ROOM_FOR_TEXT = 1024;
    private static final String BALLAST = "ballast";
    private static final int BALLAST_BYTES = 100;
    private static final long NO_ROOM = 1;
    private static final long MUCH_ROOM = 100_000_000;

    private final ActiveMQServer server;

    private BrokerProcess(ActiveMQServer server) {
        this.server = server;
    }

    /** Runs until the input ends. */
    public static void main(String[] arguments) throws Exception {
        Configuration configuration = new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .setSecurityEnabled(false)
                .setJournalDirectory(arguments[1])
                .setName("tests");
        configuration.addAcceptorConfiguration(
                "amqp", "tcp://127.0.0.1:" + arguments[0] + "?protocols=AMQP;amqpCredits=100;amqpLowCredits=30");
        configuration.addAddressSetting(FUNCTIONS, settings());
        EmbeddedActiveMQ embedded = new EmbeddedActiveMQ();
        embedded.setConfiguration(configuration);
        embedded.start();
        BrokerProcess broker = new BrokerProcess(embedded.getActiveMQServer());
        System.out.println("ready");
        if (arguments.length > 2) {
            ServerSocket door = new ServerSocket(Integer.parseInt(arguments[2]), 1, InetAddress.ofLiteral("127.0.0.1"));
            Thread.ofVirtual().start(() -> broker.serve(door));
        }
        broker.serve(System.in, System.out);
        Runtime.getRuntime().halt(0);
    }

    private void serve(ServerSocket door) {
        while (true) {
            try (Socket socket = door.accept()) {
                serve(socket.getInputStream(), new PrintStream(socket.getOutputStream(), true, StandardCharsets.UTF_8));
            } catch (Exception ended) {
                System.err.println(ended);
            }
        }
    }

    private void serve(InputStream input, PrintStream output) throws Exception {
        BufferedReader commands = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
        for (String command = commands.readLine(); command != null; command = commands.readLine()) {
            output.println("= " + answer(command.split(" ", MOST_WORDS)));
        }
    }

    private static AddressSettings settings() {
        return new AddressSettings()
                .setMaxDeliveryAttempts(-1)
                .setAddressFullMessagePolicy(AddressFullMessagePolicy.BLOCK)
                .setAutoDeleteQueues(false)
                .setAutoDeleteAddresses(false);
    }

    private String answer(String[] command) throws Exception {
        return switch (command[0]) {
            case "length" -> {
                Queue queue = server.locateQueue(command[1]);
                // What fills a queue waits to be delivered, and is no event.
                yield Long.toString(queue == null ? 0 : queue.getMessageCount() - queue.getScheduledCount());
            }
            case "delivered" -> {
                Queue queue = server.locateQueue(command[1]);
                yield Integer.toString(queue == null ? 0 : queue.getDeliveringCount());
            }
            case "consumers" -> {
                Queue queue = server.locateQueue(command[1]);
                yield Integer.toString(queue == null ? 0 : queue.getConsumerCount());
            }
            case "purge" -> purge();
            case "send" -> send(command[1], command[2]);
            case "full" -> fill(command[1], AddressFullMessagePolicy.FAIL);
            case "blocked" -> fill(command[1], AddressFullMessagePolicy.BLOCK);
            case "room" -> {
                server.getAddressSettingsRepository()
                        .addMatch(command[1], settings().setMaxSizeBytes(MUCH_ROOM));
                Queue queue = server.locateQueue(command[1]);
                yield Integer.toString(
                        queue == null
                                ? 0
                                : queue.deleteMatchingReferences(FilterImpl.createFilter(BALLAST + " = TRUE")));
            }
            default -> throw new IOException("There is no command " + command[0]);
        };
    }

    /** A message that nobody gets yet fills the queue for good. */
    private String fill(String queue, AddressFullMessagePolicy policy) throws Exception {
        Message ballast = new CoreMessage(server.getStorageManager().generateID(), BALLAST_BYTES);
        ballast.setAddress(queue);
        ballast.setDurable(false);
        ballast.setScheduledDeliveryTime(
                System.currentTimeMillis() + Duration.ofHours(1).toMillis());
        ballast.putBooleanProperty(BALLAST, true);
        server.getPostOffice().route(ballast, false);
        server.getAddressSettingsRepository()
                .addMatch(queue, settings().setAddressFullMessagePolicy(policy).setMaxSizeBytes(NO_ROOM));
        return "full";
    }

    private String send(String queue, String text) throws Exception {
        CoreMessage message = new CoreMessage(server.getStorageManager().generateID(), ROOM_FOR_TEXT);
        message.setAddress(queue);
        message.setType(Message.TEXT_TYPE);
        TextMessageUtil.writeBodyText(message.getBodyBuffer(), SimpleString.of(text));
        return server.getPostOffice().route(message, false).name();
    }

    private String purge() throws Exception {
        int gone = 0;
        for (Object name : server.getPostOffice().getAddresses()) {
            Queue queue = server.locateQueue(name.toString());
            gone += queue == null ? 0 : queue.deleteAllReferences();
        }
        return Integer.toString(gone);
    }
}
