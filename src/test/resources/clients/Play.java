import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.BudgetApi;
import org.openapitools.client.api.ConsensusApi;
import org.openapitools.client.api.CoordinatorApi;
import org.openapitools.client.model.AccountView;
import org.openapitools.client.model.ClaimBody;
import org.openapitools.client.model.ClaimedTask;
import org.openapitools.client.model.CompleteBody;
import org.openapitools.client.model.CostBody;
import org.openapitools.client.model.DecisionBody;
import org.openapitools.client.model.DecisionState;
import org.openapitools.client.model.DecisionView;
import org.openapitools.client.model.EndedTask;
import org.openapitools.client.model.EnrolBody;
import org.openapitools.client.model.PageTask;
import org.openapitools.client.model.Reason;
import org.openapitools.client.model.SessionTokenBody;
import org.openapitools.client.model.Task;
import org.openapitools.client.model.TaskBody;
import org.openapitools.client.model.TaskState;
import org.openapitools.client.model.VoteBody;
import org.openapitools.client.model.VoteTaken;
import org.openapitools.client.model.Why;

/** Plays with the generated client: submit, claim, complete, vote and cost. Arguments: the fabric's URL, an operator's token. */
public final class Play {
    public static void main(String[] arguments) throws ApiException {
        ApiClient operator = client(arguments[0], arguments[1]);
        String session = "java";
        CoordinatorApi coordinator = new CoordinatorApi(operator);
        coordinator.enrolSession(session, new EnrolBody()
                        .swarm("java")
                        .domains(List.of("api"))
                        .heartbeatSeconds(3600));
        String token =
                coordinator.issueSessionToken(session, new SessionTokenBody()).getToken();
        ApiClient agent = client(arguments[0], token);

        Object payload = Map.of("any", List.of(1, "json", true));
        Task task = coordinator.submitTask(
                new TaskBody().id("java-1").swarm("java").title("Play").payload(payload), "java-submit-1");
        check(task.getState() == TaskState.QUEUED, task);
        check(task.getPayload().equals(payload), task);
        Why why = coordinator.explainTask("java-1", null);
        check(why.getReasons().stream().map(Reason::getKind).toList().equals(List.of(Reason.KindEnum.NOBODY_IDLE)), why);
        PageTask page = coordinator.listTasks(null, null, null, null, null, "java");
        check(page.getItems().size() == 1 && page.getNext() == null, page);

        CoordinatorApi own = new CoordinatorApi(agent);
        ClaimedTask claimed = own.claim(session, null, new ClaimBody().leaseSeconds(60));
        check(claimed.getTask().getId().equals("java-1"), claimed);
        check(own.claim(session, null, null) == null, "204");
        EndedTask ended = own.completeTask(
                "java-1",
                new CompleteBody()
                        .epoch(claimed.getLease().getEpoch())
                        .result(List.of("done"))
                        .cost(new BigDecimal("0.25")),
                null);
        check(ended.getState() == TaskState.DONE, ended);
        try {
            own.completeTask("java-1", new CompleteBody().epoch(99L), null);
            check(false, "a stale epoch");
        } catch (ApiException refused) {
            check(refused.getCode() == 409 && refused.getResponseBody().contains("IF_ERR_STALE_EPOCH"), refused);
        }

        DecisionView decision = new ConsensusApi(operator)
                .openDecision(
                        new DecisionBody()
                                .swarm("java")
                                .summary("Play again")
                                .rationale("It was fun.")
                                .electorate(List.of(session))
                                .quorum(1),
                        null);
        VoteTaken vote = new ConsensusApi(agent)
                .castVote(decision.getId(), new VoteBody().vote("approve").rationale("It was."), null);
        check(vote.getState() == DecisionState.APPROVED, vote);

        AccountView account = new BudgetApi(agent)
                .reportCost("session:" + session, new CostBody().amount(new BigDecimal("0.50")).what("tokens"), null);
        check(account.getSpentToday().compareTo(new BigDecimal("0.75")) == 0, account);
        System.out.println("played");
    }

    private static ApiClient client(String url, String token) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(url);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
        return client;
    }

    private static void check(boolean as, Object seen) {
        if (!as) {
            throw new IllegalStateException("Not as expected: " + seen);
        }
    }
}
