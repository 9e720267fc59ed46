package io.infrafabric.launch;

import io.quarkus.runtime.Quarkus;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * SIGTERM is how an orchestrator asks a process to end. A process that has drained has done its job, so it ends with 0:
 * an exit code of 143 would look like a failure in the history of a Deployment or a Job. A signal that comes during the
 * start is remembered, and the process ends as soon as it is up.
 */
final class Termination {

    private static final String SIGNAL = "TERM";
    private static final int CODE_OF_SIGNAL = 128 + 15;

    private static volatile boolean asked;

    private Termination() {}

    /**
     * From now on a SIGTERM shuts the fabric down in order. The JDK delivers signals only through a class whose name
     * makes the compiler warn, so this uses reflection. In a native binary these calls are resolved at compile time,
     * because all names are constants in this one method: keep them so.
     */
    static void endsWithZero() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler exit = (proxy, method, arguments) -> {
                asked = true;
                // Has no effect on an application that does not run yet: see await.
                Quarkus.asyncExit(0);
                return null;
            };
            signal.getMethod("handle", signal, handler)
                    .invoke(
                            null,
                            signal.getConstructor(String.class).newInstance(SIGNAL),
                            Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, exit));
        } catch (ReflectiveOperationException | IllegalArgumentException _) {
            // A JVM that does not deliver signals (-Xrs): then it ends with 143, but drains all the same.
        }
    }

    /** Waits until the process must end, by a signal or by itself; returns at once if it was asked during its start. */
    static void await() {
        if (!asked) {
            Quarkus.waitForExit();
        }
    }

    /** The exit code, given Quarkus's suggestion. */
    static int codeOf(int suggested) {
        return suggested == CODE_OF_SIGNAL ? 0 : suggested;
    }
}
