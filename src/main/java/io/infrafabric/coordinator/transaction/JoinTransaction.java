package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.join.Join;
import io.infrafabric.coordinator.join.JoinConfig;
import io.infrafabric.coordinator.join.JoinKeys;
import io.infrafabric.coordinator.join.JoinTable;
import io.infrafabric.coordinator.session.Enrolment;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.transaction.EnrolTransaction.Enrolling;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/** Lets agents ask to join, and operators approve them. */
@ApplicationScoped
public class JoinTransaction {

    /** What became of an approval. */
    public sealed interface Approving {
        /** The session is enrolled, and its token is due to whoever has the secret. */
        record Approved(Session session) implements Approving {}

        /** The session is not enrolled, because of this. */
        record Refused(Enrolment enrolment, Enrolment.Decision why) implements Approving {}

        /** Nobody waits under this code. */
        record Unknown() implements Approving {}
    }

    private final Transactions transactions;
    private final Commands commands;
    private final EnrolTransaction enrolling;
    private final JoinConfig config;

    JoinTransaction(Transactions transactions, Commands commands, EnrolTransaction enrolling, JoinConfig config) {
        this.transactions = transactions;
        this.commands = commands;
        this.enrolling = enrolling;
        this.config = config;
    }

    /** Keeps that somebody asks to join. Answers until when; {@code null} if too many do. */
    public Uni<Instant> ask(JoinKeys keys, Join asked) {
        return transactions.run(work -> JoinTable.inTurn(work)
                .take()
                .chain(turn -> JoinTable.add(
                        work,
                        turn,
                        keys,
                        asked,
                        config.joinLife(),
                        new JoinTable.Room(config.maxJoins(), config.maxJoinsPerAddress()))));
    }

    /** Enrols the session that waits under this code, and so approves it. To approve it again changes nothing. */
    public Uni<Reply<Approving>> approve(String code, String operator, Keep<Approving> keep) {
        return commands.alone(keep, work -> approve(work, code, operator));
    }

    private Uni<Approving> approve(Work work, String code, String operator) {
        return JoinTable.lock(work, code).take().chain(locked -> {
            Join join = locked.join();
            if (join == null) {
                work.nothingWritten();
                return Uni.createFrom().item(new Approving.Unknown());
            }
            Enrolment wanted =
                    new Enrolment(join.session(), join.swarm(), null, null, null, null, null, null, null, null);
            return enrolling.enrol(work, List.of(wanted), true).map(answer -> switch (answer) {
                case Enrolling.Refused(Enrolment enrolment, Enrolment.Decision why) ->
                    new Approving.Refused(enrolment, why);
                case Enrolling.Enrolled(List<Session> sessions) -> {
                    Session session = sessions.getFirst();
                    JoinTable.approve(work, locked, operator, session.enrolment());
                    yield new Approving.Approved(session);
                }
            });
        });
    }
}
