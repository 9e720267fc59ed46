package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/** What happens to memos. Only dissent writes these. All are facts. */
@RegisterForReflection
public sealed interface DissentEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("dissent", "memo-recorded", MemoRecorded.class),
            v1("dissent", "addendum-recorded", AddendumRecorded.class),
            v1("dissent", "falsifier-observed", FalsifierObserved.class),
            v1("dissent", "falsifier-lapsed", FalsifierLapsed.class));

    /** The decision that the memo belongs to. */
    String decision();

    @Override
    default String subject() {
        return "memo:" + decision();
    }

    /**
     * The memo of a decision was written.
     *
     * @param head the head of the chain after it, {@code <position>-<hash>}: with it, one can prove later that nothing
     * was cut off
     */
    record MemoRecorded(String decision, String swarm, String outcome, String head) implements DissentEvent {}

    /** An addendum was written to a memo. {@code head} is as in {@link MemoRecorded}. */
    record AddendumRecorded(String decision, String swarm, String kind, String head) implements DissentEvent {}

    /** Somebody observed what a dissenter had named as proof that the decision is wrong. */
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

    /** The deadline of a falsifier has passed, and nobody has reported it. */
    record FalsifierLapsed(String decision, String swarm, String falsifier, String namedBy) implements DissentEvent {}
}
