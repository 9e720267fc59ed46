package io.infrafabric.budget;

import io.infrafabric.command.Caller;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;

/**
 * Which accounts a caller reaches: a session its own, operators and viewers all, or those below their swarm. Each check
 * fails with the problem to answer with.
 */
final class Reach {
    private static final String SESSION = "session:";

    private final AccountTable accounts;

    Reach(AccountTable accounts) {
        this.accounts = accounts;
    }

    /** May look at the account, which must exist. */
    Uni<Void> mustRead(Caller caller, String account) {
        if (caller.isSession()) {
            mustOwn(caller, account);
        }
        return swarmOf(account).invoke(swarm -> caller.mustRead(named(swarm))).replaceWithVoid();
    }

    /** May hold and spend on the account; whether it exists is found when it does. */
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

    /** May change the account, and put it below that parent ({@code null}: where it is). */
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
        // A new account is within reach if its parent is, unless it belongs to whom some other swarm may enrol.
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

    /** Names of these kinds are not a swarm's own to give away: its operator would set the limit of somebody else's. */
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
