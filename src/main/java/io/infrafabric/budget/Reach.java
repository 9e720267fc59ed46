package io.infrafabric.budget;

import io.infrafabric.command.Caller;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;

/**
 * Which accounts a caller reaches: a session, its own; operators and viewers, all, or those below their swarm. A failed
 * check fails with the problem to answer with.
 */
final class Reach {
    private static final String SESSION = "session:";

    private final AccountTable accounts;

    Reach(AccountTable accounts) {
        this.accounts = accounts;
    }

    /** The caller must be allowed to read the account, which must exist. */
    Uni<Void> mustRead(Caller caller, String account) {
        if (caller.isSession()) {
            mustOwn(caller, account);
        }
        return swarmOf(account).invoke(swarm -> caller.mustRead(named(swarm))).replaceWithVoid();
    }

    /** The caller must be allowed to hold and spend on the account; the booking itself finds out whether it exists. */
    Uni<Void> mustSpend(Caller caller, String account) {
        if (caller.isSession()) {
            mustOwn(caller, account);
            return Uni.createFrom().voidItem();
        }
        caller.mustOperate(caller.swarm());
        return caller.swarm() == null
                ? Uni.createFrom().voidItem()
                : swarmOf(account)
                        .invoke(swarm -> caller.mustOperate(named(swarm)))
                        .replaceWithVoid();
    }

    /**
     * The caller must be allowed to change the account, and to put it below that parent ({@code null}: where it is).
     */
    Uni<Void> mustOperate(Caller caller, String account, String parent) {
        caller.mustOperate(caller.swarm());
        if (caller.swarm() == null) {
            return Uni.createFrom().voidItem();
        }
        Uni<Void> below = parent == null
                ? Uni.createFrom().voidItem()
                : swarmOf(parent)
                        .invoke(swarm -> caller.mustOperate(named(swarm)))
                        .replaceWithVoid();
        // A new account is within reach if its parent is, unless it could belong to a session that another swarm
        // enrols.
        return below.chain(() -> accounts.swarmOf(account))
                .invoke(swarm -> {
                    if (swarm != null || parent == null) {
                        caller.mustOperate(named(swarm));
                    } else if (isMadeByEnrolment(account)) {
                        throw Problem.of(
                                        Code.IF_ERR_FORBIDDEN,
                                        "Account " + account + " is made by the first enrolment; before that only an"
                                                + " operator of the installation can make it.")
                                .with("account", account);
                    }
                })
                .replaceWithVoid();
    }

    /**
     * A swarm does not own names of these kinds: its operator could otherwise set the limit of another swarm's account.
     */
    private static boolean isMadeByEnrolment(String account) {
        return account.startsWith(SESSION) || account.startsWith("swarm:") || account.equals(Tree.ROOT);
    }

    private Uni<String> swarmOf(String account) {
        return accounts.swarmOf(account).onItem().ifNull().failWith(() -> BudgetAnswers.unknownAccount(account));
    }

    private static String named(String swarm) {
        return swarm == null || swarm.isEmpty() ? null : swarm;
    }

    private static void mustOwn(Caller caller, String account) {
        if (account.startsWith(SESSION)) {
            caller.mustBe(account.substring(SESSION.length()));
        } else {
            caller.mustOperate(caller.swarm());
        }
    }
}
