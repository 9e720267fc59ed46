package io.infrafabric;

import static java.util.Map.entry;

import java.util.Map;

/** What {@link ArchitectureTest} lets pass, each with its reason. It holds that each of them is still needed. */
final class HouseExceptions {
    /** Files that may be longer than others. */
    static final Map<String, String> LONG = Map.of("Code.java", "a list, of which people read one entry at a time");

    /** Exceptions from what a name says, each with its reason. */
    static final Map<String, String> NOT_PLAIN = Map.ofEntries(
            entry("AccountTree", "the tree of accounts, which the coordinator makes accounts in"),
            entry("AgentSessions", "what the gateway asks and does for agents"),
            entry("BudgetAnswers", "a bean, to be given the JSON mapper that the whole door writes with"),
            entry("CoordinatorAnswers", "a bean, for the same reason"),
            entry("EscalationAnswers", "a bean, for the same reason"),
            entry("BlockerStandings", "what other functions read of blockers"),
            entry("ChassisAnswers", "a bean, for the same reason"),
            entry("Request", "has the bytes that the HTTP client sends"),
            entry("ExportedCosts", "books what agents export"),
            entry("UnknownCosts", "finds sessions that work and show no cost"),
            entry("CalledModels", "what other functions ask about calls"),
            entry("Body", "keeps them as the HTTP server gives them"),
            entry("RequestReader", "reads them"),
            entry("UsageTap", "looks at the bytes that the HTTP client gets"),
            entry("UsageTaps", "makes those"),
            entry("BulkheadAnswers", "a bean, for the same reason"),
            entry("LiveFigures", "what an answer shows as it is"),
            entry("Payments", "holds money for calls, and books what they cost"),
            entry("ProviderBodies", "what callers send and get, described for the API document"),
            entry("CallRoute", "a route beside REST"),
            entry("ForwardedCall", "one call, on the event loop of its connection"),
            entry("Exchange", "the part of it between its two connections"),
            entry("IncomingBody", "its body, as it comes"),
            entry("HeaderRules", "takes the headers of both connections as they are"),
            entry("ProviderClients", "the HTTP clients"),
            entry("ProviderKeys", "reads keys from where they are"),
            entry("Providers", "what the function knows of providers"),
            entry("Slots", "gives calls their places"),
            entry("SlotUpkeep", "keeps what slots are in memory and in the database in step"),
            entry("Modules", "what other functions ask about modules"),
            entry("Runner", "runs modules on threads of its own"),
            entry("CheckedTasks", "answers the chassis about tasks with a checker"),
            entry("CallDays", "makes and drops the days of calls"),
            entry("Capabilities", "what other functions ask about what sessions can do"),
            entry("ClaimEpochs", "what the coordinator answers about claims"),
            entry("ClaimHolds", "what the coordinator places, carries on and ends with a claim"),
            entry("ClaimStandings", "answers the chassis how claims stand"),
            entry("Commits", "a bean, since three kinds of command take turns in it"),
            entry("ConsensusAnswers", "a bean, for the same reason"),
            entry("DeadlockAnswers", "a bean, for the same reason"),
            entry("Decisions", "what other functions read of decisions"),
            entry("DissentAnswers", "a bean, for the same reason"),
            entry("Electorate", "what consensus asks about sessions"),
            entry("FreeHolds", "what other functions ask about holds of sessions"),
            entry("Handovers", "how stealing moves a task from one queue to another"),
            entry("Holdings", "what deadlock and rescue ask about claims, and take away"),
            entry("LeaseEnds", "answers the budget when claims end"),
            entry("LedgerProof", "reads the whole ledger and all holds in one snapshot"),
            entry("OpenCases", "what other functions ask about cases"),
            entry("Outside", "reads how blockers, decisions and cases stand where they are kept"),
            entry("Pauses", "what other functions ask about paused swarms"),
            entry("Presence", "hears of every call of a session"),
            entry("Prices", "what other functions ask about prices of models"),
            entry("Reachable", "reads the graph of waits in rounds, through tables"),
            entry("RelationAnswers", "a bean, for the same reason"),
            entry("RescueAnswers", "a bean, for the same reason"),
            entry("Reservations", "what other functions reserve and book for calls"),
            entry("Sender", "calls the receivers of webhooks over HTTP"),
            entry("SessionInbox", "how other functions tell a session something"),
            entry("SessionProgress", "hears from everybody that a session gets somewhere"),
            entry("SourceTasks", "what the gateway does with tasks for sources outside"),
            entry("StatedClaims", "what other functions read of claims"),
            entry("SunkCost", "what deadlock asks about the cost of a claim"),
            entry("Turnouts", "what other functions read of open decisions"));

    /** Who combines what is no statement of a transaction's connection, each with its reason. */
    static final Map<String, String> COMBINED = Map.of(
            "Idempotency", "takes a connection; its two statements come before all others",
            "WaitingLine", "joins claims, each of them in a transaction of its own");

    /** Files of functions that use the door besides their resources, each with its reason. */
    static final Map<String, String> KNOWS_THE_DOOR = Map.ofEntries(
            entry("BudgetAnswers", "writes the answers"),
            entry("CoordinatorAnswers", "writes the answers"),
            entry("EscalationAnswers", "writes the answers"),
            entry("DeadlockAnswers", "writes the answers"),
            entry("RescueAnswers", "writes the answers"),
            entry("EvidenceDot", "writes an answer in Graphviz's language"),
            entry("WaitDot", "writes an answer in Graphviz's language"),
            entry("DepartureTransaction", "ends the tokens of a session in the transaction of its leaving"),
            entry("Presence", "keeps as many waiting as there are connections"),
            entry("CredentialTable", "answers the door's question what a scoped credential allows"),
            entry("SessionTable", "answers the door's question which enrolment a token must be of"),
            entry("SearchTransaction", "gives a page with a cursor of its own kind"),
            entry("ConsensusAnswers", "writes the answers"),
            entry("DissentAnswers", "writes the answers"),
            entry("ChassisAnswers", "writes the answers"),
            entry("BulkheadAnswers", "writes the answers"),
            entry("CallRoute", "is called by the router, beside REST"),
            entry("ForwardedCall", "asks who calls, and writes refusals"),
            entry("Exchange", "ends answers that are not complete"),
            entry("IncomingBody", "keeps to the door's limit of bodies"),
            entry("RelationAnswers", "writes the answers"));

    private HouseExceptions() {}
}
