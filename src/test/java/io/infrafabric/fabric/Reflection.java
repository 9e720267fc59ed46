package io.infrafabric.fabric;

import com.sun.jdi.ArrayReference;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.ClassObjectReference;
import com.sun.jdi.ClassType;
import com.sun.jdi.IncompatibleThreadStateException;
import com.sun.jdi.InterfaceType;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StringReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * What a process uses reflectively, heard by a debugger that stops wherever the JDK gets ready to call a method, to make an
 * object, to read a field that was looked up, or to make a proxy. It takes the place of the tracing agent, which only a
 * GraalVM has. The process was started with {@link #waitingAt}.
 */
final class Reflection {
    private static final Map<String, String> WHERE = Map.of(
            "java.lang.reflect.Method", "acquireMethodAccessor",
            "java.lang.reflect.Constructor", "acquireConstructorAccessor",
            "java.lang.reflect.Field", "acquireFieldAccessor",
            "java.lang.reflect.Proxy", "newProxyInstance");

    private Reflection() {}

    /** The JVM's option: wait for a debugger there. */
    static String waitingAt(int port) {
        return "-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=127.0.0.1:" + port;
    }

    /**
     * Lets the process go on that waits at this port. When it has ended: {@code <class> <member>} of each use, with
     * {@code <init>} for constructors, and {@code proxy <interfaces>}. Left out are the values of enums and the members of
     * annotations, which a native compiler sees by itself.
     */
    static Future<Set<String>> of(int port) throws IOException, IllegalConnectorArgumentsException {
        AttachingConnector connector = Bootstrap.virtualMachineManager().attachingConnectors().stream()
                .filter(found -> found.name().equals("com.sun.jdi.SocketAttach"))
                .findFirst()
                .orElseThrow();
        var arguments = connector.defaultArguments();
        arguments.get("hostname").setValue("127.0.0.1");
        arguments.get("port").setValue(Integer.toString(port));
        VirtualMachine process = connector.attach(arguments);
        WHERE.forEach((type, method) -> process.classesByName(type).stream()
                .flatMap(found -> found.methodsByName(method).stream())
                .forEach(found -> {
                    BreakpointRequest stop = process.eventRequestManager().createBreakpointRequest(found.location());
                    stop.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
                    stop.enable();
                }));
        CompletableFuture<Set<String>> uses = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                uses.complete(listen(process));
            } catch (InterruptedException | IncompatibleThreadStateException | RuntimeException e) {
                uses.completeExceptionally(e);
            }
        });
        process.resume();
        return uses;
    }

    private static Set<String> listen(VirtualMachine process)
            throws InterruptedException, IncompatibleThreadStateException {
        Set<String> uses = new TreeSet<>();
        try {
            while (true) {
                EventSet events = process.eventQueue().remove();
                for (Event event : events) {
                    if (event instanceof BreakpointEvent stop) {
                        add(uses, stop);
                    }
                }
                events.resume();
            }
        } catch (VMDisconnectedException _) {
            return uses;
        }
    }

    private static void add(Set<String> uses, BreakpointEvent stop) throws IncompatibleThreadStateException {
        var frame = stop.thread().frame(0);
        ObjectReference member = frame.thisObject();
        if (member == null) {
            ArrayReference interfaces =
                    (ArrayReference) frame.getArgumentValues().get(1);
            uses.add(interfaces.getValues().stream()
                    .map(type -> ((ClassObjectReference) type).reflectedType().name())
                    .collect(Collectors.joining(",", "proxy ", "")));
            return;
        }
        ReferenceType kind = member.referenceType();
        ReferenceType owner = ((ClassObjectReference) member.getValue(kind.fieldByName("clazz"))).reflectedType();
        var name = kind.fieldByName("name");
        String text = name == null ? "<init>" : ((StringReference) member.getValue(name)).value();
        if (!(text.equals("values") && owner instanceof ClassType type && type.isEnum()) && !isAnnotation(owner)) {
            uses.add(owner.name() + " " + text);
        }
    }

    private static boolean isAnnotation(ReferenceType type) {
        return type instanceof InterfaceType found
                && found.superinterfaces().stream()
                        .anyMatch(above -> above.name().equals("java.lang.annotation.Annotation"));
    }
}
