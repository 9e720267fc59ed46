package io.infrafabric.gateway.source;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What a rule makes of a delivery: one command about one task, by the source. Its JSON names what it does first. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "do")
@JsonSubTypes({
    @JsonSubTypes.Type(SourceAction.Submit.class),
    @JsonSubTypes.Type(SourceAction.Complete.class),
    @JsonSubTypes.Type(SourceAction.Fail.class),
    @JsonSubTypes.Type(SourceAction.Cancel.class),
    @JsonSubTypes.Type(SourceAction.Retry.class)
})
@JsonInclude(JsonInclude.Include.NON_NULL)
@RegisterForReflection(
        targets = {
            SourceAction.Submit.class,
            SourceAction.Complete.class,
            SourceAction.Fail.class,
            SourceAction.Cancel.class,
            SourceAction.Retry.class
        })
public sealed interface SourceAction {
    String task();

    /**
     * Submits a task; one that is there gets this title and these domains instead, unless somebody holds it or it is over.
     *
     * @param priority {@code null} for the usual one
     * @param payload JSON
     * @param completable whether the source may complete and fail it
     */
    @JsonTypeName("submit")
    record Submit(
            String task,
            String title,
            List<String> domains,
            Map<String, String> labels,
            String priority,

            JsonNode payload,

            boolean completable)
            implements SourceAction {}

    /**
     * Completes the claim of this epoch, or, if that is {@code null}, the one that was granted before it happened.
     *
     * @param result JSON
     */
    @JsonTypeName("complete")
    record Complete(String task, Long epoch, Instant happened, JsonNode result) implements SourceAction {}

    /** Fails such a claim; another attempt may do better. */
    @JsonTypeName("fail")
    record Fail(String task, Long epoch, Instant happened, String error) implements SourceAction {}

    /**
     * Cancels the task.
     *
     * @param unlessCompleted whether the source may be about to say that it is done: a claim that it may complete is left alone
     *     for a while ({@code s2.gateway.source-cancel-after})
     */
    @JsonTypeName("cancel")
    record Cancel(String task, String reason, boolean unlessCompleted) implements SourceAction {}

    /** Brings a dead or cancelled task back. */
    @JsonTypeName("retry")
    record Retry(String task, String reason) implements SourceAction {}
}
