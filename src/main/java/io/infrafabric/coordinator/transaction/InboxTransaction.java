package io.infrafabric.coordinator.transaction;

import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Acknowledged;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;

/** What a session may do with its inbox besides reading it. */
@ApplicationScoped
public class InboxTransaction {
    private final Commands commands;

    InboxTransaction(Commands commands) {
        this.commands = commands;
    }

    /** Removes what the session has taken in, up to and with {@code upTo}; nothing for an enrolment that is over. */
    public Uni<Reply<Acknowledged>> acknowledge(String session, long enrolment, long upTo, Keep<Acknowledged> keep) {
        return commands.alone(keep, work -> SessionInbox.remove(work, session, enrolment, upTo));
    }
}
