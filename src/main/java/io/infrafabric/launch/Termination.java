package io.infrafabric.launch;

import io.quarkus.runtime.Quarkus;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * SIGTERM is how an orchestrator asks a process to end. One that has drained has done as it was told, so it ends with 0:
 * an exit code of 143 would look like a failure in the history of a Deployment or a Job. One that comes while the process
 * still starts is remembered, and the process ends as soon as it is up.
 */
final class Termination {

    private static final String SIGNAL = "TERM";
    private static final int CODE_OF_SIGNAL = 128 + 15;

    private static volatile boolean asked;

    private Termination() {}

    /**
     * From now on a SIGTERM shuts the fabric down in order. The JDK's only way to hear of a signal is a class for which the
     * compiler warns whoever names it, so it is not named. In a native binary these calls are replaced by what they find,
     * since all names are constants in this one method: keep them so.
     */
    static void endsWithZero() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler exit = (proxy, method, arguments) -> {
                asked = true;
                // Says nothing to an application that does not run yet: see await.
                Quarkus.asyncExit(0);
                return null;
            };
            signal.getMethod("handle", signal, handler)
                    .invoke(
                            null,
                            signal.getConstructor(String.class).newInstance(SIGNAL),
                            Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, exit));
        } catch (ReflectiveOperationException | IllegalArgumentException _) {
            // A JVM that gives no signals away (-Xrs): it ends with 143 then, and drains all the same.
        }
    }

    /** Waits until the process is asked to end, by a signal or by itself; not at all if it was asked while it started. */
    static void await() {
        if (!asked) {
            Quarkus.waitForExit();
        }
    }

    /** The exit code for what Quarkus suggests. */
    static int codeOf(int suggested) {
        return suggested == CODE_OF_SIGNAL ? 0 : suggested;
    }
}
