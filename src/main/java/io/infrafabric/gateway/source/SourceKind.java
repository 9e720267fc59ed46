package io.infrafabric.gateway.source;

/** Whose form a source's deliveries have: how they are signed, and where the event's name stands. */
public enum SourceKind {
    /** Standard Webhooks 1.0: headers {@code webhook-id}, {@code -timestamp}, {@code -signature}. */
    STANDARD,
    /** GitHub: {@code X-Hub-Signature-256} over the body. */
    GITHUB,
    /** Slack: {@code X-Slack-Signature} over {@code v0:timestamp:body}. */
    SLACK,
    /** Stripe: {@code Stripe-Signature} over {@code timestamp.body}. */
    STRIPE,
    /** A structured CloudEvent, signed as Standard Webhooks does it. */
    CLOUDEVENTS;

    /** Whether a timestamp is signed with the body. */
    public boolean isTimed() {
        return this != GITHUB;
    }

    /** Whether it may be signed with ed25519. */
    public boolean takesPublicKeys() {
        return this == STANDARD || this == CLOUDEVENTS;
    }
}
