// Plays with the generated client: submit, claim, complete, vote and cost. Arguments: the fabric's URL, an operator's token.
import {
    AccountView, BudgetApi, Configuration, ConsensusApi, CoordinatorApi, DecisionState, ReasonKindEnum, ResponseError, Task, TaskState,
} from './index';

declare const process: { argv: string[]; exit(code: number): void };

function client(url: string, token: string): Configuration {
    return new Configuration({ basePath: url, accessToken: token });
}

function check(as: boolean, seen: unknown): void {
    if (!as) {
        throw new Error('Not as expected: ' + JSON.stringify(seen));
    }
}

async function play(url: string, operatorToken: string): Promise<void> {
    const session = 'typescript';
    const swarm = 'typescript';
    const operator = client(url, operatorToken);
    const coordinator = new CoordinatorApi(operator);
    await coordinator.enrolSession({ id: session, enrolBody: { swarm, domains: ['api'], heartbeatSeconds: 3600 } });
    const { token } = await coordinator.issueSessionToken({ session, sessionTokenBody: {} });
    const agent = client(url, token);

    const payload = { any: [1, 'json', true] };
    const task: Task = await coordinator.submitTask({
        taskBody: { id: 'typescript-1', swarm, title: 'Play', payload }, idempotencyKey: 'typescript-submit-1',
    });
    check(task.state === TaskState.Queued, task);
    check(JSON.stringify(task.payload) === JSON.stringify(payload), task);
    const why = await coordinator.explainTask({ id: task.id });
    check(why.reasons.length === 1 && why.reasons[0].kind === ReasonKindEnum.NobodyIdle, why);
    const page = await coordinator.listTasks({ swarm });
    check(page.items.length === 1 && page.next === null, page);

    const own = new CoordinatorApi(agent);
    const claimed = await own.claim({ session, claimBody: { leaseSeconds: 60 } });
    if (claimed == null) {
        throw new Error('nothing to claim');
    }
    check(claimed.task.id === task.id, claimed);
    check((await own.claimRaw({ session })).raw.status === 204, '204');
    const ended = await own.completeTask({
        id: task.id, completeBody: { epoch: claimed.lease.epoch, result: ['done'], cost: 0.25 },
    });
    check(ended.state === TaskState.Done, ended);
    const refused = await own.completeTask({ id: task.id, completeBody: { epoch: 99 } }).then(() => null, (why) => why);
    check(refused instanceof ResponseError && refused.response.status === 409, refused);
    check((await refused.response.json()).code === 'IF_ERR_STALE_EPOCH', refused);

    const decision = await new ConsensusApi(operator).openDecision({
        decisionBody: { swarm, summary: 'Play again', rationale: 'It was fun.', quorum: 1 },
    });
    const vote = await new ConsensusApi(agent).castVote({
        id: decision.id, voteBody: { vote: 'approve', rationale: 'It was.' },
    });
    check(vote.state === DecisionState.Approved, vote);

    const account: AccountView = await new BudgetApi(agent).reportCost({
        account: 'session:' + session, costBody: { amount: 0.5, what: 'tokens' },
    });
    check(account.spentToday === 0.75, account);
    console.log('played');
}

play(process.argv[2], process.argv[3]).catch((failed) => {
    console.error(failed);
    process.exit(1);
});
