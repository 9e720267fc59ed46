package io.infrafabric.gateway.outgoing;

import io.infrafabric.bus.Envelopes;
import io.infrafabric.bus.Logged;
import io.infrafabric.bus.Reading;
import io.infrafabric.command.Caller;
import io.infrafabric.event.BulkheadEvent.CallFinished;
import io.infrafabric.event.BulkheadEvent.CallLost;
import java.util.function.Predicate;

/**
 * Which events a caller may see: what it may read elsewhere. An operator or a viewer sees all of the swarms that its token
 * reaches. A session sees its swarm; of money and of calls to providers only its own, and no cases, which are the operators'.
 * How somebody votes on a sealed decision stands in no event.
 */
final class Visibility {
    private static final String CASES = "s2.escalation.";
    private static final String MONEY = "s2.budget.";
    private static final String CALLS = "s2.bulkhead.";

    private Visibility() {}

    static Predicate<Logged> of(Caller caller) {
        if (!caller.isSession()) {
            return event -> caller.reaches(event.swarm());
        }
        return event -> caller.reaches(event.swarm()) && sees(caller.subject(), event);
    }

    private static boolean sees(String session, Logged event) {
        if (event.type().startsWith(MONEY)) {
            return event.subject().equals("account:session:" + session);
        }
        if (event.type().startsWith(CALLS)) {
            return session.equals(callerOf(event));
        }
        return !event.type().startsWith(CASES);
    }

    /** Whose call it was; {@code null} if the event is of no call. */
    private static String callerOf(Logged event) {
        if (!(Envelopes.read(event.json()) instanceof Reading.Known known)) {
            return null;
        }
        if (known.envelope().event() instanceof CallFinished call) {
            return call.session();
        }
        return known.envelope().event() instanceof CallLost call ? call.session() : null;
    }
}
