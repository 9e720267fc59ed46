package io.infrafabric.chassis.credential;

import io.infrafabric.bus.Work;
import io.infrafabric.chassis.credential.CredentialTable.Added;
import io.infrafabric.chassis.credential.CredentialTable.Locked;
import io.infrafabric.chassis.credential.CredentialTable.Open;
import io.infrafabric.chassis.credential.Issuing.Wish;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.UUID;

/** Issues and revokes scoped credentials, those of a session one at a time. */
@ApplicationScoped
public class CredentialTransaction {
    private final Commands commands;
    private final CredentialTable credentials;
    private final ClaimEpochs claims;
    private final CredentialConfig config;

    CredentialTransaction(Commands commands, CredentialTable credentials, ClaimEpochs claims, CredentialConfig config) {
        this.commands = commands;
        this.credentials = credentials;
        this.claims = claims;
        this.config = config;
    }

    /** What became of a request for a credential. */
    sealed interface Outcome {
        /** It is issued. */
        record Issued(Added credential) implements Outcome {}

        /** It is not, for this reason. */
        record Refused(Issuing why) implements Outcome {}
    }

    /** Issues a credential whose token has this SHA-256. */
    Uni<Reply<Outcome>> issue(Wish wish, String sha256, Keep<Outcome> keep) {
        return commands.alone(keep, work -> issue(work, wish, sha256));
    }

    private Uni<Outcome> issue(Work work, Wish wish, String sha256) {
        return credentials
                .lock(work, List.of(wish.bearer().subject()))
                .take()
                .chain(locked -> claims.of(work.connection(), wish.task())
                        .chain(task -> credentials
                                .open(work, locked, wish, task == null ? 0 : task.epoch())
                                .chain(open -> issue(work, locked, wish, sha256, decide(wish, task, open)))));
    }

    private Uni<Outcome> issue(Work work, Locked locked, Wish wish, String sha256, Issuing decision) {
        if (decision instanceof Issuing.Issue(long epoch)) {
            return credentials.add(work, locked, wish, epoch, sha256).map(Outcome.Issued::new);
        }
        work.nothingWritten();
        return Uni.createFrom().item(new Outcome.Refused(decision));
    }

    private Issuing decide(Wish wish, ClaimEpochs.Standing task, Open open) {
        return Issuing.decide(wish, task, open.count(), open.issuerHolds(), config.credentialsPerSession());
    }

    /** Revokes a credential of a session, and those that were issued with it. Gives the ids of those that were open. */
    Uni<Reply<List<String>>> revoke(String session, UUID id, String by, Keep<List<String>> keep) {
        return commands.alone(keep, work -> revoke(work, List.of(session), id, null, by));
    }

    /** Revokes all open credentials of a session, or those for one task. */
    Uni<Reply<List<String>>> revokeOf(String session, String task, String by, Keep<List<String>> keep) {
        return commands.alone(keep, work -> revoke(work, List.of(session), null, task, by));
    }

    /** Revokes all open credentials for a task in this swarm; {@code null} means any. */
    Uni<Reply<List<String>>> revokeFor(String task, String swarm, String by, Keep<List<String>> keep) {
        return commands.alone(
                keep,
                work -> credentials
                        .sessionsOf(work, task, swarm)
                        .chain(sessions -> revoke(work, sessions, null, task, by)));
    }

    private Uni<List<String>> revoke(Work work, List<String> sessions, UUID id, String task, String by) {
        return credentials.lock(work, sessions).take().chain(locked -> credentials.revoke(work, locked, id, task, by));
    }
}
