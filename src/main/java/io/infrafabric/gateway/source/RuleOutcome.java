package io.infrafabric.gateway.source;

/** What a rule says of a delivery. */
public sealed interface RuleOutcome {
    String rule();

    /** It does not match, because of this. */
    record Passed(String rule, String why) implements RuleOutcome {}

    /** It matches, and this is to be done. */
    record Fires(String rule, SourceAction action) implements RuleOutcome {}

    /** It matches, but what is to be done cannot be said: the delivery lacks something. */
    record Fails(String rule, String why) implements RuleOutcome {}
}
