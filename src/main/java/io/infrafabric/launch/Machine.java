package io.infrafabric.launch;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Optional;

/** What the fabric needs of the machine that it runs on. */
final class Machine {

    /** Files that a process needs: 230 are its libraries, 100 its connections to PostgreSQL and Redis. */
    static final int LEAST_FILES = 512;

    private Machine() {}

    /** Why this process cannot do its work with as few files as it may open. */
    static Optional<String> tooFewFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? tooFewFiles(system.getMaxFileDescriptorCount())
                : Optional.empty();
    }

    /** The rule; 0 or less means that the number is unknown. */
    static Optional<String> tooFewFiles(long most) {
        return most <= 0 || most >= LEAST_FILES
                ? Optional.empty()
                : Optional.of("This process may open only " + most + " files, but needs at least " + LEAST_FILES
                        + ". Raise the limit (ulimit -n, or LimitNOFILE of a systemd service).");
    }

    /** Why servers on this machine cannot be reached. Asked when one of them does not start. */
    static Optional<String> noLoopback() {
        return isAnyLoopbackUp()
                ? Optional.empty()
                : Optional.of(
                        "The loopback interface is down, so servers on 127.0.0.1 cannot be reached. Bring it up (ip"
                                + " link set lo up).");
    }

    private static boolean isAnyLoopbackUp() {
        try {
            return NetworkInterface.networkInterfaces().anyMatch(Machine::isLoopbackUp);
        } catch (SocketException _) {
            // That no interface is configured at all.
            return false;
        }
    }

    private static boolean isLoopbackUp(NetworkInterface one) {
        try {
            return one.isLoopback() && one.isUp();
        } catch (SocketException _) {
            return false;
        }
    }
}
