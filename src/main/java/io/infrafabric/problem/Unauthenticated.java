package io.infrafabric.problem;

/** Why a caller is rejected: the {@code reason} of {@link Code#IF_ERR_UNAUTHENTICATED}. */
public enum Unauthenticated {
    MISSING("There is no token: the header Authorization: Bearer <token> is missing."),
    MALFORMED("The token cannot be read: this fabric did not issue it."),
    FORGED("The token is not signed with the key of this fabric."),
    EXPIRED("The token has expired."),
    REVOKED("The token has been revoked."),
    LEFT("The session has left, so its tokens are no longer valid. Have it enrolled again, and ask for a new one."),
    CLAIM_ENDED("The session no longer has the claim that this credential was made for.");

    private final String detail;

    Unauthenticated(String detail) {
        this.detail = detail;
    }

    public Problem problem() {
        return Problem.of(Code.IF_ERR_UNAUTHENTICATED, detail).with("reason", name());
    }
}
