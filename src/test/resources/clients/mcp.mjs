// Works by the official SDKs of MCP, unchanged, in both eras of the protocol.
//   node mcp.mjs <fabric> <token of a session> <2026|2025> <step>
// Steps: work <task>; restart <task>; replicas <task>; leave; tokens. Where it waits for the test, it reads a line.
import * as modern from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [fabric, token, era, step, ...more] = process.argv.slice(2);
const said = (what) => process.stdout.write(`${what}\n`);
const must = (what, holds) => {
    if (!holds) {
        throw new Error(what);
    }
};

const line = () => new Promise((resolve) => process.stdin.once('data', resolve));

async function connected(bearer, headers = {}) {
    const url = new URL(`${fabric}/gateway/mcp`);
    const options = { requestInit: { headers: { Authorization: `Bearer ${bearer}`, ...headers } } };
    const info = { name: 'proof', version: '1' };
    if (era === '2026') {
        const client = new modern.Client(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
        await client.connect(new modern.StreamableHTTPClientTransport(url, options));
        return client;
    }
    const client = new Client(info);
    const transport = new StreamableHTTPClientTransport(url, options);
    await client.connect(transport);
    must('a session id was given out', transport.sessionId === undefined);
    return client;
}

const call = async (client, name, args, options) => {
    const request = { name, arguments: args };
    const answer = era === '2026' ? await client.callTool(request, options) : await client.callTool(request, undefined, options);
    return { text: answer.content[0].text, isError: answer.isError === true };
};

if (step === 'tokens') {
    const { encode } = await import('gpt-tokenizer');
    const client = await connected(token);
    const { tools } = await client.listTools();
    said(`tools ${tools.length} tokens ${encode(JSON.stringify(tools)).length}`);
} else if (step === 'work') {
    const client = await connected(token);
    const { tools } = await client.listTools();
    must('no claim_task', tools.some((tool) => tool.name === 'claim_task'));
    must('no instructions', client.getInstructions().includes('claim_task'));
    let changed;
    if (era === '2026') {
        const told = new Promise((resolve) => client.setNotificationHandler('notifications/resources/updated', (news) => resolve(news.params.uri)));
        changed = { told, stream: await client.listen({ resourceSubscriptions: ['s2://inbox'] }) };
    }
    let reports = 0;
    const waiting = call(client, 'claim_task', { waitSeconds: 45 }, { onprogress: () => { reports++; } });
    said('waiting');
    const claimed = await waiting;
    must(claimed.text, claimed.text.includes(`You hold ${more[0]}`));
    must(`${reports} reports of progress`, reports > 0);
    if (changed) {
        must('another resource', (await changed.told) === 's2://inbox');
        await changed.stream.close();
    }
    const resource = await client.readResource({ uri: `s2://task/${more[0]}` });
    must('another task', JSON.parse(resource.contents[0].text).id === more[0]);
    must('no prompt', (await client.getPrompt({ name: 'work' })).messages.length === 1);
    const done = await call(client, 'complete_task', { task: more[0], epoch: 1, result: 'ok' });
    must(done.text, done.text.includes('is DONE'));
    const again = await call(client, 'complete_task', { task: 'none', epoch: 1 });
    must(again.text, again.isError && again.text.startsWith('IF_ERR_UNKNOWN_TASK'));
    await client.close();
    said('worked');
} else if (step === 'restart') {
    // The fabric is restarted between two calls of one client: the test does it when it reads "claimed".
    const client = await connected(token);
    const claimed = await call(client, 'claim_task', {});
    must(claimed.text, claimed.text.includes(`You hold ${more[0]}`));
    said('claimed');
    await line();
    const done = await call(client, 'complete_task', { task: more[0], epoch: 1, result: 'ok' });
    must(done.text, done.text.includes('is DONE'));
    said('went on');
    process.exit(0);
} else if (step === 'replicas') {
    // Each call has a connection of its own, so each goes to another replica. The test kills one when it reads "claimed".
    const client = await connected(token, { Connection: 'close' });
    for (let turn = 0; turn < 3; turn++) {
        must('no claim_task', (await client.listTools()).tools.some((tool) => tool.name === 'claim_task'));
        const stand = await call(client, 'why', {});
        must(stand.text, stand.text.includes('You hold nothing'));
    }
    let reports = 0;
    const waiting = call(client, 'claim_task', { waitSeconds: 45 }, { onprogress: () => { reports++; } });
    said('waiting');
    const claimed = await waiting;
    must(claimed.text, claimed.text.includes(`You hold ${more[0]}`));
    must(`${reports} reports of progress`, reports > 0);
    said('claimed');
    await line();
    for (let turn = 0; turn < 3; turn++) {
        const stand = await call(client, 'why', {});
        must(stand.text, stand.text.includes(`You hold ${more[0]}, epoch 1`));
    }
    const done = await call(client, 'complete_task', { task: more[0], epoch: 1, result: 'ok' });
    must(done.text, done.text.includes('is DONE'));
    const leaving = new AbortController();
    const left = call(client, 'claim_task', { waitSeconds: 45 }, { signal: leaving.signal }).catch(() => 'gone');
    said('went on');
    await line();
    leaving.abort();
    must('an answer for a client that went', (await left) === 'gone');
    said('left');
    process.exit(0);
} else if (step === 'leave') {
    const client = await connected(token);
    const leaving = new AbortController();
    const waiting = call(client, 'claim_task', { waitSeconds: 45 }, { signal: leaving.signal }).catch(() => 'gone');
    said('waiting');
    await line();
    leaving.abort();
    await waiting;
    said('left');
    process.exit(0);
}
