package io.infrafabric.problem;

/**
 * All error codes, ordered by concern; their names are the values of the {@code code} member of a problem. Stable: a
 * code never changes its meaning. {@code docs/errors.md}, the page of all codes, is generated from this.
 */
public enum Code {
    IF_ERR_BAD_INPUT(400, "A value is missing, malformed or out of bounds.", "Correct the named field."),
    IF_ERR_MALFORMED_JSON(400, "The body is not valid JSON.", "Correct the body at the named line and column."),
    IF_ERR_UNKNOWN_FIELD(
            400, "The body has a field that this call does not know.", "Remove the field, or correct its spelling."),
    IF_ERR_UNKNOWN_PARAMETER(
            400,
            "The query has a parameter that this call does not know.",
            "Remove the parameter, or correct its spelling."),
    IF_ERR_UNAUTHENTICATED(
            401,
            "The token is missing, malformed, forged, expired or revoked, or its session has left or no longer has the"
                    + " claim that it was made for; reason says which.",
            "Send a valid token: Authorization: Bearer <token>. An operator issues one with POST"
                    + " /coordinator/sessions/{id}/tokens."),
    IF_ERR_FORBIDDEN(
            403, "The token is valid but does not allow this call.", "Use a token with the role and swarm it needs."),
    IF_ERR_ORIGIN_NOT_ALLOWED(
            403,
            "Web pages of this origin may not call.",
            "Name the origin in s2.door.cors-origins, or call from a program that is no web page."),
    IF_ERR_ENDPOINT_NOT_ALLOWED(
            403,
            "The scoped credential does not allow this call; reason says why.",
            "Use the session's own token, or ask for a credential that names this endpoint for this task."),
    IF_ERR_NOT_YOUR_SESSION(403, "A session acts only as itself.", "Use the token of the session that is named."),
    IF_ERR_NOT_FOUND(404, "The address does not exist.", "Compare the path with /q/openapi."),
    IF_ERR_UNKNOWN_FUNCTION(
            404, "There is no function with this name.", "Use one of the functions that the answer " + "names."),
    IF_ERR_UNKNOWN_SWARM(
            404, "There is no swarm with this id.", "Check the id, or enrol a session into the swarm to create it."),
    IF_ERR_UNKNOWN_SESSION(404, "There is no session with this id.", "Check the id, or have the session enrolled."),
    IF_ERR_UNKNOWN_TASK(404, "There is no task with this id.", "Check the id."),
    IF_ERR_UNKNOWN_BULK(
            404,
            "No order for many tasks within the caller's reach has this id.",
            "Take the id that POST /coordinator/tasks/bulk answered with."),
    IF_ERR_UNKNOWN_TOKEN(
            404,
            "No operator's or viewer's token within the caller's reach has this id.",
            "List them with GET /coordinator/tokens."),
    IF_ERR_UNKNOWN_CREDENTIAL(
            404,
            "No scoped credential within the caller's reach has this id.",
            "List them with GET /chassis/credentials."),
    IF_ERR_UNKNOWN_CALL(404, "The caller reaches no call with this id.", "List them with GET /bulkhead/calls."),
    IF_ERR_UNKNOWN_DEAD_LETTER(
            404, "This function has no dead letter with this id.", "List them with GET /{function}/dead-letters."),
    IF_ERR_UNKNOWN_CASE(404, "No case within the caller's reach has this id.", "List them with GET /escalation/cases."),
    IF_ERR_UNKNOWN_WEBHOOK(
            404, "No webhook within the caller's reach has this name.", "List them with GET /escalation/webhooks."),
    IF_ERR_UNKNOWN_DELIVERY(
            404,
            "The webhook, or the source, has no delivery with this id.",
            "List them with GET /escalation/webhooks/{name}/deliveries, or GET /gateway/sources/{name}/deliveries."),
    IF_ERR_UNKNOWN_SOURCE(
            404, "No source within the caller's reach has this name.", "List them with GET /gateway/sources."),
    IF_ERR_BAD_SIGNATURE(
            401,
            "The delivery has no signature that a secret of its source made, or its timestamp is too far from now.",
            "Compare the secret and the kind of the source with those of the sender, and the sender's clock."),
    IF_ERR_DELIVERY_REPLAYED(
            401,
            "What was signed has come before, as another delivery.",
            "Nothing: the first one counts. POST /gateway/sources/{name}/deliveries/{id}/replay applies it again."),
    IF_ERR_TOO_MANY_SOURCES(
            409, "The installation has reached its limit of sources.", "Delete one, or raise s2.gateway.source-max."),
    IF_ERR_SOURCE_API(
            502,
            "The API of the source's system did not answer as it should; nothing was stored.",
            "Check apiToken of the source and the repository, and try again later."),
    IF_ERR_SOURCE_SECRET_MISSING(
            503,
            "No secret of the source is where its reference says, so nothing can be verified.",
            "Give the process the variable or the file, or put the source with another reference."),
    IF_ERR_UNKNOWN_SCHEDULE(
            404, "No schedule within the caller's reach has this name.", "List them with GET /coordinator/schedules."),
    IF_ERR_UNKNOWN_JOIN(
            404,
            "Nobody waits to join under this code, its time is over, the token was fetched, or the secret is another one.",
            "Ask again with POST /coordinator/joins."),
    IF_ERR_UNKNOWN_DECISION(
            404, "No decision within the caller's reach has this id.", "List them with GET /consensus/decisions."),
    IF_ERR_MEMO_PENDING(
            404,
            "The memo of this decision is not written yet; decisionState says whether the decision is closed.",
            "Try again after Retry-After seconds; an open decision has no memo before it closes."),
    IF_ERR_UNKNOWN_FALSIFIER(
            404,
            "No falsifier within the caller's reach has this id, or the claim has none with this number (from 0).",
            "List a decision's with GET /dissent/falsifiers; a claim shows its own."),
    IF_ERR_MODULE_NOT_FOUND(
            404, "There is no module with this name, or no such version.", "List them with GET /chassis/modules."),
    IF_ERR_UNKNOWN_RUN(
            404,
            "No run of this module within the caller's reach has this id; a run is deleted an hour after its end.",
            "Check the id, or run the module again: the same input gives the same answer."),
    IF_ERR_METHOD_NOT_ALLOWED(405, "The address does not support this method.", "Compare with /q/openapi."),
    IF_ERR_NOT_ACCEPTABLE(
            406, "The call cannot answer in a format that the Accept header allows.", "Accept application/json."),
    IF_ERR_UNSUPPORTED_MEDIA_TYPE(
            415,
            "This call does not read the format of the body.",
            "Send Content-Type: application/json; for a module, application/wasm."),
    IF_ERR_TOO_SLOW(
            408,
            "The call did not arrive completely in time.",
            "Send it without pauses; on a slow line, send large bodies in parts."),
    IF_ERR_ADDRESS_TOO_LONG(
            414, "Path and query are longer than the limit.", "Ask for less at a time, or send the data in the body."),
    IF_ERR_HEADERS_TOO_LARGE(431, "The headers are larger than the limit.", "Leave out headers that you do not need."),
    IF_ERR_TOO_MANY_CALLS(
            429,
            "The session has reached its limit of concurrent and waiting calls.",
            "Let calls end before making more; try again after Retry-After seconds."),
    IF_ERR_BODY_TOO_LARGE(413, "The body is larger than the limit.", "Send less at a time."),
    IF_ERR_PAYLOAD_TOO_LARGE(
            413, "A part of the body is larger than its own limit.", "Store it elsewhere and send a link."),
    IF_ERR_BATCH_TOO_LARGE(413, "The batch has more entries than the limit.", "Send it in several batches."),
    IF_ERR_IDEMPOTENCY_KEY_REUSED(
            422,
            "The Idempotency-Key was used before with another body.",
            "Use a new key for a new request; repeat a request with the same body."),
    IF_ERR_TASK_EXISTS(
            409, "A task with this id exists, and its content differs.", "Use another id, or submit the same content."),
    IF_ERR_UNKNOWN_DEPENDENCY(
            422,
            "The task depends on a task that does not exist in its swarm.",
            "Submit that task first, or in the same batch."),
    IF_ERR_UNKNOWN_ASSIGNEE(
            422,
            "The task is assigned to a session that is not enrolled in its swarm, or has left it.",
            "Enrol that session first, name another one, or leave assignee out."),
    IF_ERR_REQUIREMENT_MISSING(
            422,
            "The session lacks names that the task requires; missing lists them.",
            "Name or use a session whose domains and tools contain them, or enrol this one with them."),
    IF_ERR_TOO_MANY_DEPENDENCIES(
            422,
            "The tasks of the batch have more dependencies than one call may link.",
            "Submit several batches, the tasks that others depend on first."),
    IF_ERR_QUOTA_EXCEEDED(
            429,
            "A session or a swarm has used up a quota; quota names it, used and limit say how much.",
            "Wait Retry-After seconds if the answer gives them; otherwise finish some work first, or raise the "
                    + "setting."),
    IF_ERR_UNKNOWN_BASIS(
            422,
            "The task rests on a claim that nobody has stated in its swarm.",
            "Check the id, or state the claim first."),
    IF_ERR_CHECK_REFUSED(
            422,
            "The checker of the task does not accept the result; said has its words, and left says how many results the"
                    + " attempt may still hand in.",
            "Mend what it says, and complete the task again with another result and the same epoch."),
    IF_ERR_CHECK_PENDING(
            409,
            "Another result of this claim is being checked.",
            "Wait for its verdict. If it is refused, complete the task again."),
    IF_ERR_CYCLIC_DEPENDENCY(
            422, "The dependencies would form a cycle, and none of its tasks could ever start.", "Remove one of them."),
    IF_ERR_TASK_ALREADY_CLAIMED(
            409, "Another session holds this task.", "Claim another task, or claim without taskId."),
    IF_ERR_TASK_NOT_CLAIMABLE(
            409,
            "The task cannot be claimed in its state; taskState names it.",
            "Claim another task, or claim without taskId."),
    IF_ERR_ASSIGNED_TO_OTHER(
            409, "The task is assigned to another session.", "Claim another task, or claim without taskId."),
    IF_ERR_SESSION_FULL(
            409, "The session already holds its maximum of tasks.", "Finish or release a task before claiming."),
    IF_ERR_SESSION_LEFT(409, "The session has left its swarm.", "Enrol it again with PUT /coordinator/sessions/{id}."),
    IF_ERR_SWARM_PAUSED(
            409, "An operator has paused the swarm.", "Finish running tasks, and try again when the swarm is resumed."),
    IF_ERR_STALE_EPOCH(
            409,
            "The lease behind this call has ended; reason says why.",
            "Stop working on the task, and claim again."),
    IF_ERR_TASK_STATE(409, "The task's state does not allow this; taskState names it.", "Read the task, then decide."),
    IF_ERR_WAIT_CYCLE(
            409,
            "The wait would close a cycle in which no session could ever continue; cycle names it.",
            "Continue without waiting, or have the wait recorded: then one session of the cycle is preempted."),
    IF_ERR_SELF_WAIT(422, "A session cannot wait for itself or for a task that it holds.", "Remove the named target."),
    IF_ERR_TOO_MANY_WAITS(
            409,
            "The session would wait for more things than the limit, or the graph behind its wait is too large.",
            "End waits first, or wait for fewer things."),
    IF_ERR_CASE_RESOLVED(409, "The case is already resolved; option and resolvedBy say how.", "Read the case."),
    IF_ERR_CASE_WITHDRAWN(
            409,
            "The reason for the case no longer exists, so the case was withdrawn; withdrawnBecause says why.",
            "Nothing is left to decide."),
    IF_ERR_OPTION_NOT_OFFERED(
            422,
            "The case does not offer this option; options lists those that it does.",
            "Choose one of the options."),
    IF_ERR_TOO_MANY_QUESTIONS(
            409,
            "The session has reached its limit of questions to humans that are not answered.",
            "Go on without, or wait for an answer in the inbox."),
    IF_ERR_TOO_MANY_WEBHOOKS(
            409,
            "The installation has reached its limit of webhooks.",
            "Delete one, or raise s2.escalation.max-webhooks."),
    IF_ERR_DELIVERY_STATE(
            409,
            "Only a dead delivery of an enabled webhook can be replayed, or a delivery of a source that is no longer"
                    + " waiting and was not refused.",
            "Wait while it is retried, or enable the webhook with PUT /escalation/webhooks/{name}."),
    IF_ERR_UNKNOWN_ACCOUNT(
            404,
            "There is no account with this id.",
            "Check the id; the account of an enrolled session is " + "session:<its id>."),
    IF_ERR_UNKNOWN_HOLD(404, "There is no hold with this id.", "Check the id."),
    IF_ERR_UNKNOWN_PARENT(
            422, "The parent account does not exist.", "Create that account first, or name another parent."),
    IF_ERR_CYCLIC_ACCOUNTS(
            422, "The account would be its own ancestor.", "Name a parent that is not below the account."),
    IF_ERR_ACCOUNTS_TOO_DEEP(
            422, "The tree of accounts would have too many levels.", "Name a parent nearer to the root."),
    IF_ERR_BUDGET_EXCEEDED(
            402,
            "The amount exceeds what is left; account says where, remaining says how much is left there.",
            "Hold less, wait for other holds to end or for the next UTC day, or ask an operator for more."),
    IF_ERR_BREAKER_OPEN(
            402,
            "The account's breaker is open, so nothing can be held; account and reason say which one and why.",
            "Wait until it closes, or ask an operator to reset it."),
    IF_ERR_HOLD_ENDED(
            409,
            "The hold has already ended in another way; state says how.",
            "Read the hold; report further spending as a cost."),
    IF_ERR_HOLD_OF_LEASE(
            409, "The hold belongs to the claim of a task, and ends with it.", "Complete, fail or release the task."),
    IF_ERR_COST_EXISTS(
            409,
            "The account already has a cost with this id and another amount.",
            "Use a new id for another cost, or repeat the cost with the same amount."),
    IF_ERR_NO_HEADROOM(
            409,
            "The limit is fully spent or held, so the breaker would open again.",
            "Raise the limit, or reset with an allowance for today."),
    IF_ERR_CORRECTION_TOO_LARGE(
            409,
            "The correction would bring the account's own spending of that day below zero or above what can"
                    + " be stored; spent says what it has spent.",
            "Correct the account and the day that the cost was booked on."),
    IF_ERR_UNKNOWN_CLAIM(
            404, "No claim within the caller's reach has this id.", "Check the id, or state the claim " + "first."),
    IF_ERR_UNKNOWN_RELATION(
            404, "No relation within the caller's reach has this id.", "Read the graph around one of its claims."),
    IF_ERR_UNKNOWN_CONTRADICTION(
            404,
            "No contradiction within the caller's reach has this id.",
            "List them with GET " + "/relation/contradictions."),
    IF_ERR_CLAIM_EXISTS(
            409, "The claim was stated in another swarm, or by another session.", "Use another id, or ask its author."),
    IF_ERR_RELATION_CONFLICT(
            409,
            "One of the two claims already supports or contradicts the other; relation names it.",
            "Remove that relation first, or revise the claim."),
    IF_ERR_UNKNOWN_BLOCKER(
            404, "No blocker within the caller's reach has this id.", "List them with GET " + "/rescue/blockers."),
    IF_ERR_BLOCKER_OVER(
            409, "The blocker is resolved or withdrawn; state says which.", "Nothing is left to do about it."),
    IF_ERR_NOT_ASKED(
            409,
            "The session has not been asked to help with this blocker, or the request is over; askState says how.",
            "Wait for a request for help; it arrives in the inbox."),
    IF_ERR_TOO_MANY_BLOCKERS(
            409,
            "The session has reached its limit of open blockers.",
            "Resolve or withdraw one before raising another."),
    IF_ERR_TOO_MANY_MESSAGES(
            409, "The blocker has reached its limit of messages.", "Resolve it, or continue elsewhere and link to it."),
    IF_ERR_DECISION_EXISTS(409, "A decision with this id already exists.", "Use another id, or read that decision."),
    IF_ERR_DECISION_CLOSED(409, "The decision is closed, or its closing time has passed.", "Read the decision."),
    IF_ERR_TOO_MANY_CHANGES(
            409,
            "The vote has reached its limit of changes.",
            "Leave the vote as it is; the last accepted one " + "counts."),
    IF_ERR_NOT_AN_ELECTOR(
            403,
            "The session was not in the electorate when the decision opened.",
            "Tell an elector what you know, or ask an operator to open another decision."),
    IF_ERR_RULES_LOOSENED(
            403,
            "A session may tighten the rules of its decision; only an operator may loosen them. usual gives the "
                    + "value that applies.",
            "Leave the field out, ask for a stricter value, or ask an operator."),
    IF_ERR_QUORUM_ABOVE_ELECTORATE(
            422,
            "The electorate is smaller than the quorum, so the decision could never be made.",
            "Enrol more sessions, or have an operator set a smaller quorum for the decision or with PUT"
                    + " /coordinator/swarms/{swarm}."),
    IF_ERR_UNKNOWN_ELECTOR(
            422,
            "The electorate names sessions that are not in the swarm, or have left it; sessions lists them.",
            "Leave them out, or have them enrolled."),
    IF_ERR_UNKNOWN_HAZARD(422, "There is no such hazard; known lists the hazards.", "Use one of those."),
    IF_ERR_FALSIFIER_STATE(
            409,
            "The falsifier was already reported, or its time is over; falsifierState says which.",
            "Read the memo's addenda."),
    IF_ERR_ISSUES_NO_TOKENS(
            421,
            "This process checks tokens, but has no private key to make any; nothing was done.",
            "Send the call to a process that has one: on Kubernetes through the ingress, or to the coordinator's"
                    + " Service."),
    IF_ERR_OUTCOME_UNKNOWN(
            503,
            "The connection broke during the commit, and it is not known yet whether the call took effect.",
            "Repeat the call with the same Idempotency-Key, or read before repeating."),
    IF_ERR_UNKNOWN_MODULE(
            422,
            "The task names a checker that is not there.",
            "Upload it with PUT /chassis/modules/{m} (an operator), or name one that GET /chassis/modules lists."),
    IF_ERR_MODULE_REFUSED(
            422,
            "The module may not be run here; refused says what is in the way.",
            "Build it for WASI preview 1 (wasm32-wasip1) without threads, SIMD and other later parts of WASM."),
    IF_ERR_MODULE_PINNED(
            409,
            "A version of the module is still needed, by a task that has not ended or a run that has not finished.",
            "Wait for it, or cancel the task."),
    IF_ERR_TOO_MANY_MODULES(
            429,
            "There are as many modules, or versions of this one, as may be kept.",
            "Delete those that nobody needs."),
    IF_ERR_SANDBOX_LIMIT(
            422,
            "The module met a limit of its run; limit says which, and stdout and stderr have what came out before.",
            "Raise that limit in limits, or have the module use less."),
    IF_ERR_SANDBOX_TRAP(
            422,
            "The module did what it must not do, and was ended; trap says what.",
            "Correct the module; stdout and stderr have what came out before."),
    IF_ERR_PROVIDER_NOT_ISOLATED(
            404,
            "There is no provider with this name, so a call to it would not be isolated; providers lists those that there are.",
            "Use one of them, or have an operator add it with PUT /bulkhead/providers/{p}."),
    IF_ERR_TOO_MANY_PROVIDERS(429, "There are as many providers as there may be.", "Delete those that nobody calls."),
    IF_ERR_PROVIDER_IN_USE(
            409, "Calls to the provider are under way.", "Open its breaker and wait for them, then delete it."),
    IF_ERR_BULKHEAD_FULL(
            503,
            "As many calls as the provider may get at once are under way, and as many wait as may wait; nothing was sent.",
            "Try again after Retry-After seconds."),
    IF_ERR_PROVIDER_OPEN(
            503,
            "The provider's breaker is open, so nothing was sent; openUntil says until when.",
            "Try again after Retry-After seconds, or call another provider."),
    IF_ERR_PROVIDER_PAUSED(
            429,
            "The provider asked for a pause for this model; nothing was sent.",
            "Try again after Retry-After seconds, or use another model."),
    IF_ERR_PROVIDER_UNREACHABLE(
            502,
            "No connection to the provider, or it ended before an answer; sent says whether the request had left.",
            "If sent is false, try again; else the provider may have done it and may charge for it."),
    IF_ERR_PROVIDER_TIMEOUT(
            504,
            "The provider took too long; phase says in what, and sent whether the request had left.",
            "If sent is false, try again; else the provider may have done it and may charge for it."),
    IF_ERR_PROVIDER_KEY_MISSING(
            503,
            "The provider's key is configured, but cannot be read; key says where it should be.",
            "Put the key there, in an embedded run in a file of mode 0600; the next call reads it."),
    IF_ERR_PRICE_UNKNOWN(
            422,
            "Nobody knows what the model costs, and the provider refuses such models.",
            "Set its price with PUT /budget/prices/{provider}/{model}, or use a model that has one."),
    IF_ERR_PROVIDER_LOOP(
            508,
            "The call came through this fabric before: a provider's address leads back to it.",
            "Correct the provider's baseUrl."),
    IF_ERR_UPGRADE_NOT_SUPPORTED(
            501,
            "Calls to providers are plain HTTP: WebSocket and other upgrades are not passed on.",
            "Use the HTTP API."),
    IF_ERR_OVERLOADED(
            503,
            "A bounded queue is full, or other calls kept changing the same things; nothing was done.",
            "Try again after Retry-After seconds."),
    IF_ERR_UNAVAILABLE(
            503,
            "The database cannot be reached, has a full disk, or did not answer in time; nothing was done.",
            "Try again after Retry-After seconds."),
    IF_ERR_ENDING(
            503,
            "This process is about to end and takes no more calls; nothing was done.",
            "Try again: another process will answer."),
    IF_ERR_INTERNAL(
            500,
            "The fabric failed unexpectedly.",
            "Report the errorId to your operator: the log has the cause under it.");

    private final int status;
    private final String meaning;
    private final String whatToDo;

    Code(int status, String meaning, String whatToDo) {
        this.status = status;
        this.meaning = meaning;
        this.whatToDo = whatToDo;
    }

    /** The HTTP status of this code, always the same. */
    public int status() {
        return status;
    }

    /** The meaning in one sentence: the {@code title} of a problem. */
    public String meaning() {
        return meaning;
    }

    /** What the caller can do, in one sentence. */
    public String whatToDo() {
        return whatToDo;
    }
}
