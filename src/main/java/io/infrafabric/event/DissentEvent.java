package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/** What happens to memos. Written by dissent alone. All are facts. */
@RegisterForReflection
public sealed interface DissentEvent extends Event {

    /** Its events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("dissent", "memo-recorded", MemoRecorded.class),
            v1("dissent", "addendum-recorded", AddendumRecorded.class),
            v1("dissent", "falsifier-observed", FalsifierObserved.class),
            v1("dissent", "falsifier-lapsed", FalsifierLapsed.class));

    /** The decision that the memo is of. */
    String decision();

    @Override
    default String subject() {
        return "memo:" + decision();
    }

    /**
     * The memo of a decision was written.
     *
     * @param head of the chain after it, {@code <position>-<hash>}: whoever keeps it can tell later that nothing was cut
     *     off
     */
    record MemoRecorded(String decision, String swarm, String outcome, String head) implements DissentEvent {}

    /** Something was added to a memo. {@code head} as in {@link MemoRecorded}. */
    record AddendumRecorded(String decision, String swarm, String kind, String head) implements DissentEvent {}

    /** What a dissenter had named as proof that the decision is wrong was seen. */
    record FalsifierObserved(
            String decision,
            String swarm,
            String falsifier,
            String statement,
            String namedBy,
            String observedBy,
            String note,
            List<String> evidence,
            Instant at)
            implements DissentEvent {}

    /** The time by which a falsifier was to be seen has passed, and nobody has reported it. */
    record FalsifierLapsed(String decision, String swarm, String falsifier, String namedBy) implements DissentEvent {}
}
